package rules

import (
	"fmt"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: Kubernetes, horizontal.go, computeReplicasForMetrics: with one invalid
// metric the largest valid proposal counts, unless it is below the replicas.
var oneMetricDownBlocksScaleIn = &checks.Check{
	ID:       "one-metric-down-blocks-scale-in",
	Severity: checks.Warning,
	Section:  checks.MetricPath,
	Doc: checks.Doc{
		Title:  "One metric without a value keeps replicas that the others would take away",
		Why:    "An HPA with several metrics scales up by those that have a value, but it never scales down while one of them has none: that one might have asked for more. A metric that is gone for good holds the fleet at its highest count, and idle accelerators are paid for.",
		Remedy: "Bring the metric back, or take it out of the autoscaler.",
		Ignore: "The metric is missing for minutes only, as when its server restarts.",
		Sources: []string{
			"https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/podautoscaler/horizontal.go",
			"https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#scaling-on-multiple-metrics",
		},
	},
	Needs:    checks.Needs{Kinds: checks.Autoscalers(), Live: true},
	CausedBy: []string{"hpa-metric-failing"},
	Params: []checks.Param{{
		Name: "patienceMinutes", Value: 10, Min: 0, Max: 1440,
		Doc: "how long a scale-down may be held back: longer than a metrics server takes to restart",
	}},
	Run: func(pass *checks.Pass) {
		for _, a := range pass.Autoscalers() {
			if hpa := pass.HPAOf(a); hpa != nil && blockedLong(pass, a) {
				blockedFinding(pass, a, hpa.Status.CurrentReplicas, a.FailingMetrics(hpa), inventory.HighestUse(hpa))
			}
		}
	},
}

// blockedLong: the controller says ScalingActive=False when it held back, and
// True when a value came at the last sync or nothing was to be taken away.
func blockedLong(pass *checks.Pass, a *inventory.Autoscaler) bool {
	active, said := pass.ScalingActive(a)
	patience := time.Duration(pass.Param("patienceMinutes") * float64(time.Minute))
	return !said || active.Status == "False" && pass.Now.Sub(active.Since) >= patience
}

// blockedFinding reports only where every metric that has a value is below its
// target by more than the controller's tolerance.
func blockedFinding(pass *checks.Pass, a *inventory.Autoscaler, replicas int32, failing []inventory.Path, use float64) {
	const tolerated = 0.9 // --horizontal-pod-autoscaler-tolerance is 0.1
	if len(failing) == 0 || use < 0 || use >= tolerated || replicas <= a.Floor() {
		return
	}
	at := failing[0]
	message := fmt.Sprintf("a metric without a value holds %d replicas: the others are at %.0f %% of their targets at most", replicas, 100*use)
	if w := a.Workload; w != nil && w.GPUs() > 0 {
		message += fmt.Sprintf(", and every replica has %d accelerators", w.GPUs())
	}
	pass.Report(checks.Finding{
		At: a.Object.At(at...), Workload: a.Workload, Message: message,
		Evidence: []checks.Evidence{
			{Path: "status.currentMetrics", Value: fmt.Sprintf("no value for %s", at), Basis: checks.Observed},
			{Path: "status.currentReplicas", Value: fmt.Sprint(replicas), Basis: checks.Observed},
		},
	})
}
