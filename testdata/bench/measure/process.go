//go:build unix

// Package measure runs whole processes, one after the other and in pairs, and
// says what they took.
package measure

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// Command is a process to be measured. Its output is thrown away.
type Command struct {
	Name string
	Argv []string
	Dir  string
	Env  []string // more than the environment has
	// FindsFaults is set where exit code 1 means that the tool found something
	// to say, not that it failed.
	FindsFaults bool
}

// Sample is what one process took from start to exit.
type Sample struct {
	Wall, CPU time.Duration // CPU is user and system together
	Peak      int64         // the largest resident set, in bytes
}

// Run measures one process. A process that fails measures nothing: its time
// would be that of giving up.
func (c Command) Run(ctx context.Context) (Sample, error) {
	cmd := exec.CommandContext(ctx, c.Argv[0], c.Argv[1:]...)
	cmd.Dir = c.Dir
	if c.Env != nil {
		cmd.Env = append(cmd.Environ(), c.Env...)
	}
	var complaint tail
	cmd.Stderr = &complaint
	start := time.Now()
	err := cmd.Run()
	wall := time.Since(start)
	if ctx.Err() != nil {
		return Sample{}, context.Cause(ctx)
	}
	if err != nil && !(c.FindsFaults && cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == 1) {
		return Sample{}, fmt.Errorf("%s: %w%s", c.what(), err, complaint.lastLine())
	}
	state := cmd.ProcessState
	return Sample{wall, state.UserTime() + state.SystemTime(), peak(state.SysUsage())}, nil
}

// what is the program and its verb, for messages.
func (c Command) what() string {
	words := append([]string{filepath.Base(c.Argv[0])}, c.Argv[1:min(2, len(c.Argv))]...)
	return strings.Join(words, " ")
}

// PeakFloor is the peak of a process that does nothing. The kernel hands the
// measuring process's own peak down to every child, so that none below it can
// be seen. Zero: unknown.
func PeakFloor(ctx context.Context) int64 {
	sample, err := Command{Argv: []string{"true"}}.Run(ctx)
	if err != nil {
		return 0
	}
	return sample.Peak
}

func peak(usage any) int64 {
	u, ok := usage.(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return int64(u.Maxrss) // bytes there, KiB elsewhere
	}
	return int64(u.Maxrss) << 10
}

// tail keeps the end of what is written to it: a linter may say megabytes on
// standard error, and the measuring process has to stay small.
type tail struct{ kept []byte }

func (t *tail) Write(p []byte) (int, error) {
	const most = 4 << 10
	t.kept = append(t.kept, p[max(0, len(p)-most):]...)
	t.kept = t.kept[max(0, len(t.kept)-most):]
	return len(p), nil
}

// lastLine is what the process said last, after a colon, or nothing.
func (t *tail) lastLine() string {
	lines := bytes.Split(bytes.TrimSpace(t.kept), []byte("\n"))
	if last := bytes.TrimSpace(lines[len(lines)-1]); len(last) > 0 {
		return ": " + string(last)
	}
	return ""
}
