package promql

import (
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Numbers returns every number that the autoscaler compares with a target that
// is written out: that of each metric, or that of the formula which stands over
// them.
func Numbers(s *inventory.Snapshot, a *inventory.Autoscaler) []Reading {
	var all []Reading
	if a.Formula() != "" {
		for _, c := range Comparisons(s, a) {
			all = append(all, Reading{ScalingMetric: c.Metric, Query: c.Query, Uses: c.Query.Uses()})
		}
	} else {
		for _, m := range a.Metrics {
			all = append(all, ReadingOf(s, m))
		}
	}
	kept := all[:0]
	for _, r := range all {
		if r.HasTarget && r.Target > 0 && !a.Object.Fragment {
			kept = append(kept, r)
		}
	}
	return kept
}

// Measures returns the row whose value the number is, and the factor that the
// query puts before it. Where no query is known it is what an HPA's metric is
// named after.
func (r Reading) Measures() (row inventory.Metric, factor float64, ok bool) {
	if r.Query == nil {
		if len(r.Uses) != 1 || r.Uses[0].Metric.Type != inventory.Gauge {
			return inventory.Metric{}, 0, false
		}
		return r.Uses[0].Metric, 1, true
	}
	row, ok = r.Query.Measures()
	factor, linear := r.Query.Scale()
	return row, factor, ok && linear && factor > 0
}

// Most is the largest value of a number that measures a row with a bound, in
// the row's unit. Where it adds up what a pod's GPUs or engines have, or may do
// so, it is as much as that of the largest pods.
func (r Reading) Most(row inventory.Metric, factor float64) float64 {
	const parts = 16 // GPUs or engines of one pod
	if r.Query != nil && r.Source != inventory.SourcePods {
		if bound, ok := r.Query.Bound(); ok {
			return bound / factor
		}
	}
	return parts * row.Max
}

// PerReplica says whether the number is compared as an amount per replica.
func (r Reading) PerReplica() bool {
	if r.Source == inventory.SourcePods {
		return true
	}
	return r.AverageValue() && (r.Query == nil || r.Query.Shape() == Extensive)
}
