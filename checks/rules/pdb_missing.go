package rules

import (
	"fmt"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: Kubernetes, an eviction that no budget covers is granted at once
// (pkg/registry/core/pod/storage/eviction.go).
var pdbMissing = &checks.Check{
	ID:       "pdb-missing",
	Severity: checks.Warning,
	Section:  checks.Disruption,
	Doc: checks.Doc{
		Title:  "No PodDisruptionBudget covers a workload of several replicas",
		Why:    "kubectl drain, node upgrades and node autoscalers ask the Eviction API, which grants whatever no budget forbids. Draining two nodes at a time, or one that holds several replicas, takes all of them away at once, and each needs a whole model load to come back.",
		Remedy: "Add a PodDisruptionBudget with maxUnavailable: 1 and the selector of the workload. It keeps its meaning when an autoscaler changes the count; minAvailable does not.",
		Ignore: "Losing all replicas at once is acceptable, as for batch inference.",
		Sources: []string{
			"https://kubernetes.io/docs/concepts/workloads/pods/disruptions/",
			"https://github.com/kubernetes/kubernetes/blob/master/pkg/registry/core/pod/storage/eviction.go",
		},
	},
	Needs:    checks.Needs{Kinds: checks.Kinds(checks.Autoscalers(), checks.Only(inventory.PodDisruptionBudget)), Sharpens: checks.Only(inventory.PodAutoscaler)},
	CausedBy: []string{"pdb-selects-nothing-or-overlaps"},
	Run: func(pass *checks.Pass) {
		for _, w := range pass.Workloads() {
			bounds := pass.Bounds(w)
			if w.Object.Fragment || !bounds.Known || bounds.Min < 2 || !pass.Saw(inventory.PodDisruptionBudget, w.Object.Namespace) || missingBudgetInDoubt(pass, w) || w.PodsPerReplica <= 1 && w.NodesOfEngine() {
				continue
			}
			pass.Report(checks.Finding{
				At: w.Owner.At("metadata", "name"), Workload: w,
				Message: fmt.Sprintf("no PodDisruptionBudget selects the pods of %s, of which there are at least %d: drains may take all of them before one has loaded the model again", w.Ref().Short(), bounds.Min*w.PodsPerReplica),
				Evidence: []checks.Evidence{
					{Path: "PodDisruptionBudget", Value: "absent", Basis: checks.Observed},
					{Path: "replicas", Value: fmt.Sprintf("at least %d", bounds.Min), Basis: checks.Derived},
				},
				Fix: missingBudgetFix(pass, w),
			})
		}
	},
}

// missingBudgetInDoubt says whether a budget may cover the pods after all: one
// that does, one whose selector waits for labels that only an operator knows,
// or a patch of one. An operator's manifest may bring its own budget.
func missingBudgetInDoubt(pass *checks.Pass, w *inventory.Workload) bool {
	for _, other := range pass.OtherScalers() { // it decides how many there are
		if other.Namespace == w.Object.Namespace && !pass.Bounds(w).Scaled {
			return true
		}
	}
	for _, set := range inventory.PodSetsOf(w) {
		if set.Open {
			return true
		}
		for _, budget := range pass.BudgetsBeside(w.Object.Namespace) {
			elsewhere := budget.Object.Namespace != w.Object.Namespace
			if budget.Patch() || elsewhere || budget.Covers(set) != inventory.CoversNone {
				return true
			}
		}
	}
	return false
}

// missingBudgetFix counts groups by their leaders: one pod of a group is the whole.
func missingBudgetFix(pass *checks.Pass, w *inventory.Workload) *checks.Fix {
	title := "add a PodDisruptionBudget with maxUnavailable: 1"
	if w.PodsPerReplica > 1 {
		title += " on the leaders alone"
	}
	fix := &checks.Fix{Title: title, Safety: checks.Manual, Object: w.Owner}
	if budget := checks.NewBudget(pass.Snapshot, w); budget != nil {
		fix.Safety, fix.New = checks.Safe, budget
	}
	return fix
}
