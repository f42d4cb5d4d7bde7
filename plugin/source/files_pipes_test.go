//go:build unix

package source

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func TestOddFiles(t *testing.T) {
	dir := tree(t, "-- a.yaml --\n"+service+"-- dir.yaml/b.yaml --\n"+strings.Replace(service, "name: s", "name: t", 1)+"-- secret.yaml --\n"+service)
	if err := os.Symlink("nowhere", filepath.Join(dir, "broken.yaml")); err != nil {
		t.Skip(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.yaml"), 0o644); err != nil {
		t.Skip(err)
	}
	want := []string{
		"DIR/broken.yaml: cannot be read: no such file or directory",
		"DIR/pipe.yaml: is no regular file; name it by hand to read it",
	}
	if os.Getuid() != 0 { // who may read everything
		if err := os.Chmod(filepath.Join(dir, "secret.yaml"), 0); err != nil {
			t.Fatal(err)
		}
		want = append(want, "DIR/secret.yaml: cannot be read: permission denied")
	}
	got := loadFiles(t, dir, Files{Paths: []string{dir}})
	got.want(t, "problems", got.problems, want...)
	if got.snapshot.Saw(inventory.PodDisruptionBudget, "") {
		t.Error("the world is closed, though something could not be read")
	}
}

func TestPipeByHand(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o644); err != nil {
		t.Skip(err)
	}
	go os.WriteFile(pipe, []byte(vllm), 0o644)
	got := loadFiles(t, dir, Files{Paths: []string{pipe}})
	got.want(t, "objects", got.objects, "inference/Deployment/llm DIR/pipe:2")
}

// The opening of a pipe waits for a writer, and an interrupt does not wait with it.
func TestPipeThatNobodyWrites(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o644); err != nil {
		t.Skip(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	in := pipeInput(ctx, fileInput{name: pipe}, 1<<20)
	if in.problem != "cannot be read: context canceled" {
		t.Errorf("problem %q", in.problem)
	}
	unblock, err := os.OpenFile(pipe, os.O_RDWR, 0) // what was left behind may end
	if err != nil {
		t.Fatal(err)
	}
	unblock.Close()
}
