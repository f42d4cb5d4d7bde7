package fix

import (
	"bytes"
	"encoding/json"
	"strings"

	"go.yaml.in/yaml/v3"
)

// layout is how a document is written, as far as new lines have to follow it.
type layout struct {
	json   bool
	crlf   bool
	step   int    // spaces per level
	unit   string // one level of JSON; empty where all is on one line
	dashes bool   // lists stand deeper than their keys
	quotes bool   // texts of several lines go into quotes
}

// layoutOf reads the habits of a document; where it shows none, those of
// kubectl.
func layoutOf(root *yaml.Node, text []byte) layout {
	style := layout{json: isJSON(text), step: 2, crlf: bytes.Contains(text, []byte("\r\n"))}
	seenStep, seenDash := false, false
	var look func(node *yaml.Node)
	look = func(node *yaml.Node) {
		for i := 0; i+1 < len(node.Content) && node.Kind == yaml.MappingNode; i += 2 {
			key, value := node.Content[i], node.Content[i+1]
			below := value.Line > key.Line && value.Style&yaml.FlowStyle == 0
			switch deeper := value.Column - key.Column; {
			case !below:
			case value.Kind == yaml.MappingNode && deeper > 0 && !seenStep:
				style.step, seenStep = deeper, true
			case value.Kind == yaml.SequenceNode && !seenDash:
				style.dashes, seenDash = deeper > 0, true
			}
		}
		for _, inner := range node.Content {
			look(inner)
		}
	}
	look(root)
	if style.json {
		style.unit = jsonUnit(text)
	}
	return style
}

// jsonUnit is the indentation of the first line that has one.
func jsonUnit(text []byte) string {
	for row := range bytes.Lines(text) {
		if width := len(row) - len(bytes.TrimLeft(row, " \t")); width > 0 && len(bytes.TrimSpace(row)) > 0 {
			return string(row[:width])
		}
	}
	return ""
}

func (l layout) breaks(text string) string {
	if !l.crlf {
		return text
	}
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")
}

// behindColon is a value with what separates it from its key's colon; indent is
// the key's.
func (m *manuscript) behindColon(value *yaml.Node, indent int) string {
	if value.Kind == yaml.ScalarNode || len(value.Content) == 0 {
		return " " + m.blockValue(value, indent+m.style.step)
	}
	if value.Kind == yaml.MappingNode || m.style.dashes {
		indent += m.style.step
	}
	return "\n" + strings.Repeat(" ", indent) + m.blockValue(value, indent)
}

// blockValue writes a value in block style; all lines but the first are
// indented.
func (m *manuscript) blockValue(value *yaml.Node, indent int) string {
	if value.Kind != yaml.ScalarNode && len(value.Content) == 0 {
		return m.flowText(value)
	}
	lead := "\n" + strings.Repeat(" ", indent)
	var rows []string
	switch value.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(value.Content); i += 2 {
			rows = append(rows, m.plainText(value.Content[i])+":"+m.behindColon(value.Content[i+1], indent))
		}
	case yaml.SequenceNode:
		for _, item := range value.Content {
			rows = append(rows, "- "+m.blockValue(item, indent+len("- ")))
		}
	default:
		if text := value.Value; value.ShortTag() == "!!str" && strings.Contains(text, "\n") {
			if block, ok := literal("|", "", text, indent); ok && !m.style.quotes {
				return block
			}
			return quoted(text)
		}
		return m.plainText(value)
	}
	return strings.Join(rows, lead)
}

// plainText writes a scalar on one line.
func (m *manuscript) plainText(node *yaml.Node) string {
	if m.style.json {
		return jsonScalar(node)
	}
	text := node.Value
	if node.ShortTag() != "!!str" {
		return text
	}
	if strings.ContainsAny(text, "\n\r\t") || !printable(text) {
		return quoted(text)
	}
	encoded, err := yaml.Marshal(text)
	if row := strings.TrimSuffix(string(encoded), "\n"); err == nil && !strings.Contains(row, "\n") {
		return row
	}
	return quoted(text)
}

func printable(text string) bool {
	for _, r := range text {
		if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 || r == 0xfeff {
			return false
		}
	}
	return true
}

