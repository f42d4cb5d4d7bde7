package manifests

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"text/template"

	"github.com/infscale/kubectl-infscale/testdata/bench/parallel"
)

// generator holds whatever decides the tree's bytes, its own source included:
// Digest changes whenever the tree would.
//
//go:embed templates *.go
var generator embed.FS

// Counts says what a tree holds.
type Counts struct {
	Files, Several, Inference, Documents int
	Bytes                                int64
	Kinds                                map[string]int
}

// Write makes a tree of n files below dir, which must be empty or missing: what
// lay there before would be measured with it.
func Write(ctx context.Context, dir string, n int, seed uint64) (Counts, error) {
	if entries, _ := os.ReadDir(dir); len(entries) > 0 {
		return Counts{}, fmt.Errorf("%s is not empty", dir)
	}
	templates, err := template.New("").Option("missingkey=error").ParseFS(generator, "templates/*.tmpl")
	if err != nil {
		return Counts{}, err
	}
	files := plan(n)
	for i := 0; i < n; i += filesPerFolder {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(files[i].path)), 0o755); err != nil {
			return Counts{}, err
		}
	}
	workers := runtime.GOMAXPROCS(0)
	buffers, written := make([]bytes.Buffer, workers), make([]int64, workers)
	err = parallel.Each(ctx, workers, n, func(_ context.Context, worker, i int) error {
		b := &buffers[worker]
		b.Reset()
		if err := render(b, templates, files[i], seed); err != nil {
			return err
		}
		written[worker] += int64(b.Len())
		return os.WriteFile(filepath.Join(dir, files[i].path), b.Bytes(), 0o644)
	})
	c := count(files)
	for _, w := range written {
		c.Bytes += w
	}
	return c, err
}

func render(b *bytes.Buffer, templates *template.Template, f file, seed uint64) error {
	v := fill(f, seed)
	for i, name := range f.templates {
		if i > 0 {
			b.WriteString("---\n")
		}
		if err := templates.ExecuteTemplate(b, name+".tmpl", v); err != nil {
			return err
		}
	}
	return nil
}

// count reads the plan, not the tree. A template is named after its kind.
func count(files []file) Counts {
	c := Counts{Files: len(files), Kinds: map[string]int{}}
	for _, f := range files {
		if len(f.templates) > 1 {
			c.Several++
		}
		if f.subject.workload >= 0 {
			c.Inference++
		}
		c.Documents += len(f.templates)
		for _, t := range f.templates {
			kind, _, _ := strings.Cut(t, "-")
			c.Kinds[kind]++
		}
	}
	return c
}

// Digest names the generator: a tree kept from an earlier day is good only as
// long as the digest in its name is this one.
func Digest() string {
	sum := sha256.New()
	// Reading what is embedded cannot fail, and WalkDir goes in lexical order.
	_ = fs.WalkDir(generator, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") {
			return err
		}
		data, err := generator.ReadFile(path)
		fmt.Fprintf(sum, "%s %d\n%s", path, len(data), data)
		return err
	})
	return hex.EncodeToString(sum.Sum(nil))[:12]
}
