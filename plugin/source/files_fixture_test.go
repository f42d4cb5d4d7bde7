package source

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// everyKind asks for all kinds.
func everyKind() checks.Needs { return checks.Needs{Kinds: inventory.Kinds()} }

// tree writes a txtar archive into a new directory.
func tree(t testing.TB, archive string) string {
	t.Helper()
	dir := t.TempDir()
	for _, file := range txtar.Parse([]byte(archive)).Files {
		path := filepath.Join(dir, filepath.FromSlash(file.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, file.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// loadedFiles is a load as text: "DIR" stands for the directory.
type loadedFiles struct {
	objects, problems, notes []string
	stats                    Stats
	snapshot                 *inventory.Snapshot
}

func loadFiles(t testing.TB, dir string, f Files) loadedFiles {
	t.Helper()
	got, err := tryFiles(dir, f)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func tryFiles(dir string, f Files) (loadedFiles, error) {
	var got loadedFiles
	f.Stats = &got.stats
	frame, err := f.Load(context.Background(), everyKind())
	var partial *Incomplete
	if err != nil && !errors.As(err, &partial) {
		return got, err
	}
	local := strings.NewReplacer(dir, "DIR", string(filepath.Separator), "/")
	if partial != nil {
		for _, p := range partial.Problems {
			got.problems = append(got.problems, local.Replace(p.Error()))
		}
	}
	for _, p := range got.stats.Notes {
		got.notes = append(got.notes, local.Replace(p.Error()))
	}
	for _, o := range frame.Objects.Dump().Objects {
		at := o.At()
		got.objects = append(got.objects, local.Replace(fmt.Sprintf("%s %s:%d", o.Ref, at.File, at.Line)))
	}
	got.snapshot = frame.Objects
	return got, nil
}

func (l loadedFiles) want(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

const vllm = `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: llm
  namespace: inference
spec:
  selector: {matchLabels: {app: llm}}
  template:
    metadata: {labels: {app: llm}}
    spec:
      containers:
      - name: vllm
        image: vllm/vllm-openai:v0.11.0
        command: [sh, /scripts/start.sh]
        envFrom: [{configMapRef: {name: settings}}]
      volumes:
      - name: scripts
        configMap: {name: scripts}
`
