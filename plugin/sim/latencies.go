package sim

// latencies is a histogram: it counts durations in the buckets of vLLM's histograms
// (vllm/v1/metrics/loggers.py): cumulative by bound only when it is shown.
type latencies struct {
	counts [buckets]float64
	sum    float64 // seconds
	total  float64
}

const buckets = 23

// bounds are the upper bounds in seconds; what is above the last is in the last
// bucket.
var bounds = [buckets - 1]float64{
	0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560,
}

func (h *latencies) add(seconds, count float64) {
	at := 0
	for at < len(bounds) && bounds[at] < seconds {
		at++
	}
	h.counts[at] += count
	h.sum += seconds * count
	h.total += count
}

// Requests of one moment do not all fare alike: shares of them take so many
// times the typical duration.
var spreads = [...]struct{ times, share float64 }{{0.8, 0.5}, {1.1, 0.35}, {1.6, 0.15}}

func (h *latencies) spread(seconds, count float64) {
	if count <= 0 {
		return
	}
	for _, s := range spreads {
		h.add(seconds*s.times, count*s.share)
	}
}

func (h *latencies) merge(other *latencies) {
	for i, n := range other.counts {
		h.counts[i] += n
	}
	h.sum += other.sum
	h.total += other.total
}

// since is what was added after an earlier state.
func (h *latencies) since(earlier *latencies) latencies {
	after := *h
	for i, n := range earlier.counts {
		after.counts[i] -= n
	}
	after.sum -= earlier.sum
	after.total -= earlier.total
	return after
}

// quantile interpolates within a bucket, as PromQL's histogram_quantile does;
// false when nothing was counted.
func (h *latencies) quantile(q float64) (seconds float64, ok bool) {
	if h.total <= 0 {
		return 0, false
	}
	rank, below := q*h.total, 0.0
	for i, n := range h.counts {
		if below+n < rank {
			below += n
			continue
		}
		if i == len(bounds) {
			return bounds[i-1], true
		}
		lower := 0.0
		if i > 0 {
			lower = bounds[i-1]
		}
		if n == 0 {
			return lower, true
		}
		return lower + (bounds[i]-lower)*(rank-below)/n, true
	}
	return bounds[len(bounds)-1], true
}
