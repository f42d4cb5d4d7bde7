package sim

import (
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// capacity is the GPU nodes, and the autoscaler that adds and removes some.
type capacity struct {
	limited bool // without pools there is room for every pod
	pools   []Pool
	nodes   []*node
	coming  []*node
	serial  int
}

// node is one machine of a pool.
type node struct {
	name    string
	pool    *Pool
	free    int64
	created time.Time
	ready   time.Time
	idle    time.Time            // since when no pod is on it; zero while one is
	images  map[string]time.Time // when each image is there
	object  *corev1.Node         // of a node that another source brought
}

func newCapacity(w *World, objects []*inventory.Object) *capacity {
	c := &capacity{pools: w.scenario.Cluster.Pools}
	for i := range c.pools {
		for range c.pools[i].Nodes {
			c.nodes = append(c.nodes, c.add(&c.pools[i], w.now.Add(-2*longAgo), w.now.Add(-2*longAgo)))
		}
	}
	if len(c.pools) == 0 {
		c.foreign(w, objects)
	}
	c.limited = len(c.pools) > 0 || len(c.nodes) > 0
	return c
}

// foreign takes the GPU nodes of another source as they are: their number is
// what it is, since nobody knows what its autoscaler would do.
func (c *capacity) foreign(w *World, objects []*inventory.Object) {
	wanted := map[corev1.ResourceName]bool{}
	for _, f := range w.fleets {
		for _, a := range f.view.Accelerators {
			wanted[corev1.ResourceName(a.Resource)] = true
		}
	}
	held := taken(objects, func(labels map[string]string, namespace string) bool {
		return slices.ContainsFunc(w.fleets, func(f *fleet) bool {
			return f.ref.Namespace == namespace && inventory.Selects(f.view.Selector, labels)
		})
	})
	for _, ref := range w.store.order {
		n := inventory.As[corev1.Node](w.store.docs[ref].object)
		if n == nil {
			continue
		}
		gpus := int64(0)
		for name := range wanted {
			amount := n.Status.Allocatable[name]
			gpus += amount.Value()
		}
		if gpus > 0 {
			pool := &Pool{Name: n.Name, Nodes: 1, Max: 1, GPUs: int(gpus), Labels: n.Labels}
			c.nodes = append(c.nodes, &node{name: n.Name, pool: pool, free: max(0, gpus-held[n.Name]), created: w.now.Add(-longAgo), ready: w.now.Add(-longAgo), images: map[string]time.Time{}, object: n})
		}
	}
}

func (c *capacity) add(pool *Pool, created, ready time.Time) *node {
	c.serial++
	return &node{
		name: fmt.Sprintf("%s-%s", pool.Name, safeName(uint64(c.serial)*7919, 5)), pool: pool, free: int64(pool.GPUs),
		created: created, ready: ready, idle: created, images: map[string]time.Time{},
	}
}

// takes says whether the pool's nodes take a fleet's pods at all.
func (p *Pool) takes(f *fleet) bool {
	if f.template != nil {
		for key, value := range f.template.Spec.NodeSelector {
			if p.Labels[key] != value {
				return false
			}
		}
	}
	return f.perPod() <= int64(p.GPUs)
}

// takes says whether the node's selectors and taints let the fleet's pods in; a
// simulated node has no taint but that of its GPUs.
func (n *node) takes(f *fleet) bool {
	return n.pool.takes(f) && (n.object == nil || f.open[n.name])
}

// perPod is the number of GPUs of one pod.
func (f *fleet) perPod() int64 { return acceleratorsOf(f.view) }

func acceleratorsOf(w *inventory.Workload) int64 {
	var all int64
	for _, a := range w.Accelerators {
		all += a.Count
	}
	return all
}

// fits returns the node with the least room that takes one more pod; nil when
// there is none.
func (c *capacity) fits(f *fleet) *node {
	var best *node
	need := f.perPod()
	for _, n := range c.nodes {
		if n.free >= need && n.takes(f) && (best == nil || n.free < best.free) {
			best = n
		}
	}
	return best
}

func (n *node) take(f *fleet, p *pod) {
	if n == nil {
		return
	}
	n.free -= f.perPod()
	n.idle = time.Time{}
	p.node = n
}

func (n *node) release(f *fleet, now time.Time) {
	if n == nil {
		return
	}
	n.free += f.perPod()
	if n.free == int64(n.pool.GPUs) {
		n.idle = now
	}
}

// memory is what an engine takes of each GPU, in MiB.
func (c *capacity) memory(n *node) float64 {
	const share, standard = 0.9, 81_559 // vLLM's default share; an 80 GB H100
	if n == nil || n.pool.MemoryMiB == 0 {
		return share * standard
	}
	return share * float64(n.pool.MemoryMiB)
}

// schedule binds pods that wait, in the order of their creation, and orders
// nodes for those that find none.
func (w *World) schedule(time.Duration) {
	c := w.capacity
	c.arrive(w.now)
	for _, f := range w.fleets {
		for _, p := range f.pods {
			if !p.scheduled.IsZero() || !p.leaving.IsZero() {
				continue
			}
			n := c.fits(f)
			switch {
			case n == nil && c.limited:
				f.nodes = len(c.nodes)
				if p.ordered.IsZero() && c.order(f, w.now) {
					p.ordered = w.now
				}
				continue
			case n != nil:
				n.take(f, p)
			}
			f.place(p, n, w.now)
			p.gpuMem = c.memory(n)
		}
	}
	c.retire(w.now)
}

func (c *capacity) arrive(now time.Time) {
	kept := c.coming[:0]
	for _, n := range c.coming {
		if has(n.ready, now) {
			n.free, n.idle = int64(n.pool.GPUs), now
			c.nodes = append(c.nodes, n)
			continue
		}
		kept = append(kept, n)
	}
	c.coming = kept
}

// order makes room for one more pod: on a node that is coming already, or on a
// new one.
func (c *capacity) order(f *fleet, now time.Time) bool {
	need := f.perPod()
	for _, n := range c.coming {
		if n.pool.takes(f) && n.free >= need {
			n.free -= need
			return true
		}
	}
	for i := range c.pools {
		pool := &c.pools[i]
		if !pool.takes(f) || c.size(pool) >= pool.Max {
			continue
		}
		n := c.add(pool, now, now.Add(pool.Provision.or(defaultProvision)))
		n.free -= need
		c.coming = append(c.coming, n)
		return true
	}
	return false
}

const (
	defaultProvision = 4 * time.Minute  // a cloud's GPU machine with its drivers
	defaultIdle      = 10 * time.Minute // Cluster Autoscaler's scale-down-unneeded-time
)

func (c *capacity) size(pool *Pool) int {
	size := 0
	for _, list := range [][]*node{c.nodes, c.coming} {
		for _, n := range list {
			if n.pool == pool {
				size++
			}
		}
	}
	return size
}

// retire takes nodes away that have been empty for long.
func (c *capacity) retire(now time.Time) {
	for i := 0; i < len(c.nodes); i++ {
		n := c.nodes[i]
		old := n.object == nil && !n.idle.IsZero() && now.Sub(n.idle) >= n.pool.Idle.or(defaultIdle)
		if old && c.size(n.pool) > n.pool.Nodes {
			c.nodes = slices.Delete(c.nodes, i, i+1)
			i--
		}
	}
}
