package checks

import (
	"cmp"
	"fmt"
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/promql"
)

// Stack is what one workload needs to be scaled well, in numbers. Each number
// has its reason beside it, in the words of a comment. [Pass.StackOf] computes
// the numbers; who asks may change them before the objects are written.
type Stack struct {
	Workload *inventory.Workload
	Min, Max int32
	// Target is how many requests, running and waiting, a replica is for.
	Target    int
	TargetWhy string
	// Start is how long a replica takes to be Ready, Slow at the worst.
	Start, Slow time.Duration
	StartWhy    string
	Grace       time.Duration
	// Prometheus is the address that KEDA asks; empty when nothing tells it.
	Prometheus string
	// Name is the scaler's; empty for the workload's own.
	Name string
	// Release is a label that the cluster's Prometheus selects monitors by.
	Release string
}

// StackOf computes the numbers of a workload: from its starts where pods show
// them, from its flags and its present bounds, else from stated assumptions. The
// check declares [LoadParams].
func (p *Pass) StackOf(w *inventory.Workload) Stack {
	start, known := p.StartTime(w)
	s := NewStack(p.Snapshot, w, start, known)
	return s
}

// NewStack is StackOf for who has no check: start is the workload's, if known.
func NewStack(objects *inventory.Snapshot, w *inventory.Workload, start inventory.StartTime, known bool) Stack {
	const fewest, spread, assumed = 2, 2, 3 * time.Minute
	s := Stack{Workload: w, Start: assumed, Slow: 2 * assumed, StartWhy: "assumed: neither pods nor the model's name tell"}
	if known {
		s.Start, s.Slow, s.StartWhy = start.Fast, start.Slow, start.How()
	}
	s.Min, s.Max = fewest, spread*fewest
	if w.Replicas != nil {
		s.Max = max(s.Max, *w.Replicas)
	}
	if bounds := objects.Bounds(w); bounds.Scaled && bounds.Max > bounds.Min {
		s.Min, s.Max = max(bounds.Min, 1), bounds.Max
	}
	s.Target, s.TargetWhy = targetOf(w)
	s.Grace, _ = objects.Grace(w)
	for _, a := range objects.Autoscalers() {
		for _, m := range a.Metrics {
			s.Prometheus = cmp.Or(s.Prometheus, m.Metadata["serverAddress"])
		}
	}
	return s
}

// targetOf stays below what a server runs at a time: at the limit the requests
// wait, and a new replica comes too late.
func targetOf(w *inventory.Workload) (target int, why string) {
	const share, usual = 0.7, 64
	if w.Recognition != nil {
		if slots, ok := w.Slots(); ok && slots.Count > 1 {
			return max(1, int(share*float64(slots.Count))), fmt.Sprintf("70 %% of %s, %d; where latency suffers earlier, take that", slots.Flag, slots.Count)
		}
	}
	return usual, "assumed: take the number at which latency begins to suffer"
}

// Step is how many replicas are added in the time of one start: a third of the
// room, so that the first can show whether they were enough.
func (s Stack) Step() int { return int(max(1, (s.Max-s.Min)/3)) }

// Period is the start in whole syncs of the HPA controller, in seconds, within
// the API's half hour.
func (s Stack) Period() int {
	const sync, most = 15, 1800
	return min(max(int(s.Start.Seconds())+sync-1, sync)/sync*sync, most)
}

// Window is how long scaling down looks back: no shorter than a start, at least
// the API's five minutes and at most its hour, in seconds.
func (s Stack) Window() int {
	const least, most = 300, 3600
	minute := (s.Start + time.Minute - 1).Truncate(time.Minute)
	return min(max(int(minute.Seconds()), least), most)
}

// DownPeriod is the time between two replicas that go: what one of them has to
// finish its requests, in seconds.
func (s Stack) DownPeriod() int {
	const least, most = 60, 1800
	return min(max(int(s.Grace.Seconds()), least), most)
}

// Query adds up the requests that run and wait in the workload's own pods. It is
// false where the engine has no series for both, or nobody can tell the pods'
// names.
func (s Stack) Query() (string, bool) {
	pods, ok := promql.PodPattern(s.Workload)
	if !ok {
		return "", false
	}
	own := fmt.Sprintf("pod=~%q", pods)
	if ns := s.Workload.Object.Namespace; ns != "" {
		own = fmt.Sprintf("namespace=%q,%s", ns, own)
	}
	var sums []string
	for _, series := range s.series() {
		sums = append(sums, "sum("+series.selector(own)+")")
	}
	if len(sums) < 2 {
		return "", false
	}
	return sums[0] + "\n+ " + sums[1] + "\n", true
}

// loadSeries is a series of the engine, with a label that tells what it counts.
type loadSeries struct{ name, label string }

func (l loadSeries) selector(own string) string {
	if l.label != "" {
		own = l.label + "," + own
	}
	return l.name + "{" + own + "}"
}

// series are those of running and of waiting requests.
func (s Stack) series() []loadSeries {
	if s.Workload.EngineID() == inventory.Triton { // with the TensorRT-LLM backend
		const name = "nv_trt_llm_request_metrics"
		return []loadSeries{{name, `request_type="active"`}, {name, `request_type="waiting"`}}
	}
	var all []loadSeries
	for _, meaning := range []inventory.Meaning{inventory.MeansRunning, inventory.MeansWaiting} {
		for _, m := range inventory.KnownMetrics() { // sorted: the shortest of a family first
			if m.Engine == s.Workload.EngineID() && m.Meaning == meaning && m.HiddenIn == "" && m.RetiredIn == "" {
				all = append(all, loadSeries{name: m.Name})
				break
			}
		}
	}
	return all
}
