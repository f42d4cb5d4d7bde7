package krew

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// testReproducible makes the same release in another folder and wants the same
// bytes, and once more for this machine with nothing taken from the build cache.
func testReproducible(t *testing.T, r releaser, tree, dist string) {
	again := r.release(t, cloneTree(t, tree))
	names := []string{"checksums.txt"}
	for _, p := range platforms {
		names = append(names, p.archive())
	}
	for _, name := range names {
		same(t, filepath.Join(dist, name), filepath.Join(again, name))
	}
	compiled := r.build(t, cloneTree(t, tree))
	built := []string{"plugin/kubectl-infscale"}
	if helperBuilt(runtime.GOARCH) {
		built = append(built, "dcgm-"+runtime.GOARCH+"/infscale-dcgm")
	}
	for _, name := range built {
		same(t, target(t, dist, name), target(t, compiled, name))
	}
}

// target is the file that GoReleaser built for this machine: BUILD/NAME lies in
// dist/BUILD_linux_ARCH_LEVEL/NAME.
func target(t *testing.T, dist, name string) string {
	t.Helper()
	build, file := filepath.Split(name)
	pattern := filepath.Join(dist, filepath.Clean(build)+"_linux_"+runtime.GOARCH+"_*", file)
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: found %v, want one file (%v)", pattern, found, err)
	}
	return found[0]
}

func same(t *testing.T, one, other string) {
	t.Helper()
	a, err := os.ReadFile(one)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(other)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, b) {
		t.Errorf("%s differs between two builds of the same commit", filepath.Base(one))
	}
}
