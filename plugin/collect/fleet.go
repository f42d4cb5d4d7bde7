package collect

import (
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

// fleet puts the numbers of pods together: what counts something is summed up,
// shares are averaged, and quantiles are those of all requests.
type fleet struct {
	of     inventory.Ref
	source string // empty: the pods themselves
	sums   map[signals.Metric]*total
}

type total struct {
	term term
	amount
	pods   int
	oldest time.Time
}

func (f *fleet) add(t term, got amount, at time.Time) {
	sum := f.sums[t.metric]
	if sum == nil {
		sum = &total{term: t, oldest: at}
		f.sums[t.metric] = sum
	}
	sum.value += got.value
	sum.buckets = sum.buckets.and(got.buckets)
	sum.pods++
	if at.Before(sum.oldest) {
		sum.oldest = at
	}
}

// tell dates each number by its oldest part.
func (f *fleet) tell(set *signals.Set) {
	for metric, sum := range f.sums {
		value, ok := sum.number(sum.term)
		if !ok {
			continue
		}
		if sum.term.read == share {
			value /= float64(sum.pods)
		}
		source := f.source
		if source == "" {
			source = "scrape of " + inventory.Count(int32(sum.pods), "pod")
		}
		set.Add(signals.Sample{Metric: metric, Of: f.of, Value: value, At: sum.oldest, Source: source})
	}
}
