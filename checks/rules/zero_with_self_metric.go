package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/promql"
)

// Source: keda pkg/scaling/executor/scale_scaledobjects.go: a workload at zero
// is started when a trigger's value is above its activation threshold, or when
// one fails and there is a fallback; an empty Prometheus answer is 0
// (pkg/scalers/prometheus_scaler.go, ignoreNullValues).
var zeroWithSelfMetric = &checks.Check{
	ID:       "zero-with-self-metric",
	Severity: checks.Error,
	Section:  checks.Schedules,
	Doc: checks.Doc{
		Title:  "Scaled to zero, and only the pods that are gone could wake it",
		Why:    "Every metric of the autoscaler is exported by the pods it scales. At zero replicas the series are gone and read as 0, so nothing ever asks for the first replica. Nothing holds the request either: a Service without endpoints refuses it.",
		Remedy: "Add a trigger that lives outside the pods: a gateway's or router's queue, a message queue, a cron window, KEDA's HTTP add-on. Or keep minReplicaCount at 1.",
		Ignore: "Somebody else starts the first replica.",
		Sources: []string{
			"https://keda.sh/docs/latest/concepts/scaling-deployments/#activating-and-scaling-thresholds",
			"https://github.com/kedacore/keda/discussions/6040",
		},
	},
	Needs: checks.Needs{Kinds: checks.Autoscalers(), Sharpens: checks.Only(inventory.ConfigMap)},
	Run: func(pass *checks.Pass) {
		for _, a := range pass.Autoscalers() {
			lowest, at := a.Lowest()
			readings, ok := promql.Readings(pass.Snapshot, a)
			wakes := func(r promql.Reading) bool { return zeroWakes(pass, a, r) }
			if ok && lowest == 0 && !zeroOtherwise(a) && !slices.ContainsFunc(readings, wakes) {
				pass.Report(zeroFinding(a, readings, at))
			}
		}
	},
}

func zeroFinding(a *inventory.Autoscaler, readings []promql.Reading, at inventory.Path) checks.Finding {
	only, field, target := promql.OnlySignal(readings), fmt.Sprint(at[len(at)-1]), a.Target.Short()
	why := field + " is 0"
	if field == fmt.Sprint(a.MinPath[len(a.MinPath)-1]) && !a.MinSet {
		why = field + " is left out, which means 0"
	}
	f := checks.Finding{
		At: a.Object.At(at...), Workload: a.Workload,
		Message:  fmt.Sprintf("%s, gone with the last pod: the %s never wakes %s from zero replicas (%s)", only, a.Kind(), target, why),
		Evidence: append(checks.ReadingEvidence(readings...), checks.LowestEvidence(a)),
		Fix:      &checks.Fix{Title: "add a trigger from outside the pods, or keep one replica", Safety: checks.Manual, Object: a.Object},
	}
	unscoped := func(r promql.Reading) bool {
		return r.Source != inventory.SourceResource && (r.Query == nil || len(r.Unscoped()) > 0)
	}
	switch {
	case a.Workload == nil:
		f.Severity = checks.Warning
		f.Message = fmt.Sprintf("%s: if the pods of %s export that, the %s never wakes it from zero replicas (%s)", only, target, a.Kind(), why)
	case slices.ContainsFunc(readings, unscoped):
		f.Severity = checks.Warning
		f.Message = fmt.Sprintf("%s: at zero replicas the %s wakes %s by the load of other workloads or not at all (%s)", only, a.Kind(), target, why)
	}
	return f
}

// zeroOtherwise says whether the clock starts the first replica, or whether
// there is no going to zero: neither an HPA nor KEDA can with nothing but
// metrics of pods and their resources.
func zeroOtherwise(a *inventory.Autoscaler) bool {
	outside := false
	for _, m := range a.Metrics {
		if m.TriggerType == "cron" {
			return true
		}
		outside = outside || m.Source != inventory.SourceResource && m.Source != inventory.SourcePods
	}
	return !outside
}

// zeroWakes says whether the metric may start the first replica: somebody else
// is measured, too, or the query has a value without its series, or its failure
// brings KEDA's fallback.
func zeroWakes(pass *checks.Pass, a *inventory.Autoscaler, r promql.Reading) bool {
	foreign := func(u promql.Use) bool { return !u.GoneWith(a.Workload) }
	if r.Source == inventory.SourceResource {
		return false // no pod, no value
	}
	if len(r.Uses) == 0 || slices.ContainsFunc(r.Uses, foreign) {
		return true
	}
	if r.Query == nil {
		return false
	}
	if a.Workload != nil && len(r.ReachesOthers(a.Workload, pass.Workloads())) > 0 {
		return true
	}
	value, empty, ok := r.Query.WithoutSeries()
	if !empty {
		threshold, _ := strconv.ParseFloat(strings.TrimSpace(r.Metadata["activationThreshold"]), 64)
		return !ok || value > threshold
	}
	reported, err := strconv.ParseBool(r.Metadata["ignoreNullValues"])
	return err == nil && !reported && a.KEDA.Spec.Fallback != nil && a.KEDA.Spec.Fallback.Replicas > 0
}
