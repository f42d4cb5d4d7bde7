package rules

import (
	"fmt"
	"slices"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/promql"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

// Source: Kubernetes replica_calculator.go, GetExternalPerPodMetricReplicas: a sum
// below zero is set to the largest number there is; KEDA pkg/scalers/scaler.go,
// quantityFromFloat64, which cuts triggers off at zero, but not formulas.
var negativeAsksForMax = &checks.Check{
	ID:       "negative-asks-for-max",
	Severity: checks.Error,
	Section:  checks.MetricPath,
	Doc: checks.Doc{
		Title: "A number below zero is taken for an overflow, and asks for the maximum",
		Why: "Since Kubernetes 1.34 the HPA controller reads an External metric below zero, where it is compared per replica, as one that has grown too large for its integer. " +
			"A formula or query that takes something away from a queue (what one replica may hold, say) is below zero just while nothing is going on: the fleet then grows to its maximum, and stays there until there is work. " +
			"KEDA 2.20.2 and later tell 0 instead for a trigger, and still hand on what a formula comes to.",
		Remedy: "Keep the number from falling below zero: max(FORMULA, 0) in scalingModifiers, clamp_min(QUERY, 0) in a query. To scale from a certain queue on, raise the threshold or, at zero, activationThreshold.",
		Ignore: "Something that the query does not show keeps it above zero.",
		Sources: []string{
			"https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/podautoscaler/replica_calculator.go",
			"https://github.com/kubernetes/kubernetes/pull/127050",
			"https://github.com/kedacore/keda/issues/7880",
		},
	},
	Needs: checks.Needs{Kinds: checks.Autoscalers(), Sharpens: checks.Only(inventory.ConfigMap), Numbers: []signals.Metric{signals.TriggerValue}},
	Run: func(p *checks.Pass) {
		for _, a := range p.Autoscalers() {
			for _, c := range promql.Comparisons(p.Snapshot, a) {
				severity, suffers := negativeSeverity(p, c, a.KEDA != nil)
				if suffers && a.Max > a.Min && c.Metric.AverageValue() && c.Metric.Source != inventory.SourceObject {
					negativeFinding(p, a, c, severity)
				}
			}
		}
	},
}

// negativeSeverity is as certain as the versions are known.
func negativeSeverity(p *checks.Pass, c promql.Compared, keda bool) (severity checks.Severity, suffers bool) {
	overflows, known := p.Holds(inventory.HPANegativeOverflows)
	switch zero, told := p.Holds(inventory.KEDANegativeIsZero); {
	case known && !overflows, keda && !c.Formula && zero:
		return 0, false
	case keda && !c.Formula && !told:
		return checks.Info, true
	case !known:
		return checks.Warning, true
	}
	return checks.Error, true
}

func negativeFinding(p *checks.Pass, a *inventory.Autoscaler, c promql.Compared, severity checks.Severity) {
	value, known := c.Query.AtRest()
	says := "comes to %s while nothing is going on"
	if now, measured := p.Signals.Part(signals.TriggerValue, a.Object.Ref, c.Metric.Path.String()); measured && (!known || value >= 0) {
		value, known, says = now.Value, true, "comes to %s now"
	}
	if !known || value >= 0 || c.Formula && negativeTrigger(a) {
		return
	}
	subject := "the query"
	if c.Formula {
		subject = "the formula"
	}
	if severity == checks.Info {
		says += ", which KEDA hands on before " + inventory.KEDANegativeIsZero.Info().Since.String()
	}
	p.Report(checks.Finding{
		Severity: severity, At: a.Object.At(negativeAt(c)...), Workload: a.Workload,
		Message:  fmt.Sprintf("%s "+says+", and the HPA controller of Kubernetes %s and later takes that for an overflow: it asks for %s", subject, inventory.Decimal(value), inventory.HPANegativeOverflows.Info().Since, a.MaxText()),
		Evidence: checks.EvidenceOf(c, a),
		Fix:      negativeFix(a, c),
	})
}

// negativeTrigger says whether a trigger is below zero by itself: what KEDA hands
// the formula is 0 then, in newer versions, and the formula's number another.
func negativeTrigger(a *inventory.Autoscaler) bool {
	return slices.ContainsFunc(a.Metrics, func(m inventory.ScalingMetric) bool {
		q, err := promql.Parse(m.Query)
		if err != nil {
			return false
		}
		value, known := q.AtRest()
		return known && value < 0
	})
}

func negativeAt(c promql.Compared) inventory.Path {
	if c.Metric.Source == inventory.SourcePrometheus {
		return c.Metric.QueryPath
	}
	return promql.NamePath(c.Metric)
}

func negativeFix(a *inventory.Autoscaler, c promql.Compared) *checks.Fix {
	fix := &checks.Fix{Title: "keep it from falling below zero", Safety: checks.Manual}
	text, ok := c.Query.ClampAtZero()
	switch {
	case c.Formula:
		text = "max(" + a.Formula() + ", 0)"
	case !ok || c.Metric.Source != inventory.SourcePrometheus:
		return fix
	}
	fix.Safety, fix.Object, fix.Edits = checks.Safe, a.Object, []checks.Edit{checks.Set(text, c.Metric.QueryPath...)}
	return fix
}
