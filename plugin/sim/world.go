package sim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/prometheus/promql"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// World is a simulated cluster: its objects, the load on it and what its
// controllers make of both. It is a source and a feed of frames; its methods may
// be called from several goroutines.
type World struct {
	mu       sync.Mutex
	scenario *Scenario
	store    *store
	static   *inventory.Snapshot // of what somebody wrote
	fleets   []*fleet
	scalers  []*scaler
	capacity *capacity
	engine   *promql.Engine

	now, start time.Time
	tick       time.Duration
	period     time.Duration // of the HPA controller's syncs
	scraped    time.Time     // the last time
	ranges     bool          // a query reaches back: scrapes are kept
	alone      bool          // what the scenario says nothing of is not simulated
	serial     int           // of pods and nodes
	chance     *rand.Rand
	steps      []step // of one tick
	feed       feed
}

// step is one part of a tick, in its order.
type step func(time.Duration)

// Ticks: a frame's world moves in small ones, a long run in the HPA's period.
const (
	frameTick = 5 * time.Second
	longTick  = 15 * time.Second
)

// NewWorld starts a scenario on its own objects and those that are handed to
// it, and lets it warm up. Objects are not changed.
func NewWorld(s *Scenario, objects ...*inventory.Object) (*World, error) {
	w, err := newWorld(s, s.Step.or(frameTick), false, objects)
	if err != nil {
		return nil, err
	}
	w.ranges = true
	w.advance(time.Duration(s.WarmUp))
	return w, nil
}

// newWorld takes a step's length, and whether workloads that the scenario says
// nothing of are left out.
func newWorld(s *Scenario, tick time.Duration, alone bool, objects []*inventory.Object) (*World, error) {
	own, err := s.objects()
	if err != nil {
		return nil, err
	}
	w := &World{
		scenario: s, tick: tick, period: s.Cluster.HPASync.or(syncPeriod), alone: alone, start: s.Start, now: s.Start.Add(-time.Duration(s.WarmUp)),
		chance: rand.New(rand.NewPCG(s.Seed, s.Seed^0x9e3779b97f4a7c15)),
	}
	if w.start.IsZero() {
		w.start = defaultStart
		w.now = w.start.Add(-time.Duration(s.WarmUp))
	}
	w.feed = newFeed()
	w.store = newStore(w.now)
	for _, o := range slices.Concat(own, objects) {
		if o.Type == inventory.Node && len(s.Cluster.Pools) > 0 {
			continue // the scenario brings its own
		}
		if err := w.store.add(o); err != nil {
			return nil, err
		}
	}
	w.steps = []step{w.load, w.probes, w.monitor, w.polls, w.syncs, w.rollouts, w.schedule}
	w.reread()
	w.capacity = newCapacity(w, objects)
	for _, f := range w.fleets {
		if err := w.populate(f); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// defaultStart is the moment of scenarios that name none: a Monday.
var defaultStart = time.Date(2026, time.March, 2, 0, 0, 0, 0, time.UTC)

// advance lets time pass.
func (w *World) advance(by time.Duration) {
	for end := w.now.Add(by); w.now.Before(end); {
		dt := min(w.tick, end.Sub(w.now))
		w.now = w.now.Add(dt)
		for _, step := range w.steps {
			step(dt)
		}
	}
}

// load lets requests arrive and be served.
func (w *World) load(dt time.Duration) {
	for _, f := range w.fleets {
		f.serve(w.now, w.now.Sub(w.start), dt)
		f.hold(w.now, w.now.Sub(w.start))
	}
}

func (w *World) probes(time.Duration) {
	for _, f := range w.fleets {
		for _, p := range f.pods {
			f.probe(p, w.now)
		}
	}
}

func (w *World) monitor(time.Duration) {
	if w.now.Sub(w.scraped) >= w.scenario.Cluster.ScrapeInterval.or(defaultScrape) {
		w.scraped = w.now
		w.scrape()
	}
}

const defaultScrape = 15 * time.Second

// reread takes what somebody wrote into account: at first, and whenever an
// object has changed.
func (w *World) reread() {
	w.static = w.store.snapshot(w.scenario.Cluster)
	known := map[inventory.Ref]*fleet{}
	for _, f := range w.fleets {
		known[f.ref] = f
	}
	w.fleets = nil
	for i, view := range w.static.Workloads() {
		f := known[view.Ref()]
		traffic, said := w.scenario.traffic(view.Ref())
		if f == nil && !said && w.alone {
			continue
		}
		if f == nil {
			f = newFleet(view.Ref(), traffic, w.scenario.Seed+uint64(i)+1)
		}
		f.read(w.static, view)
		w.fleets = append(w.fleets, f)
	}
	w.rereadScalers()
}

// fleetOf finds the workload that a scale target names.
func (w *World) fleetOf(target inventory.Ref) *fleet {
	for _, f := range w.fleets {
		if f.view.Answers(target) {
			return f
		}
	}
	return nil
}

// populate gives a fleet the replicas that are there at first: Ready since a
// while, or about to start.
func (w *World) populate(f *fleet) error {
	f.spec = f.written()
	if f.traffic.Replicas != nil {
		f.spec = *f.traffic.Replicas
	}
	const most = 10_000
	if f.spec < 0 || f.spec > most {
		return fmt.Errorf("%s: %d replicas", f.ref, f.spec)
	}
	w.store.scale(f.ref, f.spec)
	ready := f.spec
	if f.traffic.Ready != nil {
		ready = *f.traffic.Ready
	}
	for i := range f.spec {
		if i > ready && f.ordered() {
			break // it waits for the one before it
		}
		p := w.create(f)
		n := w.capacity.fits(f)
		if n == nil && w.capacity.limited {
			continue
		}
		began := w.now.Add(-longAgo)
		if n != nil {
			n.images[f.image] = began
			n.take(f, p)
		}
		if i >= ready {
			began = w.now
		}
		p.created = began
		f.place(p, n, began)
		p.ready = p.started.Add(f.loadTime())
		f.slowest = max(f.slowest, p.ready.Sub(p.started))
		p.gpuMem = w.capacity.memory(n)
	}
	return nil
}

// longAgo is the age of what is there at first.
const longAgo = 26 * time.Hour
