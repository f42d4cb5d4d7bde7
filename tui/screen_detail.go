package tui

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

// margins are the space before the names of the pane's sections, and that of
// the names themselves.
func (m *Model) margins() (indent, label int) {
	if m.width < roomy {
		return 1, 12
	}
	return 3, 14
}

// bodyWidth is what the margins leave of a pane.
func (m *Model) bodyWidth(width int) int {
	indent, label := m.margins()
	return width - indent - label - 1
}

// section is a named part of the pane. The label stands before its first line.
func (m *Model) section(name string, body []line) []line {
	indent, label := m.margins()
	for i := range body {
		l := text(plain, strings.Repeat(" ", indent))
		if i > 0 {
			name = ""
		}
		l.add(faint, pad(name, label))
		l.join(body[i])
		l.selected = body[i].selected
		body[i] = l
	}
	return body
}

// rule names the selected workload above the pane.
func (m *Model) rule(w *Workload) line {
	l := text(faint, " "+m.g.rule+" ")
	l.add(bold, w.Name)
	l.add(faint, " ")
	words := m.subject(w)
	l.add(plain, words+" ")
	l.fit(m.width-1, m.g.more)
	if missing := m.width - 1 - l.width(); missing > 0 {
		l.add(faint, strings.Repeat(m.g.rule, missing))
	}
	return l
}

// subject is what the narrow table may have left out.
func (m *Model) subject(w *Workload) string {
	parts := []string{w.Engine}
	if w.GPUEach > 0 {
		parts = append(parts, plural(int(w.GPUEach), "GPU")+"/replica")
	}
	if w.Scaler != "" {
		scaler := strings.TrimSuffix(w.Scaler, "/"+w.Name)
		parts = append(parts, fmt.Sprintf("%s %d%s%d", scaler, w.Min, m.g.to, w.Max))
	}
	parts = append(parts, m.clean(w.Ref.Namespace+"/"+w.Ref.Kind))
	return strings.Join(parts, " "+m.g.middle+" ")
}

// paneLines are what is known of a workload in so many lines: cold starts, why so
// many replicas, the findings, and what else there is room for.
func (m *Model) paneLines(w *Workload, width, room int) []line {
	body := m.bodyWidth(width)
	starts := m.startLines(w, body, max(2, room/4))
	why := m.whyLines(w, body)
	findings, _ := m.findingLines(w, body, false)
	var lines []line
	lines = append(lines, m.section("Cold starts", starts)...)
	lines = append(lines, m.section(m.whyLabel(w), why)...)
	if m.sources {
		lines = append(lines, m.section("Numbers", m.numberLines(w, body))...)
	}
	const chartRows, fewFindings = 3, 6
	if left := room - len(lines) - min(len(findings), fewFindings); left >= 3*chartRows+2 {
		lines = append(m.charts(w, width, chartRows), lines...)
	}
	lines = append(lines, m.section("Findings", m.findingWindow(w, findings, max(1, room-len(lines))))...)
	if left := room - len(lines); left > len(w.Path) && len(w.Path) > 0 {
		lines = append(lines, m.section("Metric path", m.pathLines(w, body))...)
	}
	return lines
}

// findingWindow cuts a list of findings so that the selected one is in it.
func (m *Model) findingWindow(w *Workload, lines []line, room int) []line {
	if len(lines) <= room || len(w.Findings) == 0 {
		return lines
	}
	from := 0
	if m.inPane {
		at := slices.IndexFunc(lines, func(l line) bool { return l.selected })
		from = min(max(0, at-room/2), len(lines)-room)
	}
	shown := lines[from : from+room]
	if more := len(lines) - from - room; more > 0 {
		last := &shown[room-1]
		if room > 1 && !last.selected {
			*last = text(faint, fmt.Sprintf("and %d more: tab, or enter", more+1))
		}
	}
	return shown
}

// detailLines are everything that is known of a workload; first has the line
// with which each finding begins.
func (m *Model) detailLines(w *Workload, width int) (lines []line, first []int) {
	body := m.bodyWidth(width)
	rows := 3
	if m.height >= 36 {
		rows = 5
	}
	lines = m.charts(w, width, rows)
	lines = append(lines, line{})
	lines = append(lines, m.section("Cold starts", m.startLines(w, body, far))...)
	lines = append(lines, m.section(m.whyLabel(w), m.whyLines(w, body))...)
	lines = append(lines, m.section("Metric path", m.pathLines(w, body))...)
	lines = append(lines, m.section("Numbers", m.numberLines(w, body))...)
	findings, at := m.findingLines(w, body, true)
	for i := range at {
		first = append(first, len(lines)+at[i])
	}
	return append(lines, m.section("Findings", findings)...), first
}

// startLines tell of the pods that are on their way.
func (m *Model) startLines(w *Workload, width, most int) []line {
	if len(w.Starts) == 0 {
		return []line{text(faint, m.g.none)}
	}
	var lines []line
	for i, s := range w.Starts {
		if i == most-1 && len(w.Starts) > most {
			return append(lines, text(faint, fmt.Sprintf("and %d more", len(w.Starts)-i)))
		}
		lines = append(lines, m.startLine(s, width))
	}
	return lines
}