// quoted writes a text in double quotes, as JSON and YAML both read it.
func quoted(text string) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(text) != nil {
		return `""`
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func jsonScalar(node *yaml.Node) string {
	switch node.ShortTag() {
	case "!!int", "!!float", "!!bool":
		return node.Value
	case "!!null":
		return "null"
	}
	return quoted(node.Value)
}

// flowText writes a value inside braces or brackets. In JSON with indentation
// it takes several lines, without that of the first.
func (m *manuscript) flowText(node *yaml.Node) string {
	if node.Kind == yaml.ScalarNode {
		text := m.plainText(node)
		if node.ShortTag() == "!!str" && strings.ContainsAny(text, ",[]{}") && text == node.Value {
			return quoted(text)
		}
		return text
	}
	marks, parts := "[]", []string{}
	if node.Kind == yaml.MappingNode {
		marks = "{}"
		for i := 0; i+1 < len(node.Content); i += 2 {
			parts = append(parts, m.flowText(node.Content[i])+": "+m.flowText(node.Content[i+1]))
		}
	} else {
		for _, item := range node.Content {
			parts = append(parts, m.flowText(item))
		}
	}
	if m.style.unit == "" || len(parts) == 0 {
		return marks[:1] + strings.Join(parts, ", ") + marks[1:]
	}
	lead := "\n" + m.style.unit
	for i, part := range parts {
		parts[i] = strings.ReplaceAll(part, "\n", lead)
	}
	return marks[:1] + lead + strings.Join(parts, ","+lead) + "\n" + marks[1:]
}

// replaceScalar writes a scalar as the one before it was written, where that
// can be.
func (m *manuscript) replaceScalar(d *departure, from, end int) (splice, error) {
	node, text := d.at.node, d.want.Value
	isText := d.want.ShortTag() == "!!str"
	switch style := node.Style; {
	case !isText:
		return splice{from, end, m.flowText(d.want)}, nil
	case style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		if block, ok := m.sameBlock(d, from, text); ok && !m.style.quotes {
			return splice{from, end, block}, nil
		}
		return splice{from, end, quoted(text)}, nil
	case style&yaml.DoubleQuotedStyle != 0, strings.Contains(text, "\n"), !printable(text):
		return splice{from, end, quoted(text)}, nil
	case style&yaml.SingleQuotedStyle != 0:
		return splice{from, end, "'" + strings.ReplaceAll(text, "'", "''") + "'"}, nil
	case d.at.flow:
		return splice{from, end, m.flowText(d.want)}, nil
	}
	return splice{from, end, m.plainText(d.want)}, nil
}

// sameBlock writes a literal or folded scalar with the mark, the comment and the
// indentation of the one before.
func (m *manuscript) sameBlock(d *departure, from int, text string) (string, bool) {
	head := strings.TrimRight(string(m.doc.Text[from:m.lineEnd(from)]), "\r")
	mark := head[:1]
	comment := ""
	if i := strings.IndexByte(head, ' '); i >= 0 && strings.Contains(head, " #") {
		comment = head[i:]
	}
	if mark == ">" && strings.Contains(strings.TrimRight(text, "\n"), "\n") {
		mark = "|" // a folded scalar would join these lines
	}
	indent := max(column(d.at.parent), 0) + m.style.step
	for next := m.lineEnd(from) + 1; next < len(m.doc.Text); next = m.lineEnd(next) + 1 {
		row := m.doc.Text[next:m.lineEnd(next)]
		if len(bytes.TrimSpace(row)) > 0 {
			indent = len(row) - len(bytes.TrimLeft(row, " "))
			break
		}
	}
	return literal(mark, comment, text, indent)
}

// literal writes a text as a block scalar; false when it cannot be one.
func literal(mark, comment, text string, indent int) (string, bool) {
	body := strings.TrimRight(text, "\n")
	tail := text[len(body):]
	if body == "" || body[0] == ' ' || body[0] == '\n' || strings.ContainsAny(body, "\r\t") || !printable(strings.ReplaceAll(body, "\n", "")) {
		return "", false
	}
	switch len(tail) {
	case 0:
		mark += "-"
	case 1:
	default:
		return "", false
	}
	var b strings.Builder
	b.WriteString(mark + comment)
	for row := range strings.SplitSeq(body, "\n") {
		b.WriteByte('\n')
		if row != "" {
			b.WriteString(strings.Repeat(" ", indent) + row)
		}
	}
	return b.String(), true
}
