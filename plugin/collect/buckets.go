package collect

import (
	"maps"
	"math"
	"slices"

	dto "github.com/prometheus/client_model/go"
)

// buckets are a histogram's cumulative counts by upper bound.
type buckets map[float64]float64

// bucketsOf adds up the histograms of a family that a term chooses.
func bucketsOf(family *dto.MetricFamily, t term) buckets {
	all := buckets{}
	if family == nil {
		return all
	}
	for _, m := range family.Metric {
		if m.Histogram == nil || !t.chooses(m) {
			continue
		}
		for _, b := range m.Histogram.Bucket {
			all[b.GetUpperBound()] += float64(b.GetCumulativeCount())
		}
		if _, written := all[math.Inf(1)]; !written || len(m.Histogram.Bucket) == 0 {
			all[math.Inf(1)] += float64(m.Histogram.GetSampleCount())
		}
	}
	return all
}

// since is what was observed after an earlier moment. A process that started
// anew has counted from zero, and all of it is new.
func (b buckets) since(earlier buckets) buckets {
	if b.total() < earlier.total() {
		return b
	}
	rest := buckets{}
	for bound, count := range b {
		rest[bound] = max(0, count-earlier[bound])
	}
	return rest
}

// add puts another histogram's counts in.
func (b buckets) add(other buckets) {
	for bound, count := range other {
		b[bound] += count
	}
}

// total is the number of observations.
func (b buckets) total() float64 { return b[math.Inf(1)] }

// quantile interpolates within a bucket, as Prometheus' histogram_quantile
// does: linearly, from zero in the first one. In the last, unbounded one it is
// the highest bound there is. Not ok without observations.
func (b buckets) quantile(q float64) (float64, bool) {
	if b.total() <= 0 {
		return 0, false
	}
	rank := q * b.total()
	bounds := slices.Sorted(maps.Keys(b))
	low, below := 0.0, 0.0
	for _, bound := range bounds {
		count := b[bound]
		if count < rank {
			low, below = bound, count
			continue
		}
		if math.IsInf(bound, 1) {
			return low, len(bounds) > 1
		}
		if count == below {
			return bound, true
		}
		return low + (bound-low)*(rank-below)/(count-below), true
	}
	return 0, false
}
