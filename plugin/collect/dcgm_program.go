package collect

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const (
	dcgmProgram = "infscale-dcgm"
	// maxGPULine bounds a line of its output, in bytes: one is about 150.
	maxGPULine = 16 << 10
	// maxWords bounds what is kept of its standard error, in bytes.
	maxWords = 4 << 10
	// maxGPUs bounds the numbers of GPUs; a host engine knows 32.
	maxGPUs = 1024
	// dcgmGrace is how long its pipes may stay open once it was ended: a process
	// that it left behind must not hold us up.
	dcgmGrace = 250 * time.Millisecond
)

// GPUSample is one line of infscale-dcgm: what a host engine told of one GPU.
// What it did not tell is nil.
type GPUSample struct {
	At          time.Time `json:"at"` // when it was measured
	GPU         int       `json:"gpu"`
	UUID        string    `json:"uuid"`
	Utilisation *float64  `json:"utilisation"`   // percent
	MemoryUsed  *float64  `json:"memoryUsedMiB"` // MiB
}

// Stream hands on what the host engine tells of its GPUs at every interval,
// until the context ends, which is no error, or something breaks.
func (d *DCGM) Stream(ctx context.Context, interval time.Duration, each func(GPUSample)) error {
	failed := d.run(ctx, each, "--interval="+interval.String())
	if ctx.Err() != nil {
		return nil
	}
	return errors.Join(failed...)
}

// run starts infscale-dcgm and hands on its samples, one after the other, until
// it ends or is ended by the context. What went wrong is in words.
func (d *DCGM) run(ctx context.Context, each func(GPUSample), args ...string) (failed []error) {
	program, err := d.program()
	if err != nil {
		return []error{err}
	}
	cmd := exec.CommandContext(ctx, program, append([]string{"--host=" + d.Host}, args...)...)
	cmd.WaitDelay = dcgmGrace
	words := new(ending)
	out, in := io.Pipe()
	cmd.Stdout, cmd.Stderr = in, words
	r := gpuReader{each: each}
	done := make(chan struct{})
	go func() {
		defer close(done)
		out.CloseWithError(r.read(out))
	}()
	err = cmd.Run()
	in.Close()
	<-done
	if reason := d.reason(ctx, cmd, err, &r, string(words.kept)); reason != nil {
		failed = append(failed, reason)
	}
	if r.failed != nil {
		failed = append(failed, r.failed)
	}
	return failed
}

// reason says why the program did not end well, nil where it did or where the
// reader's word says it all.
func (d *DCGM) reason(ctx context.Context, cmd *exec.Cmd, err error, r *gpuReader, said string) error {
	switch {
	case r.tooLong:
		return nil // it was ended for that
	case err == nil && r.samples == 0 && r.failed == nil:
		return errors.New("infscale-dcgm told of no GPU")
	case err == nil:
		return nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return errors.New("no answer in time")
	case ctx.Err() != nil:
		return errors.New("interrupted")
	case cmd.Process == nil:
		if path := new(os.PathError); errors.As(err, &path) {
			err = path.Err
		}
		return fmt.Errorf("%s does not start: %w", cmd.Path, err)
	}
	return d.ended(err, said)
}

// program finds infscale-dcgm.
func (d *DCGM) program() (string, error) {
	if d.Program != "" {
		return d.Program, nil
	}
	if self, err := os.Executable(); err == nil {
		if real, err := filepath.EvalSymlinks(self); err == nil {
			self = real
		}
		if beside, err := exec.LookPath(filepath.Join(filepath.Dir(self), dcgmProgram)); err == nil {
			return beside, nil
		}
	}
	path, err := exec.LookPath(dcgmProgram)
	if err != nil {
		return "", errors.New("infscale-dcgm is neither beside this program nor on the PATH")
	}
	return path, nil
}

// ended words how the program ended: with its own last word where it has one.
func (d *DCGM) ended(err error, said string) error {
	lines := strings.Split(strings.TrimSpace(said), "\n")
	last := lines[len(lines)-1]
	for _, line := range lines {
		if own, ok := strings.CutPrefix(line, dcgmProgram+": "); ok {
			last = strings.TrimPrefix(own, d.Host+": ")
		}
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Exited() && last != "" {
		return errors.New(last)
	}
	return fmt.Errorf("infscale-dcgm ended early: %w", err)
}

// gpuReader reads lines of samples.
type gpuReader struct {
	each    func(GPUSample)
	samples int
	failed  error // of the first line that is no sample
	tooLong bool
}

// read hands on every sample. A line that is none does not stop it, one that
// is too long does.
func (r *gpuReader) read(from io.Reader) error {
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, maxGPULine)
	for lines.Scan() {
		if len(lines.Bytes()) == 0 {
			continue
		}
		g, err := parseGPU(lines.Bytes())
		if err == nil {
			r.samples++
			r.each(g)
		} else if r.failed == nil {
			r.failed = err
		}
	}
	err := lines.Err()
	if r.tooLong = errors.Is(err, bufio.ErrTooLong); r.tooLong {
		r.failed = fmt.Errorf("infscale-dcgm printed a line of more than %d KiB", maxGPULine>>10)
	}
	return err
}

// parseGPU refuses what cannot be a GPU's numbers.
func parseGPU(line []byte) (GPUSample, error) {
	var g GPUSample
	g.GPU = -1 // a line without one names none
	err := json.Unmarshal(line, &g)
	switch {
	case err != nil || g.GPU < 0 || g.GPU >= maxGPUs || g.At.IsZero(),
		g.Utilisation != nil && (*g.Utilisation < 0 || *g.Utilisation > 100),
		g.MemoryUsed != nil && *g.MemoryUsed < 0:
		return g, fmt.Errorf("infscale-dcgm printed what is no sample: %.60q", line)
	}
	return g, nil
}

// ending keeps the end of what is written to it.
type ending struct{ kept []byte }

func (e *ending) Write(b []byte) (int, error) {
	e.kept = append(e.kept, b[max(0, len(b)-maxWords):]...)
	e.kept = e.kept[max(0, len(e.kept)-maxWords):]
	return len(b), nil
}
