package fix

import (
	"bytes"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// comments returns the document's comments, sorted.
func (m *manuscript) comments() ([]string, error) {
	node, err := m.doc.Parse()
	if err != nil || m.json {
		return nil, err
	}
	all, err := m.commentsIn(node, 0, len(m.doc.Text))
	slices.Sort(all)
	return all, err
}

// commentsIn returns what stands behind a # outside of a tree's scalars.
func (m *manuscript) commentsIn(tree *yaml.Node, from, to int) ([]string, error) {
	var spans []splice
	var collect func(node *yaml.Node, around int, flow bool) error
	collect = func(node *yaml.Node, around int, flow bool) error {
		if node.Kind == yaml.ScalarNode {
			end, err := m.end(node, around, flow)
			spans = append(spans, splice{from: m.body(node), to: end})
			return err
		}
		for _, inner := range node.Content {
			below := around
			if node.Kind != yaml.DocumentNode {
				below = column(node)
			}
			if err := collect(inner, below, flow || node.Style&yaml.FlowStyle != 0); err != nil {
				return err
			}
		}
		return nil
	}
	if err := collect(tree, -1, false); err != nil {
		return nil, err
	}
	return m.outside(spans, from, to), nil
}

func (m *manuscript) outside(spans []splice, from, to int) []string {
	var all []string
	for at := from; at < to; at++ {
		for len(spans) > 0 && spans[0].to <= at {
			spans = spans[1:]
		}
		if len(spans) > 0 && spans[0].from <= at {
			header := m.doc.Text[at] == '|' || m.doc.Text[at] == '>'
			if row := m.doc.Text[at:min(spans[0].to, m.lineEnd(at))]; header && bytes.Contains(row, []byte(" #")) {
				all = append(all, commentText(row[bytes.Index(row, []byte(" #"))+1:]))
			}
			at = max(at, spans[0].to-1)
			continue
		}
		if m.doc.Text[at] == '#' {
			end := min(to, m.lineEnd(at))
			all = append(all, commentText(m.doc.Text[at:end]))
			at = end
		}
	}
	return all
}

func commentText(row []byte) string { return strings.TrimRight(string(row), " \t\r") }

// missing returns a comment of the first list that is not in the second, or one
// that is there more often than before; "" when they are the same.
func missing(before, after []string) string {
	if slices.Equal(before, after) {
		return ""
	}
	for i, text := range before {
		if i >= len(after) || after[i] != text {
			return text
		}
	}
	return after[len(before)]
}
