package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// wrapped is a program whose module "go install" refuses: it is built as a
// dependency, with the versions that the module itself asks for.
type wrapped struct{ name, version, module string }

var k9s = wrapped{"k9s", "v0.50.18", "github.com/derailed/k9s"}

func (w wrapped) build(ctx context.Context, given string) (string, error) {
	if given != "" {
		return exec.LookPath(given)
	}
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, w.name+"-"+w.version)
	program := filepath.Join(dir, w.name)
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	progress("building %s %s", w.name, w.version)
	out, err := exec.CommandContext(ctx, "go", "mod", "download", "-json", w.module+"@"+w.version).Output()
	var found struct{ Dir, Error string }
	if bad := json.Unmarshal(out, &found); err != nil || bad != nil {
		return "", fmt.Errorf("go mod download %s: %w", w.module, reason([]byte(found.Error), err))
	}
	source, err := os.MkdirTemp("", "infscale-bench-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(source)
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(found.Dir, name))
		if err != nil {
			return "", err
		}
		if name == "go.mod" {
			text = []byte(strings.Replace(string(text), "module "+w.module, "module wrapper", 1))
		}
		if err := os.WriteFile(filepath.Join(source, name), text, 0o600); err != nil {
			return "", err
		}
	}
	for _, args := range [][]string{
		{"mod", "edit", "-require=" + w.module + "@" + w.version},
		{"build", "-mod=mod", "-trimpath", "-ldflags", "-s -w", "-o", program, w.module},
	} {
		step := exec.CommandContext(ctx, "go", args...)
		step.Dir, step.Env = source, append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
		if out, err := step.CombinedOutput(); err != nil {
			return "", fmt.Errorf("go %s: %w", args[0], reason(out, err))
		}
	}
	return program, nil
}
