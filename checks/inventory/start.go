package inventory

import (
	"fmt"
	"time"
)

// Start is the quickest start of a replica that anybody knows of, from the
// container's start to Ready. What a policy has to reckon with is longer: a node
// may have to come first.
type Start struct {
	Took time.Duration
	// Measured is the number of starts that were measured, Pod the one that took
	// that long. Of none, the time is an estimate.
	Measured int
	Pod      string
	Estimate LoadEstimate
}

// QuickestStart prefers what was measured. It is not ok where nothing tells; the
// workload may be nil.
func (s *Snapshot) QuickestStart(w *Workload) (Start, bool) {
	if w == nil {
		return Start{}, false
	}
	if loads := s.LoadTimes(w); len(loads) > 0 {
		return Start{Took: loads[0].Took, Measured: len(loads), Pod: loads[0].Pod}, true
	}
	e, ok := w.EstimateLoad()
	return Start{Took: e.Fast, Estimate: e}, ok
}

// String ends a sentence: "the quickest of 3 measured starts took 4m0s", "a start
// takes at least 2m30s by estimate".
func (t Start) String() string {
	switch t.Measured {
	case 0:
		return fmt.Sprintf("a start takes at least %s by estimate", t.Took)
	case 1:
		return fmt.Sprintf("the one measured start took %s", t.Took)
	}
	return fmt.Sprintf("the quickest of %d measured starts took %s", t.Measured, t.Took)
}
