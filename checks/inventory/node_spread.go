package inventory

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// Spread is where the Ready pods of a workload run, and where else they could.
type Spread struct {
	Pods int32
	// Nodes and Zones count the places of the pods. A zone is not known where a
	// node does not name it: then Zones is 0.
	Nodes, Zones int
	Node, Zone   string // the place of the first pod
	// OtherNodes counts further nodes that could take a pod if they were empty,
	// FreeNodes those that have room for one as far as the listed pods tell, and
	// FreeZones the nodes among them that stand in another zone. They are counted
	// where the pods share a node or a zone; in the second case only those of other
	// zones are.
	OtherNodes, FreeNodes, FreeZones int
}

// SpreadOf counts the places of a workload's Ready pods. Pods whose node was not
// listed count by the node's name.
func (s *Snapshot) SpreadOf(w *Workload) Spread {
	var spread Spread
	zones, nodes, zoneOf := map[string]bool{}, map[string]bool{}, map[string]string{}
	for _, o := range s.List(Node) {
		zoneOf[o.Name] = o.Meta.Labels[corev1.LabelTopologyZone]
	}
	for _, pod := range s.Pods(w) {
		if _, ready := readySince(pod); !ready || pod.DeletionTimestamp != nil || pod.Spec.NodeName == "" {
			continue
		}
		if spread.Pods++; spread.Pods == 1 {
			spread.Node, spread.Zone = pod.Spec.NodeName, zoneOf[pod.Spec.NodeName]
		}
		nodes[pod.Spec.NodeName], zones[zoneOf[pod.Spec.NodeName]] = true, true
	}
	spread.Nodes, spread.Zones = len(nodes), len(zones)
	if zones[""] {
		spread.Zones = 0
	}
	if spread.Nodes != 1 && spread.Zones != 1 {
		return spread
	}
	run := s.AsRun(w)
	for _, node := range s.NodesFor(run) {
		if nodes[node.Name] || run.outgrows(node) != "" {
			continue
		}
		zone := zoneOf[node.Name]
		if spread.Nodes > 1 && (zone == "" || zones[zone]) {
			continue
		}
		spread.OtherNodes++
		full := slices.ContainsFunc(run.Accelerators, func(a Accelerator) bool {
			return devicesOf(node, a.Resource)-s.taken(node.Name, a.Resource) < a.Count
		})
		if full {
			continue
		}
		spread.FreeNodes++
		if zone != "" && !zones[zone] {
			spread.FreeZones++
		}
	}
	return spread
}

// Spreads says whether the template asks the scheduler to keep the pods apart by
// a topology label, be it only if possible.
func (w *Workload) Spreads(topology string) bool {
	if w.Template == nil {
		return false
	}
	for _, c := range w.Template.Spec.TopologySpreadConstraints {
		if c.TopologyKey == topology {
			return true
		}
	}
	for _, term := range w.antiAffinity() {
		if term.TopologyKey == topology {
			return true
		}
	}
	return false
}

// KeepsApart says whether no two pods of the workload may run in one place of a
// topology: a required anti-affinity that selects the pods themselves.
func (w *Workload) KeepsApart(topology string) bool {
	if w.Template == nil || w.Template.Spec.Affinity == nil || w.Template.Spec.Affinity.PodAntiAffinity == nil {
		return false
	}
	for _, term := range w.Template.Spec.Affinity.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution {
		elsewhere := len(term.Namespaces) > 0 || term.NamespaceSelector != nil || len(term.MatchLabelKeys)+len(term.MismatchLabelKeys) > 0
		if term.TopologyKey == topology && !elsewhere && Selects(term.LabelSelector, labels.Set(w.PodLabels())) {
			return true
		}
	}
	return false
}

// antiAffinity lists the terms of both kinds.
func (w *Workload) antiAffinity() []corev1.PodAffinityTerm {
	if w.Template.Spec.Affinity == nil || w.Template.Spec.Affinity.PodAntiAffinity == nil {
		return nil
	}
	anti := w.Template.Spec.Affinity.PodAntiAffinity
	all := append([]corev1.PodAffinityTerm{}, anti.RequiredDuringSchedulingIgnoredDuringExecution...)
	for _, p := range anti.PreferredDuringSchedulingIgnoredDuringExecution {
		all = append(all, p.PodAffinityTerm)
	}
	return all
}

// AnyReady says whether a pod of the workload is Ready: whatever its template
// says, it works.
func (s *Snapshot) AnyReady(w *Workload) bool {
	for _, pod := range s.Pods(w) {
		if _, ready := readySince(pod); ready {
			return true
		}
	}
	return false
}
