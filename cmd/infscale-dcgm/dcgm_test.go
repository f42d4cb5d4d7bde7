package main_test

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/signals"
	"github.com/infscale/kubectl-infscale/plugin/collect"
)

const (
	host = "10.0.0.7:5555" // the double asks no network
	// patience is how long a test waits for what should be there at once.
	patience = 30 * time.Second
)

const objectsYAML = `
apiVersion: v1
kind: Node
metadata: {name: gpu-node-1}
status:
  capacity: {nvidia.com/gpu: "2"}
  addresses: [{type: InternalIP, address: 10.0.0.7}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: vllm, namespace: inference}
spec:
  selector: {matchLabels: {app: vllm}}
  template:
    metadata: {labels: {app: vllm}}
    spec: {containers: [{name: vllm, image: "vllm/vllm-openai:v0.18.1"}]}
---
apiVersion: v1
kind: Pod
metadata:
  name: vllm-0
  namespace: inference
  labels: {app: vllm}
  ownerReferences: [{apiVersion: apps/v1, kind: StatefulSet, name: vllm, controller: true}]
spec:
  nodeName: gpu-node-1
  containers: [{name: vllm, image: x, resources: {limits: {nvidia.com/gpu: "2"}}}]
status: {phase: Running}
`

// TestWithDouble runs the program on a double of NVIDIA's library, as the
// collector does and by hand.
func TestWithDouble(t *testing.T) {
	program := buildAll(t)
	for name, test := range map[string]func(*testing.T, string){
		"numbers arrive":             numbersArrive,
		"a pod with all GPUs":        podWithAllGPUs,
		"failures are said":          failuresAreSaid,
		"killed between two samples": killedBetweenSamples,
		"without the library":        withoutLibrary,
		"signals end it":             signalsEndIt,
		"a reader that goes away":    readerGoesAway,
		"a stream":                   streams,
		"faults are said once":       faultsAreSaidOnce,
		"wrong usage":                wrongUsage,
	} {
		t.Run(name, func(t *testing.T) { test(t, program) })
	}
}

// buildAll builds the program and the double, and leads the one to the other.
func buildAll(t *testing.T) (program string) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: this compiles C")
	}
	if runtime.GOOS != "linux" {
		t.Skipf("infscale-dcgm needs Linux, and this is %s", runtime.GOOS)
	}
	cc := strings.TrimSpace(output(t, exec.Command("go", "env", "CC")))
	if _, err := exec.LookPath(cc); err != nil {
		t.Skipf("infscale-dcgm needs a C compiler: %v (Debian: apt-get install gcc libc6-dev)", err)
	}
	folder := t.TempDir()
	program = filepath.Join(folder, "infscale-dcgm")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=1")
	output(t, build)
	headers := filepath.Join(strings.TrimSpace(output(t, exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/NVIDIA/go-dcgm"))), "pkg", "dcgm")
	output(t, exec.Command(cc, "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-I", headers,
		"-o", filepath.Join(folder, "libdcgm.so.4"), "../../testdata/dcgm/dcgm_double.c"))
	t.Setenv("LD_LIBRARY_PATH", folder)
	return program
}

func output(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var errOut bytes.Buffer
	cmd.Stderr = &errOut
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, errOut.Bytes())
	}
	return string(out)
}

// gather is what the plugin does with the program.
func gather(t *testing.T, program string) *signals.Set {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	b := inventory.NewBuilder()
	b.Live(inventory.Versions{})
	for _, doc := range inventory.Documents([]byte(objectsYAML)) {
		objects, _, problems := doc.Read("fixture")
		for _, p := range problems {
			t.Fatal(p)
		}
		for _, o := range objects {
			b.Add(o)
		}
	}
	return (&collect.DCGM{Host: host, Program: program}).Collect(ctx, b.Build())
}

// want compares all that was told, in "metric part value", with the gaps.
func want(t *testing.T, set *signals.Set, samples ...string) {
	t.Helper()
	var got []string
	for _, s := range set.All() {
		of := s.Part
		if of == "" {
			of = s.Of.Kind
		}
		got = append(got, strings.Join([]string{string(s.Metric), of, strconv.FormatFloat(s.Value, 'g', -1, 64)}, " "))
		if age := time.Since(s.At); age < 0 || age > patience {
			t.Errorf("%s of %s was measured %v ago", s.Metric, of, age)
		}
	}
	if strings.Join(got, "\n") != strings.Join(samples, "\n") {
		t.Errorf("samples:\n%s\nwant:\n%s\ngaps: %v", strings.Join(got, "\n"), strings.Join(samples, "\n"), set.Gaps())
	}
}

