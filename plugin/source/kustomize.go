package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// kustomize builds a directory as kubectl kustomize does: without plugins, and
// with every file below the kustomization's own root. What it makes has no
// place in a file any more, so findings carry the name "DIR (kustomize)" and
// the line of the rendering.
//
// Nothing is fetched: a remote base is a problem that names it.
func (f Files) kustomize(ctx context.Context, dir string) (fileInput, error) {
	in := fileInput{name: dir + " (kustomize)", root: dir, strict: true, closed: true}
	info, err := os.Stat(dir)
	if err != nil {
		return in, pathError(dir, err)
	}
	if !info.IsDir() {
		return in, fmt.Errorf("%s: is a file; -k takes the directory of a kustomization", dir)
	}
	real, err := realPath(dir) // kustomize takes no absolute path for an address
	if err != nil {
		return in, pathError(dir, err)
	}
	in.text, in.problem = cancellable(ctx, func() ([]byte, error) { return buildKustomization(real) })
	if int64(len(in.text)) > f.MaxFileBytes {
		in.text, in.problem = nil, tooLarge(f.MaxFileBytes)
	}
	return in, ctx.Err()
}

func buildKustomization(dir string) ([]byte, error) {
	files := &localFiles{FileSystem: filesys.MakeFsOnDisk()}
	made, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(files, dir)
	if files.refused != nil {
		err = files.refused
	}
	if err != nil {
		return nil, fmt.Errorf("cannot be built: %w", err)
	}
	return made.AsYaml()
}

// cancellable waits for work that knows no context, or for the context's end.
func cancellable(ctx context.Context, work func() ([]byte, error)) (text []byte, problem string) {
	type answer struct {
		text []byte
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		text, err := work()
		answers <- answer{text, err}
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err().Error()
	case got := <-answers:
		if got.err != nil {
			return nil, excerpt(got.err.Error())
		}
		return got.text, ""
	}
}

// localFiles is a file system that does not give out a kustomization with
// remote parts. Kustomize itself would download them, or clone them with git,
// and has no switch against it.
type localFiles struct {
	filesys.FileSystem
	// refused is the first refusal: kustomize takes a kustomization that it
	// cannot read for one that is not there.
	refused error
}

// ReadFile reads a file, unless it asks for something remote.
func (l *localFiles) ReadFile(path string) ([]byte, error) {
	text, err := l.FileSystem.ReadFile(path)
	if err != nil || !isKustomization(path) && !bytes.Contains(text, []byte("builtin")) {
		return text, err
	}
	remote, err := remoteParts(text)
	if remote != "" {
		err = fmt.Errorf("%q is remote, and no address is contacted; download it and name the copy", excerpt(remote))
	}
	if err == nil {
		return text, nil
	}
	err = fmt.Errorf("%s: %w", path, err)
	if l.refused == nil {
		l.refused = err
	}
	return nil, err
}

// remoteParts returns something that a kustomization, or the configuration of
// a built-in plugin, would have kustomize fetch. What cannot be parsed here
// gets no further: nobody knows what kustomize would make of it.
func remoteParts(text []byte) (string, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var node yaml.Node
		if err := decoder.Decode(&node); errors.Is(err, io.EOF) {
			return "", nil
		} else if err != nil {
			return "", err
		}
		if remote := remoteIn(&node, false); remote != "" {
			return remote, nil
		}
	}
}

// loads says whether kustomize takes the strings of a field for places to load
// from. "bases", "env" and the like are of old versions, which it still reads.
func loads(field string) bool {
	switch field {
	case "resources", "bases", "components", "crds", "configurations", "generators", "transformers", "validators",
		"patches", "patchesStrategicMerge", "path", "paths", "file", "files", "env", "envs", "openapi", "replacements":
		return true
	}
	return false
}

// says says whether a field holds free text for others.
func says(field string) bool {
	switch field {
	case "commonAnnotations", "annotations", "commonLabels", "labels", "metadata", "literals":
		return true
	}
	return false
}

// remoteIn searches a node; inside says that the field around it is loaded
// from. Anchors are searched where they stand, and aliases for the field they
// are in.
func remoteIn(node *yaml.Node, inside bool) string {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
		if !inside || node.Kind != yaml.ScalarNode {
			return ""
		}
	}
	if node.Kind == yaml.ScalarNode {
		return remoteScalar(node.Value, inside)
	}
	for i, inner := range node.Content {
		below := inside
		if node.Kind == yaml.MappingNode {
			if i%2 == 0 || says(node.Content[i-1].Value) {
				continue
			}
			below = loads(node.Content[i-1].Value)
		}
		if remote := remoteIn(inner, below); remote != "" {
			return remote
		}
	}
	return ""
}

func remoteScalar(value string, inside bool) string {
	_, file, _ := strings.Cut(value, "=") // "key=file" of a generator
	switch {
	case !inside:
		return ""
	case strings.Contains(value, "\n"): // a patch, or a plugin's configuration, written inline
		if !strings.Contains(value, "builtin") {
			return ""
		}
		remote, err := remoteParts([]byte(value))
		if err != nil {
			return value
		}
		return remote
	case isRemote(file):
		return file
	case isRemote(value):
		return value
	}
	return ""
}

// isRemote says whether kustomize, helm or kubectl would take a path for an
// address. The forms without a scheme are git's: user@host:path and, for one
// host, the name alone.
func isRemote(path string) bool {
	path = strings.TrimPrefix(strings.ToLower(path), "git::")
	return strings.Contains(path, "://") || strings.HasPrefix(path, "github.com/") || strings.HasPrefix(path, "github.com:") ||
		regexp.MustCompile(`^[a-z][a-z0-9-]*@[^/]*[:/]`).MatchString(path)
}
