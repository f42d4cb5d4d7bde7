package rules

import (
	"fmt"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: Kubernetes, pkg/controller/disruption/disruption.go: allowed are the
// healthy pods above minAvailable, or above the expected ones less
// maxUnavailable; percentages round up.
var pdbBlocksEveryDrain = &checks.Check{
	ID:       "pdb-blocks-every-drain",
	Severity: checks.Error,
	Section:  checks.Disruption,
	Doc: checks.Doc{
		Title:  "The PodDisruptionBudget leaves no pod to evict",
		Why:    "A budget that leaves no pod to spare refuses every eviction, even with all replicas healthy. kubectl drain then waits for ever, node upgrades stop or fall back to killing pods, and the node autoscaler keeps idle GPU nodes.",
		Remedy: "Write maxUnavailable: 1 instead of minAvailable, and run two replicas where losing one must not interrupt service.",
		Ignore: "It is meant: somebody moves these pods by hand before a node is drained.",
		Sources: []string{
			"https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/disruption/disruption.go",
			"https://kubernetes.io/docs/tasks/run-application/configure-pdb/",
			"https://github.com/kubernetes/kubernetes/issues/48307",
		},
	},
	Needs: checks.Needs{Kinds: checks.Kinds(checks.Workloads(), checks.Only(inventory.PodDisruptionBudget)), Sharpens: inventory.AutoscalerKinds()},
	Run: func(pass *checks.Pass) {
		for _, budget := range pass.AllBudgets() {
			covered := pass.Covered(budget)
			if len(covered.Workloads) > 0 && covered.Most > 0 {
				judgeBudget(pass, budget, covered)
			}
		}
	},
}

func judgeBudget(pass *checks.Pass, budget inventory.Budget, covered inventory.Coverage) {
	when := whenBlocked(pass, budget, covered)
	if when == "" {
		return
	}
	names := covered.Workloads[0].Ref().Short()
	if more := len(covered.Workloads) - 1; more > 0 {
		names += fmt.Sprintf(" and %d more", more)
	}
	field, value := budget.Limit()
	severity := checks.Error
	if spares, ok := budget.Spares(covered.Most); ok && spares > 0 && covered.Known {
		severity = checks.Warning // with more load it lets one go
	}
	pass.Report(checks.Finding{
		Severity: severity, At: budget.Object.At("spec", field), Workload: covered.Workloads[0],
		Message:  fmt.Sprintf("%s: %s lets no pod of %s be evicted %s", field, value, names, when),
		Evidence: []checks.Evidence{{Path: "spec." + field, Value: value, Basis: checks.Observed}},
		Fix:      budgetFix(budget, covered),
	})
}

// whenBlocked says when the budget has no pod to spare; empty for never.
func whenBlocked(pass *checks.Pass, budget inventory.Budget, covered inventory.Coverage) string {
	spares, ok := budget.Spares(covered.Fewest)
	switch {
	case !ok:
		return ""
	case budget.SparesNone():
		return "at any number of replicas"
	case covered.Known && spares == 0 && covered.Scaled:
		return "at the minimum of " + inventory.Count(covered.Fewest, "pod")
	case covered.Known && spares == 0:
		return "with " + inventory.Count(covered.Fewest, "pod") + " in all"
	case pass.IsLive() && budget.Stuck():
		return fmt.Sprintf("now, with all %d of them healthy", budget.Status.ExpectedPods)
	}
	return ""
}

// budgetFix lets one pod go at a time. Where only one runs that is the whole
// service, which is for its owner to decide.
func budgetFix(budget inventory.Budget, covered inventory.Coverage) *checks.Fix {
	fix := &checks.Fix{Title: "let one pod be evicted at a time", Safety: checks.Safe, Object: budget.Object}
	if _, generated := budget.Object.Controller(); generated {
		fix.Safety = checks.Manual
		return fix
	}
	if !covered.Known || covered.Fewest < 2 {
		fix.Safety = checks.Unsafe
	}
	fix.Edits = []checks.Edit{checks.Set(1, "spec", "maxUnavailable")}
	if field, _ := budget.Limit(); field == "minAvailable" {
		fix.Edits = append(fix.Edits, checks.Remove("spec", field))
	}
	return fix
}
