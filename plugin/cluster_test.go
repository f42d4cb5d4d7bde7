package plugin

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// bedVariable is set inside a test bed.
const bedVariable = "INFSCALE_BED_DATA"

// TestCluster runs the transcripts of testdata/script/cluster against a real
// control plane. Outside a bed it starts one, and itself inside it.
func TestCluster(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: the cluster tests start a control plane")
	}
	if os.Getenv(bedVariable) == "" {
		runInsideBed(t)
		return
	}
	testscript.Run(t, testscript.Params{
		Dir:   "../testdata/script/cluster",
		Setup: clusterEnvironment,
	})
}

// runInsideBed builds the bed's driver and lets it run this test again, with a
// cluster around it.
func runInsideBed(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skipf("the test bed needs Linux's network namespaces, and this is %s", runtime.GOOS)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	driver := filepath.Join(t.TempDir(), "bed")
	build := exec.Command("go", "build", "-C", "../testdata/cluster", "-o", driver, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("the test bed's driver does not build: %v\n%s", err, out)
	}
	// One script at a time: they share the cluster.
	bed := exec.Command(driver, "run", "--dir", here, "--", self, "-test.run=^TestCluster$", "-test.v", "-test.parallel=1")
	bed.Stdout, bed.Stderr = os.Stdout, os.Stderr
	err = bed.Run()
	var exit *exec.ExitError
	const cannotRunHere = 3
	if errors.As(err, &exit) && exit.ExitCode() == cannotRunHere {
		t.Fatal("this system cannot run the test bed; it says above what to do")
	}
	if err != nil {
		t.Fatalf("inside the test bed: %v", err)
	}
}

func clusterEnvironment(env *testscript.Env) error {
	if err := scriptEnvironment(env); err != nil {
		return err
	}
	env.Setenv("KUBECONFIG", os.Getenv("KUBECONFIG"))
	env.Setenv("KUBECACHEDIR", filepath.Join(env.WorkDir, "kubecache"))
	env.Setenv(bedVariable, os.Getenv(bedVariable))
	return nil
}
