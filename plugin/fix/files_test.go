package fix

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
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
