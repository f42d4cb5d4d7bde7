package tui

import (
	"strings"

	"github.com/infscale/kubectl-infscale/checks"
)

// overlayScreen draws what lies on top: a title, a body that scrolls, and the
// footer.
func (m *Model) overlayScreen() []line {
	lines := append([]line{m.overlayTitle()}, m.troubles()...)
	body := m.overlayLines(m.width)
	room := m.bodyHeight()
	m.scroll = min(m.scroll, max(0, len(body)-room))
	lines = m.withFooter(append(lines, body[m.scroll:min(len(body), m.scroll+room)]...))
	m.moreBelow(&lines[len(lines)-1], len(body)-m.scroll-room)
	return lines
}

// moreBelow says in the footer that there is more to read, where there is room.
func (m *Model) moreBelow(footer *line, n int) {
	if n <= 0 {
		return
	}
	var l line
	l.add(keycap, "j")
	l.add(faint, " "+plural(n, "more line"))
	if footer.width()+l.width()+2 <= m.width {
		footer.right(l, m.width, m.g.more)
	}
}

func (m *Model) overlayTitle() line {
	var l line
	switch m.showing() {
	case detailView:
		w := m.row()
		if w == nil {
			l = text(title, " gone ")
			break
		}
		l = text(title, " "+w.Name+" ")
		l.add(plain, " "+m.subject(w)+"  ")
		l.join(m.issues(w.Errors, w.Warnings, w.Infos, true))
	case helpView:
		l = text(title, " help ")
	case explainView:
		l = text(title, " "+m.check.ID+" ")
		l.add(plain, " "+m.clean(string(m.check.Section)))
	case previewView:
		l = text(title, " fix ")
		l.add(plain, " "+plural(len(m.fixing), "finding"))
	}
	l.right(m.clock(), m.width, m.g.more)
	return l
}

// overlayLines are the whole body, of which a part is shown.
func (m *Model) overlayLines(width int) []line {
	switch m.showing() {
	case detailView:
		w := m.row()
		if w == nil {
			return []line{{}, text(plain, " it is not there any more; esc goes back")}
		}
		lines, _ := m.detailLines(w, width)
		return lines
	case helpView:
		return m.helpLines(width)
	case explainView:
		return m.explainLines(width)
	case previewView:
		return m.previewLines(width)
	}
	return nil
}

// helpLines are made of the keys that are offered, by their groups.
func (m *Model) helpLines(width int) []line {
	var lines []line
	group := ""
	const keyColumns = 10
	all := m.allowed(onFleet | onDetail | onPreview)
	for _, name := range [...]string{groupFix, groupLook, groupMove, groupTime, groupSort, groupLeave} {
		for _, c := range all {
			if c.group != name {
				continue
			}
			if group != name {
				group = name
				lines = append(lines, line{}, text(bold, " "+name))
			}
			l := text(keycap, "   "+pad(c.Help().Key, keyColumns))
			l.add(plain, c.Help().Desc)
			lines = append(lines, l)
		}
	}
	lines = append(lines, line{}, text(bold, " "+groupPrompt))
	for _, w := range words {
		l := text(keycap, "   "+pad(w.usage, 2*keyColumns))
		l.add(plain, w.what)
		lines = append(lines, l)
	}
	return m.twoColumns(lines[1:], width)
}

// twoColumns sets the help side by side where the screen is wide enough.
func (m *Model) twoColumns(lines []line, width int) []line {
	const half = 52
	if width < 2*half || len(lines) <= m.bodyHeight() {
		return lines
	}
	middle := (len(lines) + 1) / 2
	for middle < len(lines) && len(lines[middle].spans) > 0 {
		middle++
	}
	left, right := lines[:middle], lines[min(middle+1, len(lines)):]
	var both []line
	for i := range max(len(left), len(right)) {
		var l line
		if i < len(left) {
			l = left[i]
		}
		l.pad(half)
		if i < len(right) {
			l.join(right[i])
		}
		both = append(both, l)
	}
	return both
}