func wantGap(t *testing.T, set *signals.Set, reason string) {
	t.Helper()
	gaps := set.Gaps()
	if len(gaps) != 1 || gaps[0].Source != "dcgm "+host || !strings.Contains(gaps[0].Reason, reason) {
		t.Errorf("gaps: %q; want one with %q", gaps, reason)
	}
}

// numbersArrive meets every way in which the double leaves a number out.
func numbersArrive(t *testing.T, program string) {
	set := gather(t, program)
	want(t, set,
		"gpu-memory-used gpu-0 71234", "gpu-memory-used gpu-1 20480", "gpu-memory-used gpu-3 512",
		"gpu-utilisation gpu-0 97",
		"gpu-utilisation gpu-1 50", // with MIG on, from the profiling field, which has its first value later
		"gpu-utilisation gpu-2 0")  // measured, and no blank
	if len(set.Gaps()) > 0 {
		t.Errorf("gaps: %v", set.Gaps())
	}
}

func podWithAllGPUs(t *testing.T, program string) {
	t.Setenv("DCGM_DOUBLE_GPUS", "2")
	want(t, gather(t, program),
		"gpu-memory-used gpu-0 71234", "gpu-memory-used gpu-1 20480",
		"gpu-utilisation gpu-0 97", "gpu-utilisation gpu-1 50",
		"gpu-memory-used Pod 91714", "gpu-utilisation Pod 73.5")
}

func failuresAreSaid(t *testing.T, program string) {
	first := []string{"gpu-memory-used gpu-0 71234", "gpu-utilisation gpu-0 97"}
	for mode, c := range map[string]struct {
		reason  string
		samples []string
	}{
		"down": {"error connecting to nv-hostengine: Host engine connection invalid/disconnected", nil},
		"none": {"it has no GPU that DCGM supports", nil},
		"lost": {"Host engine connection invalid/disconnected", first},
		"fallen": {"gpu 1: GPU is no longer reachable", []string{
			first[0], "gpu-memory-used gpu-3 512", first[1], "gpu-utilisation gpu-2 0",
		}},
	} {
		t.Run(mode, func(t *testing.T) {
			t.Setenv("DCGM_DOUBLE", mode)
			set := gather(t, program)
			want(t, set, c.samples...)
			wantGap(t, set, c.reason)
		})
	}
}

func killedBetweenSamples(t *testing.T, program string) {
	hangs := hang(t)
	done := make(chan *signals.Set, 1)
	go func() { done <- gather(t, program) }()
	process, err := os.FindProcess(hangs())
	if err == nil {
		err = process.Kill()
	}
	if err != nil {
		t.Fatal(err)
	}
	set := <-done
	want(t, set, "gpu-memory-used gpu-0 71234", "gpu-utilisation gpu-0 97")
	wantGap(t, set, "infscale-dcgm ended early: signal: killed")
}

// hang makes the double wait for ever once it has told of the first GPU; what it
// returns waits for that and is the process' id.
func hang(t *testing.T) func() int {
	file := filepath.Join(t.TempDir(), "pid")
	t.Setenv("DCGM_DOUBLE", "hang")
	t.Setenv("DCGM_DOUBLE_PID", file)
	return func() int {
		t.Helper()
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for deadline := time.After(patience); ; {
			if text, err := os.ReadFile(file); err == nil {
				pid, err := strconv.Atoi(string(text))
				if err != nil {
					t.Fatal(err)
				}
				return pid
			}
			select {
			case <-tick.C:
			case <-deadline:
				t.Fatal("the double never hangs")
			}
		}
	}
}

func withoutLibrary(t *testing.T, program string) {
	t.Setenv("LD_LIBRARY_PATH", t.TempDir())
	set := gather(t, program)
	if gaps := set.Gaps(); len(gaps) == 1 && strings.Contains(gaps[0].Reason, "error connecting") {
		t.Skip("NVIDIA's own libdcgm.so.4 is installed here")
	}
	want(t, set)
	wantGap(t, set, "libdcgm.so.4 not found: install NVIDIA DCGM 4, or name the library's folder in LD_LIBRARY_PATH")
}

