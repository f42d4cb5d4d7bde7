package plugin

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/plugin/sim"
)

// The bed's pace (testdata/cluster): the HPA controller's --hpa-sync, and
// Prometheus' scrape interval.
const (
	bedSync   = 5 * time.Second
	bedScrape = 2 * time.Second
)

// replicaCount is a number of wanted replicas, from a time after the start on.
type replicaCount struct {
	after time.Duration
	count int32
}

func (r replicaCount) String() string { return fmt.Sprintf("%d after %s", r.count, r.after) }

// renew takes a new frame for the simulator when the numbers change and the clock
// runs: what the controllers did before is in the objects.
func (p *prover) renew(ts *testscript.TestScript) {
	if p.frame.Objects == nil {
		return
	}
	began := p.began
	p.start(ts)
	p.began = began
}

// simulate holds the simulator to what was seen: from the latest frame, under the
// numbers that are held, it has to come to the count, no later than the bed did by
// more than a busy machine explains, and to stay there for as long. The time it
// took counts from the start of the clock.
func (p *prover) simulate(ts *testscript.TestScript, target string, want int32, took, length time.Duration) {
	w, err := workloadCalled(p.frame.Objects, target)
	ts.Check(err)
	took = max(0, took-p.frame.At.Sub(p.began))
	counts, err := simulatedReplicas(p.frame, w.Ref(), p.holder.all(), took+length+simulatorPatience)
	ts.Check(err)
	if !comesTo(counts, want, took+simulatorPatience, length) {
		ts.Fatalf("%s: the bed came to %d replicas after %s, for %s; the simulator: %v", target, want, took.Round(time.Second), length, counts)
	}
	p.seen.Simulator = append(p.seen.Simulator, simulatorAgrees)
}

// simulatorAgrees is what is noted where it came to the count.
const simulatorAgrees = "agrees"

// simulatorPatience is how much later than on the bed a count may come: a fake
// pod starts three seconds sooner than a simulated one, and syncs and polls fall
// where they fall.
const simulatorPatience = 30 * time.Second

// comesTo says whether a count is there by a moment, and for so long from then on.
// The counts end at that moment and the length together.
func comesTo(counts []replicaCount, want int32, by, length time.Duration) bool {
	for i, c := range counts {
		ends := by + length
		if i+1 < len(counts) {
			ends = counts[i+1].after
		}
		if c.count == want && c.after <= by && ends-c.after >= length {
			return true
		}
	}
	return false
}

func workloadCalled(objects *inventory.Snapshot, target string) (*inventory.Workload, error) {
	kind, name, _ := strings.Cut(target, "/")
	for _, w := range objects.Workloads() {
		if strings.EqualFold(w.Object.Kind, kind) && w.Object.Name == name {
			return w, nil
		}
	}
	return nil, fmt.Errorf("%s is not among the workloads of the frame", target)
}

// simulatedReplicas lets the simulator begin with a frame of the bed, at the bed's
// pace, and tells the replicas that its autoscalers want of a workload: the count
// at the start, and each change. The numbers are held as on the bed, those from
// before the frame's time from the start on.
func simulatedReplicas(frame checks.Frame, workload inventory.Ref, held []heldNumbers, length time.Duration) ([]replicaCount, error) {
	s := &sim.Scenario{
		Name: "a proof", Seed: 1, Start: frame.At, Duration: sim.Duration(length), Step: sim.Duration(time.Second),
		Cluster: sim.Cluster{ScrapeInterval: sim.Duration(bedScrape), HPASync: sim.Duration(bedSync)},
	}
	for _, w := range frame.Objects.Workloads() {
		if left := sim.NotSimulated(frame.Objects, w); len(left) > 0 {
			return nil, fmt.Errorf("not simulated: %s", left[0])
		}
		traffic, err := bedTraffic(frame, w, held)
		if err != nil {
			return nil, err
		}
		s.Workloads = append(s.Workloads, traffic)
	}
	objects := allObjects(frame.Objects)
	if len(frame.Objects.AdapterRules()) == 0 {
		rules, err := bedAdapterRules()
		if err != nil {
			return nil, err
		}
		objects = append(objects, rules)
	}
	out, err := sim.Simulate(context.Background(), s, objects, workload)
	if err != nil {
		return nil, err
	}
	var counts []replicaCount
	for _, r := range out.Rescales {
		counts = append(counts, replicaCount{r.After, r.Replicas})
	}
	return counts, nil
}

