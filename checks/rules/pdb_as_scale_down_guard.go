package rules

import (
	"fmt"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: Kubernetes documentation, Disruptions: budgets are asked by the
// Eviction API; a controller that deletes pods, as for a smaller count, is not.
var pdbAsScaleDownGuard = &checks.Check{
	ID:       "pdb-as-scale-down-guard",
	Severity: checks.Info,
	Section:  checks.Disruption,
	Doc: checks.Doc{
		Title:  "A PodDisruptionBudget does not slow scaling down",
		Why:    "A budget limits evictions: drains, node upgrades, node autoscalers. When an autoscaler lowers the count, the workload's controller deletes pods, and no budget is asked; a rollout does the same. A fleet with a strict budget and no scaleDown policy still loses all its surplus replicas in one step.",
		Remedy: "Keep the budget for drains, and write a scaleDown policy for the pace of the autoscaler.",
		Ignore: "Nobody counts on the budget when the fleet shrinks.",
		Sources: []string{
			"https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-budgets",
			"https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/",
		},
	},
	Needs:    checks.Needs{Kinds: checks.Kinds(checks.Autoscalers(), checks.Only(inventory.PodDisruptionBudget))},
	CausedBy: []string{"scale-down-unthrottled"},
	Run: func(pass *checks.Pass) {
		for _, a := range pass.Autoscalers() {
			taken := a.Unthrottled()
			if a.Workload == nil || taken == 0 {
				continue
			}
			for _, budget := range pass.Budgets(a.Workload) {
				field, value := budget.Limit()
				if field == "" {
					continue // it limits nothing, in no case
				}
				pass.Report(checks.Finding{
					At: budget.Object.At("spec", field), Workload: a.Workload,
					Message: fmt.Sprintf("%s %s of %s holds evictions back, not %s, which may take %d of %d replicas in one step", field, value, budget.Object.Short(), a.Object.Short(), taken, a.Max),
					Evidence: []checks.Evidence{
						{Path: "spec." + field, Value: value, Basis: checks.Observed},
						{Path: a.Object.Short() + " " + a.ScaleDown().Path.String(), Value: fmt.Sprintf("%d of %d replicas in one step", taken, a.Max), Basis: checks.Derived},
					},
				})
			}
		}
	},
}
