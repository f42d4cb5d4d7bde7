package krew

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// bedVariable is set inside a test bed.
const bedVariable = "INFSCALE_BED_DATA"

// bedDriver builds the test bed's driver.
func bedDriver(t *testing.T) string {
	t.Helper()
	driver := filepath.Join(t.TempDir(), "bed")
	run(t, exec.Command("go", "build", "-C", "../testdata/cluster", "-o", driver, "."))
	return driver
}

// tool returns the path of a program that the test bed's driver builds.
func tool(t *testing.T, name string) string {
	t.Helper()
	cmd := exec.Command(bedDriver(t), "tool", name)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s is not to be had: %v", name, err)
	}
	return strings.TrimSpace(out.String())
}

// runInsideBed lets the test bed run TestRelease again, with a cluster around it
// and no network. What installs the plugin is built before.
func runInsideBed(t *testing.T, dist string) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	bed := exec.Command(bedDriver(t), "run", "--metrics", "--dir", here, "--", self, "-test.run=^TestRelease$", "-test.v")
	bed.Env = append(os.Environ(),
		releaseVariable+"="+dist,
		krewVariable+"="+tool(t, "krew"),
		validateVariable+"="+tool(t, "validate-krew-manifest"),
	)
	bed.Stdout, bed.Stderr = os.Stdout, os.Stderr
	if err := bed.Run(); err != nil {
		t.Fatalf("inside the test bed: %v", err)
	}
}

// testOnBed is what TestRelease does inside the bed.
func testOnBed(t *testing.T, dist string) {
	run(t, exec.Command("kubectl", "apply", "-f", "testdata/workloads.yaml"))
	run(t, exec.Command("kubectl", "wait", "--for=jsonpath={.status.readyReplicas}=2", "deployment/vllm-llama3", "-n", "inference", "--timeout=60s"))
	t.Run("krew", func(t *testing.T) { testKrew(t, dist) })
	t.Run("index", func(t *testing.T) { testKrewIndex(t, dist) })
	t.Run("cronjob", func(t *testing.T) { testCronJob(t, dist) })
	t.Run("k9s", func(t *testing.T) { testK9s(t, dist) })
}
