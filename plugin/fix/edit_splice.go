package fix

import (
	"bytes"
	"strings"

	"go.yaml.in/yaml/v3"
)

// splice turns a difference into a change of the text.
func (m *manuscript) splice(d *departure) (splice, error) {
	var s splice
	var err error
	switch {
	case d.do == removeEntry:
		s, err = m.remove(d.at)
	case d.do == addEntry:
		s, err = m.add(d)
	default:
		s, err = m.replace(d)
	}
	if err != nil {
		return s, err
	}
	if what := template(m.doc.Text[s.from:s.to]); what != "" {
		return s, refuse("%s holds the template expression %s", d.at.path, what)
	}
	return s, nil
}

// template returns an expression that some other program fills in before the
// manifest is applied.
func template(text []byte) string {
	for _, marks := range [...][2]string{{"{{", "}}"}, {"${", "}"}} {
		if _, rest, found := bytes.Cut(text, []byte(marks[0])); found {
			inside, _, closed := bytes.Cut(rest, []byte(marks[1]))
			if closed && !bytes.Contains(inside, []byte("\n")) {
				return marks[0] + string(inside) + marks[1]
			}
		}
	}
	return ""
}

// replace puts a value in the place of another.
func (m *manuscript) replace(d *departure) (splice, error) {
	node := d.at.node
	if node.Style&yaml.TaggedStyle != 0 {
		return splice{}, refuse("%s has a tag", d.at.path)
	}
	from, end, err := m.span(d.at)
	if err != nil {
		return splice{}, err
	}
	if node.Kind == yaml.ScalarNode && d.want.Kind == yaml.ScalarNode && from < end {
		return m.replaceScalar(d, from, end)
	}
	if node.Kind != yaml.ScalarNode {
		if lost, err := m.commentsIn(node, from, end); err != nil || len(lost) > 0 {
			return splice{}, refuse("%s: there are comments inside what would be replaced", d.at.path)
		}
	}
	switch {
	case d.at.flow:
		return splice{from, end, m.flowText(d.want)}, nil
	case d.at.parent == nil:
		return splice{}, refuse("the object as a whole would be replaced")
	case d.at.parent.Kind == yaml.SequenceNode:
		return splice{from, end, m.blockValue(d.want, from-m.lineStart(from))}, nil
	}
	from, err = m.colon(d.at)
	if err != nil {
		return splice{}, err
	}
	if from > end {
		end = from
	}
	return splice{from, end, m.behindColon(d.want, column(d.at.parent))}, nil
}

// span is the text of a value.
func (m *manuscript) span(at place) (from, end int, err error) {
	around := -1
	if at.parent != nil {
		around = column(at.parent)
	}
	end, err = m.end(at.node, around, at.flow)
	return m.body(at.node), end, err
}

// colon is the place behind the colon of a value's key.
func (m *manuscript) colon(at place) (int, error) {
	key := at.parent.Content[at.i-1]
	end, err := m.end(key, column(at.parent), at.flow)
	if err != nil {
		return 0, err
	}
	for end < len(m.doc.Text) && (m.doc.Text[end] == ' ' || m.doc.Text[end] == '\t') {
		end++
	}
	if end >= len(m.doc.Text) || m.doc.Text[end] != ':' {
		return 0, refuse("line %d is written in a way that is not edited", key.Line)
	}
	return end + 1, nil
}

// entryEnd is where an entry ends: its value, or the colon where there is none.
func (m *manuscript) entryEnd(at place) (int, error) {
	_, end, err := m.span(at)
	if err != nil || at.parent.Kind == yaml.SequenceNode {
		return end, err
	}
	colon, err := m.colon(at)
	if at.node.Kind == yaml.ScalarNode && at.node.Value == "" && at.node.Style == 0 {
		return colon, err
	}
	return max(end, colon), err
}

// remove takes an entry away, and leaves what was said about it.
func (m *manuscript) remove(at place) (splice, error) {
	if at.flow || at.parent.Style&yaml.FlowStyle != 0 {
		return m.removeFlow(at)
	}
	end, err := m.entryEnd(at)
	if err != nil {
		return splice{}, err
	}
	from := m.entryStart(at)
	stop := m.lineEnd(end)
	if rest := bytes.TrimSpace(m.doc.Text[end:stop]); len(rest) > 0 && rest[0] != '#' {
		return splice{}, refuse("%s: something else stands on its line", at.path)
	}
	words, err := m.commentsIn(at.node, m.start(at.node), stop)
	if err != nil {
		return splice{}, err
	}
	line := m.lineStart(from)
	if len(bytes.TrimSpace(m.doc.Text[line:from])) > 0 {
		return m.removeFirst(at, from, words)
	}
	var kept strings.Builder
	for _, word := range words {
		kept.WriteString(strings.Repeat(" ", column(at.parent)) + word + "\n")
	}
	if stop < len(m.doc.Text) {
		return splice{line, stop + 1, kept.String()}, nil
	}
	// The file ends without a line break, and goes on doing so.
	text := strings.TrimSuffix(kept.String(), "\n")
	if text == "" && line > 0 {
		line = len(bytes.TrimSuffix(m.doc.Text[:line-1], []byte("\r")))
	}
	return splice{line, stop, text}, nil
}

// entryStart is where an entry's key, or its dash, stands.
func (m *manuscript) entryStart(at place) int {
	if at.parent.Kind == yaml.MappingNode {
		return m.start(at.parent.Content[at.i-1])
	}
	from := m.start(at.node)
	for from > 0 && strings.IndexByte(" \t\r\n", m.doc.Text[from-1]) >= 0 {
		from--
	}
	return max(0, from-1)
}

// removeFirst takes the entry away that stands behind a list's dash: the next
// one moves up to it.
func (m *manuscript) removeFirst(at place, from int, words []string) (splice, error) {
	if at.parent.Kind != yaml.MappingNode || at.i+1 >= len(at.parent.Content) || len(words) > 0 {
		return splice{}, refuse("%s: something else stands on its line", at.path)
	}
	next := m.start(at.parent.Content[at.i+1])
	end, err := m.entryEnd(at)
	if err != nil || len(bytes.TrimSpace(m.doc.Text[end:next])) > 0 {
		return splice{}, refuse("%s: something stands between it and the next field", at.path)
	}
	return splice{from, next, ""}, nil
}

func (m *manuscript) removeFlow(at place) (splice, error) {
	end, err := m.entryEnd(at)
	if err != nil {
		return splice{}, err
	}
	step, from := 1, m.start(at.node)
	if at.parent.Kind == yaml.MappingNode {
		step, from = 2, m.start(at.parent.Content[at.i-1])
	}
	first := at.i - (step - 1)
	s := splice{from: from, to: end}
	switch {
	case at.i+1 < len(at.parent.Content):
		s.to = m.start(at.parent.Content[at.i+1])
	case first > 0:
		before := at
		before.i, before.node = first-1, at.parent.Content[first-1]
		if s.from, err = m.entryEnd(before); err != nil {
			return splice{}, err
		}
	}
	if bytes.Contains(m.doc.Text[s.from:s.to], []byte(" #")) {
		return splice{}, refuse("%s: there are comments inside what would go", at.path)
	}
	return s, nil
}
