package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// fileInput is one thing to read: a file, standard input or a rendering.
type fileInput struct {
	name string // as findings show it
	text []byte
	// onDisk says that name is the path of a file to open; else text holds
	// everything already.
	onDisk bool
	// root is the argument that led here.
	root string
	// strict inputs hold Kubernetes objects and nothing else: whatever was
	// named by hand, and renderings. In a directory other YAML lies about.
	strict bool
	closed bool
	// chart is the chart directory among whose templates the file is.
	chart string
	// problem says why there is nothing to read; note is worth saying anyway.
	problem, note string

	// result is what was read; nil where there is nothing to tell.
	result *fileResult
	// chosen are the documents that the second step decodes.
	chosen []laterDocument
}

// stdinName is how standard input is called in problems and findings.
const stdinName = "<stdin>"

// every finds what there is to read, in the order of the arguments and in a
// directory by name. Every file is found once, however many arguments lead
// to it.
func (w *fileWalk) every(ctx context.Context, f Files) error {
	w.edited = f.Edited
	for _, path := range f.Paths {
		if err := w.argument(ctx, path, f); err != nil {
			return err
		}
	}
	for _, dir := range f.Kustomize {
		in, err := f.kustomize(ctx, dir)
		if err != nil {
			return err
		}
		w.add(ctx, in)
	}
	for _, chart := range f.Helm {
		in, err := f.helm(ctx, chart)
		if err != nil {
			return err
		}
		w.add(ctx, in)
	}
	return nil
}

// fileWalk collects inputs.
type fileWalk struct {
	inputs []*fileInput
	found  chan<- *fileInput // whoever reads them
	edited map[string][]byte // texts that stand in for files
	seen   map[fileKey]bool
	// directories are the arguments that were walked; known are those of them
	// with files that another argument had led to before.
	directories []string
	known       map[string]bool
}

// add hands an input to the readers.
func (w *fileWalk) add(ctx context.Context, in fileInput) {
	if text, edited := w.edited[in.name]; edited {
		in.text, in.onDisk = text, false
	}
	w.inputs = append(w.inputs, &in)
	select {
	case w.found <- &in:
	case <-ctx.Done():
	}
}

// fileKey is a real path in two parts, so that the files of a folder share one.
type fileKey struct{ folder, name string }

func keyOf(real string) fileKey { return fileKey{filepath.Dir(real), filepath.Base(real)} }

// first says whether a file is met for the first time.
func (w *fileWalk) first(key fileKey) bool {
	again := w.seen[key]
	w.seen[key] = true
	return !again
}

func (w *fileWalk) argument(ctx context.Context, path string, f Files) error {
	if path == "-" {
		if f.Stdin == nil {
			return errors.New("-: there is no standard input")
		}
		if w.first(fileKey{name: "-"}) {
			w.add(ctx, stdinInput(ctx, f))
		}
		return nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return pathError(path, err)
	}
	real, err := realPath(path)
	if err != nil {
		return pathError(path, err)
	}
	if info.IsDir() {
		w.directories = append(w.directories, path)
		return w.directory(ctx, fileFolder{path: path, real: real, root: path}.inChart())
	}
	if w.first(keyOf(real)) {
		in := fileInput{name: path, onDisk: true, root: path, strict: true}
		if !info.Mode().IsRegular() {
			in = pipeInput(ctx, in, f.MaxFileBytes)
		}
		w.add(ctx, in)
	}
	return nil
}

// pathError says what is wrong with an argument, without the name of the system
// call that found out.
func pathError(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) && isRemote(path) {
		return fmt.Errorf("%s: no address is contacted; download it and name the copy", path)
	}
	var failed *fs.PathError
	if errors.As(err, &failed) {
		err = failed.Err
	}
	return fmt.Errorf("%s: %w", path, err)
}

func realPath(path string) (string, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(absolute)
}

// fileFolder is a directory on the walk.
type fileFolder struct {
	path, real, root string
	chart            string // the outermost chart that the folder is part of
	templates        bool   // the folder is among that chart's templates
}

// inChart finds out whether the folder that was named is a chart's templates.
func (d fileFolder) inChart() fileFolder {
	parent := filepath.Dir(d.real)
	if _, err := os.Stat(filepath.Join(parent, "Chart.yaml")); err == nil && filepath.Base(d.real) == "templates" {
		d.chart, d.templates = filepath.Dir(filepath.Clean(d.path)), true
	}
	return d
}

// directory walks everything below a folder.
func (w *fileWalk) directory(ctx context.Context, d fileFolder) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	entries, err := os.ReadDir(d.path)
	if err != nil {
		w.add(ctx, fileInput{name: d.path, root: d.root, closed: true, problem: reasonOf(err)})
	}
	chartHere := false
	for _, entry := range entries {
		chartHere = chartHere || entry.Name() == "Chart.yaml"
	}
	if chartHere && d.chart == "" {
		d.chart = d.path
	}
	for _, entry := range entries {
		if err := w.entry(ctx, d, entry, chartHere); err != nil {
			return err
		}
	}
	return nil
}

func (w *fileWalk) entry(ctx context.Context, d fileFolder, entry fs.DirEntry, chartHere bool) error {
	name := entry.Name()
	switch {
	case strings.HasPrefix(name, "."):
		return nil
	case entry.IsDir():
		if name == "node_modules" || name == "vendor" {
			return nil
		}
		d.path, d.real = filepath.Join(d.path, name), filepath.Join(d.real, name)
		d.templates = d.templates || chartHere && name == "templates"
		return w.directory(ctx, d)
	case !isManifestName(name):
		return nil
	}
	in := fileInput{name: filepath.Join(d.path, name), onDisk: true, root: d.root, closed: true}
	if d.templates {
		in.chart = d.chart
	}
	key := fileKey{d.real, name}
	if !entry.Type().IsRegular() && !special(&in, &key) {
		return nil
	}
	if w.first(key) {
		w.add(ctx, in)
	} else {
		w.known[d.root] = true
	}
	return nil
}

// special looks at what is neither a file nor a directory, and says whether it
// is an input: a link to a file is, a link to a directory is not, and of a
// pipe or a broken link the problem is.
func special(in *fileInput, key *fileKey) bool {
	info, err := os.Stat(in.name)
	if err == nil && info.IsDir() {
		return false
	}
	if err == nil && !info.Mode().IsRegular() {
		in.problem = "is no regular file; name it by hand to read it"
		return true
	}
	if err != nil {
		in.problem = reasonOf(err)
		return true
	}
	if real, err := realPath(in.name); err == nil {
		*key = keyOf(real)
	}
	return true
}

func isManifestName(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".yaml", ".yml", ".json":
		return true
	}
	return false
}

// reasonOf is an error of the file system without the path, which a Problem
// names itself.
func reasonOf(err error) string {
	var failed *fs.PathError
	if errors.As(err, &failed) {
		err = failed.Err
	}
	return "cannot be read: " + err.Error()
}

func (in *fileInput) fail(line int, reason string) inventory.Problem {
	return inventory.Problem{File: in.name, Line: line, Reason: reason}
}
