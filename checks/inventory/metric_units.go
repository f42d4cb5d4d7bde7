package inventory

import (
	"math"
	"strings"
	"time"
)

// Misfit is a target that is not in the unit of the series that it is compared
// with. Is says what the series holds, Target what the target is in that unit:
// "a share between 0 and 1", "never passed".
type Misfit struct {
	Is, Target string
	// Meant is the number in the right unit, if that is what somebody meant.
	Meant float64
	// Sure says that no load makes sense of the target; else it is only a very
	// unlikely one.
	Sure bool
}

// Lasting are latencies that nobody waits for, in seconds: for a token, and for
// a whole request.
type Lasting struct{ Token, Request float64 }

// Misfit judges a target that is written in the unit of the series, or was
// converted to it. most is the largest value that the number can have.
func (m Metric) Misfit(target, most float64, longest Lasting) (Misfit, bool) {
	switch {
	case target <= 0:
		return Misfit{}, false
	case m.Unit == "ratio" && m.Max == 1:
		return Misfit{"a share between 0 and 1", "never passed", target / 100, true}, target >= most
	case m.Unit == "percent" && target <= 1:
		return Misfit{"a percentage between 0 and 100", "one percent or less", target * 100, true}, true
	case m.Unit == "percent":
		return Misfit{"a percentage between 0 and 100", "never passed", 0, true}, target >= most
	case m.Unit == "MiB" || m.Unit == "bytes":
		return m.misfitMemory(target)
	case m.Unit == "requests":
		return Misfit{"a count of requests", "less than one", 0, false}, target < 1
	}
	return m.misfitLatency(target, longest)
}

// misfitMemory knows how little an engine takes before its first request, and
// that no GPU has 10 TB.
func (m Metric) misfitMemory(target float64) (Misfit, bool) {
	const least, most = 100, 1e7 // MiB
	if m.Meaning != MeansGPUMemory || !strings.Contains(strings.ToLower(m.Name), "used") {
		return Misfit{}, false
	}
	inMiB := target
	if m.Unit == "bytes" {
		inMiB = target / (1 << 20)
	}
	if inMiB >= most {
		return Misfit{"in " + m.Unit, "more than any GPU has", target / (1 << 20), true}, true
	}
	return Misfit{"in " + m.Unit, "less than an engine takes before the first request", 0, true}, inMiB <= least
}

// misfitLatency finds seconds that were meant as milliseconds, and the other
// way round.
func (m Metric) misfitLatency(target float64, longest Lasting) (Misfit, bool) {
	unit := map[string]time.Duration{"seconds": time.Second, "milliseconds": time.Millisecond, "microseconds": time.Microsecond}[m.Unit]
	if m.Meaning != MeansLatency || unit == 0 {
		return Misfit{}, false
	}
	f := Misfit{Is: "in " + m.Unit, Target: time.Duration(math.Min(target*float64(unit), math.MaxInt64/2)).String(), Meant: target * 1000}
	if unit == time.Second {
		f.Sure, f.Meant = m.perToken(), target/1000
		if f.Sure {
			return f, target >= longest.Token
		}
		return f, target >= longest.Request
	}
	shortest := 100 * time.Microsecond // of a queue; no model answers within a millisecond
	if m.perToken() {
		shortest = time.Millisecond
	}
	return f, target*float64(unit) <= float64(shortest)
}

// perToken tells latencies of one token from those of a whole request.
func (m Metric) perToken() bool {
	for _, word := range [...]string{"first_token", "ttft", "output_token", "inter_token", "itl", "per_token", "first_response"} {
		if strings.Contains(m.Name, word) {
			return true
		}
	}
	return false
}
