package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: Kubernetes, pkg/registry/core/pod/storage/eviction.go: a pod that two
// budgets select is not evicted at all.
var pdbSelectsNothingOrOverlaps = &checks.Check{
	ID:       "pdb-selects-nothing-or-overlaps",
	Severity: checks.Error,
	Section:  checks.Disruption,
	Doc: checks.Doc{
		Title:  "The PodDisruptionBudget selects no pods, or pods that another one selects",
		Why:    "A budget whose selector matches nothing protects nothing, and nobody is told. When two budgets match the same pod, the Eviction API refuses to evict it for ever, so every drain of its node hangs. An empty selector takes the whole namespace: then several models share one budget, and one that is loading uses up the evictions of the others.",
		Remedy: "Give each workload one budget, with the matchLabels of the workload's own selector.",
		Ignore: "The pods come from somewhere that is not in the input, or one budget for the whole namespace is meant.",
		Sources: []string{
			"https://github.com/kubernetes/kubernetes/blob/master/pkg/registry/core/pod/storage/eviction.go",
			"https://kubernetes.io/docs/tasks/run-application/configure-pdb/#specifying-a-poddisruptionbudget",
		},
	},
	Needs: checks.Needs{Kinds: checks.Kinds(checks.Workloads(), checks.Only(inventory.PodDisruptionBudget))},
	Run: func(pass *checks.Pass) {
		reported := map[string]bool{} // budgets
		for _, w := range pass.Workloads() {
			if !w.Object.Fragment {
				overlappingBudgets(pass, w, reported)
			}
		}
		for _, budget := range pass.AllBudgets() {
			idleBudget(pass, budget)
			if budget.Everything() && !reported[budget.Object.Ref.String()] {
				wholeNamespace(pass, budget)
			}
		}
	},
}

// overlappingBudgets reports the second and later budgets that surely select
// the same pods of a workload, each once.
func overlappingBudgets(pass *checks.Pass, w *inventory.Workload, reported map[string]bool) {
	for _, set := range inventory.PodSetsOf(w) {
		var first *inventory.Object
		for _, budget := range pass.BudgetsIn(w.Object.Namespace) {
			name := budget.Object.Ref.String()
			if budget.Covers(set) != inventory.CoversAll || budget.Object.Apart(w.Object) || first != nil && budget.Object.Apart(first) {
				continue
			}
			if first == nil || reported[name] {
				first = cmp.Or(first, budget.Object)
				continue
			}
			reported[name], reported[first.Ref.String()] = true, true
			pass.Report(checks.Finding{
				At: budget.Object.At("spec", "selector"), Workload: w,
				Message:  fmt.Sprintf("every eviction of a pod of %s is refused, because %s and %s both select it", w.Ref().Short(), first.Ref.Short(), budget.Object.Ref.Short()),
				Evidence: []checks.Evidence{{Path: "spec.selector", Value: budget.SelectorText(), Basis: checks.Observed}, {Path: first.Ref.Short(), Value: "selects the same pods", Basis: checks.Derived}},
				Fix:      &checks.Fix{Title: "keep one of the two budgets", Safety: checks.Manual, Object: budget.Object},
			})
		}
	}
}

// idleBudget reports a budget that selects no pods, if it was meant for an
// inference workload.
func idleBudget(pass *checks.Pass, budget inventory.Budget) {
	w := pass.MeantFor(budget)
	if w == nil {
		return
	}
	finding := checks.Finding{
		At: budget.Object.At("spec", "selector"), Workload: w,
		Message:  fmt.Sprintf("the selector %s matches no pods: those of %s have %s", budget.SelectorText(), w.Ref().Short(), budget.Misses(inventory.PodSetsOf(w)[0])),
		Evidence: []checks.Evidence{{Path: "spec.selector", Value: budget.SelectorText(), Basis: checks.Observed}},
		Fix:      &checks.Fix{Title: "select the workload's pods", Safety: checks.Manual, Object: budget.Object},
	}
	if w.Selector != nil && len(w.Selector.MatchLabels) > 0 && len(w.Selector.MatchExpressions) == 0 {
		wanted := map[string]any{}
		for key, value := range w.Selector.MatchLabels {
			wanted[key] = value
		}
		finding.Fix.Safety = checks.Safe
		finding.Fix.Edits = []checks.Edit{checks.Set(map[string]any{"matchLabels": wanted}, "spec", "selector")}
	}
	pass.Report(finding)
}

// wholeNamespace reports a budget with an empty selector that an inference
// workload shares with others.
func wholeNamespace(pass *checks.Pass, budget inventory.Budget) {
	var w *inventory.Workload
	var others []string
	for _, set := range pass.PodSets(budget.Object.Namespace) {
		if found := pass.WorkloadOf(set.Object.Ref); w == nil && found != nil {
			w = found
		} else if w == nil || w.Object != set.Object {
			others = append(others, set.Object.Short())
		}
	}
	slices.Sort(others)
	if others = slices.Compact(others); w == nil || len(others) == 0 {
		return
	}
	pass.Report(checks.Finding{
		Severity: checks.Warning, At: budget.Object.At("spec", "selector"), Workload: w,
		Message:  fmt.Sprintf("the empty selector takes all pods of the namespace: %s shares one budget with %s", w.Ref().Short(), strings.Join(others, ", ")),
		Evidence: []checks.Evidence{{Path: "spec.selector", Value: "{}", Basis: checks.Observed}},
		Fix:      &checks.Fix{Title: "give each workload a budget of its own", Safety: checks.Manual, Object: budget.Object},
	})
}
