package plugin

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rogpeppe/go-internal/txtar"
	"go.yaml.in/yaml/v3"

	"github.com/infscale/kubectl-infscale/checks/rules"
)

const (
	proofsDir = "../testdata/proofs"
	// proofsWanted names the proofs to run, separated by commas; "all" is every
	// one on every version, and without it a share of them runs that the date
	// chooses.
	proofsWanted = "INFSCALE_PROOFS"
	// proofsOnBed and proofsResults are set inside a bed: what runs there, and
	// the folder for what was seen.
	proofsOnBed   = "INFSCALE_PROOFS_ON_BED"
	proofsResults = "INFSCALE_PROOFS_RESULTS"

	newest, oldest = "1.37", "1.35"
)

// proof is a file that shows on a real control plane what a check claims.
type proof struct {
	check string
	proofSettings
}

// proofSettings are the section proof.yaml of a proof; every field may be left
// out, and so may the section.
type proofSettings struct {
	// Bed is what the proof needs: metrics (the metric path, the standard),
	// operator (the same with prometheus-operator), karpenter (the same with
	// Karpenter), plain (a control plane alone) or kubelet (a node with a real one,
	// and the metric path).
	Bed string `yaml:"bed"`
	// Alone gives it a bed of its own, since it breaks what all share.
	Alone bool `yaml:"alone"`
	// AllNamespaces lets doctor look at all of them, where the check needs to.
	AllNamespaces bool `yaml:"allNamespaces"`
	// Kubernetes are the minor versions it runs on; both that the bed has unless
	// set.
	Kubernetes []string `yaml:"kubernetes"`
}

// proofBed is one bed with the proofs that run on it side by side.
type proofBed struct {
	kind, kubernetes string
	alone            string // the proof that has it for itself
}

func (b proofBed) String() string {
	return strings.TrimSpace(b.kind + " " + b.kubernetes + " " + b.alone)
}

func (b proofBed) flags() []string {
	var flags []string
	switch b.kind {
	case "metrics":
		flags = []string{"--metrics"}
	case "operator":
		flags = []string{"--metrics", "--prometheus-operator"}
	case "karpenter":
		flags = []string{"--metrics", "--karpenter"}
	case "kubelet":
		flags = []string{"--metrics", "--kubelet", "--vpa"}
	}
	if b.kubernetes != newest {
		flags = append(flags, "--kubernetes="+b.kubernetes)
	}
	return flags
}

func readProofs(t *testing.T) []proof {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(proofsDir, "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	var all []proof
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p := proof{strings.TrimSuffix(filepath.Base(file), ".txtar"), proofSettings{Bed: "metrics", Kubernetes: []string{newest, oldest}}}
		for _, section := range archive.Files {
			if section.Name != "proof.yaml" {
				continue
			}
			decoder := yaml.NewDecoder(bytes.NewReader(section.Data))
			decoder.KnownFields(true)
			if err := decoder.Decode(&p.proofSettings); err != nil {
				t.Fatalf("%s: proof.yaml: %v", file, err)
			}
		}
		all = append(all, p)
	}
	return all
}

// TestProofsAreOfChecks holds the names and the form of the proofs.
func TestProofsAreOfChecks(t *testing.T) {
	known := map[string]bool{}
	for _, check := range rules.All() {
		known[check.ID] = true
	}
	for _, p := range readProofs(t) {
		if !known[p.check] {
			t.Errorf("testdata/proofs/%s.txtar: no check is called so", p.check)
		}
		if !slices.Contains([]string{"metrics", "operator", "karpenter", "plain", "kubelet"}, p.Bed) {
			t.Errorf("%s: no bed is called %q", p.check, p.Bed)
		}
		text, err := os.ReadFile(filepath.Join(proofsDir, p.check+".txtar"))
		if err != nil {
			t.Fatal(err)
		}
		script, _, _ := strings.Cut(string(text), "\n-- ")
		if !strings.HasPrefix(script, "# ") {
			t.Errorf("%s: a proof begins with the claim, as a comment", p.check)
		}
		for line := range strings.Lines(script) {
			words := strings.Fields(strings.TrimPrefix(line, "! "))
			if len(words) == 0 || strings.HasPrefix(words[0], "#") {
				continue
			}
			if _, own := proofCommands()[words[0]]; !own && !slices.Contains([]string{"exec", "cp", "grep", "stderr", "stdout", "wait"}, words[0]) {
				t.Errorf("%s: no step is called %q", p.check, words[0])
			}
		}
		for _, step := range []string{"finds", "silent"} {
			if !strings.Contains(script, "\n"+step) {
				t.Errorf("%s: the step %s is missing", p.check, step)
			}
		}
		if !strings.Contains(script, "\nsymptom ") && !strings.Contains(script, "\nreplicas ") {
			t.Errorf("%s: no symptom is waited for", p.check)
		}
	}
}

// TestProofs shows the checks' claims on test beds: the failure that a check
// foretells happens, the fix is applied, the failure is gone. It starts the beds
// and itself inside them.
func TestProofs(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: the proofs need control planes")
	}
	if os.Getenv(bedVariable) != "" {
		proveOnBed(t, strings.Split(os.Getenv(proofsOnBed), ","))
		return
	}
	if runtime.GOOS != "linux" {
		t.Skipf("the test bed needs Linux's network namespaces, and this is %s", runtime.GOOS)
	}
	beds := bedsFor(t, readProofs(t))
	results := t.TempDir()
	driver := buildBedDriver(t)
	var order []proofBed
	for bed := range beds {
		order = append(order, bed)
	}
	// The long ones first, and those that share a bed are the longest.
	slices.SortFunc(order, func(a, b proofBed) int { return len(beds[b]) - len(beds[a]) })
	const sideBySide = 3 // a bed takes more than a gigabyte
	free := make(chan struct{}, sideBySide)
	var group sync.WaitGroup
	for _, bed := range order {
		group.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			runProofBed(t, driver, bed, beds[bed], results)
		})
	}
	group.Wait()
	if *update {
		recordResults(t, results)
	}
}

