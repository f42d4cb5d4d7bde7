package plugin

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"testing"
	"time"

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
		Cmds:  map[string]func(*testscript.TestScript, bool, []string){"eventually": eventually},
	})
}

// TestMetricPath runs the transcripts of testdata/script/metrics where
// Prometheus, prometheus-adapter, KEDA and a double of the engines run too.
func TestMetricPath(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: the metric path needs a control plane")
	}
	if os.Getenv(bedVariable) == "" {
		buildDCGM(t)
		runInsideBed(t, "--metrics")
		return
	}
	testscript.Run(t, testscript.Params{
		Dir:   "../testdata/script/metrics",
		Setup: clusterEnvironment,
		Cmds:  metricCommands(),
		Condition: func(condition string) (bool, error) {
			if condition != "dcgm" {
				return false, fmt.Errorf("unknown condition %s", condition)
			}
			return os.Getenv(dcgmVariable) != "", nil
		},
	})
}

func metricCommands() map[string]func(*testscript.TestScript, bool, []string) {
	all := terminalCommands()
	all["eventually"] = eventually
	return all
}

// eventually repeats a command until its output matches a pattern, for 45
// seconds at most: eventually PATTERN COMMAND…
func eventually(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: eventually PATTERN COMMAND…")
	}
	const patience, between = 45 * time.Second, 200 * time.Millisecond
	pattern, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	var env []string
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "KUBECONFIG", "KUBECACHEDIR", bedVariable} {
		env = append(env, name+"="+ts.Getenv(name))
	}
	var out, problems bytes.Buffer
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		out.Reset()
		problems.Reset()
		cmd := exec.Command("sh", append([]string{"-c", `exec "$@"`, "sh"}, args[1:]...)...)
		cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = ts.MkAbs("."), env, &out, &problems
		_ = cmd.Run() // an exit code other than 0 is an answer, too
		if pattern.Match(out.Bytes()) {
			ts.Logf("%s", out.Bytes())
			return
		}
		timer := time.NewTimer(between)
		<-timer.C
	}
	ts.Fatalf("nothing matched %q; the last output was\n%s%s", args[0], out.Bytes(), problems.Bytes())
}

// runInsideBed builds the bed's driver and lets it run this test again, with a
// cluster around it.
func runInsideBed(t *testing.T, flags ...string) {
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
	args := append([]string{"run"}, flags...)
	args = append(args, "--dir", here, "--", self, "-test.run=^"+t.Name()+"$", "-test.v", "-test.parallel=1")
	if *update {
		args = append(args, "-update")
	}
	bed := exec.Command(driver, args...)
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
	env.Values[terminalKey{}] = new(*terminal)
	env.Setenv("KUBECONFIG", os.Getenv("KUBECONFIG"))
	env.Setenv("KUBECACHEDIR", filepath.Join(env.WorkDir, "kubecache"))
	env.Setenv(bedVariable, os.Getenv(bedVariable))
	env.Setenv("DCGM", os.Getenv(dcgmVariable))
	return nil
}
