package collect

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

// doubleVariable makes the test binary stand in for infscale-dcgm; its value
// says what that one does.
const doubleVariable = "INFSCALE_DCGM_DOUBLE"

const (
	gpu0 = `{"at":"2026-01-01T12:00:00Z","gpu":0,"uuid":"GPU-0a","host":"10.0.0.7:5555","utilisation":97,"memoryUsedMiB":71234}`
	gpu1 = `{"at":"2026-01-01T12:00:01Z","gpu":1,"uuid":"GPU-1b","host":"10.0.0.7:5555","utilisation":0}`
)

func TestMain(m *testing.M) {
	if mode := os.Getenv(doubleVariable); mode != "" {
		os.Exit(standIn(mode))
	}
	os.Exit(m.Run())
}

// standIn does what an infscale-dcgm may do.
func standIn(mode string) int {
	if !slices.Equal(os.Args[1:], []string{"--host=10.0.0.7:5555", "--once"}) && mode != "stream" {
		fmt.Fprintf(os.Stderr, "infscale-dcgm: unknown arguments: %q\n", os.Args[1:])
		return 2
	}
	switch mode {
	case "killed":
		fmt.Println(gpu0)
		if self, err := os.FindProcess(os.Getpid()); err == nil {
			self.Kill()
		}
		block()
	case "hangs":
		fmt.Println(gpu0)
		block()
	case "stream":
		for {
			if _, err := fmt.Println(gpu0); err != nil {
				return 0
			}
		}
	case "refused":
		fmt.Println(gpu0)
		fmt.Fprintln(os.Stderr, "libdcgm: some noise\ninfscale-dcgm: 10.0.0.7:5555: gpu 1: GPU is no longer reachable\nmore noise")
		return 3
	case "noise":
		fmt.Fprintln(os.Stderr, strings.Repeat("noise\n", maxWords)+"segmentation fault")
		return 1
	case "long":
		fmt.Println(gpu0)
		for {
			if _, err := os.Stdout.WriteString(strings.Repeat("x", maxGPULine)); err != nil {
				return 0
			}
		}
	case "silent":
	default: // what it prints
		fmt.Println(mode)
	}
	return 0
}

// block waits for what never comes.
func block() {
	r, w, err := os.Pipe()
	if err != nil {
		return
	}
	defer w.Close()
	r.Read(make([]byte, 1))
}

const (
	nodeYAML  = "---\napiVersion: v1\nkind: Node\nmetadata: {name: gpu-node-1}\nstatus:\n  capacity: {nvidia.com/gpu: \"2\"}\n  addresses: [{type: InternalIP, address: 10.0.0.7}, {type: Hostname, address: gpu-node-1.example.com}]\n"
	otherYAML = "---\napiVersion: v1\nkind: Node\nmetadata: {name: gpu-node-2}\nstatus: {capacity: {nvidia.com/gpu: \"2\"}, addresses: [{type: InternalIP, address: 10.0.0.8}]}\n"
)

// fleetWith is the fixture's fleet, whose first pod runs on the first node and
// asks for some GPUs.
func fleetWith(asks int, more string) string {
	from := "spec: {containers: [{name: vllm, image: x}]}\nstatus: {phase: Running}\n"
	to := fmt.Sprintf("spec: {nodeName: gpu-node-1, containers: [{name: vllm, image: x, resources: {limits: {nvidia.com/gpu: \"%d\"}}}]}\nstatus: {phase: Running}\n", asks)
	return strings.Replace(fleetYAML, from, to, 1) + nodeYAML + otherYAML + more
}

func standInDCGM(t *testing.T, mode string) *DCGM {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(doubleVariable, mode)
	return &DCGM{Host: "10.0.0.7:5555", Program: self}
}

func nodeRef(name string) inventory.Ref { return inventory.Ref{Kind: "Node", Name: name} }

func TestDCGM(t *testing.T) {
	set := standInDCGM(t, gpu0+"\n"+gpu1).Collect(context.Background(), snapshot(t, fleetWith(2, "")))
	got := wantValue(t, set, signals.GPUUtilisation, nodeRef("gpu-node-1"), "gpu-0", 97)
	if got.Source != "dcgm 10.0.0.7:5555" || !got.At.Equal(noon) {
		t.Errorf("the sample is %+v", got)
	}
	wantValue(t, set, signals.GPUMemoryUsed, nodeRef("gpu-node-1"), "gpu-0", 71234)
	wantValue(t, set, signals.GPUUtilisation, nodeRef("gpu-node-1"), "gpu-1", 0) // a zero that was measured
	pod := wantValue(t, set, signals.GPUUtilisation, ref("Pod", "vllm-1-a"), "", 48.5)
	if !pod.At.Equal(noon) {
		t.Errorf("the mean is of %v; want its oldest part's moment", pod.At)
	}
	if got, ok := set.Of(signals.GPUMemoryUsed, ref("Pod", "vllm-1-a")); ok {
		t.Errorf("the pod's memory is %v, with one of two GPUs unknown", got.Value)
	}
	if len(set.All()) != 4 || len(set.Gaps()) > 0 {
		t.Errorf("samples %v, gaps %v", set.All(), set.Gaps())
	}
}

