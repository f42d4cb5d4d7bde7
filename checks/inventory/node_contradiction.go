package inventory

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// Contradiction says why no node of any cluster could take a pod of the
// workload, or a second one: fields of the template that rule each other out.
// Path leads to the field that does.
type Contradiction struct {
	Text string
	Path Path
	// One says that a single pod is possible, and no more.
	One bool
}

// Contradicts looks for it, in the order of how sure it is.
func (w *Workload) Contradicts() (Contradiction, bool) {
	if w.Template == nil {
		return Contradiction{}, false
	}
	spec, at := &w.Template.Spec, w.TemplatePath.Join("spec")
	terms := requiredTerms(spec)
	for _, key := range slices.Sorted(maps.Keys(spec.NodeSelector)) {
		label := map[string]string{key: spec.NodeSelector[key]}
		rulesOut := func(t corev1.NodeSelectorTerm) bool {
			return slices.ContainsFunc(t.MatchExpressions, func(r corev1.NodeSelectorRequirement) bool {
				return r.Key == key && !requirementTakes(r, label)
			})
		}
		if terms != nil && len(terms) == countOf(terms, rulesOut) {
			text := "the node selector wants " + key + "=" + label[key] + ", and the required node affinity rules that out"
			return Contradiction{Text: text, Path: at.Join("nodeSelector", key)}, true
		}
	}
	if !w.KeepsApart(corev1.LabelHostname) {
		return Contradiction{}, false
	}
	apart := at.Join("affinity", "podAntiAffinity")
	switch host := spec.NodeSelector[corev1.LabelHostname]; {
	case spec.NodeName != "":
		return Contradiction{"the pods keep apart by node, and all of them go to " + spec.NodeName, apart, true}, true
	case host != "":
		return Contradiction{"the pods keep apart by node, and all of them go to " + host, apart, true}, true
	case len(terms) == 1 && namesOneHost(terms[0]):
		return Contradiction{"the pods keep apart by node, and the required node affinity names one", apart, true}, true
	}
	if spec.Affinity.PodAffinity != nil {
		for _, term := range spec.Affinity.PodAffinity.RequiredDuringSchedulingIgnoredDuringExecution {
			if term.TopologyKey == corev1.LabelHostname && Selects(term.LabelSelector, w.PodLabels()) {
				return Contradiction{"the pods keep apart by node, and their affinity wants them together on one", apart, true}, true
			}
		}
	}
	return Contradiction{}, false
}

func countOf[T any](list []T, holds func(T) bool) int {
	n := 0
	for _, item := range list {
		if holds(item) {
			n++
		}
	}
	return n
}
