package plugin

import (
	"context"
	"fmt"
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// traceStarts are the workload's past starts, from the engine's container start to
// Ready, in seconds.
type traceStarts struct {
	Count   int     `json:"count"`
	Fastest float64 `json:"fastestSeconds"`
	Median  float64 `json:"medianSeconds"`
	P90     float64 `json:"p90Seconds"`
	Slowest float64 `json:"slowestSeconds"`
	// Source says who remembers them.
	Source string `json:"source"`
}

// pastStarts prefers Prometheus' history, which knows of pods that are gone, to
// what the pods that are there show. The longest list counts.
func (t *tracer) pastStarts(ctx context.Context) (starts []inventory.LoadTime, from string) {
	starts, from = t.objects.LoadTimes(t.workload), "status of the pods"
	if t.prometheus == nil {
		return starts, from
	}
	if past, err := t.prometheus.PastStarts(ctx, t.workload); err == nil && len(past) > 0 && len(past) >= len(starts) {
		return past, "the last 26h in " + t.prometheus.Name
	}
	return starts, from
}

// startsOf sums them up; nil for none.
func startsOf(starts []inventory.LoadTime, from string) *traceStarts {
	if len(starts) == 0 {
		return nil
	}
	at := func(share float64) float64 { return starts[int(share*float64(len(starts)-1)+0.5)].Took.Seconds() }
	return &traceStarts{Count: len(starts), Fastest: at(0), Median: at(0.5), P90: at(0.9), Slowest: at(1), Source: from}
}

// String is such as "12 took 4m0s to 7m0s, half of them 4m30s at most (status of
// the pods)".
func (s *traceStarts) String() string {
	seconds := func(v float64) time.Duration { return (time.Duration(v*1000) * time.Millisecond).Round(time.Second) }
	if s.Count == 1 {
		return fmt.Sprintf("the one that is remembered took %s (%s)", seconds(s.Slowest), s.Source)
	}
	return fmt.Sprintf("%d took %s to %s, median %s (%s)", s.Count, seconds(s.Fastest), seconds(s.Slowest), seconds(s.Median), s.Source)
}

// loading says how many pods load their model, and how long the last of them will
// if it takes as long as the slowest start that is remembered.
func (t *tracer) loading() string {
	pods := t.objects.Loading(t.workload)
	switch {
	case len(pods) == 0:
		return ""
	case len(t.starts) == 0:
		return fmt.Sprintf(", %d loading", len(pods))
	}
	left := pods[len(pods)-1].Left(t.now, t.starts[len(t.starts)-1].Took)
	return fmt.Sprintf(", %d loading (about %s left)", len(pods), left)
}
