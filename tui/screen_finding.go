package tui

import (
	"fmt"
	"slices"

	"github.com/infscale/kubectl-infscale/checks"
)

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
