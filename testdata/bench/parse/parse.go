// Package parse measures lower bounds: what no lint of a tree of manifests can
// undercut, because it is less than any lint has to do. No rule runs here.
package parse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"go.yaml.in/yaml/v3"

	"github.com/infscale/kubectl-infscale/testdata/bench/parallel"
)

// Mode says how much is done beyond opening every file.
type Mode string

const (
	Read      Mode = "read"      // every byte is read, none is looked at
	Relevant  Mode = "relevant"  // and the documents of relevant kinds are decoded into nodes
	Inference Mode = "inference" // and of those, no pod template without engine or GPU
)

// Tally says what was done, so that a bound that did less shows.
type Tally struct {
	Files, Documents, Decoded int
	Bytes                     int64
}

func (t Tally) String() string {
	return fmt.Sprintf("%d files, %.1f MB, %d documents, %d decoded", t.Files, float64(t.Bytes)/1e6, t.Documents, t.Decoded)
}

// Tree goes over every file below dir, on all processors.
func Tree(ctx context.Context, mode Mode, dir string) (Tally, error) {
	if mode != Read && mode != Relevant && mode != Inference {
		return Tally{}, fmt.Errorf("no such mode: %q", mode)
	}
	paths, err := list(dir)
	if err != nil {
		return Tally{}, err
	}
	workers := make([]worker, runtime.GOMAXPROCS(0))
	err = parallel.Each(ctx, len(workers), len(paths), func(_ context.Context, w, i int) error {
		return workers[w].file(mode, paths[i])
	})
	total := Tally{Files: len(paths)}
	for _, w := range workers {
		total.Documents += w.Documents
		total.Decoded += w.Decoded
		total.Bytes += w.Bytes
	}
	return total, err
}

func list(dir string) (paths []string, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			paths = append(paths, path)
		}
		return err
	})
	return paths, err
}

// worker has a buffer of its own that every file is read into: the bound is to
// be low.
type worker struct {
	Tally
	buffer []byte
}

func (w *worker) file(mode Mode, path string) error {
	data, err := w.read(path)
	if err != nil || mode == Read {
		return err
	}
	for document := range documents(data) {
		w.Documents++
		kind := kind(document)
		if mode == Relevant && !relevant(kind) || mode == Inference && !inference(kind, document) {
			continue
		}
		var node yaml.Node
		if err := yaml.Unmarshal(document, &node); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		w.Decoded++
	}
	return nil
}

func (w *worker) read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if w.buffer == nil {
		w.buffer = make([]byte, 64<<10)
	}
	for n := 0; ; {
		if n == len(w.buffer) {
			w.buffer = append(w.buffer, make([]byte, n)...)
		}
		got, err := f.Read(w.buffer[n:])
		n += got
		if errors.Is(err, io.EOF) {
			w.Bytes += int64(n)
			return w.buffer[:n], nil
		}
		if err != nil {
			return nil, err
		}
	}
}
