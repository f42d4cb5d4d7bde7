package sim

import (
	"context"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Outcome is what came of one workload in a run.
type Outcome struct {
	Start    time.Time     `json:"start"`
	Duration time.Duration `json:"-"`
	// Minutes hold the run's course.
	Minutes []Minute `json:"-"`
	// QueueMinutes are those in which a request waited or more, on average over
	// the minute; OverMinutes those in which the p95 of the time to the first
	// token was above the objective, or nobody answered at all.
	QueueMinutes int `json:"queueMinutes"`
	OverMinutes  int `json:"minutesOverSLO"`
	// LongestQueue is in requests, and TTFT the objective in seconds.
	LongestQueue float64 `json:"longestQueue"`
	TTFT         float64 `json:"ttftSLOSeconds"`
	GPUHours     float64 `json:"gpuHours"`
	// Requests that arrived, and of them those whose clients gave up.
	Requests float64 `json:"requests"`
	GaveUp   float64 `json:"gaveUp"`
	// Starts are the replicas that were created during the run.
	Starts int `json:"coldStarts"`
	// Fewest and Most are the replicas wanted.
	Fewest int32 `json:"fewestWanted"`
	Most   int32 `json:"mostWanted"`
	// Rescales are the changes of the replicas wanted, the count at the start
	// before them.
	Rescales []Rescale `json:"-"`
}

// Rescale is a count of replicas wanted from a time after the start on.
type Rescale struct {
	After    time.Duration
	Replicas int32
}

// Minute is the end of one minute of a run; Queue is its mean in requests.
type Minute struct {
	At     time.Time `json:"at"`
	Queue  float64   `json:"queue"`
	Wanted int32     `json:"wanted"`
	Ready  int32     `json:"ready"`
	Over   bool      `json:"overSLO"`
}

const defaultRun = 24 * time.Hour

// longestRun bounds a run: a year of minutes.
const longestRun = 366 * 24 * time.Hour

// Simulate runs a scenario on objects and tells how one workload fares. Other
// workloads of the scenario run beside it, and compete for its GPUs.
func Simulate(ctx context.Context, s *Scenario, objects []*inventory.Object, of inventory.Ref) (Outcome, error) {
	w, err := newWorld(s, s.Step.or(longTick), true, objects)
	if err != nil {
		return Outcome{}, err
	}
	f := w.fleetOf(of)
	if f == nil {
		return Outcome{}, fmt.Errorf("%s: not an inference workload of the scenario", of)
	}
	length := s.Duration.or(defaultRun)
	if length > longestRun {
		return Outcome{}, fmt.Errorf("a duration of %s: a run takes a year at most", length)
	}
	w.ranges = w.readsBack()
	w.advance(time.Duration(s.WarmUp))
	r := &run{World: w, fleet: f, out: Outcome{
		Start: w.now, Duration: length, Fewest: f.spec, Most: f.spec, Rescales: []Rescale{{Replicas: f.spec}}, TTFT: f.traffic.TTFT.or(defaultTTFT).Seconds(),
	}}
	f.total = tally{}
	f.starts = 0
	w.steps = append(w.steps, r.watch)
	for end := w.now.Add(length); w.now.Before(end); {
		if err := ctx.Err(); err != nil {
			return Outcome{}, err
		}
		w.advance(min(time.Hour, end.Sub(w.now)))
	}
	r.finish()
	return r.out, nil
}

// readsBack says whether any query needs what was scraped earlier.
func (w *World) readsBack() bool {
	for _, s := range w.scalers {
		for _, o := range s.asks {
			if o.expr != nil && o.expr.fast == nil {
				return true
			}
		}
	}
	return false
}

// run watches one fleet.
type run struct {
	*World
	fleet *fleet
	out   Outcome

	minute time.Duration // of the minute that runs
	queued float64       // request-seconds in it
}

func (r *run) watch(dt time.Duration) {
	f := r.fleet
	queue, ready := f.backlog.requests, int32(0)
	for _, p := range f.pods {
		queue += p.queue()
		if p.isReady(r.now) {
			ready++
		}
	}
	r.queued += queue * dt.Seconds()
	r.minute += dt
	r.out.LongestQueue = max(r.out.LongestQueue, queue)
	if n := len(r.out.Rescales); f.spec != r.out.Rescales[n-1].Replicas {
		r.out.Rescales = append(r.out.Rescales, Rescale{r.now.Sub(r.out.Start), f.spec})
	}
	r.out.Fewest, r.out.Most = min(r.out.Fewest, f.spec), max(r.out.Most, f.spec)
	if r.minute < time.Minute {
		return
	}
	m := Minute{At: r.now, Queue: r.queued / r.minute.Seconds(), Wanted: f.spec, Ready: ready}
	if first, any := f.total.ttft.quantile(ttftQuantile); any {
		m.Over = first > r.out.TTFT
	}
	if m.Queue >= 1 {
		r.out.QueueMinutes++
	}
	if m.Over {
		r.out.OverMinutes++
	}
	r.out.Minutes = append(r.out.Minutes, m)
	r.minute, r.queued, f.total.ttft = 0, 0, latencies{}
}

func (r *run) finish() {
	const secondsPerHour = 3600
	t := &r.fleet.total
	r.out.GPUHours, r.out.Requests, r.out.GaveUp = t.gpuSeconds/secondsPerHour, t.arrived, t.gaveUp
	r.out.Starts = r.fleet.starts
}

// Working is a scenario for a workload of which no load is known: a working day
// whose peak needs most of what its autoscaler allows.
func Working(of inventory.Ref, maximum int32) *Scenario {
	const (
		night, morning, lunch = 0.1, 0.45, 0.3 // of the requests that all replicas can serve
		length                = 24 * time.Hour
	)
	all := Serving{}.Capacity(Requests{}) * float64(max(1, maximum))
	clock := func(hours float64) Clock { return Clock(hours * float64(time.Hour)) }
	return &Scenario{
		Name: "a working day", Seed: 1, Duration: Duration(length), WarmUp: Duration(time.Hour),
		Workloads: []Traffic{{Target: of.String(), Load: Load{
			Diurnal: &Diurnal{Low: night * all, High: morning * all, Peak: clock(14)},
			Bursts:  []Burst{{At: clock(11.75), Rate: lunch * all, Rise: Duration(15 * time.Minute), Hold: Duration(75 * time.Minute), Fall: Duration(30 * time.Minute)}},
		}, GiveUpAfter: Duration(time.Minute)}},
	}
}

// Only keeps what the scenario says of one workload.
func (s *Scenario) Only(of inventory.Ref) (*Scenario, error) {
	traffic, ok := s.traffic(of)
	if !ok {
		return nil, fmt.Errorf("%s: says nothing of %s", s.file, of)
	}
	traffic.Target = of.String()
	one := *s
	one.Workloads = []Traffic{traffic}
	return &one, nil
}

// taken are the GPUs on each node that pods of other workloads hold.
func taken(objects []*inventory.Object, mine func(map[string]string, string) bool) map[string]int64 {
	all := map[string]int64{}
	for _, o := range objects {
		pod := inventory.As[corev1.Pod](o)
		if pod == nil || pod.Spec.NodeName == "" || pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed || mine(o.Meta.Labels, o.Namespace) {
			continue
		}
		for _, c := range pod.Spec.Containers {
			amount := c.Resources.Limits[gpuResource]
			all[pod.Spec.NodeName] += amount.Value()
		}
	}
	return all
}

// Learn fills in what the scenario leaves open and the cluster tells: how long
// the starts took that its pods still show (the median counts), and how many
// requests the engine's flag lets run.
func (s *Scenario) Learn(objects *inventory.Snapshot, w *inventory.Workload) {
	t, ok := s.traffic(w.Ref())
	if !ok {
		return
	}
	if loads := objects.LoadTimes(w); len(loads) > 0 && t.Start.Load == 0 {
		t.Start.Load = Duration(loads[len(loads)/2].Took)
		s.learned = append(s.learned, fmt.Sprintf("a start takes %s, the median of %s", loads[len(loads)/2].Took, inventory.Count(int32(len(loads)), "measured start")))
	}
	if w.Recognition != nil && t.Serving.MaxRunning == 0 {
		if slots, ok := w.Slots(); ok && slots.Count > 0 {
			t.Serving.MaxRunning = float64(slots.Count)
			s.learned = append(s.learned, fmt.Sprintf("%s lets %s run", slots.Flag, inventory.Count(int32(slots.Count), "request")))
		}
	}
	s.Workloads = slices.Clone(s.Workloads)
	for i := range s.Workloads {
		if s.Workloads[i].Target == t.Target {
			s.Workloads[i] = t
		}
	}
}

// Assumed are the numbers that the scenario leaves open, in words: what was
// learnt from the cluster, and what is made up.
func (s *Scenario) Assumed(of inventory.Ref) []string {
	t, _ := s.traffic(of)
	all := slices.Clone(s.learned)
	if len(t.Numbers) > 0 && t.Load.empty() {
		return append(all, t.Start.assumed()...)
	}
	if (t.Serving == Serving{MaxRunning: t.Serving.MaxRunning}) {
		all = append(all, fmt.Sprintf("a replica serves %.1f requests/s", t.Serving.Capacity(t.Requests)))
	}
	if t.Requests == (Requests{}) {
		all = append(all, fmt.Sprintf("a request has %d prompt and %d output tokens", defaultPrompt, defaultOutput))
	}
	return append(all, t.Start.assumed()...)
}

func (s Starting) assumed() []string {
	if s.Load != 0 {
		return nil
	}
	return []string{fmt.Sprintf("a start takes %s and the image %s", defaultLoad, s.Pull.or(defaultPull))}
}
