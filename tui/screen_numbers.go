package tui

import (
	"time"

	"github.com/infscale/kubectl-infscale/checks/signals"
)

// numberNames are the numbers of a workload, for people.
var numberNames = [...]struct {
	metric signals.Metric
	name   string
	words  func(float64) string
}{
	{signals.QueueDepth, "queue", count},
	{signals.Running, "running", count},
	{signals.KVCacheUsage, "KV cache", func(v float64) string { return count(v*100) + " %" }},
	{signals.TTFTp95, "TTFT p95", latency},
	{signals.EndToEndP99, "generation p99", latency},
	{signals.GenerationTokens, "tokens out/s", count},
	{signals.PromptTokens, "tokens in/s", count},
	{signals.GPUUtilisation, "GPU", func(v float64) string { return count(v) + " %" }},
	{signals.GPUMemoryUsed, "GPU memory", func(v float64) string { return trim(v/1024) + " GiB" }},
	{signals.ModelLoadTime, "load time", func(v float64) string { return short(seconds(v)) }},
}

// numberLines are all numbers: on one line each with source and age, else side by
// side.
func (m *Model) numberLines(w *Workload, width int) []line {
	var lines []line
	var one line
	for _, n := range numberNames {
		number := w.Numbers[n.metric]
		part := text(faint, n.name+" ")
		value := m.number(number, n.words(number.Value))
		if m.sources {
			part = text(faint, pad(n.name, 15))
			part.join(value)
			if number.Known {
				part.pad(28)
				part.add(faint, m.origin(number.Source, number.At))
			}
			part.fit(width, m.g.more)
			lines = append(lines, part)
			continue
		}
		part.join(value)
		if one.width() > 0 && one.width()+3+part.width() > width {
			lines, one = append(lines, one), line{}
		}
		if one.width() > 0 {
			one.add(plain, "   ")
		}
		one.join(part)
	}
	if !m.sources {
		lines = append(lines, one)
	}
	return lines
}

// pathLines follow the metrics from the engine to the replicas.
func (m *Model) pathLines(w *Workload, width int) []line {
	if len(w.Path) == 0 {
		return []line{text(faint, m.g.none)}
	}
	var lines []line
	for _, hop := range w.Path {
		l := text(faint, pad(hop.Place, 9)+" ")
		switch {
		case hop.Broken:
			l.add(failing, m.g.err+" "+hop.Says)
		case hop.Head:
			l.add(faint, hop.Says)
		default:
			l.add(plain, hop.Says)
		}
		if m.sources && hop.Source != "" {
			l.add(faint, "  "+m.origin(hop.Source, hop.At))
		}
		l.fit(width, m.g.more)
		lines = append(lines, l)
	}
	return lines
}

// origin is a source and an age.
func (m *Model) origin(source string, at time.Time) string {
	if at.IsZero() {
		return source
	}
	return source + ", " + short(max(0, m.moment().Sub(at))) + " old"
}
