package rules

import (
	"fmt"
	"slices"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: Kubernetes pkg/registry/core/pod/storage/eviction.go: a running pod
// that is not Ready may go when currentHealthy >= desiredHealthy, or when the
// policy is AlwaysAllow.
var pdbUnhealthyPolicy = &checks.Check{
	ID:       "pdb-unhealthy-policy",
	Severity: checks.Info,
	Section:  checks.Disruption,
	Doc: checks.Doc{
		Title:  "Pods that never get Ready may block drains",
		Why:    "By default a PodDisruptionBudget protects broken pods like healthy ones: while fewer pods are healthy than it asks for, a pod that is running and not Ready may not be evicted. A model that does not fit, or a start that a probe keeps interrupting, on two or three replicas then holds up every node upgrade, though nobody is served by these pods.",
		Remedy: "Set unhealthyPodEvictionPolicy: AlwaysAllow. Healthy pods stay protected.",
		Ignore: "A start takes so long that a drain in the middle of it costs more than a drain that waits: AlwaysAllow lets it go on to the pods that are still loading, and lets Karpenter move these to save a node. The check is silent above ten minutes.",
		Sources: []string{
			"https://kubernetes.io/docs/tasks/run-application/configure-pdb/#unhealthy-pod-eviction-policy",
			"https://www.kubernetes.dev/resources/keps/3017/",
		},
	},
	Needs:    checks.Needs{Kinds: checks.Kinds(checks.Workloads(), checks.Only(inventory.PodDisruptionBudget)), Sharpens: checks.Kinds(inventory.AutoscalerKinds(), checks.Only(inventory.Pod))},
	CausedBy: []string{"pdb-blocks-every-drain"},
	Params: checks.LoadParams(
		checks.Param{Name: "slowStartSeconds", Value: 600, Min: 0, Max: 86400, Doc: "starts longer than this are worth the protection of pods that are still loading"},
	),
	Run: func(pass *checks.Pass) {
		yes, known := pass.Holds(inventory.PDBUnhealthyPolicy)
		if known && !yes {
			return
		}
		for _, budget := range pass.AllBudgets() {
			policy := budget.Spec.UnhealthyPodEvictionPolicy
			if policy != nil && *policy != "IfHealthyBudget" {
				continue
			}
			workloads := pass.Covered(budget).Workloads
			slow := slices.ContainsFunc(workloads, func(w *inventory.Workload) bool {
				start, _ := pass.StartTime(w)
				return start.Fast.Seconds() > pass.Param("slowStartSeconds")
			})
			if len(workloads) > 0 && !slow {
				unhealthyReport(pass, budget, workloads[0])
			}
		}
	},
}

func unhealthyReport(pass *checks.Pass, budget inventory.Budget, w *inventory.Workload) {
	const field = "unhealthyPodEvictionPolicy"
	f := checks.Finding{
		At: budget.Object.At("spec", field), Workload: w,
		Message:  fmt.Sprintf("pods of %s that never get Ready may block drains: %s of %s is IfHealthyBudget", w.Ref().Short(), field, budget.Object.Short()),
		Evidence: []checks.Evidence{{Path: "spec." + field, Value: "IfHealthyBudget", Basis: checks.Observed}},
		Fix:      &checks.Fix{Title: "allow the eviction of unhealthy pods", Safety: checks.Manual},
	}
	if budget.Spec.UnhealthyPodEvictionPolicy == nil {
		f.Message += " by default"
		f.Evidence[0].Basis = checks.Assumed
	}
	if _, generated := budget.Object.Controller(); !generated {
		f.Fix.Safety, f.Fix.Object, f.Fix.Edits = checks.Safe, budget.Object, []checks.Edit{checks.Set("AlwaysAllow", "spec", field)}
	}
	pass.Report(f)
}
