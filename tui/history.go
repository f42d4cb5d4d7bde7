package tui

import (
	"math"
	"slices"
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// remembered is how many frames the history holds: at two seconds each, an hour.
const remembered = 1800

// moment is what one frame said of a workload. What was missing is not a number.
type moment struct {
	at                         time.Time
	queue, gpu, ready, desired float64
}

// history is what the frames said so far, by workload, oldest first.
type history struct {
	of map[inventory.Ref][]moment
}

// add remembers a frame. A frame that is not the newest, of a recording that
// was stepped back, takes away what was after it.
func (h *history) add(f *Fleet) {
	if h.of == nil {
		h.of = map[inventory.Ref][]moment{}
	}
	for _, w := range f.Workloads {
		all := h.of[w.Ref]
		for len(all) > 0 && !all[len(all)-1].at.Before(f.At) {
			all = all[:len(all)-1]
		}
		if len(all) >= remembered {
			all = slices.Delete(all, 0, len(all)-remembered+remembered/8)
		}
		h.of[w.Ref] = append(all, moment{f.At, w.Queue.or(math.NaN()), w.GPU.or(math.NaN()), float64(w.Ready), float64(w.Desired)})
	}
	for ref, all := range h.of {
		if f.At.Sub(all[len(all)-1].at) > longestSpan {
			delete(h.of, ref)
		}
	}
}

// The span of time that charts show: what has been seen, between these.
const (
	shortestSpan = time.Minute
	longestSpan  = 30 * time.Minute
	sparkSpan    = 3 * time.Minute
)

// span is from when to when a chart of these moments goes.
func spanOf(all []moment, longest time.Duration) (from, to time.Time) {
	if len(all) == 0 {
		return time.Time{}, time.Time{}
	}
	to = all[len(all)-1].at
	seen := to.Sub(all[0].at)
	return to.Add(-min(max(seen, shortestSpan), longest)), to
}

// sample returns n values at even distances between two moments: each the last
// that was known then, and not a number where none was.
func sample(all []moment, from, to time.Time, n int, value func(moment) float64) []float64 {
	values := make([]float64, n)
	step := to.Sub(from) / time.Duration(max(1, n))
	next := 0
	last := math.NaN()
	for next < len(all) && all[next].at.Before(from) {
		last = value(all[next])
		next++
	}
	for i := range values {
		end := from.Add(step * time.Duration(i+1))
		if i == n-1 {
			end = to
		}
		for next < len(all) && !all[next].at.After(end) {
			last = value(all[next])
			next++
		}
		values[i] = last
	}
	return values
}

func queueOf(m moment) float64   { return m.queue }
func gpuOf(m moment) float64     { return m.gpu }
func readyOf(m moment) float64   { return m.ready }
func desiredOf(m moment) float64 { return m.desired }

// trend compares the newest third of the values with the third before it: 1 for
// growing, -1 for falling, 0 for neither or unknown.
func trend(values []float64) int {
	known := slices.DeleteFunc(slices.Clone(values), math.IsNaN)
	third := len(known) / 3
	if third == 0 {
		return 0
	}
	before, after := mean(known[len(known)-2*third:len(known)-third]), mean(known[len(known)-third:])
	const notable = 0.1 // of the larger; less is noise
	switch change := after - before; {
	case math.Abs(change) < 1 || math.Abs(change) < notable*math.Max(before, after):
		return 0
	case change > 0:
		return 1
	}
	return -1
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}
