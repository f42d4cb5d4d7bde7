package rules

import (
	"fmt"
	"strconv"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/promql"
)

// Source: KEDA pkg/fallback/fallback.go, which counts errors of a trigger and
// nothing else, and apis/keda/v1alpha1/scaledobject_types.go, CheckFallbackValid.
var kedaFallbackUnreachable = &checks.Check{
	ID:       "keda-fallback-unreachable",
	Severity: checks.Warning,
	Section:  checks.MetricPath,
	Doc: checks.Doc{
		Title: "The fallback does not do what it is there for",
		Why: "KEDA's fallback takes over when a trigger returns errors. A missing series is none unless ignoreNullValues is false, so that the fleet goes to its minimum with the fallback idle; " +
			"a number of replicas below the minimum never counts; beneath a formula whose target has a fraction KEDA takes the fallback for an invalid one, and leaves it out without a word; and a small fixed number takes replicas away under load just when nobody can see it.",
		Remedy: "Set ignoreNullValues: \"false\" on the triggers, give the fallback the replicas that carry the usual load, and, from KEDA 2.17 on, behavior: currentReplicasIfHigher, which never takes any away.",
		Ignore: "The fallback is there for an outage of Prometheus alone, and its small number is meant.",
		Sources: []string{
			"https://github.com/kedacore/keda/blob/main/pkg/fallback/fallback.go",
			"https://keda.sh/docs/latest/reference/scaledobject-spec/#fallback",
			"https://github.com/kedacore/keda/issues/4249",
			"https://github.com/kedacore/keda/blob/main/CHANGELOG.md",
		},
	},
	Needs:    checks.Needs{Kinds: checks.Autoscalers()},
	CausedBy: []string{"keda-lost-metric-reads-zero"},
	Params:   []checks.Param{{Name: "productionReplicas", Value: 2, Min: 1, Max: 100, Doc: "a minimum from which on a ScaledObject is taken for one in production, which wants a fallback"}},
	Run: func(p *checks.Pass) {
		for _, a := range p.Autoscalers() {
			switch {
			case a.KEDA == nil || a.Object.Fragment || a.Max <= a.Min:
			case a.KEDA.Spec.Fallback != nil && a.Modifiers().Fraction():
				fallbackReport(p, a, checks.Warning, []any{"spec", "advanced", "scalingModifiers", "target"}, a.Modifiers().Target,
					fmt.Sprintf("the fallback never runs: beneath a formula KEDA wants a whole number as target, and %s is none", a.Modifiers().Target), "count in smaller units, by a whole number", checks.WholeTarget(a)...)
			case a.KEDA.Spec.Fallback != nil:
				fallbackIdle(p, a)
				fallbackOfValue(p, a)
				fallbackReplicas(p, a, *a.KEDA.Spec.Fallback)
			case float64(a.Min) >= p.Param("productionReplicas") && len(a.PrometheusAlone()) > 0:
				fallbackReport(p, a, checks.Info, []any{"spec", "fallback"}, "none",
					fmt.Sprintf("no fallback in %s: while Prometheus does not answer, the replicas stay as they are, whatever the load", a.Object.Short()), "add a fallback", checks.AddFallback(p, a, idleTriggers(p, a))...)
			}
		}
	},
}

func fallbackReport(p *checks.Pass, a *inventory.Autoscaler, severity checks.Severity, at []any, value, says, remedy string, edits ...checks.Edit) {
	f := checks.Finding{
		Severity: severity, At: a.Object.At(at...), Workload: a.Workload, Message: says,
		Evidence: []checks.Evidence{{Path: inventory.Path(at).String(), Value: value, Basis: checks.Observed}},
		Fix:      &checks.Fix{Title: remedy, Safety: checks.Manual},
	}
	if len(edits) > 0 {
		f.Fix.Safety, f.Fix.Object, f.Fix.Edits = checks.Safe, a.Object, edits
	}
	p.Report(f)
}

func fallbackIdle(p *checks.Pass, a *inventory.Autoscaler) {
	edits := idleTriggers(p, a)
	if len(edits) == 0 {
		return
	}
	fallbackReport(p, a, checks.Warning, []any{"spec", "fallback"}, "set",
		"the fallback never runs for a lost metric, which reads as 0 and is no error (ignoreNullValues is not false)", "make a lost metric an error", edits...)
}

// idleTriggers finds triggers that read a missing series as 0, and makes that an
// error. At zero replicas, and where rest leaves none, that is how it has to be.
func idleTriggers(p *checks.Pass, a *inventory.Autoscaler) (edits []checks.Edit) {
	if lowest, _ := a.Lowest(); lowest < 1 || a.HoldsScaleDown() {
		return nil
	}
	for _, m := range a.PrometheusAlone() {
		q, err := promql.ParseIn(p.Snapshot, m.Query)
		if err != nil || q.EmptyAtRest() || q.NullGuard() || lostIsError(m) {
			return nil
		}
		edits = append(edits, checks.Set("false", m.Path.Join("metadata", "ignoreNullValues")...))
	}
	return edits
}

func fallbackOfValue(p *checks.Pass, a *inventory.Autoscaler) {
	if yes, known := p.Holds(inventory.KEDAFallbackOfValue); yes || !known {
		return
	}
	for _, m := range a.Metrics {
		if m.Source == inventory.SourcePrometheus && m.Value() && a.Formula() == "" {
			fallbackReport(p, a, checks.Warning, m.TargetTypePath, string(m.TargetType),
				fmt.Sprintf("the fallback does not work for metricType Value in KEDA %s, only from %s on", p.Server().KEDA, inventory.KEDAFallbackOfValue.Info().Since), "update KEDA")
		}
	}
}

// fallbackReplicas judges fixed numbers: the behaviors that keep what is there
// never take replicas away.
func fallbackReplicas(p *checks.Pass, a *inventory.Autoscaler, f inventory.ScaledObjectFallback) {
	keeps, known := p.Holds(inventory.KEDAFallbackBehavior)
	if f.Behavior != "" && f.Behavior != "static" {
		return
	}
	at, value, edits := []any{"spec", "fallback", "replicas"}, strconv.Itoa(int(f.Replicas)), []checks.Edit(nil)
	if keeps {
		edits = []checks.Edit{checks.Set("currentReplicasIfHigher", "spec", "fallback", "behavior")}
	}
	const keep = "keep the present replicas, where they are more"
	switch {
	case f.Replicas < a.Min:
		fallbackReport(p, a, checks.Warning, at, value, fmt.Sprintf("fallback.replicas %s is below %s: the fallback takes a fleet of up to %d down to its minimum", value, a.MinText(), a.Max), keep, edits...)
	case 2*f.Replicas <= a.Max && (keeps || !known) && !a.HoldsScaleDown():
		fallbackReport(p, a, checks.Info, at, value, fmt.Sprintf("the fallback takes a fleet of up to %d down to %s, however many it needs", a.Max, value), keep, edits...)
	}
}
