package manifests

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"go.yaml.in/yaml/v3"
)

// The full load's counts, so that a change to the mix shows in a diff.
func TestPlanOfTenThousandFiles(t *testing.T) {
	c := count(plan(10_000))
	if c.Files != 10_000 || c.Several != 3_334 || c.Inference != 500 || c.Documents != 20_002 {
		t.Errorf("got %+v", c)
	}
	want := map[string]int{
		"ConfigMap": 4501, "Service": 4567, "Ingress": 4500, "Deployment": 4401, "CronJob": 1333,
		"PodDisruptionBudget": 234, "PersistentVolumeClaim": 233, "HorizontalPodAutoscaler": 116, "ScaledObject": 117,
	}
	if !maps.Equal(c.Kinds, want) {
		t.Errorf("got %v\nwant %v", c.Kinds, want)
	}
}

func TestWorkloadsAreWhole(t *testing.T) {
	parts := map[int]map[string]int{}
	for _, f := range plan(10_000) {
		if w := f.subject.workload; w >= 0 {
			if parts[w] == nil {
				parts[w] = map[string]int{}
			}
			for _, name := range f.templates {
				parts[w][name]++
			}
		}
	}
	whole := 0
	for w, have := range parts {
		if len(have) == len(workloadTemplates(w)) {
			whole++
		}
	}
	if whole < len(parts)-1 { // the last may be cut off by the number of files
		t.Errorf("%d of %d workloads have all their documents", whole, len(parts))
	}
}

func TestTreeIsDeterministicAndDecodes(t *testing.T) {
	first, second, other := tree(t, 300, 1), tree(t, 300, 1), tree(t, 300, 2)
	if len(first) != 300 {
		t.Fatalf("%d files, want 300", len(first))
	}
	differ := 0
	for path, data := range first {
		if !bytes.Equal(data, second[path]) {
			t.Errorf("%s differs between two trees of one seed", path)
		}
		if !bytes.Equal(data, other[path]) {
			differ++
		}
	}
	if differ == 0 {
		t.Error("another seed gave the same tree")
	}
	kinds := map[string]int{}
	for path, data := range first {
		decode(t, path, data, kinds)
	}
	if want := count(plan(300)).Kinds; !maps.Equal(kinds, want) {
		t.Errorf("decoded %v, planned %v", kinds, want)
	}
}

func TestWriteRefusesAFolderInUse(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "mine.yaml"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(t.Context(), dir, 1, 1); err == nil {
		t.Error("wrote beside a file that was there before")
	}
}

func tree(t *testing.T, n int, seed uint64) map[string][]byte {
	t.Helper()
	dir := t.TempDir()
	counts, err := Write(t.Context(), dir, n, seed)
	if err != nil {
		t.Fatal(err)
	}
	files, size := map[string][]byte{}, int64(0)
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		files[name] = data
		size += int64(len(data))
		return err
	})
	if err != nil || size != counts.Bytes {
		t.Fatalf("%d bytes on disk, %d counted: %v", size, counts.Bytes, err)
	}
	return files
}

func decode(t *testing.T, path string, data []byte, kinds map[string]int) {
	t.Helper()
	for d := yaml.NewDecoder(bytes.NewReader(data)); ; {
		var object struct {
			Kind     string
			Metadata struct{ Name, Namespace string }
		}
		err := d.Decode(&object)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Errorf("%s: %v", path, err)
			return
		}
		if object.Metadata.Name == "" || object.Metadata.Namespace == "" {
			t.Errorf("%s: a %s without name or namespace", path, object.Kind)
		}
		kinds[object.Kind]++
	}
}
