package parse

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/infscale/kubectl-infscale/testdata/bench/manifests"
)

func TestDocuments(t *testing.T) {
	file := "---\nkind: A\n--- # second\nx: |\n  ---\n  kind: no\nkind: \"B\"\n---\n---\napiVersion: v1\nkind: C"
	var kinds []string
	for document := range documents([]byte(file)) {
		kinds = append(kinds, kind(document))
	}
	if want := []string{"A", "B", "C"}; !slices.Equal(kinds, want) {
		t.Errorf("got %q, want %q", kinds, want)
	}
}

func TestTreeDecodesWhatTheModeSays(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tree")
	counts, err := manifests.Write(t.Context(), dir, 600, 1)
	if err != nil {
		t.Fatal(err)
	}
	others := counts.Kinds["ConfigMap"] + counts.Kinds["Ingress"] + counts.Kinds["CronJob"]
	engines := counts.Kinds["PodDisruptionBudget"] // one for each inference Deployment
	want := map[Mode]Tally{
		Read:      {counts.Files, 0, 0, counts.Bytes},
		Relevant:  {counts.Files, counts.Documents, counts.Documents - others, counts.Bytes},
		Inference: {counts.Files, counts.Documents, counts.Documents - others - counts.Kinds["Deployment"] + engines, counts.Bytes},
	}
	for mode, want := range want {
		if got, err := Tree(t.Context(), mode, dir); err != nil || got != want {
			t.Errorf("%s: got %v, want %v, %v", mode, got, want, err)
		}
	}
}

func TestTreeNamesTheFileItCannotDecode(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "broken.yaml"), []byte("kind: Service\n\tx: y\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Tree(t.Context(), Relevant, dir); err == nil || !strings.Contains(err.Error(), "broken.yaml") {
		t.Errorf("got %v, want an error that names broken.yaml", err)
	}
}
