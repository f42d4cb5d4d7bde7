package inventory

import (
	"fmt"
	"time"
)

// StartTime is how long a replica takes from its container's start to Ready:
// measured where pods still show it, else estimated from the model's size.
// Scheduling, a new node and the image come on top.
type StartTime struct {
	// Fast and Slow are the fastest and the slowest measured start, or the
	// bounds of the estimate.
	Fast, Slow time.Duration
	// Measured is the number of starts that were measured, 0 for an estimate;
	// Pod had the fastest.
	Measured int
	Pod      string
	GiB      float64 // of the weights, for an estimate
}

// StartTime prefers what was measured to an estimate by the rates. It is not ok
// where neither is known; the workload may be nil.
func (s *Snapshot) StartTime(w *Workload, rates LoadRates) (start StartTime, ok bool) {
	if w == nil || w.Recognition == nil {
		return StartTime{}, false
	}
	if loads := s.LoadTimes(w); len(loads) > 0 {
		return StartTime{Fast: loads[0].Took, Slow: loads[len(loads)-1].Took, Measured: len(loads), Pod: loads[0].Pod}, true
	}
	e, ok := w.EstimateLoad(rates)
	return StartTime{Fast: e.Fast, Slow: e.Slow, GiB: e.GiB}, ok
}

// String ends a sentence: "the quickest of 3 measured starts took 4m0s", "a start
// takes at least 2m30s by estimate".
func (t StartTime) String() string {
	switch t.Measured {
	case 0:
		return fmt.Sprintf("a start takes at least %s by estimate", t.Fast)
	case 1:
		return fmt.Sprintf("the one measured start took %s", t.Fast)
	}
	return fmt.Sprintf("the quickest of %d measured starts took %s", t.Measured, t.Fast)
}

// How says where the time is from, behind it: "4m0s in the one measured start".
func (t StartTime) How() string {
	switch t.Measured {
	case 0:
		return fmt.Sprintf("by estimate for %.0f GiB", t.GiB)
	case 1:
		return "in the one measured start"
	}
	return fmt.Sprintf("in the fastest of %d measured starts", t.Measured)
}
