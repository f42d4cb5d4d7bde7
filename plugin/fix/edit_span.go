package fix

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// isJSON says whether inventory reads the text by the rules of JSON.
func isJSON(text []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("{")) && json.Valid(text)
}

// start is where a node begins in the document's text, its tag and its anchor
// included.
func (m *manuscript) start(node *yaml.Node) int {
	line := node.Line - m.doc.Line
	if line < 0 || line >= len(m.lines) {
		return len(m.doc.Text)
	}
	at := m.lines[line]
	if m.json {
		return min(at+node.Column-1, len(m.doc.Text))
	}
	for range node.Column - 1 {
		if at < len(m.doc.Text) {
			_, size := utf8.DecodeRune(m.doc.Text[at:])
			at += size
		}
	}
	return at
}

// body is where a node's own text begins, behind its tag and its anchor.
func (m *manuscript) body(node *yaml.Node) int {
	at := m.start(node)
	for at < len(m.doc.Text) && (m.doc.Text[at] == '&' && node.Anchor != "" || m.doc.Text[at] == '!' && node.Style&yaml.TaggedStyle != 0) {
		for at < len(m.doc.Text) && strings.IndexByte(" \t\r\n", m.doc.Text[at]) < 0 {
			at++
		}
		at = m.skip(at)
	}
	return at
}

// skip passes over white space, line breaks and comments.
func (m *manuscript) skip(at int) int {
	text := m.doc.Text
	for at < len(text) {
		switch {
		case strings.IndexByte(" \t\r\n", text[at]) >= 0:
			at++
		case text[at] == '#' && at > 0 && strings.IndexByte(" \t\r\n", text[at-1]) >= 0:
			at = m.lineEnd(at)
		default:
			return at
		}
	}
	return at
}

// lineEnd is where the line's break is, or the text's end.
func (m *manuscript) lineEnd(at int) int {
	if i := bytes.IndexByte(m.doc.Text[at:], '\n'); i >= 0 {
		return at + i
	}
	return len(m.doc.Text)
}

func (m *manuscript) lineStart(at int) int { return bytes.LastIndexByte(m.doc.Text[:at], '\n') + 1 }

// end is where a node's text ends. around is the column, counted from zero, of
// what the node stands in, and -1 for the object.
func (m *manuscript) end(node *yaml.Node, around int, flow bool) (int, error) {
	at := m.body(node)
	switch node.Kind {
	case yaml.AliasNode:
		return m.start(node) + len("*") + len(node.Value), nil
	case yaml.ScalarNode:
		return m.scalarEnd(node, at, around, flow)
	}
	inside := flow || node.Style&yaml.FlowStyle != 0
	if node.Style&yaml.FlowStyle != 0 && (at >= len(m.doc.Text) || strings.IndexByte("{[", m.doc.Text[at]) < 0) {
		return 0, refuse("line %d is written in a way that is not edited", node.Line)
	}
	last := at + 1
	if len(node.Content) > 0 {
		var err error
		if last, err = m.end(node.Content[len(node.Content)-1], column(node), inside); err != nil {
			return 0, err
		}
	}
	if node.Style&yaml.FlowStyle == 0 {
		return last, nil
	}
	for last = m.skip(last); last < len(m.doc.Text) && m.doc.Text[last] == ','; {
		last = m.skip(last + 1)
	}
	if last >= len(m.doc.Text) || strings.IndexByte("}]", m.doc.Text[last]) < 0 {
		return 0, refuse("line %d is written in a way that is not edited", node.Line)
	}
	return last + 1, nil
}

// column is where a block mapping's keys, or a list's dashes, stand.
func column(node *yaml.Node) int { return node.Column - 1 }

func (m *manuscript) scalarEnd(node *yaml.Node, at, around int, flow bool) (int, error) {
	switch {
	case node.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return m.blockEnd(at, around), nil
	case node.Style&yaml.DoubleQuotedStyle != 0:
		for i := at + 1; i < len(m.doc.Text); i++ {
			switch m.doc.Text[i] {
			case '\\':
				i++
			case '"':
				return i + 1, nil
			}
		}
	case node.Style&yaml.SingleQuotedStyle != 0:
		for i := at + 1; i < len(m.doc.Text); i++ {
			if m.doc.Text[i] != '\'' {
				continue
			}
			if i+1 == len(m.doc.Text) || m.doc.Text[i+1] != '\'' {
				return i + 1, nil
			}
			i++
		}
	default:
		return m.plainEnd(node, at, flow)
	}
	return 0, refuse("line %d: no end of the text was found", node.Line)
}

// plainEnd reads lines until they make up the node's value.
func (m *manuscript) plainEnd(node *yaml.Node, at int, flow bool) (int, error) {
	if node.Value == "" {
		return at, nil
	}
	var got strings.Builder
	for breaks := 0; at < len(m.doc.Text); {
		stop := m.lineEnd(at)
		piece := plainPiece(string(m.doc.Text[at:stop]), flow)
		switch {
		case piece == "":
			breaks++
		case got.Len() == 0:
			got.WriteString(piece)
		case breaks > 1:
			got.WriteString(strings.Repeat("\n", breaks-1) + piece)
		default:
			got.WriteString(" " + piece)
		}
		if piece != "" {
			breaks = 1
		}
		if got.String() == node.Value {
			return at + len(piece), nil
		}
		if got.Len() > len(node.Value) {
			break
		}
		for at = min(stop+1, len(m.doc.Text)); at < len(m.doc.Text) && (m.doc.Text[at] == ' ' || m.doc.Text[at] == '\t'); at++ {
		}
	}
	return 0, refuse("line %d: no end of the text was found", node.Line)
}

// plainPiece is what of a line belongs to a plain scalar that starts there.
func plainPiece(line string, flow bool) string {
	stop := len(line)
	for i := range len(line) {
		next := byte(' ')
		if i+1 < len(line) {
			next = line[i+1]
		}
		colon := line[i] == ':' && (strings.IndexByte(" \t\r", next) >= 0 || flow && strings.IndexByte(",[]{}", next) >= 0)
		comment := line[i] == '#' && i > 0 && (line[i-1] == ' ' || line[i-1] == '\t')
		if colon || comment || flow && strings.IndexByte(",[]{}", line[i]) >= 0 {
			stop = i
			break
		}
	}
	return strings.TrimRight(line[:stop], " \t\r")
}

// blockEnd is the end of the last line of a literal or folded scalar whose
// header stands at a place.
func (m *manuscript) blockEnd(at, around int) int {
	head := m.lineEnd(at)
	end := head
	indent := -1
	for _, c := range m.doc.Text[at:head] {
		if c >= '1' && c <= '9' && indent < 0 {
			indent = max(around, 0) + int(c-'0')
		}
		if c == ' ' || c == '#' {
			break
		}
	}
	for next := head + 1; next < len(m.doc.Text); next = m.lineEnd(next) + 1 {
		row := m.doc.Text[next:m.lineEnd(next)]
		spaces := len(row) - len(bytes.TrimLeft(row, " "))
		if len(bytes.TrimSpace(row)) == 0 {
			continue
		}
		if indent < 0 && spaces > around {
			indent = spaces
		}
		if indent < 0 || spaces < indent {
			break
		}
		end = next + len(row)
	}
	if end > at && m.doc.Text[end-1] == '\r' {
		end--
	}
	return end
}
