package tui

import (
	"fmt"
	"strings"
)

// The smallest screen that anything useful fits on.
const (
	fewestColumns = 40
	fewestLines   = 8
)

// layout says which lines of the screen are what.
type layout struct {
	trouble   []line
	tableTop  int // the first row beneath the column titles
	tableRows int
	pane      int // lines of the pane beneath, its rule among them
}

// Screen draws everything in w columns and h lines: no line is wider, and there
// are no more of them.
func (m *Model) Screen(w, h int) string {
	if w <= 0 || h <= 0 {
		return ""
	}
	m.width, m.height = w, h
	var lines []line
	switch {
	case w < fewestColumns || h < fewestLines:
		lines = m.tooSmall()
	case m.fleet == nil && m.showing() == noOverlay:
		lines = m.waitScreen()
	case m.showing() == noOverlay:
		lines = m.fleetScreen()
	default:
		lines = m.overlayScreen()
	}
	var b strings.Builder
	for i := range lines[:min(len(lines), h)] {
		if i > 0 {
			b.WriteByte('\n')
		}
		lines[i].write(&b, m.look, w, m.g.more)
	}
	return b.String()
}

func (m *Model) tooSmall() []line {
	words := fmt.Sprintf("%d%s%d is too small: infscale watch needs %d%s%d", m.width, m.g.times, m.height, fewestColumns, m.g.times, fewestLines)
	var lines []line
	for _, words := range wrap(words, m.width) {
		lines = append(lines, text(plain, words))
	}
	return lines
}

// waitScreen is shown until the first frame comes.
func (m *Model) waitScreen() []line {
	lines := []line{m.header(), {}}
	switch {
	case m.trouble != "":
		for _, words := range wrap(m.g.err+" "+m.trouble, m.width-2) {
			lines = append(lines, text(failing, " "+words))
		}
		lines = append(lines, text(faint, " trying again"))
	default:
		lines = append(lines, text(faint, " reading "+m.clean(m.o.Context)+" "+m.g.more))
	}
	return m.withFooter(lines)
}

// withFooter fills the screen up and puts the footer into its last line.
func (m *Model) withFooter(lines []line) []line {
	for len(lines) < m.height-1 {
		lines = append(lines, line{})
	}
	return append(lines[:m.height-1], m.footer())
}

// bodyHeight is how many lines an overlay has between its title and the footer.
func (m *Model) bodyHeight() int { return max(1, m.height-2-len(m.troubles())) }

// layout divides the screen between the table and the pane beneath it.
func (m *Model) layout() layout {
	l := layout{trouble: m.troubles()}
	l.tableTop = 2 + len(l.trouble)
	room := max(1, m.height-l.tableTop-1)
	rows := max(1, len(m.rows()))
	const roomForPane = 10
	w := m.row()
	if room < roomForPane || w == nil {
		l.tableRows = room
		return l
	}
	needs := len(m.paneLines(w, m.width, room)) + 1
	l.tableRows = max(min(rows, room-needs), min(rows, max(3, room*2/5)))
	l.pane = room - l.tableRows
	return l
}

// keepInView moves the table so that the selected row is on the screen.
func (m *Model) keepInView() {
	if m.height < fewestLines || m.width < fewestColumns {
		return
	}
	rows := m.rows()
	shown := m.layout().tableRows
	for i, w := range rows {
		if w.Ref != m.selected {
			continue
		}
		if i < m.top {
			m.top = i
		}
		if i >= m.top+shown {
			m.top = i - shown + 1
		}
	}
	m.top = min(max(m.top, 0), max(0, len(rows)-shown))
}

func (m *Model) fleetScreen() []line {
	l := m.layout()
	lines := append([]line{m.header()}, l.trouble...)
	lines = append(lines, m.table(l.tableRows)...)
	if w := m.row(); w != nil && l.pane > 1 {
		lines = append(lines, m.rule(w))
		pane := m.paneLines(w, m.width, l.pane-1)
		lines = append(lines, pane[:min(len(pane), l.pane-1)]...)
	}
	return m.withFooter(lines)
}

// footer is the prompt, the message, or the keys.
func (m *Model) footer() line {
	switch {
	case m.prompt != noPrompt:
		return m.promptLine()
	case m.fixWork != "":
		return text(warning, " "+m.fixWork+" "+m.g.more)
	case m.said != "" && m.saidBad:
		return text(failing, " "+m.g.err+" "+m.said)
	case m.said != "":
		return text(bold, " "+m.said)
	}
	return m.keyLine()
}

// keyLine are the keys, as many as there is room for.
func (m *Model) keyLine() line {
	dropped := map[string]bool{}
	for _, next := range [...]string{"", "findings", "pause", "explain", "back", "undo"} {
		dropped[next] = true
		var l line
		for _, c := range m.offered(m.where()) {
			if !dropped[c.footer] && (c.useful == nil || c.useful(m)) {
				l.add(keycap, " "+c.Help().Key)
				l.add(faint, " "+c.footer+" ")
			}
		}
		if l.width() <= m.width {
			return l
		}
	}
	return line{}
}

func (m *Model) promptLine() line {
	l := text(keycap, " /")
	if m.prompt == commandPrompt {
		l = text(keycap, " :")
	}
	room := max(1, m.width/2)
	typed := m.clean(m.typed)
	for columns(typed) > room { // the end is what is being typed
		_, size := firstRune(typed)
		typed = typed[size:]
	}
	l.add(plain, typed)
	l.add(keycap, "_")
	if m.prompt == commandPrompt {
		verb, _, _ := strings.Cut(m.typed, " ")
		hints := m.choices(verb)
		if hints == nil {
			for _, w := range words {
				hints = append(hints, w.usage)
			}
		}
		l.add(faint, "   "+m.clean(strings.Join(hints, "  ")))
	}
	return l
}

func firstRune(s string) (rune, int) {
	for i, r := range s {
		if i > 0 {
			return r, i
		}
	}
	return 0, len(s)
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
