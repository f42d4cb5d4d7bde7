package inventory

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// NodesUnder returns the nodes that pods of the workload run on, by name.
func (s *Snapshot) NodesUnder(w *Workload) []*corev1.Node {
	under := map[string]bool{}
	for _, pod := range s.Pods(w) {
		under[pod.Spec.NodeName] = true
	}
	var all []*corev1.Node
	for _, o := range s.List(Node) {
		if node := As[corev1.Node](o); node != nil && under[node.Name] {
			all = append(all, node)
		}
	}
	return all
}

// AsRun is the workload with the spec of one of its pods in the template's
// place, as admission has completed it: managed clusters add tolerations. It is
// the workload itself where no pod is there.
func (s *Snapshot) AsRun(w *Workload) *Workload {
	pods := s.Pods(w)
	if len(pods) == 0 || w.Template == nil {
		return w
	}
	run, template := *w, *w.Template
	template.Spec = pods[0].Spec
	template.Spec.NodeName = w.Template.Spec.NodeName
	run.Template = &template
	return &run
}

// virtual says whether a node is no machine: what it offers tells nothing about
// how much can run there.
func virtual(node *corev1.Node) bool {
	return node.Labels["type"] == "virtual-kubelet" || node.Labels["eks.amazonaws.com/compute-type"] == "fargate" ||
		strings.HasPrefix(node.Name, "gk3-") // GKE Autopilot's nodes come as pods ask for them
}

// devicesOf is how many of a device a node has. Capacity stands in while a
// device plugin starts or reports some as sick.
func devicesOf(node *corev1.Node, device string) int64 {
	name := corev1.ResourceName(device)
	allocatable, capacity := node.Status.Allocatable[name], node.Status.Capacity[name]
	return max(allocatable.Value(), capacity.Value())
}

// Obstacles says of how many nodes each reason keeps the workload's pods away
// for good, most nodes first: selectors, taints, and requests that are more than
// the whole node has. Cordoned nodes count like others. Fitting is how many
// nodes nothing keeps them from; virtual ones are always possible.
func (s *Snapshot) Obstacles(w *Workload) (all []Obstacle, fitting int) {
	count := map[string]int{}
	for _, o := range s.List(Node) {
		node := As[corev1.Node](o)
		if node == nil || w.Template == nil {
			continue
		}
		why := w.misfit(node)
		if why == "" {
			why = w.outgrows(node)
		}
		if why == "" || virtual(node) {
			fitting++
			continue
		}
		count[why]++
	}
	for _, why := range slices.Sorted(maps.Keys(count)) {
		all = append(all, Obstacle{why, count[why]})
	}
	slices.SortStableFunc(all, func(a, b Obstacle) int { return cmp.Compare(b.Nodes, a.Nodes) })
	return all, fitting
}

// Obstacle is a reason for which nodes cannot take a pod: "without the label
// pool=gpu", "with 4 nvidia.com/gpu for a pod of 8".
type Obstacle struct {
	Why   string
	Nodes int
}

// String counts the nodes: "3 without the label pool=gpu".
func (o Obstacle) String() string { return strconv.Itoa(o.Nodes) + " " + o.Why }

// outgrows says which request of one pod is more than the node has.
func (w *Workload) outgrows(node *corev1.Node) string {
	for _, a := range w.Accelerators {
		if devices := devicesOf(node, a.Resource); a.Resource != "" && devices < a.Count {
			if devices == 0 {
				return "without " + a.Resource
			}
			return fmt.Sprintf("with %d %s for a pod of %d", devices, a.Resource, a.Count)
		}
	}
	for _, name := range [...]corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceEphemeralStorage} {
		has, known := node.Status.Allocatable[name]
		if wants := PodRequest(&w.Template.Spec, name); known && wants.Cmp(has) > 0 {
			return "with " + has.String() + " of " + string(name) + " for a pod of " + wants.String()
		}
	}
	return ""
}

// PodRequest adds up what a pod requests of a resource: the sum over its
// containers and sidecars, or the most that one init container wants if that is
// more. A limit stands in for a request that is not written.
func PodRequest(spec *corev1.PodSpec, name corev1.ResourceName) resource.Quantity {
	return podAmount(spec, func(c *corev1.Container) resource.Quantity {
		if q, written := c.Resources.Requests[name]; written {
			return q
		}
		return c.Resources.Limits[name]
	})
}

// PodLimit adds up what a pod's limits allow of a resource.
func PodLimit(spec *corev1.PodSpec, name corev1.ResourceName) resource.Quantity {
	return podAmount(spec, func(c *corev1.Container) resource.Quantity { return c.Resources.Limits[name] })
}

func podAmount(spec *corev1.PodSpec, of func(*corev1.Container) resource.Quantity) resource.Quantity {
	var total, peak resource.Quantity
	for i := range spec.Containers {
		total.Add(of(&spec.Containers[i]))
	}
	for i := range spec.InitContainers {
		c := &spec.InitContainers[i]
		amount := of(c)
		switch {
		case isSidecar(c):
			total.Add(amount)
		case amount.Cmp(peak) > 0:
			peak = amount
		}
	}
	if peak.Cmp(total) > 0 {
		return peak
	}
	return total
}
