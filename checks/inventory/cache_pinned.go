package inventory

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Pinned is a claim whose volume can only be had on a part of the nodes that
// could take the pods.
type Pinned struct {
	Claim Claim
	// Nodes could take a pod, of which Within have the volume.
	Nodes, Within int
	Where         string // the label and values that the volume is bound to
}

// PinnedClaims returns the shared claims of a workload whose volume keeps pods
// away from nodes with their accelerators. Of volumes that were not seen, and
// without nodes in sight, nothing is told.
func (s *Snapshot) PinnedClaims(w *Workload) []Pinned {
	nodes := slices.DeleteFunc(slices.Clone(s.NodesFor(w)), func(node *corev1.Node) bool {
		return slices.ContainsFunc(w.Accelerators, func(a Accelerator) bool { return devicesOf(node, a.Resource) < a.Count })
	})
	if len(nodes) == 0 {
		return nil
	}
	var all []Pinned
	for _, claim := range s.Claims(w) {
		o, _ := s.Find(Ref{Kind: PersistentVolume.String(), Name: claim.VolumeName})
		pv := As[corev1.PersistentVolume](o)
		if pv == nil || pv.Spec.NodeAffinity == nil || pv.Spec.NodeAffinity.Required == nil {
			continue
		}
		terms := pv.Spec.NodeAffinity.Required.NodeSelectorTerms
		p := Pinned{Claim: claim, Nodes: len(nodes), Where: whereBound(terms)}
		for _, node := range nodes {
			if slices.ContainsFunc(terms, func(term corev1.NodeSelectorTerm) bool { return termTakes(term, node) }) {
				p.Within++
			}
		}
		if p.Within < p.Nodes {
			all = append(all, p)
		}
	}
	return all
}

// whereBound words the first label that a volume's affinity asks for, with the
// values that any of its terms takes.
func whereBound(terms []corev1.NodeSelectorTerm) string {
	key := ""
	var values []string
	for _, term := range terms {
		for _, r := range term.MatchExpressions {
			if r.Operator != corev1.NodeSelectorOpIn || key != "" && r.Key != key {
				continue
			}
			key, values = r.Key, append(values, r.Values...)
		}
	}
	if key == "" {
		return "some nodes"
	}
	return key + " " + strings.Join(values, ", ")
}
