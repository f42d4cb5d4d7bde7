package inventory

import (
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// Growth says whether a node is added for one more pod of a workload, as far as
// that shows in the cluster.
type Growth struct {
	// Presence is Present where By may add one, Absent where nothing does, and
	// Unseen where nobody can tell.
	Presence Presence
	By       string
	// Spent is the limit that keeps By, a NodePool that takes such pods, from
	// adding one: "8 of 8 nvidia.com/gpu". Empty for none; no other pool helps then.
	Spent string
}

// String goes on from what is said of the nodes that there are.
func (g Growth) String() string {
	switch {
	case g.Spent != "":
		return fmt.Sprintf("; %s may add none, it holds %s", g.By, g.Spent)
	case g.Presence == Present:
		return "; " + g.By + " may add a node"
	}
	return ""
}

// GrowthFor looks at Karpenter's pools that could take the pods, then at what
// else adds nodes.
func (s *Snapshot) GrowthFor(w *Workload) Growth {
	s.read(NodePool, Deployment, Node)
	var full Growth
	for _, p := range s.PoolsFor(w) {
		if p.Spec.Replicas != nil {
			continue
		}
		spent := p.spent(w)
		if spent == "" {
			return Growth{Presence: Present, By: p.Object.Short()}
		}
		if full.Spent == "" {
			full = Growth{Presence: Absent, By: p.Object.Short(), Spent: spent}
		}
	}
	name, presence := s.autoscalerBesidePools()
	if full.Spent != "" && presence != Present {
		return full
	}
	return Growth{Presence: presence, By: name}
}

// everyNodeHas are resources of which a node takes some off the limit whatever
// it was made for.
var everyNodeHas = map[corev1.ResourceName]bool{
	corev1.ResourceCPU: true, corev1.ResourceMemory: true, corev1.ResourcePods: true, corev1.ResourceEphemeralStorage: true, "nodes": true,
}

// spent names a limit of the pool that leaves no room for a node with what a pod
// asks for, by what Karpenter says that the pool holds. Karpenter orders whole
// nodes: it may stop earlier.
func (p Pool) spent(w *Workload) string {
	for _, name := range slices.Sorted(maps.Keys(p.Spec.Limits)) {
		most := p.Spec.Limits[name]
		used, told := p.Status.Resources[name]
		left := most.DeepCopy()
		left.Sub(used)
		need := resource.Quantity{}
		for _, a := range w.Accelerators {
			if a.Resource == string(name) {
				need.Set(a.Count)
			}
		}
		short := left.Cmp(need) < 0 || everyNodeHas[name] && left.Sign() <= 0
		if told && short {
			return fmt.Sprintf("%s of %s %s", used.String(), most.String(), name)
		}
	}
	return ""
}
