package promql

import (
	"strings"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Compared is one number that an autoscaler compares with a target, and the
// query behind it. Such a number stands for the whole fleet: a Prometheus
// trigger, or a metric of type External or Object.
type Compared struct {
	Query *Query
	// Metric has the target, and the paths to both. For a formula over triggers
	// it is made of scalingModifiers.
	Metric inventory.ScalingMetric
	// Rule is the prometheus-adapter rule that the query is of. It is empty for
	// triggers, and where Assumed is set: no rule of the snapshot makes the
	// metric, and the adapter's default, a sum, stands in.
	Rule    inventory.AdapterRule
	Assumed bool
	// Formula marks KEDA's scalingModifiers.
	Formula bool
}

// Comparisons returns what the autoscaler compares with targets, as far as the
// queries are known. Left out are Pods metrics, of which the HPA itself takes
// the mean, fragments, and triggers whose query returns several series, which
// KEDA refuses. Where a formula stands over the triggers it is the one number.
func Comparisons(s *inventory.Snapshot, a *inventory.Autoscaler) []Compared {
	if a.Object.Fragment {
		return nil
	}
	if a.Formula() != "" {
		if c, ok := compareFormula(a); ok {
			return []Compared{c}
		}
		return nil
	}
	var all []Compared
	for _, m := range a.Metrics {
		if m.Source == inventory.SourcePods {
			continue
		}
		q, ok := OfMetric(s, m)
		if !ok {
			continue
		}
		c := Compared{Query: q, Metric: m}
		if m.Source == inventory.SourcePrometheus {
			if q.Series() == Many {
				continue
			}
		} else {
			rule, _, found := RuleOfMetric(s, m)
			c.Rule, c.Assumed = rule, !found
		}
		all = append(all, c)
	}
	return all
}

// Source says where the query is written and what stands there; of an assumed
// one it is the metric's name.
func (c Compared) Source() (place, text string) {
	switch {
	case c.Formula, c.Metric.Source == inventory.SourcePrometheus:
		return c.Metric.QueryPath.String(), strings.TrimSpace(c.Metric.Query)
	case c.Assumed:
		return NamePath(c.Metric).String(), c.Metric.Name
	}
	at := c.Rule.Location
	return at.Object.Short() + " " + at.Path.Join("metricsQuery").String(), c.Query.Text()
}

// NamePath leads to the name of an HPA's Pods, Object or External metric.
func NamePath(m inventory.ScalingMetric) inventory.Path {
	return m.Path.Join(strings.ToLower(string(m.Source)), "metric", "name")
}

// DividedTwice says whether a number that does not grow with the fleet (a
// mean, a ratio, a latency) is compared per replica.
func (c Compared) DividedTwice() bool {
	return c.Metric.AverageValue() && c.Metric.Target > 0 && c.Query.Shape() == Intensive
}

// Ceiling returns the most replicas that a number compared per replica ever
// asks for, where it has an upper bound: capped says that this is less than
// the autoscaler allows.
func (c Compared) Ceiling(a *inventory.Autoscaler) (most int64, capped bool) {
	bound, ok := c.Query.Bound()
	if !ok || !c.DividedTwice() {
		return 0, false
	}
	most = inventory.DesiredByAverage(bound, c.Metric.Target)
	return most, most < int64(a.Max)
}

// SumInstead is the query's own, for a query that is written in a trigger: a
// formula and an adapter rule are text of another kind.
func (c Compared) SumInstead() (string, bool) {
	if c.Formula || c.Metric.Source != inventory.SourcePrometheus {
		return "", false
	}
	return c.Query.SumInstead()
}

// SumUp returns sum(<query>) where that is the fleet's load and the target is
// that of one replica. It is false for ratios and latencies, and for series that
// hold the same thing several times: the buckets of a histogram, and what a
// pattern finds.
func (c Compared) SumUp() (string, bool) {
	if !c.Metric.AverageValue() || c.Query.Shape() != Extensive {
		return "", false
	}
	for _, u := range c.Query.Uses() {
		if !u.Known || u.ByPattern || strings.HasSuffix(u.Name, "_bucket") {
			return "", false
		}
	}
	return c.Query.WrapSum(), true
}
