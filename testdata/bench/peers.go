package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// peer is another linter, in the version that the budgets speak of.
type peer struct {
	name, version, module string
	faster                float64
	argv                  func(tree string) ([]string, error)
}

func peers() []peer {
	return []peer{
		{"kube-score", "v1.20.0", "github.com/zegl/kube-score/cmd/kube-score", lintOverKubeScore, kubeScoreArguments},
		{
			"kube-linter", "v0.8.3", "golang.stackrox.io/kube-linter/cmd/kube-linter", lintOverLinter,
			func(tree string) ([]string, error) { return []string{"lint", tree}, nil },
		},
	}
}

// kubeScoreArguments names every file, as a shell would: kube-score takes no
// folders. The paths are relative to the tree, which keeps even 30 000 of them
// below what the kernel accepts.
func kubeScoreArguments(tree string) ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(tree, "*", "*.yaml"))
	if err != nil {
		return nil, err
	}
	for i, path := range paths {
		if paths[i], err = filepath.Rel(tree, path); err != nil {
			return nil, err
		}
	}
	return append([]string{"score"}, paths...), nil
}

func (p peer) label(given map[string]string) string {
	if given[p.name] != "" {
		return p.name + " (given)" // whichever version that is
	}
	return p.name + " " + p.version
}

// build installs the peer into the cache, or finds it there; a given program
// is taken as it is.
func (p peer) build(ctx context.Context, given string) (string, error) {
	if given != "" {
		return exec.LookPath(given)
	}
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, p.name+"-"+p.version)
	program := filepath.Join(dir, p.name)
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	progress("building %s %s", p.name, p.version)
	install := exec.CommandContext(ctx, "go", "install", "-trimpath", "-ldflags", "-s -w", p.module+"@"+p.version)
	install.Env = append(os.Environ(), "GOBIN="+dir, "CGO_ENABLED=0")
	if out, err := install.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go install: %w", reason(out, err))
	}
	return program, nil
}

// reason is what go said last, without the package named twice before it.
func reason(out []byte, err error) error {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	last := lines[len(lines)-1]
	if at := strings.Index(last, "reading https://"); at > 0 {
		last = last[at:]
	}
	if last == "" {
		return err
	}
	return errors.New(last)
}
