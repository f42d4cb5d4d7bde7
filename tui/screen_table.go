package tui

import (
	"strings"
)

// table draws the titles and the rows that are in view.
func (m *Model) table(rows int) []line {
	cols := m.columns(m.width)
	lines := []line{m.titles(cols)}
	all := m.rows()
	if len(all) == 0 {
		return append(lines, m.emptyTable(rows)...)
	}
	for i := m.top; i < min(len(all), m.top+rows); i++ {
		lines = append(lines, m.tableRow(cols, all[i]))
	}
	for len(lines) < rows+1 {
		lines = append(lines, line{})
	}
	return lines
}

func (m *Model) emptyTable(rows int) []line {
	words := "no inference workload is seen here"
	if len(m.fleet.Workloads) > 0 {
		words = "nothing passes the filter; esc takes it away"
	}
	lines := []line{text(faint, " "+words)}
	for len(lines) < rows {
		lines = append(lines, line{})
	}
	return lines
}

func (m *Model) titles(cols []column) line {
	l := text(plain, " ")
	for i, c := range cols {
		if i > 0 {
			l.add(plain, strings.Repeat(" ", gapColumns(m.width)))
		}
		words, s := c.title, faint
		if c.id == m.order && c.id != "" {
			s = bold
			if columns(words) < c.width {
				words += m.arrow()
			}
		}
		if c.rightward {
			words = padLeft(words, c.width)
		}
		l.add(s, pad(cut(words, c.width, ""), c.width))
	}
	return l
}

// arrow points down where the order is the usual one of its column.
func (m *Model) arrow() string {
	switch {
	case m.o.ASCII && m.reversed:
		return "^"
	case m.o.ASCII:
		return "v"
	case m.reversed:
		return "↑"
	}
	return "↓"
}

func (m *Model) tableRow(cols []column, w *Workload) line {
	l := text(plain, " ")
	selected := w.Ref == m.selected
	if selected {
		l = text(keycap, m.g.mark)
		l.selected = !m.inPane
	}
	for i, c := range cols {
		if i > 0 {
			l.add(plain, strings.Repeat(" ", gapColumns(m.width)))
		}
		part := c.draw(m, w)
		part.fit(c.width, m.g.more)
		if missing := c.width - part.width(); c.rightward && missing > 0 {
			l.add(plain, strings.Repeat(" ", missing))
			missing = 0
		} else if !c.rightward {
			part.pad(c.width)
		}
		if selected && i == 0 {
			part.spans[0].style = bold
		}
		l.join(part)
	}
	return l
}
