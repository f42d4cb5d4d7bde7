package plugin

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
)

// TestReadmeShowsRealOutput runs the command that the README shows and wants
// every line of what stands beneath it.
func TestReadmeShowsRealOutput(t *testing.T) {
	t.Chdir("..")
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(readme), "$ kubectl infscale ")
	if !found {
		t.Fatal("the README shows no command")
	}
	command, rest, _ := strings.Cut(rest, "\n")
	shown, _, _ := strings.Cut(rest, "```")
	var out bytes.Buffer
	streams := Streams{Out: &out, Err: &out, Env: func(string) string { return "" }}
	Main(context.Background(), streams, Build{}, append([]string{"kubectl-infscale"}, strings.Fields(command)...))
	lines := map[string]bool{}
	for line := range strings.Lines(out.String()) {
		lines[strings.TrimSpace(line)] = true
	}
	for line := range strings.Lines(shown) {
		if line = strings.TrimSpace(line); line != "" && line != "…" && !lines[line] {
			t.Errorf("the README shows a line that %q does not print:\n%s", command, line)
		}
	}
}
