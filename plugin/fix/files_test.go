package fix

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func edit(t *testing.T, name, before, after string) *FileEdit {
	t.Helper()
	if err := os.WriteFile(name, []byte(before), 0o640); err != nil {
		t.Fatal(err)
	}
	return &FileEdit{Name: name, Before: []byte(before), After: []byte(after)}
}

func wantText(t *testing.T, name, want string) {
	t.Helper()
	if got, err := os.ReadFile(name); err != nil || string(got) != want {
		t.Errorf("%s holds %q (%v), want %q", filepath.Base(name), got, err, want)
	}
}

// wantNames says that nothing lies about in a directory but what should.
func wantNames(t *testing.T, dir, want string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if got := strings.Join(names, " "); got != want {
		t.Errorf("the directory holds %s, want %s", got, want)
	}
}

func TestWriteKeepsModesAndLinks(t *testing.T) {
	dir := t.TempDir()
	file := edit(t, filepath.Join(dir, "a.yaml"), "old\n", "new\n")
	if err := os.Symlink("a.yaml", filepath.Join(dir, "link.yaml")); err != nil {
		t.Skip(err)
	}
	file.Name = filepath.Join(dir, "link.yaml")
	added := &FileEdit{Name: filepath.Join(dir, "b.yaml"), After: []byte("more\n"), New: true}
	if err := Write(t.Context(), []*FileEdit{file, added}); err != nil {
		t.Fatal(err)
	}
	wantText(t, filepath.Join(dir, "a.yaml"), "new\n")
	wantText(t, filepath.Join(dir, "b.yaml"), "more\n")
	wantNames(t, dir, "a.yaml b.yaml link.yaml")
	if info, err := os.Lstat(file.Name); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is none any more: %v %v", info.Mode(), err)
	}
	if info, err := os.Stat(file.Name); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the mode is %v, want 0640", info.Mode())
	}
}

func TestWriteLeavesForeignChanges(t *testing.T) {
	dir := t.TempDir()
	first := edit(t, filepath.Join(dir, "a.yaml"), "old\n", "new\n")
	second := edit(t, filepath.Join(dir, "b.yaml"), "old\n", "new\n")
	if err := os.WriteFile(second.Name, []byte("somebody's\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := Write(t.Context(), []*FileEdit{first, second})
	if err == nil || !strings.Contains(err.Error(), "b.yaml was changed by somebody else meanwhile") {
		t.Errorf("the error is %v", err)
	}
	wantText(t, first.Name, "old\n")
	wantText(t, second.Name, "somebody's\n")
	wantNames(t, dir, "a.yaml b.yaml")
}

func TestWriteInterrupted(t *testing.T) {
	dir := t.TempDir()
	first := edit(t, filepath.Join(dir, "a.yaml"), "old\n", "new\n")
	missing := &FileEdit{Name: filepath.Join(dir, "gone", "b.yaml"), After: []byte("new\n"), New: true}
	if err := Write(t.Context(), []*FileEdit{first, missing}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the error is %v", err)
	}
	wantText(t, first.Name, "old\n")
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := Write(ctx, []*FileEdit{first}); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	wantText(t, first.Name, "old\n")
	wantNames(t, dir, "a.yaml")
}

// TestFilesConflicts: of two fixes that want the same field otherwise the worse
// finding's is made, whatever the order they come in; what they agree on is no
// conflict, and a field below one that was set is the next round's.
func TestFilesConflicts(t *testing.T) {
	const text = "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: b}\nspec:\n  maxUnavailable: 0 # none\n"
	finding := func(o *inventory.Object, id string, severity checks.Severity, edits ...checks.Edit) checks.Finding {
		return checks.Finding{
			Check: &checks.Check{ID: id}, Severity: severity, At: o.At(), Fingerprint: id,
			Fix: &checks.Fix{Title: id, Safety: checks.Safe, Object: o, Edits: edits},
		}
	}
	for _, backwards := range []bool{false, true} {
		name := filepath.Join(t.TempDir(), "b.yaml")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		o := lastObject(t, []byte(text))
		o.File = name
		findings := []checks.Finding{
			finding(o, "a-mild", checks.Info, checks.Set(2, "spec", "maxUnavailable")),
			finding(o, "b-bad", checks.Error, checks.Set(1, "spec", "maxUnavailable"), checks.Set(map[string]any{"app": "x"}, "metadata", "labels")),
			finding(o, "c-same", checks.Warning, checks.Set(1, "spec", "maxUnavailable"), checks.Set("AlwaysAllow", "spec", "unhealthyPodEvictionPolicy")),
			finding(o, "d-child", checks.Warning, checks.Set("y", "metadata", "labels", "more")),
		}
		if backwards {
			slices.Reverse(findings)
		}
		var files Files
		fixed, refused := files.Edit(findings)
		var got []string
		for _, f := range fixed {
			got = append(got, f.Check.ID)
		}
		for _, r := range refused {
			got = append(got, r.Finding.Check.ID+": "+r.Reason)
		}
		want := []string{
			"b-bad", "c-same",
			"d-child: it changes metadata.labels.more, and so does the fix of b-bad: apply them one after the other",
			"a-mild: it changes spec.maxUnavailable, and so does the fix of b-bad: apply them one after the other",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		const after = "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: b, labels: {app: x}}\nspec:\n  maxUnavailable: 1 # none\n  unhealthyPodEvictionPolicy: AlwaysAllow\n"
		if got := string(files.Texts()[name]); got != after {
			t.Errorf("the file is\n%s", got)
		}
	}
}
