package inventory

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Capacity is how many of a workload's pods can run at once if nothing else
// takes a device: on the nodes that are there, and on what Karpenter's limits
// let it add.
type Capacity struct {
	// Known is false when nodes were not listed, when devices are claimed in a
	// way that counts none, or when a node is virtual.
	Known bool
	// Nodes could take the pods, cordoned ones included; Devices is what they
	// offer together.
	Nodes   []string
	Devices int64
	// Pools have limits that hold their nodes, now and later, to Limit devices.
	// Unlimited says that a pool has none.
	Pools     []Pool
	Limit     int64
	Unlimited bool
	// Pods is how many fit: a node's rest that is too small for one is lost.
	Pods int64
}

// CapacityFor counts the first of the devices that the workload's pods ask for.
func (s *Snapshot) CapacityFor(w *Workload) Capacity {
	if len(w.Accelerators) == 0 || w.Template == nil {
		return Capacity{}
	}
	a := w.Accelerators[0]
	c := Capacity{Known: s.Saw(Node, "") && a.Resource != ""}
	pooled := map[string]bool{}
	for _, p := range s.PoolsFor(w) {
		if p.Spec.Replicas != nil {
			continue // its nodes count as they are
		}
		limit, limited := p.Limit(a.Resource)
		c.Unlimited = c.Unlimited || !limited
		c.Pools, c.Limit = append(c.Pools, p), c.Limit+limit
		pooled[p.Object.Name] = true
		if limited && a.Count > 0 {
			c.Pods += limit / a.Count
		}
	}
	for _, o := range s.objects[Node] {
		node := As[corev1.Node](o)
		if node == nil || pooled[node.Labels[poolLabel]] || w.misfit(node) != "" {
			continue
		}
		if virtual(node) {
			c.Known = false
		}
		if devices := devicesOf(node, a.Resource); devices >= a.Count && a.Count > 0 {
			c.Nodes = append(c.Nodes, node.Name)
			c.Devices += devices
			c.Pods += devices / a.Count
		}
	}
	return c
}

// Places names the nodes and the pools, which tells workloads that share them.
func (c Capacity) Places() []string {
	all := slices.Clone(c.Nodes)
	for _, p := range c.Pools {
		all = append(all, p.Object.Short())
	}
	return all
}

// Where says where the devices are, or may be: "2 nodes hold 16".
func (c Capacity) Where() string {
	nodes := fmt.Sprintf("%s hold %d", Count(int32(len(c.Nodes)), "node"), c.Devices)
	if len(c.Nodes) == 1 {
		nodes = fmt.Sprintf("1 node holds %d", c.Devices)
	}
	if len(c.Pools) == 0 {
		return nodes
	}
	limits := fmt.Sprintf("the limits of %s allow %d", strings.Join(c.Places()[len(c.Nodes):], ", "), c.Limit)
	if len(c.Nodes) == 0 {
		return limits
	}
	return nodes + " and " + limits
}

// MoreNodes says whether the count of nodes has a bound that nobody sees: with
// Absent nothing adds any, with Present Karpenter does, up to its limits. A
// cloud's autoscaler and the Cluster Autoscaler know bounds of their own.
func (s *Snapshot) MoreNodes() Presence {
	if _, _, found := s.ClusterAutoscaler(); found {
		return Unseen
	}
	_, presence := s.NodeAutoscaler()
	return presence
}

// AcceleratedPods is how many pods of one replica ask for the devices that
// Accelerators counts: all of a group, but for a leader or workers of another
// kind.
func (w *Workload) AcceleratedPods() int64 {
	c := As[LeaderWorkerSetContent](w.Object)
	if c == nil || c.Spec.LeaderWorkerTemplate.LeaderTemplate == nil {
		return int64(max(w.PodsPerReplica, 1))
	}
	var pods int64
	for template, count := range map[*corev1.PodTemplateSpec]int32{
		c.Spec.LeaderWorkerTemplate.LeaderTemplate: 1, &c.Spec.LeaderWorkerTemplate.WorkerTemplate: w.PodsPerReplica - 1,
	} {
		if slices.Equal(accelerators(&Workload{Template: template}), w.Accelerators) {
			pods += int64(count)
		}
	}
	return pods
}
