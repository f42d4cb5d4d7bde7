//go:build linux

package measure

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/creack/pty"
)

// Rest is what a program took that ran on a screen while nothing happened.
type Rest struct {
	Time time.Duration // that it was watched
	CPU  time.Duration // user and system together, in that time
	Peak int64         // the largest resident set since its start, in bytes
	// Drawn is how many bytes it wrote to the screen in that time.
	Drawn int64
}

// Share is the part of one processor that it took.
func (r Rest) Share() float64 { return r.CPU.Seconds() / r.Time.Seconds() }

// clockTick is USER_HZ, which Linux fixes at 100 for all that it tells in /proc.
const clockTick = time.Second / 100

// Watching says how to look at a program on a screen.
type Watching struct {
	Settle, For time.Duration
	// Before is called when the watching begins, and After when it is over: then
	// what is written are keys. Both may be nil.
	Before func()
	After  func(keys io.Writer) error
}

// AtRest starts the command on a screen of 140 columns and 40 lines, lets it
// settle, and watches it for a while. It has ended when AtRest returns.
func (c Command) AtRest(ctx context.Context, w Watching) (Rest, error) {
	cmd := exec.CommandContext(ctx, c.Argv[0], c.Argv[1:]...)
	cmd.Dir = c.Dir
	cmd.Env = append(os.Environ(), append([]string{"TERM=xterm-256color"}, c.Env...)...)
	screen, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 140})
	if err != nil {
		return Rest{}, fmt.Errorf("%s: %w", c.what(), err)
	}
	defer screen.Close()
	shown := &shown{}
	go func() { _, _ = io.Copy(shown, screen) }() // a closed screen ends it
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	defer func() { _ = cmd.Process.Kill() }()
	if err := during(ctx, w.Settle, ended, shown); err != nil {
		return Rest{}, fmt.Errorf("%s: %w", c.what(), err)
	}
	if w.Before != nil {
		w.Before()
	}
	start, from, drawn := time.Now(), usage(cmd.Process.Pid), shown.bytes()
	if err := during(ctx, w.For, ended, shown); err != nil {
		return Rest{}, fmt.Errorf("%s: %w", c.what(), err)
	}
	to := usage(cmd.Process.Pid)
	if from.err != nil || to.err != nil {
		return Rest{}, errors.Join(from.err, to.err)
	}
	rest := Rest{time.Since(start), to.cpu - from.cpu, to.peak, shown.bytes() - drawn}
	if w.After != nil {
		if err := w.After(screen); err != nil {
			return Rest{}, fmt.Errorf("%s: %w", c.what(), err)
		}
	}
	_ = cmd.Process.Signal(syscall.SIGTERM) // Kill follows for whatever does not listen
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
	}
	return rest, nil
}

// during waits; a program that ends meanwhile was none to be measured.
func during(ctx context.Context, d time.Duration, ended <-chan error, screen *shown) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case err := <-ended:
		return fmt.Errorf("ended (%v): %s", err, screen.end())
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// used is what /proc tells of a process.
type used struct {
	cpu  time.Duration
	peak int64
	err  error
}

func usage(pid int) used {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return used{err: err}
	}
	// The name, in parentheses, may hold anything.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	const user, system = 11, 12 // counted from the state
	if len(fields) <= system {
		return used{err: fmt.Errorf("/proc/%d/stat has %d fields", pid, len(fields))}
	}
	var ticks int64
	for _, field := range fields[user : system+1] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return used{err: err}
		}
		ticks += n
	}
	peak, err := highWater(pid)
	return used{time.Duration(ticks) * clockTick, peak, err}
}

func highWater(pid int) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for _, line := range strings.Split(string(status), "\n") {
		if rest, found := strings.CutPrefix(line, "VmHWM:"); found {
			kilobytes, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kilobytes << 10, err
		}
	}
	return 0, fmt.Errorf("/proc/%d/status has no VmHWM", pid)
}

// shown counts what is drawn, and keeps the end of it for a complaint.
type shown struct {
	mu sync.Mutex
	n  int64
	tail
}

func (s *shown) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n += int64(len(p))
	return s.tail.Write(p)
}

func (s *shown) bytes() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.n
}

func (s *shown) end() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strconv.Quote(string(s.kept[max(0, len(s.kept)-200):]))
}
