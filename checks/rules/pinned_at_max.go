package rules

import (
	"fmt"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: Kubernetes, horizontal.go: ScalingLimited is True with reason
// TooManyReplicas while the metrics ask for more than maxReplicas.
var pinnedAtMax = &checks.Check{
	ID:       "pinned-at-max",
	Severity: checks.Warning,
	Section:  checks.Policy,
	Doc: checks.Doc{
		Title:  "The autoscaler has been at its maximum for long, and its metrics ask for more",
		Why:    "At the maximum the autoscaler has nothing left to give: what comes on top waits in the queue, and latency grows until clients give up. Over half an hour this is no peak but the usual load.",
		Remedy: "Raise the maximum if there are accelerators for it, give each replica more to do (its target may be too low), or shed load in front.",
		Ignore: "The maximum is a budget that was chosen, and waiting is accepted.",
		Sources: []string{
			"https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/podautoscaler/horizontal.go",
			"https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale-walkthrough/#appendix-horizontal-pod-autoscaler-status-conditions",
		},
	},
	Needs:    checks.Needs{Kinds: checks.Autoscalers(), Sharpens: checks.Only(inventory.Pod), Live: true},
	CausedBy: []string{"min-equals-max", "max-exceeds-gpu-capacity", "quota-caps-scale-up"},
	Params: []checks.Param{{
		Name: "patienceMinutes", Value: 30, Min: 0, Max: 1440,
		Doc: "how long the maximum may be reached: longer than a usual peak",
	}},
	Run: func(pass *checks.Pass) {
		for _, a := range pass.Autoscalers() {
			hpa := pass.HPAOf(a)
			if hpa == nil || a.Max <= a.Min || hpa.Status.CurrentReplicas < a.Max || pinnedWaits(pass, a) {
				continue
			}
			for _, c := range pass.Conditions(a) {
				if c.Type == "ScalingLimited" && c.Status == "True" && c.Reason == "TooManyReplicas" {
					c.Since = inventory.LimitedSince(hpa, c)
					pinnedFinding(pass, a, c, inventory.HighestUse(hpa))
				}
			}
		}
	},
}

// pinnedWaits: replicas that wait for a node explain the load on the others.
func pinnedWaits(pass *checks.Pass, a *inventory.Autoscaler) bool {
	if a.Workload == nil {
		return false
	}
	ready, all := pass.ReadyPods(a.Workload)
	return ready < all
}

func pinnedFinding(pass *checks.Pass, a *inventory.Autoscaler, c inventory.Condition, use float64) {
	patience := time.Duration(pass.Param("patienceMinutes") * float64(time.Minute))
	since := pass.Now.Sub(c.Since)
	if c.Since.IsZero() || since < patience {
		return
	}
	message := fmt.Sprintf("at %s for %s, and the metrics ask for more", a.MaxText(), since.Round(time.Minute))
	if use > 1 {
		message += fmt.Sprintf(": the highest is at %.0f %% of its target", 100*use)
	}
	pass.Report(checks.Finding{
		At: a.Object.At(a.MaxPath...), Workload: a.Workload, Message: message,
		Evidence: []checks.Evidence{{Path: c.Of.Short() + " status.conditions", Value: c.String(), Basis: checks.Observed}},
	})
}
