package plugin

import (
	"errors"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// Who interrupts the question has said no, and is not kept waiting for a line.
func TestInterruptedQuestion(t *testing.T) {
	for name, interrupt := range map[string]func(*terminal){
		"ctrl-c": func(term *terminal) { term.press("<ctrl-c>") },
		"SIGINT": func(term *terminal) { term.cmd.Process.Signal(syscall.SIGINT) },
	} {
		t.Run(name, func(t *testing.T) {
			term := programTerminal(t, 100, 50, nil, "fix", "--demo", "keda-mean-with-averagevalue")
			term.expect(t, `apply to 1 object\? \[y/N\]`)
			interrupt(term)
			var exit *exec.ExitError
			if err := term.end(); !errors.As(err, &exit) || exit.ExitCode() != exitInterrupted {
				t.Errorf("it ends with %v, want exit code %d", err, exitInterrupted)
			}
			if text, _, _ := term.text(); strings.Contains(text, "applied") {
				t.Errorf("it was applied:\n%s", text)
			}
		})
	}
}