func (m *Model) startLine(s Start, width int) line {
	l := text(bold, pad(podSuffix(s.Pod), 5)+" ")
	cells, between := 10, "  "
	if m.width < roomy {
		cells, between = 6, " "
		s.Words, _, _ = strings.Cut(s.Words, " weights")
	}
	switch {
	case s.Expected > 0:
		l.join(m.bar(float64(s.Elapsed)/float64(s.Expected), cells))
		l.add(plain, fmt.Sprintf(" %s%s%s of %s%s", s.Words, between, short(s.Elapsed), m.g.about, short(s.Expected)))
	default:
		l.add(plain, s.Words+between+short(s.Elapsed))
	}
	if s.Restarts > 0 {
		l.add(failing, between+"restarted "+plural(int(s.Restarts), "time"))
	}
	l.join(m.window(s, between))
	if s.Why != "" {
		l.add(warning, between+s.Why)
	}
	if m.sources && s.How != "" {
		l.add(faint, between+"expected by "+s.How)
	}
	l.fit(width, m.g.more)
	return l
}

// window says what the startup probe will do.
func (m *Model) window(s Start, between string) line {
	left, roomy := s.left(), m.width >= roomy
	switch {
	case s.Window == 0:
		return line{}
	case left <= 0:
		return text(failing, between+"probe window "+short(s.Window)+" is over")
	case s.Expected > s.Window && roomy:
		return text(failing, fmt.Sprintf("%sthe probe kills it in %s, after %s", between, short(left), short(s.Window)))
	case s.Expected > s.Window:
		return text(failing, between+"probe kills in "+short(left))
	case roomy:
		return text(plain, fmt.Sprintf("%sprobe window %s, %s left", between, short(s.Window), short(left)))
	}
	return text(plain, between+"probe "+short(left)+" left")
}

// podSuffix is what tells a pod from the others of its workload.
func podSuffix(name string) string {
	return name[strings.LastIndexByte(name, '-')+1:]
}

// bar is a progress bar; a share above 1 is late.
func (m *Model) bar(share float64, n int) line {
	s := good
	if share > 1 {
		s = warning
	}
	full := int(math.Round(min(max(share, 0), 1) * float64(n)))
	l := text(s, strings.Repeat(m.g.full, full))
	l.add(faint, strings.Repeat(m.g.empty, n-full))
	return l
}

func (m *Model) whyLabel(w *Workload) string {
	if w.Asks.HasWanted {
		return fmt.Sprintf("Why %d", w.Asks.Wanted)
	}
	return "Why"
}

func (m *Model) whyLines(w *Workload, width int) []line {
	why := w.Why
	if len(why) == 0 {
		words := "nothing scales it that could be seen"
		if w.Scaler != "" {
			words = "its autoscaler has not decided yet"
		}
		why = []string{words}
	}
	var lines []line
	for _, sentence := range why {
		for _, words := range wrap(sentence, width) {
			lines = append(lines, text(plain, words))
		}
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
	return source + ", " + short(max(0, m.fleet.At.Sub(at))) + " old"
}

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

// findingLines are one line for each finding, or with their fixes.
func (m *Model) findingLines(w *Workload, width int, all bool) (lines []line, first []int) {
	if len(w.Findings) == 0 {
		return []line{text(good, "nothing found")}, nil
	}
	selects := m.inPane || m.showing() == detailView
	for i := range w.Findings {
		f := &w.Findings[i]
		first = append(first, len(lines))
		lines = append(lines, m.findingLine(f, width, selects && i == m.finding)...)
		if all && f.Fix != nil {
			l := text(faint, "    fix: ")
			l.add(plain, m.clean(fixWords(f.Fix)))
			l.fit(width, m.g.more)
			lines = append(lines, l)
		}
	}
	return lines, first
}

// findingLine is one line, and more for the selected finding, whose message is
// not cut.
func (m *Model) findingLine(f *checks.Finding, width int, selected bool) []line {
	l := text(severityStyle(f.Severity), m.g.of(f.Severity)+" ")
	if m.pending[f.Fingerprint] {
		l.add(good, "applied  ")
	}
	l.add(bold, f.Check.ID)
	message := m.clean(f.Message)
	long := selected && l.width()+2+columns(message) > width-7
	if !long {
		l.add(plain, "  "+message)
	}
	l.selected = selected
	if m.o.can() && f.Fix != nil && f.Fix.Safety != checks.Manual {
		keys := text(keycap, "f")
		keys.add(faint, " fix")
		l.right(keys, width, m.g.more)
	}
	l.fit(width, m.g.more)
	lines := []line{l}
	if long {
		for _, words := range wrap(message, width-2) {
			more := text(plain, "  "+words)
			more.selected = true
			lines = append(lines, more)
		}
	}
	return lines
}
