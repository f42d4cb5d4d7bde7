package inventory

import (
	"fmt"
	"time"
)

// StartTime is how long one replica takes from its container's start to Ready:
// measured where pods still show it, else estimated from the model's size.
// Scheduling, a new node and the image come on top.
type StartTime struct {
	// Fast and Slow are the fastest and the slowest measured start, or the
	// bounds of the estimate.
	Fast, Slow time.Duration
	// Measured is the number of starts that were measured; 0 for an estimate.
	Measured int
	GiB      float64 // of the weights, for an estimate
}

// StartTimeOf is not ok where nothing was measured and the model's size is not
// known.
func (s *Snapshot) StartTimeOf(w *Workload) (start StartTime, ok bool) {
	if w == nil || w.Recognition == nil {
		return StartTime{}, false
	}
	if loads := s.LoadTimes(w); len(loads) > 0 {
		return StartTime{Fast: loads[0].Took, Slow: loads[len(loads)-1].Took, Measured: len(loads)}, true
	}
	e, ok := w.EstimateLoad()
	return StartTime{Fast: e.Fast, Slow: e.Slow, GiB: e.GiB}, ok
}

// How says where the time is from, for messages and evidence.
func (t StartTime) How() string {
	switch t.Measured {
	case 0:
		return fmt.Sprintf("by estimate for %.0f GiB", t.GiB)
	case 1:
		return "in the one measured start"
	}
	return fmt.Sprintf("in the fastest of %d measured starts", t.Measured)
}