func TestDCGMAscribesToPods(t *testing.T) {
	for name, c := range map[string]struct {
		objects, lines string
		pod            bool
	}{
		"all GPUs":           {fleetWith(2, ""), gpu0 + "\n" + gpu1, true},
		"half of them":       {fleetWith(1, ""), gpu0 + "\n" + gpu1, false},
		"none":               {fleetWith(0, ""), gpu0 + "\n" + gpu1, false},
		"one did not answer": {fleetWith(2, ""), gpu0, false},
		"slices of one GPU":  {strings.ReplaceAll(fleetWith(7, ""), `nvidia.com/gpu: "2"`, `nvidia.com/gpu: "7"`), gpu0 + "\n" + gpu1, false},
		"a node without any": {strings.ReplaceAll(fleetWith(0, ""), `capacity: {nvidia.com/gpu: "2"}`, `capacity: {}`), gpu0, false},
		"on another node":    {strings.Replace(fleetWith(2, ""), "nodeName: gpu-node-1", "nodeName: gpu-node-2", 1), gpu0 + "\n" + gpu1, false},
		"a pod that waits":   {strings.Replace(fleetWith(2, ""), "phase: Running", "phase: Pending", 1), gpu0 + "\n" + gpu1, false},
	} {
		t.Run(name, func(t *testing.T) {
			set := standInDCGM(t, c.lines).Collect(context.Background(), snapshot(t, c.objects))
			if _, ok := set.Of(signals.GPUUtilisation, ref("Pod", "vllm-1-a")); ok != c.pod {
				t.Errorf("the pod has a number: %v; want %v", ok, c.pod)
			}
			wantValue(t, set, signals.GPUUtilisation, nodeRef("gpu-node-1"), "gpu-0", 97)
		})
	}
}

func TestDCGMFindsItsNode(t *testing.T) {
	again := strings.Replace(nodeYAML, "name: gpu-node-1}", "name: gpu-node-3}", 1)
	for name, c := range map[string]struct {
		host, objects, gap string
	}{
		"by address":       {"10.0.0.7:5555", fleetWith(2, ""), ""},
		"by IPv6 address":  {"[::ffff:10.0.0.7]:5555", fleetWith(2, ""), ""},
		"by name":          {"gpu-node-1:5555", fleetWith(2, ""), ""},
		"by host name":     {"GPU-node-1.example.com:5555", fleetWith(2, ""), ""},
		"nobody":           {"10.0.0.9:5555", fleetWith(2, ""), "no node has the name or address 10.0.0.9"},
		"two":              {"10.0.0.7:5555", fleetWith(2, again), "2 nodes have the name or address 10.0.0.7"},
		"not an address":   {"10.0.0.7", fleetWith(2, ""), "HOST:PORT"},
		"nodes not listed": {"10.0.0.9:5555", fleetYAML, "the nodes were not listed"},
	} {
		t.Run(name, func(t *testing.T) {
			b := builder(t, c.objects)
			if strings.Contains(c.objects, nodeYAML) {
				b.Looked(inventory.Node, "")
			}
			d := &DCGM{Host: c.host}
			objects := b.Build()
			node, err := d.node(objects)
			switch {
			case c.gap == "" && (err != nil || node.Name != "gpu-node-1"):
				t.Errorf("found %v, %v", node, err)
			case c.gap != "":
				wantGap(t, d.Collect(context.Background(), objects), "dcgm "+c.host, c.gap)
			}
		})
	}
}

func TestDCGMFailures(t *testing.T) {
	for name, c := range map[string]struct {
		mode, reason string
		kept         bool // what came before
	}{
		"killed":            {"killed", "infscale-dcgm ended early: signal: killed", true},
		"refused":           {"refused", ": gpu 1: GPU is no longer reachable", true},
		"noise":             {"noise", "segmentation fault", false},
		"a line too long":   {"long", "printed a line of more than 16 KiB", true},
		"silent":            {"silent", "told of no GPU", false},
		"text":              {gpu0 + "\nWARNING: no", `printed what is no sample: "WARNING: no"`, true},
		"half a line":       {gpu0 + "\n" + `{"at":"2026-01-01T12:00`, "printed what is no sample", true},
		"no GPU":            {gpu0 + "\n" + strings.Replace(gpu1, `"gpu":1,`, "", 1), "printed what is no sample", true},
		"no such GPU":       {gpu0 + "\n" + strings.Replace(gpu1, `"gpu":1,`, `"gpu":70000,`, 1), "printed what is no sample", true},
		"no moment":         {gpu0 + "\n" + `{"gpu":1,"utilisation":3}`, "printed what is no sample", true},
		"a blank as number": {gpu0 + "\n" + strings.Replace(gpu1, `"utilisation":0`, `"utilisation":9223372036854775794`, 1), "printed what is no sample", true},
		"below zero":        {gpu0 + "\n" + strings.Replace(gpu1, `"utilisation":0`, `"memoryUsedMiB":-1`, 1), "printed what is no sample", true},
	} {
		t.Run(name, func(t *testing.T) {
			set := standInDCGM(t, c.mode).Collect(context.Background(), snapshot(t, fleetWith(2, "")))
			wantGap(t, set, "dcgm 10.0.0.7:5555", c.reason)
			if len(set.Gaps()) != 1 {
				t.Errorf("gaps: %v", set.Gaps())
			}
			if c.kept {
				wantValue(t, set, signals.GPUUtilisation, nodeRef("gpu-node-1"), "gpu-0", 97)
			}
			if _, ok := set.Part(signals.GPUUtilisation, nodeRef("gpu-node-1"), "gpu-1"); ok {
				t.Error("a GPU that nobody told of has a number")
			}
		})
	}
}

func TestDCGMProgramMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	objects := snapshot(t, fleetWith(2, ""))
	set := (&DCGM{Host: "10.0.0.7:5555"}).Collect(context.Background(), objects)
	wantGap(t, set, "dcgm 10.0.0.7:5555", "neither beside this program nor on the PATH")

	nowhere := filepath.Join(t.TempDir(), "nowhere")
	set = (&DCGM{Host: "10.0.0.7:5555", Program: nowhere}).Collect(context.Background(), objects)
	wantGap(t, set, nowhere+" does not start: no such file or directory")

	if err := os.WriteFile(nowhere, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	set = (&DCGM{Host: "10.0.0.7:5555", Program: nowhere}).Collect(context.Background(), objects)
	wantGap(t, set, nowhere+" does not start: permission denied")
}

func TestDCGMOnThePath(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.Symlink(self, filepath.Join(folder, dcgmProgram)); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	t.Setenv("PATH", folder)
	t.Setenv(doubleVariable, gpu0)
	set := (&DCGM{Host: "10.0.0.7:5555"}).Collect(context.Background(), snapshot(t, fleetWith(2, "")))
	wantValue(t, set, signals.GPUUtilisation, nodeRef("gpu-node-1"), "gpu-0", 97)
}

// TestDCGMEndsInTime waits for the first sample, and only then ends the wait.
func TestDCGMEndsInTime(t *testing.T) {
	for name, c := range map[string]struct {
		cause  error
		reason string
	}{
		"no time left": {context.DeadlineExceeded, "no answer in time"},
		"interrupted":  {context.Canceled, "interrupted"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := endable{context.Background(), make(chan struct{}), &c.cause}
			samples := 0
			failed := standInDCGM(t, "hangs").run(ctx, func(GPUSample) {
				samples++
				close(ctx.done)
			}, "--once")
			if samples != 1 || len(failed) != 1 || failed[0].Error() != c.reason {
				t.Errorf("%d samples, then %v", samples, failed)
			}
		})
	}
}

// endable is a context that ends when the test says so, for any cause.
type endable struct {
	context.Context
	done  chan struct{}
	cause *error
}

func (e endable) Done() <-chan struct{} { return e.done }

func (e endable) Err() error {
	select {
	case <-e.done:
		return *e.cause
	default:
		return nil
	}
}

func TestDCGMStream(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	samples := 0
	err := standInDCGM(t, "stream").Stream(ctx, time.Second, func(g GPUSample) {
		if samples++; samples == 3 {
			cancel()
		}
	})
	if err != nil || samples < 3 {
		t.Errorf("%d samples, then %v", samples, err)
	}
	err = standInDCGM(t, "refused").Stream(context.Background(), time.Second, func(GPUSample) {})
	if err == nil || !strings.Contains(err.Error(), "unknown arguments") {
		t.Errorf("a stream that breaks: %v", err)
	}
}

func TestEndingKeepsTheEnd(t *testing.T) {
	var e ending
	for range 3 {
		e.Write(bytes.Repeat([]byte("a"), maxWords-1))
		e.Write([]byte("bc"))
	}
	if len(e.kept) != maxWords || !bytes.HasSuffix(e.kept, []byte("abc")) {
		t.Errorf("kept %d bytes", len(e.kept))
	}
	if n, err := e.Write(bytes.Repeat([]byte("d"), 3*maxWords)); n != 3*maxWords || err != nil || len(e.kept) != maxWords {
		t.Errorf("wrote %d, %v; kept %d", n, err, len(e.kept))
	}
}

func TestHostEngine(t *testing.T) {
	for text, good := range map[string]bool{
		"10.0.0.7:5555": true, "gpu-node-1:5555": true, "[fd00::7]:5555": true,
		"10.0.0.7": false, ":5555": false, "10.0.0.7:": false, "10.0.0.7:http": false, "10.0.0.7:70000": false, "": false, "http://10.0.0.7:5555": false,
	} {
		if err := HostEngine(text); (err == nil) != good {
			t.Errorf("%q: %v", text, err)
		}
	}
}