// bedsFor chooses the proofs of this run, and puts them on beds.
func bedsFor(t *testing.T, all []proof) map[proofBed][]string {
	t.Helper()
	wanted := os.Getenv(proofsWanted)
	names := strings.Split(wanted, ",")
	beds := map[proofBed][]string{}
	for i, p := range all {
		versions := p.Kubernetes
		switch wanted {
		case "all":
		case "":
			// A share each day, so that it stays within ten minutes.
			const shares = 6
			if i%shares != time.Now().UTC().YearDay()%shares {
				continue
			}
			versions = []string{newest}
		default:
			if !slices.Contains(names, p.check) {
				continue
			}
		}
		for _, version := range versions {
			bed := proofBed{kind: p.Bed, kubernetes: version}
			if p.Alone {
				bed.alone = p.check
			}
			beds[bed] = append(beds[bed], p.check)
		}
	}
	return beds
}

func buildBedDriver(t *testing.T) string {
	t.Helper()
	driver := filepath.Join(t.TempDir(), "bed")
	build := exec.Command("go", "build", "-C", "../testdata/cluster", "-o", driver, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("the test bed's driver does not build: %v\n%s", err, out)
	}
	return driver
}

func runProofBed(t *testing.T, driver string, bed proofBed, proofs []string, results string) {
	self, err := os.Executable()
	if err != nil {
		t.Error(err)
		return
	}
	here, err := os.Getwd()
	if err != nil {
		t.Error(err)
		return
	}
	const atOnce = "12" // they wait for controllers most of the time
	args := append([]string{"run"}, bed.flags()...)
	args = append(args, "--dir", here, "--", self, "-test.run=^TestProofs$", "-test.parallel="+atOnce, "-test.timeout=30m")
	if testing.Verbose() {
		args = append(args, "-test.v")
	}
	start := time.Now()
	run := func() ([]byte, error) {
		cmd := exec.Command(driver, args...)
		cmd.Env = append(os.Environ(), proofsOnBed+"="+strings.Join(proofs, ","), proofsResults+"="+results)
		return cmd.CombinedOutput()
	}
	out, err := run()
	var exit *exec.ExitError
	const cannotRunHere = 3
	switch {
	case err == nil:
		t.Logf("bed %s: %d proofs in %.0fs\n%s", bed, len(proofs), time.Since(start).Seconds(), out)
	case bed.kind == "kubelet" && errors.As(err, &exit) && exit.ExitCode() == cannotRunHere:
		t.Logf("skipped, no real kubelet can run here: %s\n%s", strings.Join(proofs, ", "), out)
	case os.Getenv(proofsWanted) == "":
		// The share of the day runs beside other tests, on machines that are busy
		// with others: what fails there has to fail twice.
		t.Logf("bed %s: %v, once more\n%s", bed, err, out)
		if out, err := run(); err != nil {
			t.Errorf("bed %s, the second time: %v\n%s", bed, err, out)
		}
	default:
		t.Errorf("bed %s: %v\n%s", bed, err, out)
	}
}

// proveOnBed runs proofs side by side, inside a bed.
func proveOnBed(t *testing.T, checks []string) {
	if slices.Equal(checks, []string{""}) {
		t.Fatalf("%s says nothing", proofsOnBed)
	}
	bed := newSituations(t)
	for i := range moreNodes {
		bed.apply(fmt.Sprintf(gpuNode, i+2))
	}
	var files []string
	settings := map[string]proofSettings{}
	for _, p := range readProofs(t) {
		if slices.Contains(checks, p.check) {
			settings[p.check] = p.proofSettings
			files = append(files, filepath.Join(proofsDir, p.check+".txtar"))
		}
	}
	testscript.Run(t, testscript.Params{Files: files, Setup: func(env *testscript.Env) error { return proofEnvironment(env, bed, settings) }, Cmds: proofCommands()})
}

// moreNodes are so many that the proofs of one bed find GPUs beside each other.
// A proof about capacity makes nodes of its own, with a taint of its own.
const moreNodes = 12

const gpuNode = `apiVersion: v1
kind: Node
metadata:
  name: gpu-%[1]d
  annotations: {kwok.x-k8s.io/node: fake}
  labels: {kubernetes.io/hostname: gpu-%[1]d, kubernetes.io/os: linux, kubernetes.io/arch: amd64, topology.kubernetes.io/zone: zone-a, nvidia.com/gpu.present: "true", nvidia.com/gpu.count: "8", nvidia.com/gpu.product: NVIDIA-H100-80GB-HBM3}
spec: {taints: [{key: nvidia.com/gpu, value: present, effect: NoSchedule}]}
status:
  capacity: {cpu: "96", memory: 1Ti, ephemeral-storage: 1Ti, pods: "110", nvidia.com/gpu: "8"}
  allocatable: {cpu: "96", memory: 1Ti, ephemeral-storage: 1Ti, pods: "110", nvidia.com/gpu: "8"}
`
