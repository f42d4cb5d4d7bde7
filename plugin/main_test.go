package plugin

import (
	"bytes"
	"context"
	"io"
	"testing"
)

// TestInterrupted: waiting for input that never comes ends with the context,
// and says so by the exit code.
func TestInterrupted(t *testing.T) {
	never, hold := io.Pipe()
	defer hold.Close()
	ctx, interrupt := context.WithCancel(context.Background())
	interrupt()
	var out bytes.Buffer
	streams := Streams{In: never, Out: &out, Err: &out, Env: func(string) string { return "" }}
	if code := Main(ctx, streams, Build{}, []string{"kubectl-infscale", "lint", "-f", "-"}); code != exitInterrupted {
		t.Errorf("exit code %d, want %d; it said %q", code, exitInterrupted, out.String())
	}
}

func TestCommandName(t *testing.T) {
	for argv0, want := range map[string]string{
		"/home/me/.krew/bin/kubectl-infscale": "kubectl infscale",
		"kubectl-infscale.exe":                "kubectl infscale",
		"./infscale":                          "infscale",
	} {
		if got := commandName(argv0); got != want {
			t.Errorf("%s is called as %q, want %q", argv0, got, want)
		}
	}
}