// signalsEndIt asks for the end while the library answers nothing any more.
func signalsEndIt(t *testing.T, program string) {
	for name, c := range map[string]struct {
		signal os.Signal
		args   []string
		code   int
	}{
		"TERM of a stream": {syscall.SIGTERM, nil, 0},
		"INT of a stream":  {os.Interrupt, nil, 0},
		"INT of --once":    {os.Interrupt, []string{"--once"}, 130},
	} {
		t.Run(name, func(t *testing.T) {
			hangs := hang(t)
			var out, errOut bytes.Buffer
			cmd := exec.Command(program, append(c.args, "--host", host)...)
			cmd.Stdout, cmd.Stderr = &out, &errOut
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			hangs()
			if err := cmd.Process.Signal(c.signal); err != nil {
				t.Fatal(err)
			}
			cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); code != c.code || strings.Count(out.String(), "\n") != 1 || errOut.Len() > 0 {
				t.Errorf("exit code %d, printed %q and %q", code, out.String(), errOut.String())
			}
		})
	}
}

func readerGoesAway(t *testing.T, program string) {
	cmd := exec.Command(program, "--host", host, "--interval", "100ms")
	var errOut bytes.Buffer
	cmd.Stderr = &errOut
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	out.Close()
	if err := cmd.Wait(); err != nil || errOut.Len() > 0 {
		t.Errorf("ended with %v and %q", err, errOut.String())
	}
}

// streams wants one line for each GPU at every interval, of one that fell off
// the bus as well.
func streams(t *testing.T, program string) {
	t.Setenv("DCGM_DOUBLE", "fallen")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	lines := map[int]int{}
	d := &collect.DCGM{Host: host, Program: program}
	err := d.Stream(ctx, 100*time.Millisecond, func(g collect.GPUSample) {
		if lines[g.GPU]++; lines[3] == 3 {
			cancel()
		}
		if g.GPU == 1 && (g.Utilisation != nil || g.MemoryUsed != nil) {
			t.Errorf("a lost GPU has numbers: %+v", g)
		}
	})
	if err != nil || lines[0] < 3 || lines[1] < 3 || lines[2] < 3 {
		t.Errorf("lines by GPU: %v; %v", lines, err)
	}
}

// faultsAreSaidOnce reads several intervals and what was said beside them.
func faultsAreSaidOnce(t *testing.T, program string) {
	t.Setenv("DCGM_DOUBLE", "fallen")
	cmd := exec.Command(program, "--host", host, "--interval", "100ms")
	var errOut bytes.Buffer
	cmd.Stderr = &errOut
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for range 4 * 3 {
		lines.Scan()
	}
	out.Close()
	if err := cmd.Wait(); err != nil || errOut.String() != "infscale-dcgm: "+host+": gpu 1: GPU is no longer reachable\n" {
		t.Errorf("ended with %v and %q", err, errOut.String())
	}
}

func wrongUsage(t *testing.T, program string) {
	for args, c := range map[string]struct {
		code int
		text string
	}{
		"--host here":                   {2, `infscale-dcgm: --host is HOST:PORT, found "here"`},
		"--host :5555":                  {2, `infscale-dcgm: --host is HOST:PORT`},
		"--interval 10ms":               {2, "infscale-dcgm: --interval is at least 100ms, found 10ms"},
		"--twice":                       {2, "infscale-dcgm: flag provided but not defined: -twice"},
		"once":                          {2, `infscale-dcgm: takes no arguments, found "once"`},
		"--help":                        {0, "infscale-dcgm [--host HOST:PORT]"},
		"--once --host 10.0.0.7:5555 x": {2, `found "x"`},
	} {
		cmd := exec.Command(program, strings.Fields(args)...)
		out, _ := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != c.code || !strings.Contains(string(out), c.text) {
			t.Errorf("%s: exit code %d, %q; want %d, %q", args, code, out, c.code, c.text)
		}
	}
}

// TestWithoutCgo runs what a build without cgo, or for another system, is.
func TestWithoutCgo(t *testing.T) {
	program := filepath.Join(t.TempDir(), "infscale-dcgm")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	output(t, build)
	cmd := exec.Command(program, "--once")
	out, _ := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code != 3 || strings.Count(string(out), "\n") != 1 || !strings.Contains(string(out), "needs Linux and a build with cgo") {
		t.Errorf("exit code %d, %q", code, out)
	}
}
