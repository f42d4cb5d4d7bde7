package rules

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/promql"
)

// ignoreNullValues is true by default and turns an empty result into 0
// (ExecutePromQuery in KEDA's pkg/scalers/prometheus_scaler.go).
var kedaLostMetricReadsZero = &checks.Check{
	ID:       "keda-lost-metric-reads-zero",
	Severity: checks.Warning,
	Section:  checks.MetricPath,
	Doc: checks.Doc{
		Title: "A lost metric scales the fleet down to its minimum",
		Why: "KEDA reads an empty answer of Prometheus as 0 unless ignoreNullValues is false. A broken scrape, a renamed metric or a Prometheus that has just restarted " +
			"then takes the replicas away under full load, while ScaledObject and HPA report that all is well.",
		Remedy: "Set ignoreNullValues: \"false\" in the trigger's metadata, so that a lost metric is an error and the HPA keeps the count, " +
			"and add a fallback with a number of replicas that carries the usual load.",
		Ignore: "When the series is expected to disappear at rest, or nothing but the minimum is ever needed.",
		Sources: []string{
			"https://github.com/kedacore/keda/blob/main/pkg/scalers/prometheus_scaler.go",
			"https://keda.sh/docs/latest/scalers/prometheus/#trigger-specification",
			"https://github.com/kedacore/keda/issues/3065",
		},
	},
	Needs: checks.Needs{Kinds: checks.Autoscalers()},
	Run: func(p *checks.Pass) {
		for _, a := range p.Autoscalers() {
			// At zero the series of the engines are gone by design, and a formula
			// decides for itself what a 0 means.
			if a.KEDA != nil && a.Min >= 1 && a.Max > a.Min && a.KEDA.Spec.IdleReplicaCount == nil && a.Formula() == "" && !a.HoldsScaleDown() {
				lostFindings(p, a)
			}
		}
	},
}

// lostFindings reports at most once for an autoscaler, at the first trigger
// that reads a lost metric as 0: one missing series is behind all of them.
func lostFindings(p *checks.Pass, a *inventory.Autoscaler) {
	var ignoring, guarded []inventory.ScalingMetric
	for _, m := range a.Metrics {
		q, err := promql.ParseIn(p.Snapshot, m.Query)
		switch {
		case m.TriggerType == "cron": // a floor by the clock holds nothing at other times
		case m.Source != inventory.SourcePrometheus, err != nil, q.EmptyAtRest():
			return // another number, on which nobody can tell what a lost one does
		case q.NullGuard():
			guarded = append(guarded, m)
		case lostIsError(m):
			return
		default:
			ignoring = append(ignoring, m)
		}
	}
	switch {
	case len(ignoring) > 0:
		lostFinding(p, a, ignoring)
	case len(guarded) > 0:
		m := guarded[0]
		p.Report(checks.Finding{
			Severity: checks.Info, At: a.Object.At(m.QueryPath...), Workload: a.Workload,
			Message:  "the query puts a constant in the place of a lost metric, so that ignoreNullValues never applies",
			Evidence: []checks.Evidence{{Path: m.QueryPath.String(), Value: strings.TrimSpace(m.Query), Basis: checks.Observed}},
		})
	}
}

// lostIsError says whether an empty result is an error; what KEDA cannot parse
// is one, too.
func lostIsError(m inventory.ScalingMetric) bool {
	text, written := m.Metadata["ignoreNullValues"]
	ignore, err := strconv.ParseBool(strings.TrimSpace(text))
	return written && (err != nil || !ignore)
}

func lostFinding(p *checks.Pass, a *inventory.Autoscaler, ignoring []inventory.ScalingMetric) {
	fix := &checks.Fix{Title: "make a lost metric an error", Safety: checks.Safe, Object: a.Object}
	var evidence []checks.Evidence
	for _, m := range ignoring {
		at := m.Path.Join("metadata", "ignoreNullValues")
		e := checks.Evidence{Path: at.String(), Value: "true", Basis: checks.Assumed}
		if text, written := m.Metadata["ignoreNullValues"]; written {
			e.Value, e.Basis = text, checks.Observed
		}
		evidence = append(evidence, e)
		fix.Edits = append(fix.Edits, checks.Set("false", at...))
	}
	p.Report(checks.Finding{
		At: a.Object.At(ignoring[0].Path.Join("metadata", "ignoreNullValues")...), Workload: a.Workload,
		Message:  fmt.Sprintf("a lost metric reads as 0 (ignoreNullValues is not false), which takes up to %d replicas down to %s", a.Max, a.MinText()),
		Evidence: evidence,
		Fix:      fix,
	})
}
