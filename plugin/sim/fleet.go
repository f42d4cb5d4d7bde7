package sim

import (
	"math"
	"math/rand/v2"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// fleet is one workload: its pods and the requests on them.
type fleet struct {
	ref      inventory.Ref
	traffic  Traffic
	pace     pace
	chance   *rand.Rand
	arriving *rand.Rand // of its own, so that two runs have the same requests
	view     *inventory.Workload
	template *corev1.PodTemplateSpec
	revision string // the template's hash
	image    string
	window   time.Duration // of the probe that kills what loads too long
	exports  []export
	// exporting are the names of the exports, scraped whether Prometheus gets them.
	exporting map[string]bool
	tells     map[quantity]bool // what the engine itself exports
	scraped   bool
	open      map[string]bool // the nodes of another source that take its pods

	spec    int32 // replicas wanted
	pods    []*pod
	backlog arrival       // waits in front of the fleet while no replica is Ready
	slowest time.Duration // start that is remembered
	starts  int           // pods that were created
	nodes   int           // that the scheduler looked at for it last
	total   tally
}

// tally is what a run adds up.
type tally struct {
	arrived, served, gaveUp float64
	gpuSeconds              float64
	ttft                    latencies // of the minute that runs
}

func newFleet(ref inventory.Ref, traffic Traffic, seed uint64) *fleet {
	return &fleet{
		ref: ref, traffic: traffic, pace: traffic.Serving.pace(),
		chance:   rand.New(rand.NewPCG(seed, seed*0x9e3779b97f4a7c15+1)),
		arriving: rand.New(rand.NewPCG(seed, seed*0x9e3779b97f4a7c15+2)),
	}
}

// read takes the workload's object into account.
func (f *fleet) read(s *inventory.Snapshot, view *inventory.Workload) {
	f.view, f.template = view, view.Template
	f.window = startupWindow(view)
	f.exports = exportsOf(view)
	f.exporting, f.tells = map[string]bool{}, map[quantity]bool{}
	for _, e := range f.exports {
		f.exporting[e.name] = true
		f.tells[e.of] = true
	}
	f.revision, f.image = revisionOf(view.Template), ""
	if view.Recognition != nil && view.Container != nil {
		f.image = view.Container.Image
	}
	f.scraped = scraped(s, view)
	f.open = map[string]bool{}
	for _, n := range s.NodesFor(view) {
		f.open[n.Name] = true
	}
}

// scraped says whether a Prometheus gets the workload's metrics: one that is
// known takes what a monitor selects, one that is not is believed to take all.
func scraped(s *inventory.Snapshot, w *inventory.Workload) bool {
	if len(s.List(inventory.Prometheus)) == 0 {
		return true
	}
	for _, scrape := range s.ScrapesOf(w) {
		if _, unselected := s.Unselected(scrape.Monitor); !unselected {
			return true
		}
	}
	return false
}

// written is the replica count of the object.
func (f *fleet) written() int32 {
	if f.view.Replicas == nil {
		return 1
	}
	return *f.view.Replicas
}

// serve spreads what arrives over the Ready replicas, as a Service does, and
// lets each of them work.
func (f *fleet) serve(now time.Time, since, dt time.Duration) {
	seconds := dt.Seconds()
	coming := f.arrivals(now, since, dt)
	f.total.arrived += coming.requests
	ready := 0
	for _, p := range f.pods {
		if p.isReady(now) {
			ready++
		}
		if p.isRunning(now) || has(p.scheduled, now) {
			f.total.gpuSeconds += float64(f.view.GPUs()) * seconds
		}
	}
	coming.add(f.backlog)
	f.backlog = arrival{}
	if ready == 0 {
		f.backlog = coming
		if p := f.patience(); p > 0 { // who waits in front of the fleet gives up, too
			f.total.gaveUp += f.backlog.take(coming.requests * min(1, seconds/p)).requests
		}
		f.total.ttft.add(math.Inf(1), coming.requests)
	}
	for _, p := range f.pods {
		if !p.serves(now) {
			continue
		}
		var mine arrival
		if p.isReady(now) {
			mine = f.share(&coming, ready)
			ready--
		}
		before, gone := p.served, p.gaveUp
		p.serve(&f.pace, mine, seconds, f.patience())
		f.total.served += p.served - before
		f.total.gaveUp += p.gaveUp - gone
		if mine.requests > 0 {
			f.total.ttft.spread(p.first, mine.requests)
		}
	}
}

// patience is how long the clients of one step wait, in seconds: not all are
// alike.
func (f *fleet) patience() float64 {
	if f.traffic.GiveUpAfter == 0 {
		return 0
	}
	const spread = 0.25
	return time.Duration(f.traffic.GiveUpAfter).Seconds() * (1 - spread + 2*spread*f.chance.Float64())
}

// share takes one replica's part of what is left for so many of them: whole
// requests, by chance, as a Service's random choice makes it.
func (f *fleet) share(left *arrival, replicas int) arrival {
	if replicas <= 1 {
		all := *left
		*left = arrival{}
		return all
	}
	return left.take(f.binomial(left.requests, 1/float64(replicas)))
}

// binomial draws how many of n go one way.
func (f *fleet) binomial(n, share float64) float64 {
	const few = 30
	if n > few {
		drawn := n*share + math.Sqrt(n*share*(1-share))*f.chance.NormFloat64()
		return math.Round(min(n, max(0, drawn)))
	}
	count := 0.0
	for ; n >= 1; n-- {
		if f.chance.Float64() < share {
			count++
		}
	}
	return count + n*share // the part of a request that an earlier share left
}

// arrivals are Poisson around the rate, and exact where a trace is replayed.
func (f *fleet) arrivals(now time.Time, since, dt time.Duration) arrival {
	l := &f.traffic.Load
	n := f.poisson(l.rate(now, since) * dt.Seconds())
	all := arrival{n, n * f.traffic.Requests.prompt(), n * f.traffic.Requests.output()}
	if l.trace != nil {
		speed := l.speed()
		from := time.Duration(float64(since-dt) * speed)
		all.add(l.trace.between(from, time.Duration(float64(since)*speed)))
	}
	return all
}

func (f *fleet) poisson(mean float64) float64 {
	const many = 30
	if mean > many {
		return math.Round(max(0, mean+math.Sqrt(mean)*f.arriving.NormFloat64()))
	}
	limit, product, n := math.Exp(-mean), f.arriving.Float64(), 0.0
	for product > limit {
		product *= f.arriving.Float64()
		n++
	}
	return n
}