// explainLines are the check's page, and the finding's evidence.
func (m *Model) explainLines(width int) []line {
	var lines []line
	para := func(label string, s style, words string) {
		if words == "" {
			return
		}
		if label != "" {
			lines = append(lines, line{}, text(faint, " "+label))
		}
		for _, part := range wrap(m.clean(words), width-4) {
			lines = append(lines, text(s, "  "+part))
		}
	}
	doc := m.check.Doc
	para("", bold, doc.Title)
	if m.about != nil {
		para("Found", severityStyle(m.about.Severity), m.g.of(m.about.Severity)+" "+m.about.Message)
		para("At", plain, strings.TrimSpace(m.about.At.Object.Ref.String()+" "+m.about.At.Path.String()))
		for i, e := range m.about.Evidence {
			label := ""
			if i == 0 {
				label = "Evidence"
			}
			para(label, plain, e.Path+": "+e.Value+" ("+string(e.Basis)+")")
		}
		if m.about.Fix != nil {
			para("Fix", plain, fixWords(m.about.Fix))
		}
	}
	para("Why it matters", plain, doc.Why)
	para("Remedy", plain, doc.Remedy)
	para("When to leave it", plain, doc.Ignore)
	for i, source := range doc.Sources {
		label := ""
		if i == 0 {
			label = "Sources"
		}
		para(label, plain, source)
	}
	return lines
}

// previewLines show what a fix would change.
func (m *Model) previewLines(width int) []line {
	p := m.preview
	if p == nil {
		return nil
	}
	lines := append(m.previewHead(p, width), line{})
	for _, words := range strings.Split(strings.TrimRight(p.Diff, "\n"), "\n") {
		lines = append(lines, text(diffStyle(words), " "+m.clean(strings.ReplaceAll(words, "\t", "    "))))
	}
	if p.Apply != nil {
		l := text(plain, " ")
		l.add(keycap, "y")
		l.add(plain, " applies this and nothing else, ")
		l.add(keycap, "esc")
		l.add(plain, " leaves everything as it is")
		lines = append(lines, line{}, l)
	}
	return lines
}

// previewHead says which findings a fix is for, and what is to be known of it.
func (m *Model) previewHead(p *Preview, width int) []line {
	var lines []line
	para := func(s style, before, words string) {
		for i, part := range wrap(m.clean(words), width-2-columns(before)) {
			head := strings.Repeat(" ", columns(before))
			if i == 0 {
				head = before
			}
			lines = append(lines, text(s, " "+head+part))
		}
	}
	const few = 3 // more are one line each
	for i := range m.fixing {
		f := &m.fixing[i]
		if len(m.fixing) > few && f.Fix != nil {
			lines = append(lines, m.previewLine(f, width))
			continue
		}
		para(severityStyle(f.Severity), m.g.of(f.Severity)+" ", f.Check.ID+"  "+f.Message)
		if f.Fix != nil {
			para(bold, "  ", fixWords(f.Fix))
			if f.Fix.Restarts {
				para(warning, m.g.warn+" ", "the pods are replaced, and load their model again")
			}
		}
	}
	if p.Refusal != "" {
		para(failing, m.g.err+" ", "not applied here: "+p.Refusal)
	}
	for _, words := range p.Warnings {
		para(warning, m.g.warn+" ", "the API server warns: "+words)
	}
	for _, words := range p.Notes {
		para(hint, m.g.info+" ", words)
	}
	return lines
}

// previewLine says in one line what is repaired, where, and by what.
func (m *Model) previewLine(f *checks.Finding, width int) line {
	l := text(severityStyle(f.Severity), " "+m.g.of(f.Severity)+" ")
	l.add(bold, f.Check.ID)
	if f.Fix.Object != nil {
		l.add(plain, " "+m.clean(f.Fix.Object.Short()))
	}
	l.add(faint, "  "+m.clean(f.Fix.Title))
	l.fit(width, m.g.more)
	return l
}

func diffStyle(words string) style {
	switch {
	case strings.HasPrefix(words, "+++"), strings.HasPrefix(words, "---"):
		return bold
	case strings.HasPrefix(words, "+"):
		return good
	case strings.HasPrefix(words, "-"):
		return removed
	case strings.HasPrefix(words, "@@"):
		return faint
	}
	return plain
}
