package tui

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// count writes a whole number in at most five columns.
func count(v float64) string {
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.Abs(v) < 99_999.5:
		return strconv.FormatFloat(math.Round(v)+0, 'f', 0, 64)
	case math.Abs(v) < 9.995e6:
		return strconv.FormatFloat(v/1e3, 'f', 0, 64) + "k"
	case math.Abs(v) < 9.995e9:
		return strconv.FormatFloat(v/1e6, 'f', 0, 64) + "M"
	}
	return strconv.FormatFloat(v, 'e', 0, 64)
}

// latency writes seconds: 85ms, 4.2s, 120s.
func latency(v float64) string {
	switch {
	case math.IsNaN(v):
		return "NaN"
	case v < 0.9995:
		return strconv.FormatFloat(v*1000, 'f', 0, 64) + "ms"
	case v < 9.95:
		return strconv.FormatFloat(v, 'f', 1, 64) + "s"
	case v < 1000:
		return strconv.FormatFloat(v, 'f', 0, 64) + "s"
	}
	return short(seconds(math.Min(v, 1e6)))
}

// trim writes a number with at most one decimal.
func trim(v float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0")
}

// besides writes a number that is compared with a target: of one that is large,
// and far from it, the decimal tells nothing.
func besides(v, target float64) string {
	const large, far = 10, 1
	if math.Abs(v) >= large && math.Abs(v-target) >= far {
		return count(v)
	}
	return trim(v)
}

// short writes a duration in two units: 42s, 8m10s, 3h05m, 2d4h.
func short(d time.Duration) string {
	d = d.Round(time.Second)
	switch {
	case d < 0:
		return "-" + short(-d)
	case d < time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", d/time.Minute, d%time.Minute/time.Second)
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh%02dm", d/time.Hour, d%time.Hour/time.Minute)
	}
	return fmt.Sprintf("%dd%dh", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
}
