package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: Kubernetes, pkg/controller/podautoscaler/horizontal.go: without a
// value the replicas stay; KEDA, pkg/scaling/executor/scale_scaledobjects.go.
var hpaMetricFailing = &checks.Check{
	ID:       "hpa-metric-failing",
	Severity: checks.Error,
	Section:  checks.MetricPath,
	Doc: checks.Doc{
		Title:  "The autoscaler gets no value for its metric, and stands still",
		Why:    "Without a value the HPA controller leaves the replicas as they are: a queue that grows adds nobody, and idle accelerators are kept. KEDA with a fallback asks for a fixed number instead. Nothing but a condition in the status says so.",
		Remedy: "Follow the number from the engine to the autoscaler: is the pod's /metrics there, does Prometheus scrape it, does the query or the adapter's rule find it, does the metrics API answer.",
		Ignore: "The first pods are still loading, so there is nothing to measure yet.",
		Sources: []string{
			"https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/podautoscaler/horizontal.go",
			"https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale-walkthrough/#appendix-horizontal-pod-autoscaler-status-conditions",
			"https://github.com/kedacore/keda/blob/main/pkg/scaling/executor/scale_scaledobjects.go",
		},
	},
	Needs:    checks.Needs{Kinds: checks.Autoscalers(), Sharpens: checks.Only(inventory.Pod), Live: true},
	CausedBy: []string{"metric-name-spelling", "keda-query-many-series", "keda-trigger-refused", "two-autoscalers-one-target", "scale-target-broken", "metric-retired-in-version", "metric-of-another-engine", "engine-metrics-off", "monitor-selects-nothing", "monitor-not-selected", "metrics-api-missing-or-stolen", "dcgm-label-shadowed", "schedule-broken"},
	Params: []checks.Param{{
		Name: "patienceMinutes", Value: 3, Min: 0, Max: 1440,
		Doc: "how long a value may be missing: a dozen syncs of the HPA controller, and time for the first scrape",
	}},
	Run: func(pass *checks.Pass) {
		for _, a := range pass.Autoscalers() {
			if age, known := a.Object.Age(pass.Now); known && age < failingPatience(pass) || !failingServed(pass, a) {
				continue
			}
			active, _ := pass.ScalingActive(a)
			if active.Status == "False" && pass.Now.Sub(active.Since) < failingPatience(pass) {
				continue // KEDA does not say since when
			}
			for _, c := range pass.Conditions(a) {
				if failing(c, active) && (c.Since.IsZero() || pass.Now.Sub(c.Since) >= failingPatience(pass)) {
					failingFinding(pass, a, c, active)
					break // the HPA's condition says the same as the ScaledObject's
				}
			}
		}
	},
}

func failingPatience(pass *checks.Pass) time.Duration {
	return time.Duration(pass.Param("patienceMinutes") * float64(time.Minute))
}

// failingServed: pods that are still loading, or not scraped yet, have nothing to
// tell. The condition's own time misses a fleet that KEDA has just woken: it was
// False before, for ScalingDisabled. A ScaledObject that KEDA makes no HPA of
// waits for no pod.
func failingServed(pass *checks.Pass, a *inventory.Autoscaler) bool {
	if _, refused := pass.RefusedByKEDA(a); refused || a.Workload == nil {
		return true
	}
	since, serves := pass.ServingSince(a.Workload)
	return serves && pass.Now.Sub(since) >= failingPatience(pass) || len(pass.Pods(a.Workload)) == 0
}

// failing leaves out what is well: at zero replicas the HPA is off
// (ScalingDisabled), and there KEDA's condition Fallback may be an old one.
func failing(c, active inventory.Condition) bool {
	switch c.Type {
	case "ScalingActive":
		return c.Status == "False" && (strings.HasPrefix(c.Reason, "FailedGet") || c.Reason == "InvalidMetricSourceType" || c.Reason == "InvalidSelector")
	case "AbleToScale":
		return c.Status == "False" && slices.Contains([]string{"FailedGetScale", "FailedUpdateScale"}, c.Reason)
	case "Ready":
		return c.Status == "False"
	case "Fallback":
		return c.Status == "True" && active.Status == "True"
	}
	return false
}

func failingFinding(pass *checks.Pass, a *inventory.Autoscaler, c, active inventory.Condition) {
	at := a.MetricsPath()
	if m := a.MetricNamed(c.Message); m != nil {
		at = m.Path
	}
	who := "the HPA controller"
	if c.Of.Kind == inventory.ScaledObject.String() {
		who = "the KEDA operator"
	}
	message := fmt.Sprintf("%s says %s", who, c)
	if !c.Since.IsZero() {
		message += " for " + pass.Now.Sub(c.Since).Round(time.Minute).String()
	}
	if said := c.FirstLine(); said != "" {
		message += ": " + said
	}
	severity := checks.Error
	if active.Status == "True" {
		severity = checks.Warning // the HPA has a value: of a fallback, or of another trigger
	}
	pass.Report(checks.Finding{
		Severity: severity, At: a.Object.At(at...), Workload: a.Workload, Message: message,
		Evidence: []checks.Evidence{{Path: c.Of.Short() + " status.conditions", Value: c.String(), Basis: checks.Observed}},
	})
}
