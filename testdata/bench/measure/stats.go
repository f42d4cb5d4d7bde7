package measure

import (
	"context"
	"slices"
	"time"
)

// Spread is a median and what lies around it.
type Spread struct {
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
}

// SpreadOf needs at least one value. Of an even count the median is the mean
// of the middle two.
func SpreadOf(values []float64) Spread {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	median := sorted[middle]
	if len(sorted)%2 == 0 {
		median = (sorted[middle-1] + median) / 2
	}
	return Spread{median, sorted[0], sorted[len(sorted)-1]}
}

// Percentile is the smallest value that p per cent of all do not exceed. It needs
// at least one.
func Percentile(values []time.Duration, p int) time.Duration {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[max(0, (len(sorted)*p+99)/100-1)]
}

// Ratios divides pair by pair: on a noisy machine the two of a pair see the
// same weather, the medians of two batches do not.
func Ratios(a, b []Sample) Spread {
	ratios := make([]float64, len(a))
	for i := range a {
		ratios[i] = a[i].Wall.Seconds() / b[i].Wall.Seconds()
	}
	return SpreadOf(ratios)
}

// Series runs one command several times after a warm-up.
func Series(ctx context.Context, c Command, runs int) ([]Sample, error) {
	if _, err := c.Run(ctx); err != nil {
		return nil, err
	}
	samples := make([]Sample, runs)
	var err error
	for i := range samples {
		if samples[i], err = c.Run(ctx); err != nil {
			return nil, err
		}
	}
	return samples, nil
}

// Pairs runs two commands in turn, A B A B …, after a warm-up of each.
func Pairs(ctx context.Context, a, b Command, runs int) (ofA, ofB []Sample, err error) {
	for i := range runs + 1 {
		one, err := a.Run(ctx)
		if err != nil {
			return nil, nil, err
		}
		other, err := b.Run(ctx)
		if err != nil {
			return nil, nil, err
		}
		if i > 0 {
			ofA, ofB = append(ofA, one), append(ofB, other)
		}
	}
	return ofA, ofB, nil
}

func walls(samples []Sample) Spread {
	return spread(samples, func(s Sample) float64 { return s.Wall.Seconds() })
}

func cpus(samples []Sample) Spread {
	return spread(samples, func(s Sample) float64 { return s.CPU.Seconds() })
}

func peaks(samples []Sample) Spread {
	return spread(samples, func(s Sample) float64 { return float64(s.Peak) })
}

func spread(samples []Sample, of func(Sample) float64) Spread {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = of(s)
	}
	return SpreadOf(values)
}