// bedTraffic is what the bed makes of a workload's pods: those of the frame, the
// start that their annotations give them, and the double's numbers.
func bedTraffic(frame checks.Frame, w *inventory.Workload, held []heldNumbers) (sim.Traffic, error) {
	ready := int32(0)
	for _, pod := range frame.Objects.Pods(w) {
		if podReady(pod) && pod.DeletionTimestamp == nil {
			ready++
		}
	}
	t := sim.Traffic{Target: w.Ref().String(), Ready: &ready}
	var err error
	if t.Start, err = bedStart(w); err != nil {
		return t, fmt.Errorf("%s: %w", w.Ref().Short(), err)
	}
	t.Numbers = sim.Numbers{{Values: map[string]float64{"queue": 0, "running": 0, "kv": 0, "gpu": 0, "memory": 0}}}
	for _, one := range held {
		selector, err := labels.Parse(one.Selector)
		if err != nil {
			return t, err
		}
		if !selector.Matches(labels.Set(w.PodLabels())) {
			continue
		}
		step, err := one.step(w)
		if err != nil {
			return t, fmt.Errorf("%s: %w", w.Ref().Short(), err)
		}
		if !one.At.IsZero() {
			step.At = max(0, one.At.Sub(frame.At))
		}
		t.Numbers = append(t.Numbers, step)
	}
	slices.SortStableFunc(t.Numbers, func(a, b sim.NumbersStep) int { return cmp.Compare(a.At, b.At) })
	return t, nil
}

// bedStart is how long a fake pod takes, by the annotations that the stages of
// the bed read.
func bedStart(w *inventory.Workload) (sim.Starting, error) {
	const never = 10_000 * time.Hour
	took := map[string]time.Duration{"pull": 200 * time.Millisecond, "load": time.Second, "crash-after": 0}
	for name := range took {
		text, found := w.Annotation("bed.infscale.dev/" + name)
		if !found {
			continue
		}
		d, err := time.ParseDuration(text)
		if err != nil {
			return sim.Starting{}, err
		}
		took[name] = max(d, time.Millisecond)
	}
	if took["crash-after"] > 0 {
		took["load"] = never
	}
	pull := sim.Duration(took["pull"])
	return sim.Starting{Pull: pull, Cached: pull, Init: sim.Duration(time.Millisecond), Load: sim.Duration(took["load"])}, nil
}

// step is what is held, as the simulator's scenario says it. The double's port for
// GPUs knows their numbers alone, the engines' ports theirs.
func (one heldNumbers) step(w *inventory.Workload) (sim.NumbersStep, error) {
	step := sim.NumbersStep{Values: map[string]float64{}, Total: one.Total}
	known := []string{"queue", "running", "kv"}
	if one.Port == "9400" {
		known = []string{"gpu", "memory"}
	}
	for _, name := range slices.Sorted(maps.Keys(one.Numbers)) {
		if !slices.Contains(known, name) {
			return step, fmt.Errorf("port %s has no number %s", one.Port, name)
		}
		step.Values[name] = one.Numbers[name]
	}
	if one.page == nil {
		return step, nil
	}
	step.Only = true
	return step, readPage(one.page, w, step.Values)
}

// readPage takes the engine's numbers out of a page that is served word for word.
// Series of others are none that its replicas would have by themselves.
func readPage(page []byte, w *inventory.Workload, into map[string]float64) error {
	names := map[inventory.EngineID]map[string]string{
		inventory.VLLM:   {"vllm:num_requests_waiting": "queue", "vllm:num_requests_running": "running", "vllm:kv_cache_usage_perc": "kv"},
		inventory.SGLang: {"sglang:num_queue_reqs": "queue", "sglang:num_running_reqs": "running", "sglang:token_usage": "kv"},
		inventory.TGI:    {"tgi_queue_size": "queue", "tgi_batch_current_size": "running"},
	}[w.EngineID()]
	for line := range strings.Lines(string(page)) {
		fields := strings.Fields(line)
		if len(fields) < 2 || strings.HasPrefix(line, "#") {
			continue
		}
		series, _, _ := strings.Cut(fields[0], "{")
		_, inference := inventory.LookupMetric(series)
		name, known := names[series]
		_, twice := into[name]
		switch {
		case known && !twice:
			value, err := strconv.ParseFloat(fields[len(fields)-1], 64)
			if err != nil {
				return err
			}
			into[name] = value
		case known || inference:
			return fmt.Errorf("a page with %s is not simulated", fields[0])
		}
	}
	return nil
}

// bedAdapterRules is the ConfigMap of the bed's prometheus-adapter, which stands
// in a namespace that a proof does not look at.
func bedAdapterRules() (*inventory.Object, error) {
	const file = "../testdata/cluster/manifests/metrics/objects.yaml"
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	for _, document := range inventory.Documents(text) {
		objects, _, _ := document.Read(file) // the bed fills in what others leave open
		for _, o := range objects {
			if config := inventory.As[corev1.ConfigMap](o); config != nil && o.Name == "prometheus-adapter" {
				return o, nil
			}
		}
	}
	return nil, fmt.Errorf("%s: no ConfigMap prometheus-adapter", file)
}
