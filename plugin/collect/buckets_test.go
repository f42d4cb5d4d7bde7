package collect

import (
	"math"
	"testing"
)

func TestQuantile(t *testing.T) {
	inf := math.Inf(1)
	for name, c := range map[string]struct {
		b    buckets
		q    float64
		want float64
		ok   bool
	}{
		"within a bucket":     {buckets{{1, 50}, {10, 100}, {inf, 100}}, 0.75, 5.5, true},
		"in the first":        {buckets{{1, 50}, {10, 100}, {inf, 100}}, 0.25, 0.5, true},
		"above the last":      {buckets{{1, 50}, {10, 60}, {inf, 100}}, 0.99, 10, true},
		"an empty bucket":     {buckets{{1, 100}, {10, 100}, {inf, 100}}, 1, 1, true},
		"nothing observed":    {buckets{{1, 0}, {inf, 0}}, 0.5, 0, false},
		"only the last":       {buckets{{inf, 7}}, 0.5, 0, false},
		"no histogram at all": {buckets{}, 0.5, 0, false},
	} {
		if got, ok := c.b.quantile(c.q); ok != c.ok || math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: %v, %v; want %v, %v", name, got, ok, c.want, c.ok)
		}
	}
}
