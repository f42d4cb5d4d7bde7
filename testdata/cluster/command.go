//go:build linux

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// forwarded are the signals that are passed on to the command.
var forwarded = []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT}

// patience is how long a command may go on after it was told to end.
const patience = 5 * time.Second

// runCommand runs the command in the bed's environment and returns its exit code.
func (b *bed) runCommand(signals chan os.Signal) int {
	cmd, code, err := b.prepareCommand()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "bed: %v\n", err)
		return code
	}
	done := make(chan struct{})
	go func() {
		_ = cmd.Wait() // the state tells more than the error
		close(done)
	}()
	b.supervise(cmd, done, signals)
	return stateCode(cmd.ProcessState)
}

// prepareCommand finds the program. The code is that of a shell which cannot
// run a command.
func (b *bed) prepareCommand() (*exec.Cmd, int, error) {
	if b.Dir != "" {
		if err := os.Chdir(b.Dir); err != nil {
			return nil, exitFailed, err
		}
	}
	env := commandEnv(b.config, os.Environ())
	os.Clearenv()
	for _, variable := range env {
		name, value, _ := strings.Cut(variable, "=")
		os.Setenv(name, value)
	}
	path, err := exec.LookPath(b.Command[0])
	if err != nil {
		if errors.Is(err, fs.ErrPermission) {
			return nil, 126, err
		}
		return nil, 127, err
	}
	cmd := exec.Command(path, b.Command[1:]...)
	cmd.Args[0] = b.Command[0]
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd, 126, nil
}

// supervise passes signals on until the command has ended, and looks after the
// services that end meanwhile.
func (b *bed) supervise(cmd *exec.Cmd, done chan struct{}, signals chan os.Signal) {
	var late <-chan time.Time
	for {
		select {
		case <-done:
			return
		case p := <-b.deaths:
			b.died(p)
		case p := <-b.revived:
			b.revive(p)
		case <-late:
			_ = cmd.Process.Kill()
		case sig := <-signals:
			typed := sig == syscall.SIGINT || sig == syscall.SIGQUIT
			if typed && inForeground() {
				continue // the terminal sent it to the command as well
			}
			_ = cmd.Process.Signal(sig)
			if !typed && late == nil {
				late = time.After(patience)
			}
		}
	}
}

// serve keeps a bed in the background until it is told to end.
func (b *bed) serve(signals chan os.Signal) int {
	for {
		select {
		case <-signals:
			return 0
		case p := <-b.deaths:
			b.died(p)
		case p := <-b.revived:
			b.revive(p)
		}
	}
}

// stateCode is the exit code a shell would give.
func stateCode(s *os.ProcessState) int {
	if status, ok := s.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return s.ExitCode()
}

// inForeground tells whether what is typed at the terminal reaches our process
// group, and so the command in it.
func inForeground() bool {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return false
	}
	defer tty.Close()
	var group int32
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, tty.Fd(), syscall.TIOCGPGRP, uintptr(unsafe.Pointer(&group)))
	return errno == 0 && int(group) == syscall.Getpgrp()
}
