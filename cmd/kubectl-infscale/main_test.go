//go:build unix

package main_test

import (
	"errors"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// A recording that is a pipe without a writer cannot be opened, ever: a signal ends
// the program all the same.
func TestSignalEndsWhatWaitsForEver(t *testing.T) {
	dir := t.TempDir()
	program, pipe := filepath.Join(dir, "infscale"), filepath.Join(dir, "pipe")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := syscall.Mkfifo(pipe, 0o644); err != nil {
		t.Skip(err)
	}
	cmd := exec.Command(program, "doctor", "--from", pipe)
	cmd.WaitDelay = time.Minute
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	tick := time.NewTicker(100 * time.Millisecond) // its handler is there by one of them
	defer tick.Stop()
	for limit := time.After(time.Minute); ; {
		select {
		case err := <-ended:
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 130 && !exit.Sys().(syscall.WaitStatus).Signaled() {
				t.Errorf("ended by %v", err)
			}
			return
		case <-tick.C:
			cmd.Process.Signal(syscall.SIGTERM)
		case <-limit:
			cmd.Process.Kill()
			t.Fatal("it does not end")
		}
	}
}
