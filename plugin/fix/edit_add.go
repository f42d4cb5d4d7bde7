package fix

import (
	"bytes"
	"strings"

	"go.yaml.in/yaml/v3"
)

// add writes a new entry behind the one that comes before it.
func (m *manuscript) add(d *departure) (splice, error) {
	node := d.at.node
	if node.Style&yaml.TaggedStyle != 0 {
		return splice{}, refuse("%s has a tag", d.at.path)
	}
	if d.at.flow || node.Style&yaml.FlowStyle != 0 {
		return m.addFlow(d)
	}
	if node.Kind == yaml.SequenceNode && d.position == 0 {
		at := m.lineStart(m.entryStart(place{parent: node, node: node.Content[0]}))
		return splice{at, at, m.blockEntry(d, column(node)) + "\n"}, nil
	}
	end, err := m.entryEnd(m.before(d))
	if err != nil {
		return splice{}, err
	}
	stop := m.lineEnd(end)
	if rest := bytes.TrimSpace(m.doc.Text[end:stop]); len(rest) > 0 && rest[0] != '#' {
		return splice{}, refuse("%s: something else stands on the line of its last entry", d.at.path)
	}
	text := m.blockEntry(d, column(node))
	if stop == len(m.doc.Text) { // no line break at the end, and none after this
		return splice{stop, stop, "\n" + text}, nil
	}
	return splice{stop + 1, stop + 1, text + "\n"}, nil
}

// before is the entry behind which a new one is written: in a mapping the last.
func (m *manuscript) before(d *departure) place {
	at := place{path: d.at.path, parent: d.at.node, i: len(d.at.node.Content) - 1, flow: d.at.flow || d.at.node.Style&yaml.FlowStyle != 0}
	if d.at.node.Kind == yaml.SequenceNode {
		at.i = d.position - 1
	}
	at.node = at.parent.Content[at.i]
	return at
}

// blockEntry is a new line, or several, of a block mapping or list.
func (m *manuscript) blockEntry(d *departure, indent int) string {
	lead := strings.Repeat(" ", indent)
	if d.at.node.Kind == yaml.SequenceNode {
		return lead + "- " + m.blockValue(d.want, indent+len("- "))
	}
	return lead + m.plainText(d.key) + ":" + m.behindColon(d.want, indent)
}

func (m *manuscript) addFlow(d *departure) (splice, error) {
	node := d.at.node
	text := m.flowText(d.want)
	if node.Kind == yaml.MappingNode {
		text = m.flowText(d.key) + ": " + text
	}
	open := m.body(node)
	if len(node.Content) == 0 {
		end, err := m.end(node, -1, true)
		if err != nil || len(bytes.TrimSpace(m.doc.Text[open+1:end-1])) > 0 {
			return splice{}, refuse("%s: something stands between the brackets", d.at.path)
		}
		return splice{open + 1, end - 1, text}, nil
	}
	if node.Kind == yaml.SequenceNode && d.position == 0 {
		at := m.start(node.Content[0])
		return splice{at, at, text + ", "}, nil
	}
	before := m.before(d)
	end, err := m.entryEnd(before)
	if err != nil {
		return splice{}, err
	}
	first := node.Content[0]
	if first.Line == node.Line { // all on one line, or to be filled as it comes
		return splice{end, end, ", " + text}, nil
	}
	line := m.lineStart(m.start(first))
	lead := string(m.doc.Text[line:m.start(first)])
	if strings.TrimSpace(lead) != "" {
		return splice{end, end, ", " + text}, nil
	}
	text = strings.ReplaceAll(text, "\n", "\n"+lead)
	stop := m.lineEnd(end)
	rest := strings.TrimRight(string(m.doc.Text[end:stop]), "\r")
	if strings.HasPrefix(strings.TrimSpace(rest), "#") {
		return splice{end, end + len(rest), "," + rest + "\n" + lead + text}, nil
	}
	return splice{end, end, ",\n" + lead + text}, nil
}
