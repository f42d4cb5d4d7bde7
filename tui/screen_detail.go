package tui

import (
	"fmt"
	"math"
	"strings"
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
	if w.none() {
		return "what was found about objects that belong to no workload"
	}
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
	if w.none() {
		findings, _ := m.findingLines(w, body, false)
		return m.section("Findings", m.findingWindow(w, findings, room))
	}
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

// detailLines are everything that is known of a workload; first has the line
// with which each finding begins.
func (m *Model) detailLines(w *Workload, width int) (lines []line, first []int) {
	body := m.bodyWidth(width)
	if w.none() {
		findings, at := m.findingLines(w, body, true)
		return m.section("Findings", findings), at
	}
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
