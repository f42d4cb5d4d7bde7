package sim

import (
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// pod is one replica with its way to Ready. The moments of a start are known
// from the moment on that the pod has a node; those that lie ahead have not
// happened yet.
type pod struct {
	replica
	name, uid, ip string
	revision      string // the pod template's hash
	ordinal       int    // of a StatefulSet's
	series        labels.Labels

	node                 *node
	created, ordered     time.Time // ordered: a node was, for this pod
	scheduled            time.Time
	initFrom, initTo     time.Time // zero without init containers
	pulling, pulled      time.Time // equal where the node has the image
	started, ready       time.Time // of the container that runs now
	killed, firstStarted time.Time // the last kill by a startup probe, and the start before it
	restarts             int32
	leaving, gone        time.Time

	holds   bool                 // its numbers are held, and there as soon as its container runs
	numbers map[quantity]float64 // that are held
	only    bool                 // nothing else of the engine's is on its page

	seen sample   // at the last scrape
	past []sample // earlier ones, oldest first
}

// has says whether a moment has come.
func has(moment, now time.Time) bool { return !moment.IsZero() && !moment.After(now) }

func (p *pod) isReady(now time.Time) bool   { return has(p.ready, now) && p.leaving.IsZero() }
func (p *pod) isRunning(now time.Time) bool { return has(p.started, now) }

// serves says whether the engine answers: it does so until it is gone.
func (p *pod) serves(now time.Time) bool { return has(p.ready, now) }

// answers says whether its /metrics does.
func (p *pod) answers(now time.Time) bool {
	if p.holds {
		return p.isRunning(now)
	}
	return p.serves(now)
}

func (p *pod) controllerView(now time.Time) Pod {
	running := p.isRunning(now) || p.restarts > 0 // one that waits for its restart is of the phase Running
	return Pod{Name: p.name, Running: running, Ready: p.isReady(now), Leaving: !p.leaving.IsZero()}
}

// Times that do not depend on the model.
const (
	kubeletDelay = 2 * time.Second  // from the binding to the first container
	backOff      = 10 * time.Second // before the first restart (kubelet's crash loop)
	warmShare    = 0.6              // of the load time when the page cache holds the weights
)

// place binds a pod to a node and plans its start.
func (f *fleet) place(p *pod, n *node, now time.Time) {
	p.node, p.scheduled = n, now
	at := now.Add(kubeletDelay)
	s := f.traffic.Start
	if f.template != nil && len(f.template.Spec.InitContainers) > 0 {
		p.initFrom, p.initTo = at, at.Add(s.Init.or(defaultInit))
		at = p.initTo
	}
	p.pulling = at
	p.pulled = at.Add(f.pullTime(n, at))
	p.started = p.pulled.Add(time.Second)
	p.ready = p.started.Add(f.loadTime())
}

// Defaults of a cold start: an engine's image of 10 GB from a registry next
// door, and a 70B model from a shared file system.
const (
	defaultPull   = 2 * time.Minute
	defaultCached = time.Second
	defaultInit   = 10 * time.Second
	defaultLoad   = 5 * time.Minute
)

// pullTime is short where the node holds the image, or a pull of it is under way.
func (f *fleet) pullTime(n *node, at time.Time) time.Duration {
	whole := f.traffic.Start.Pull.or(defaultPull)
	if n == nil {
		return whole
	}
	there, known := n.images[f.image]
	if !known {
		n.images[f.image] = at.Add(whole)
		return whole
	}
	return max(there.Sub(at), f.traffic.Start.Cached.or(defaultCached))
}

func (f *fleet) loadTime() time.Duration {
	load := f.traffic.Start.Load.or(defaultLoad)
	spread := f.traffic.Start.Spread
	return time.Duration(float64(load) * (1 - spread + 2*spread*f.chance.Float64())).Round(time.Second)
}

// probe lets the startup probe kill a container that loads for too long. The
// restarted one finds the weights in the page cache.
func (f *fleet) probe(p *pod, now time.Time) {
	if f.window == 0 || !has(p.started, now) || has(p.ready, now) || p.ready.Sub(p.started) <= f.window {
		return
	}
	if end := p.started.Add(f.window); has(end, now) {
		load := p.ready.Sub(p.started)
		if p.restarts == 0 {
			load = time.Duration(float64(load) * warmShare).Round(time.Second)
		}
		p.killed, p.firstStarted = end, p.started
		p.restarts++
		p.started = end.Add(backOff)
		p.ready = p.started.Add(load)
	}
}

// startupWindow is how long a container may take before a probe kills it; 0 is
// for ever.
func startupWindow(w *inventory.Workload) time.Duration {
	if w == nil || w.Recognition == nil || w.Container == nil {
		return 0
	}
	switch c := w.Container; {
	case c.StartupProbe != nil:
		return inventory.ProbeWindow(c.StartupProbe)
	case c.LivenessProbe != nil:
		return inventory.ProbeWindow(c.LivenessProbe)
	}
	return 0
}
