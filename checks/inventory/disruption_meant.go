package inventory

import (
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// Misses says what pods have instead of the first label that the selector asks
// for and they lack: "app=vllm", or "no label app".
func (b Budget) Misses(p PodSet) string {
	selector, err := metav1.LabelSelectorAsSelector(b.Spec.Selector)
	if err != nil {
		return ""
	}
	requirements, _ := selector.Requirements()
	for _, r := range requirements {
		if r.Matches(labels.Set(p.Labels)) {
			continue
		}
		if value, has := p.Labels[r.Key()]; has {
			return r.Key() + "=" + value
		}
		return "no label " + r.Key()
	}
	return ""
}

// MeantFor returns the inference workload that a budget was written for which
// takes no pods at all: one that has no other budget, and either carries the
// selector's labels itself instead of on its pods, or whose name the budget's
// takes up. It is nil where the pods may be somebody's whom nobody sees.
func (s *Snapshot) MeantFor(b Budget) *Workload {
	namespace := b.Object.Namespace
	if b.Spec.Selector == nil || b.Patch() || b.Status.ExpectedPods > 0 {
		return nil
	}
	var meant *Workload
	for _, w := range s.Workloads() {
		if w.Object.Namespace == namespace && !w.Object.Fragment && (Selects(b.Spec.Selector, w.Object.Meta.Labels) || b.named(w)) && !s.hasBudget(w) {
			meant = w
			break
		}
	}
	if meant == nil || s.HidesPods(namespace) {
		return nil
	}
	for _, set := range s.PodSets(namespace) {
		if b.Covers(set) != CoversNone {
			return nil
		}
	}
	return meant
}

func (s *Snapshot) hasBudget(w *Workload) bool {
	for _, set := range PodSetsOf(w) {
		for _, b := range s.BudgetsIn(w.Object.Namespace) {
			if b.Covers(set) != CoversNone {
				return true
			}
		}
	}
	return false
}

// commonWords say nothing about whose pods a budget or a monitor is for.
var commonWords = wordSet("pdb budget disruption monitor monitoring metrics servicemonitor podmonitor prometheus scrape sm pod app api server service svc deployment model models llm inference serving engine backend prod production staging dev test default main gpu")

// named says whether the budget is named after the workload.
func (b Budget) named(w *Workload) bool { return namedAfter(w, b.Object.Name, b.Spec.Selector) }

// namedAfter says whether an object's name and the values of its selector hold
// no word that stands for something else than the workload, and one that stands
// for it.
func namedAfter(w *Workload, name string, selector *metav1.LabelSelector) bool {
	words := nameWords(w.Object.Name)
	for _, value := range w.PodLabels() {
		words = append(words, nameWords(value)...)
	}
	asked := nameWords(name)
	for key, value := range selector.MatchLabels {
		if key != "app.kubernetes.io/part-of" && key != "app.kubernetes.io/managed-by" {
			asked = append(asked, nameWords(value)...)
		}
	}
	same := false
	for _, word := range asked {
		switch {
		case commonWords[word]:
		case !slices.Contains(words, word):
			return false
		default:
			same = true
		}
	}
	return same
}

// nameWords splits a name at what separates its words.
func nameWords(name string) []string {
	return strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
}
