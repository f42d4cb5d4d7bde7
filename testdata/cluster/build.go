//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// builder fills the cache: CACHE/bin/COMPONENT/KEY/COMPONENT.
type builder struct {
	dirs
	out     io.Writer
	verbose bool // also name what was in the cache
}

// ensure builds what the beds want and, if linkDir is given, puts every program
// under its names there. One caller works at a time, since builds are large;
// the links are made under the same lock, so that no other caller can remove
// a binary in between.
func (b *builder) ensure(ctx context.Context, linkDir string, beds ...config) error {
	lock, err := b.lock(ctx)
	if err != nil {
		return err
	}
	defer lock.Close()
	for _, c := range components {
		if !slices.ContainsFunc(beds, c.wanted) {
			continue
		}
		binary, err := b.component(ctx, c)
		if err != nil {
			return fmt.Errorf("building %s %s: %w", c.name, c.version, err)
		}
		if linkDir == "" {
			continue
		}
		for _, name := range c.links() {
			// A hard link survives the removal of the cached file.
			if err := os.Link(binary, filepath.Join(linkDir, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// tool returns the path of one of the tools, building it if it is not cached.
func (b *builder) tool(ctx context.Context, name string) (string, error) {
	i := slices.IndexFunc(tools, func(c component) bool { return c.name == name })
	if i < 0 {
		return "", &usageErr{fmt.Sprintf("tool: no tool is called %q", name)}
	}
	lock, err := b.lock(ctx)
	if err != nil {
		return "", err
	}
	defer lock.Close()
	binary, err := b.component(ctx, tools[i])
	if err != nil {
		return "", fmt.Errorf("building %s %s: %w", name, tools[i].version, err)
	}
	return binary, nil
}

// lock takes the build lock, and says so if that takes waiting.
func (b *builder) lock(ctx context.Context) (*os.File, error) {
	if err := os.MkdirAll(b.cache, 0o755); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(b.cache, "build.lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for waited := false; ; waited = true {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return file, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			file.Close()
			return nil, fmt.Errorf("lock %s: %w", file.Name(), err)
		}
		if !waited {
			fmt.Fprintln(os.Stderr, "bed: another build is under way, waiting for it")
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			file.Close()
			return nil, err
		}
	}
}

// component returns the path of one binary, building it if it is not cached.
func (b *builder) component(ctx context.Context, c component) (string, error) {
	goVersion, err := b.goCommand(ctx, c, "version").Output()
	if err != nil {
		return "", fmt.Errorf("asking for the version of Go: %w", err)
	}
	key, err := c.key(b.source, strings.TrimSpace(string(goVersion)))
	if err != nil {
		return "", err
	}
	home := filepath.Join(b.cache, "bin", c.name)
	binary := filepath.Join(home, key, c.name)
	if _, err := os.Stat(binary); err == nil {
		if b.verbose {
			fmt.Fprintf(b.out, "%-18s %-8s cached\n", c.name, c.version)
		}
		return binary, nil
	}
	fmt.Fprintf(b.out, "%-18s %-8s ", c.name, c.version)
	start := time.Now()
	if err := b.build(ctx, c, binary); err != nil {
		fmt.Fprintln(b.out, "failed")
		return "", err
	}
	fmt.Fprintf(b.out, "built in %.0fs\n", time.Since(start).Seconds())
	return binary, removeOthers(home, key)
}

// build compiles into a temporary name first: a file under its final name is
// always whole.
func (b *builder) build(ctx context.Context, c component, binary string) error {
	if err := os.MkdirAll(filepath.Dir(binary), 0o755); err != nil {
		return err
	}
	temp := binary + ".part"
	defer os.Remove(temp)
	args := append([]string{"build", "-o", temp}, c.flags()...)
	cmd := b.goCommand(ctx, c, append(args, c.pkg)...)
	var messages bytes.Buffer
	cmd.Stdout, cmd.Stderr = &messages, &messages
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("%w\n%s", err, lastLines(messages.String(), 20))
	}
	return os.Rename(temp, binary)
}

// goCommand runs the Go tool in a wrapper module, shielded from what the
// caller's environment says about its own module and target.
func (b *builder) goCommand(ctx context.Context, c component, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = filepath.Join(b.source, c.dir)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GO111MODULE=on",
		"GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH, "PWD="+cmd.Dir)
	// The Go tool stops its own children on an interrupt, not on a kill.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGINT}
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 20 * time.Second
	return cmd
}

// removeOthers drops the builds of a component that its sources no longer ask for.
func removeOthers(home, key string) error {
	entries, err := os.ReadDir(home)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.Name() == key {
			continue
		}
		if err := os.RemoveAll(filepath.Join(home, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

// lastLines is the end of a text.
func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// pause waits, or returns early with the reason the context ended.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
