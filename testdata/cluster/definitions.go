//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// realDefinitions are custom resource definitions that come with a program which
// is built. They stand in the place of a file of manifests/crds.
type realDefinitions struct {
	dir    string // wrapper module
	module string
	files  string // in the module, a pattern
	of     string // the file they stand for, if there is one
}

// realDefinitions are those of the programs that a bed runs.
func (c config) realDefinitions() (all []realDefinitions) {
	if c.Metrics {
		all = append(all, realDefinitions{"keda", "github.com/kedacore/keda/v2", "config/crd/bases/*.yaml", "keda.yaml"})
	}
	if c.Operator {
		all = append(all, realDefinitions{"operator", "github.com/prometheus-operator/prometheus-operator", "example/prometheus-operator-crd/*.yaml", "prometheus-operator.yaml"})
	}
	if c.Karpenter {
		// NodePools and NodeClaims in pkg, what kwok's provider adds in kwok.
		all = append(all, realDefinitions{"karpenter", "sigs.k8s.io/karpenter", "[pk]*/apis/crds/*.yaml", "karpenter.yaml"})
	}
	if c.VPA {
		all = append(all, realDefinitions{"vpa", "k8s.io/autoscaler/vertical-pod-autoscaler", "deploy/vpa-v1-crd-gen.yaml", ""})
	}
	return all
}

// copy brings the definitions into a bed's data. It runs outside, where the Go
// tool finds the module.
func (r realDefinitions) copy(ctx context.Context, b *builder, data string) error {
	out, err := b.goCommand(ctx, component{dir: r.dir}, "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", r.module).Output()
	if err != nil {
		return fmt.Errorf("looking for the definitions of %s: %w", r.module, err)
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), r.files))
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return errors.New(r.module + " holds no definitions")
	}
	if err := os.Mkdir(r.copies(data), 0o700); err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		text = bytes.TrimPrefix(text, []byte("---\n"))
		if err := os.WriteFile(filepath.Join(r.copies(data), filepath.Base(file)), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func (r realDefinitions) copies(data string) string { return filepath.Join(data, "definitions-"+r.dir) }

// definitions are the files of manifests/crds, and the real ones of what runs.
func (b *bed) definitions() ([]string, error) {
	files, err := filepath.Glob(filepath.Join(b.Manifests, "crds", "*.yaml"))
	if err != nil {
		return nil, err
	}
	for _, real := range b.realDefinitions() {
		files = slices.DeleteFunc(files, func(file string) bool { return filepath.Base(file) == real.of })
		copies, err := filepath.Glob(filepath.Join(real.copies(b.Data), "*.yaml"))
		if err != nil {
			return nil, err
		}
		files = append(files, copies...)
	}
	return files, nil
}
