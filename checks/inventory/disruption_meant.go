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
	words := tellingWords(b.Object.Name, b.Spec.Selector)
	for _, w := range s.Workloads() {
		if w.Object.Namespace == namespace && !w.Object.Fragment && (Selects(b.Spec.Selector, w.Object.Meta.Labels) || s.namedAfter(w, words)) && !s.hasBudget(w) {
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

// namedAfter says whether the words that an object is called by all stand for
// the workload, and there are any.
func (s *Snapshot) namedAfter(w *Workload, asked []string) bool {
	if len(asked) == 0 {
		return false
	}
	type wordsOf struct{ *Workload }
	words := Remember(s, wordsOf{w}, func() []string {
		all := nameWords(w.Object.Name)
		for _, value := range w.PodLabels() {
			all = append(all, nameWords(value)...)
		}
		return all
	})
	return !slices.ContainsFunc(asked, func(word string) bool { return !slices.Contains(words, word) })
}

// tellingWords are those of an object's name and of its selector's values that
// say whose it is.
func tellingWords(name string, selector *metav1.LabelSelector) []string {
	words := nameWords(name)
	for key, value := range selector.MatchLabels {
		if key != "app.kubernetes.io/part-of" && key != "app.kubernetes.io/managed-by" {
			words = append(words, nameWords(value)...)
		}
	}
	return slices.DeleteFunc(words, func(word string) bool { return commonWords[word] })
}

// nameWords splits a name at what separates its words.
func nameWords(name string) []string {
	return strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
}
