package checks

import (
	"strconv"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/promql"
)

// EvidenceOf lists what a finding about a comparison rests on: the query, the
// target and its type, and the most replicas that the autoscaler may ask for.
func EvidenceOf(c promql.Compared, a *inventory.Autoscaler) []Evidence {
	place, query := c.Source()
	target := c.Metric.TargetText
	all := []Evidence{
		{Path: place, Value: query, Basis: Observed},
		{Path: c.Metric.TargetPath.String(), Value: target, Basis: Observed},
		{Path: c.Metric.TargetTypePath.String(), Value: string(c.Metric.TargetType), Basis: basis(c.Metric.TargetTypeSet)},
		{Path: a.MaxPath.String(), Value: strconv.Itoa(int(a.Max)), Basis: basis(a.MaxSet)},
	}
	if c.Assumed {
		const rule = "sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)"
		all = append(all, Evidence{Path: "metricsQuery", Value: rule, Basis: Assumed})
	}
	return all
}

// basis is that of a field: what is not written is the API's default.
func basis(written bool) Basis {
	if written {
		return Observed
	}
	return Assumed
}

// Retarget is the fix that gives a metric another target type, Value or
// AverageValue, with the same number. An autoscaler that something else
// generates is not edited: the title alone is left.
func Retarget(a *inventory.Autoscaler, m inventory.ScalingMetric, to string) *Fix {
	fix := &Fix{Title: "compare it with a target of type " + to, Safety: Safe, Object: a.Object}
	if !a.GeneratedBy.IsZero() {
		return &Fix{Title: fix.Title, Safety: Manual}
	}
	fix.Edits = []Edit{Set(to, m.TargetTypePath...)}
	if a.KEDA != nil {
		return fix
	}
	target := m.TargetTypePath[:len(m.TargetTypePath)-1]
	field, other := "value", "averageValue"
	if to == "AverageValue" {
		field, other = other, field
	}
	fix.Edits = append(fix.Edits, Set(m.TargetText, target.Join(field)...), Remove(target.Join(other)...))
	return fix
}
