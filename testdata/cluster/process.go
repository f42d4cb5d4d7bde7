//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a program of the bed while it runs.
type process struct {
	name string
	cmd  *exec.Cmd
	log  string
	done chan struct{} // closed once it has ended
	err  error         // how it ended; read after done
}

// startProcess starts a program with its output in a log file. It must be
// called from the main goroutine, see init.
func startProcess(name, binary string, args, env []string, logDir string) (*process, error) {
	p := &process{name: name, log: filepath.Join(logDir, name+".log"), done: make(chan struct{})}
	log, err := os.Create(p.log)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	p.cmd = exec.Command(binary, args...)
	p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = env, log, log
	p.cmd.Dir = logDir
	p.cmd.SysProcAttr = &syscall.SysProcAttr{
		Pdeathsig: syscall.SIGKILL,
		Setpgid:   true, // an interrupt typed at the terminal is for the command alone
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// ended tells whether the process is gone.
func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// failure describes an unexpected end, with what the program said last.
func (p *process) failure() error {
	<-p.done
	return fmt.Errorf("%s ended: %v\n%s", p.name, p.err, p.tail())
}

// tail is the end of the log.
func (p *process) tail() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("last lines of %s:\n%s", p.log, lastLines(string(text), 20))
}

// stop ends the process: at once, or with time to finish.
func (p *process) stop(grace time.Duration) {
	if grace > 0 && !p.ended() {
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-p.done:
		case <-time.After(grace):
		}
	}
	// Process.Kill never meets another process: it fails once ours was waited for.
	_ = p.cmd.Process.Kill()
	<-p.done
}

// identifyOutside names this process as /proc does, which in a new process
// namespace is still that of the namespace around it.
func identifyOutside() (procID, error) {
	link, err := os.Readlink("/proc/self")
	if err != nil {
		return procID{}, err
	}
	pid, err := strconv.Atoi(link)
	if err != nil {
		return procID{}, err
	}
	return identify("bed", pid)
}

// startTime is the kernel's start time of a process. Together with the PID it
// names a process for good, where a PID alone is used again.
func startTime(pid int) (uint64, error) {
	fields, err := statFields(pid)
	if err != nil {
		return 0, err
	}
	return strconv.ParseUint(fields[19], 10, 64)
}

// statFields are the fields of /proc/PID/stat from the state on, so field n of
// proc(5) is at n-3.
func statFields(pid int) ([]string, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil, err
	}
	// The name before the last parenthesis may hold anything.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(fields) < 20 {
		return nil, fmt.Errorf("/proc/%d/stat: %d fields", pid, len(fields))
	}
	return fields, nil
}

// killDescendants ends what the command left running. As the adopter of
// orphans we become the parent of each, one generation after the other. Only
// to be called when every child started on purpose has been waited for.
func killDescendants() {
	for range 100 {
		children := childPIDs()
		if len(children) == 0 {
			return
		}
		for _, pid := range children {
			_ = syscall.Kill(pid, syscall.SIGKILL)
			var status syscall.WaitStatus
			for {
				if _, err := syscall.Wait4(pid, &status, 0, nil); !errors.Is(err, syscall.EINTR) {
					break
				}
			}
		}
	}
}

// childPIDs lists the direct children of this process.
func childPIDs() []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var children []int
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		fields, err := statFields(pid)
		if err == nil && fields[1] == strconv.Itoa(os.Getpid()) {
			children = append(children, pid)
		}
	}
	return children
}
