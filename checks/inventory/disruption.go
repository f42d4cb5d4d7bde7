package inventory

import (
	"strings"

	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// Covering says which of a PodSet's pods a selector takes.
type Covering uint8

// The answers. Some means that labels decide which are not in the template.
const (
	CoversNone Covering = iota
	CoversSome
	CoversAll
)

// Covers compares a budget's selector with pods. A budget without a selector
// takes none, and an empty selector all of the namespace's.
func (b Budget) Covers(p PodSet) Covering {
	if b.Object.Namespace != p.Object.Namespace || b.Spec.Selector == nil || b.Patch() {
		return CoversNone
	}
	for key, value := range b.Spec.Selector.MatchLabels {
		if has, known := p.Labels[key]; known && has != value {
			return CoversNone // the common case, without the work below
		}
	}
	selector, err := metav1.LabelSelectorAsSelector(b.Spec.Selector)
	if err != nil {
		return CoversNone
	}
	requirements, selectable := selector.Requirements()
	if !selectable {
		return CoversNone
	}
	all := CoversAll
	for _, r := range requirements {
		if _, known := p.Labels[r.Key()]; !known && p.mayCarry(r.Key()) {
			all = CoversSome
			continue
		}
		if !r.Matches(labels.Set(p.Labels)) {
			return CoversNone
		}
	}
	return all
}

// Patch says whether the budget may be a patch of another one: nothing else
// leaves the selector out in a manifest. An old policy/v1beta1 budget with an
// empty selector, which selected nothing, counts as well.
func (b Budget) Patch() bool {
	selector := b.Spec.Selector
	if selector == nil {
		return b.Object.Root() != nil
	}
	return emptySelector(selector) && version(b.Object.APIVersion) == "v1beta1"
}

func emptySelector(s *metav1.LabelSelector) bool {
	return len(s.MatchLabels) == 0 && len(s.MatchExpressions) == 0
}

// AllBudgets returns the PodDisruptionBudgets of all namespaces.
func (s *Snapshot) AllBudgets() []Budget { return budgetsOf(s.List(PodDisruptionBudget)) }

// BudgetsIn returns those of one namespace.
func (s *Snapshot) BudgetsIn(namespace string) []Budget {
	return budgetsOf(s.In(PodDisruptionBudget, namespace))
}

// BudgetsBeside returns those that may end up in a namespace: in manifests
// also the ones that leave theirs out, and for a workload that does, all.
func (s *Snapshot) BudgetsBeside(namespace string) []Budget {
	switch {
	case s.live:
		return s.BudgetsIn(namespace)
	case namespace == "":
		return s.AllBudgets()
	}
	return append(s.BudgetsIn(""), s.BudgetsIn(namespace)...)
}

func budgetsOf(objects []*Object) []Budget {
	all := make([]Budget, 0, len(objects))
	for _, o := range objects {
		if pdb := As[policyv1.PodDisruptionBudget](o); pdb != nil {
			all = append(all, Budget{o, pdb})
		}
	}
	return all
}

// Limit returns the field that the budget is written with, and its value; both
// are empty for neither.
func (b Budget) Limit() (field, value string) {
	switch {
	case b.Spec.MaxUnavailable != nil:
		return "maxUnavailable", b.Spec.MaxUnavailable.String()
	case b.Spec.MinAvailable != nil:
		return "minAvailable", b.Spec.MinAvailable.String()
	}
	return "", ""
}

// Spares is how many of that many healthy pods may be evicted one after the
// other; false when the budget's number cannot be read
// (pkg/controller/disruption/disruption.go).
func (b Budget) Spares(healthy int32) (int32, bool) {
	switch {
	case b.Spec.MaxUnavailable != nil:
		most, ok := ScaledValue(*b.Spec.MaxUnavailable, healthy, true)
		return min(max(most, 0), healthy), ok
	case b.Spec.MinAvailable != nil:
		fewest, ok := ScaledValue(*b.Spec.MinAvailable, healthy, true)
		return max(healthy-fewest, 0), ok
	}
	return 0, false
}

// SparesNone says whether the budget lets no pod go, however many there are.
func (b Budget) SparesNone() bool {
	const many = 100
	spares, ok := b.Spares(many)
	field, value := b.Limit()
	return ok && spares == 0 && (field == "maxUnavailable" || strings.HasSuffix(value, "%"))
}

// Stuck says whether a live budget allows nothing though all of its pods are
// healthy. While pods load, roll out or move, zero is as it should be.
func (b Budget) Stuck() bool {
	s := b.Status
	return s.ExpectedPods > 0 && s.CurrentHealthy >= s.ExpectedPods && s.DisruptionsAllowed == 0 && s.ObservedGeneration >= b.Object.Meta.Generation
}

// Coverage is what a budget covers: inference workloads, and how many pods
// those run.
type Coverage struct {
	// Workloads are those of which it takes all pods of a template.
	Workloads []*Workload
	// Fewest and Most are the pods that it takes at the workloads' bounds. At a
	// minimum of zero the fewest are those of the first replica, before which
	// there is nothing to evict.
	Fewest, Most int32
	// Known is false when it takes other pods as well, or when somebody's
	// bounds are not known.
	Known  bool
	Scaled bool // by an autoscaler
}

// Covered counts what a budget covers.
func (s *Snapshot) Covered(b Budget) Coverage {
	c := Coverage{Known: true}
	if !s.coversInference(b) {
		return c
	}
	first := int32(0)
	for _, set := range s.PodSets(b.Object.Namespace) {
		covers := b.Covers(set)
		if covers == CoversNone {
			continue
		}
		w := s.WorkloadOf(set.Object.Ref)
		if covers == CoversSome || w == nil {
			c.Known = false
			continue
		}
		bounds := s.Bounds(w)
		c.Known, c.Scaled = c.Known && bounds.Known, c.Scaled || bounds.Scaled
		c.Fewest += bounds.Min * set.PerReplica
		c.Most += bounds.Max * set.PerReplica
		if n := len(c.Workloads); n == 0 || c.Workloads[n-1] != w {
			c.Workloads = append(c.Workloads, w)
		}
		if c.Workloads[0] == w {
			first += set.PerReplica
		}
	}
	if c.Fewest == 0 && c.Most > 0 {
		c.Fewest = first
	}
	return c
}

// coversInference spares the other budgets of a namespace the reading of all
// its pods.
func (s *Snapshot) coversInference(b Budget) bool {
	for _, w := range s.Workloads() {
		if w.Object.Namespace != b.Object.Namespace {
			continue
		}
		for _, set := range PodSetsOf(w) {
			if b.Covers(set) == CoversAll {
				return true
			}
		}
	}
	return false
}

// Everything says whether the budget takes all pods of its namespace: that is
// what an empty selector means in policy/v1.
func (b Budget) Everything() bool {
	return b.Spec.Selector != nil && !b.Patch() && emptySelector(b.Spec.Selector)
}

// SelectorText is the selector in kubectl's notation: "app=vllm".
func (b Budget) SelectorText() string { return metav1.FormatLabelSelector(b.Spec.Selector) }
