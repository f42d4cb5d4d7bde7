package collect

import (
	"cmp"
	"math"
	"slices"

	dto "github.com/prometheus/client_model/go"
)

// buckets are a histogram's cumulative counts, by upper bound in rising order.
type buckets []bucket

// bucket counts the observations at or below a bound.
type bucket struct{ bound, count float64 }

// sorted brings counts into order, and adds up those of the same bound. The
// argument is used up.
func sorted(all []bucket) buckets {
	slices.SortFunc(all, func(a, b bucket) int { return cmp.Compare(a.bound, b.bound) })
	last := 0
	for i := 1; i < len(all); i++ {
		if all[i].bound == all[last].bound {
			all[last].count += all[i].count
			continue
		}
		last++
		all[last] = all[i]
	}
	return all[:min(last+1, len(all))]
}

// bucketsOf adds up the histograms of a family that a term chooses.
func bucketsOf(family *dto.MetricFamily, t term) buckets {
	if family == nil {
		return nil
	}
	var all []bucket
	for _, m := range family.Metric {
		if m.Histogram == nil || !t.chooses(m) {
			continue
		}
		written := false
		for _, b := range m.Histogram.Bucket {
			all = append(all, bucket{b.GetUpperBound(), float64(b.GetCumulativeCount())})
			written = written || math.IsInf(b.GetUpperBound(), 1)
		}
		if !written {
			all = append(all, bucket{math.Inf(1), float64(m.Histogram.GetSampleCount())})
		}
	}
	return sorted(all)
}

// at is the count of a bound; zero where there is none.
func (b buckets) at(bound float64) float64 {
	i, found := slices.BinarySearchFunc(b, bound, func(one bucket, bound float64) int { return cmp.Compare(one.bound, bound) })
	if !found {
		return 0
	}
	return b[i].count
}

// since is what was observed after an earlier moment. A process that started
// anew has counted from zero, and all of it is new.
func (b buckets) since(earlier buckets) buckets {
	if b.total() < earlier.total() {
		return b
	}
	rest := make(buckets, len(b))
	for i, one := range b {
		rest[i] = bucket{one.bound, max(0, one.count-earlier.at(one.bound))}
	}
	return rest
}

// and adds another histogram's counts to these, which are used up.
func (b buckets) and(other buckets) buckets {
	same := len(b) == len(other)
	for i := 0; same && i < len(b); i++ {
		same = b[i].bound == other[i].bound
	}
	if !same {
		return sorted(slices.Concat(b, other))
	}
	for i := range b {
		b[i].count += other[i].count
	}
	return b
}

// total is the number of observations.
func (b buckets) total() float64 {
	if len(b) == 0 || !math.IsInf(b[len(b)-1].bound, 1) {
		return 0
	}
	return b[len(b)-1].count
}

// quantile interpolates within a bucket, as Prometheus' histogram_quantile
// does: linearly, from zero in the first one. In the last, unbounded one it is
// the highest bound there is. Not ok without observations.
func (b buckets) quantile(q float64) (float64, bool) {
	if b.total() <= 0 {
		return 0, false
	}
	rank := q * b.total()
	low, below := 0.0, 0.0
	for _, one := range b {
		if one.count < rank {
			low, below = one.bound, one.count
			continue
		}
		if math.IsInf(one.bound, 1) {
			return low, len(b) > 1
		}
		if one.count == below {
			return one.bound, true
		}
		return low + (one.bound-low)*(rank-below)/(one.count-below), true
	}
	return 0, false
}
