package plugin

import (
	"os"
	"path/filepath"
	"testing"
)

// TestWriteFileInPlace: a report that is written again stays as private as its
// owner has made it, and a link leads to the new one.
func TestWriteFileInPlace(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "report.json"), filepath.Join(dir, "latest.json")
	if err := os.WriteFile(file, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("report.json", link); err != nil {
		t.Skip(err)
	}
	if err := writeFile(link, []byte("new")); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil || string(text) != "new" {
		t.Errorf("the file holds %q, %v", text, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
	if to, err := os.Readlink(link); err != nil || to != "report.json" {
		t.Errorf("the link leads to %q, %v", to, err)
	}
	fresh := filepath.Join(dir, "fresh.json")
	if err := writeFile(fresh, nil); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(fresh); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("the mode of a new one is %v, %v", info.Mode(), err)
	}
}
