package inventory

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// maxJSONDepth is the depth at which encoding/json itself gives up.
const maxJSONDepth = 10_000

var errNotJSON = errors.New("not JSON")

// jsonReader turns JSON into the nodes that YAML would be, by the rules of
// JSON: YAML has other escapes, and no tabs between tokens.
type jsonReader struct {
	text    []byte
	decoder *json.Decoder
	// at is the offset up to which line and column are counted.
	at, line, column int
}

// parseJSON reads a document that is one JSON value and nothing else.
func parseJSON(d Document) (*yaml.Node, error) {
	if !utf8.Valid(d.Text) {
		return nil, errNotJSON
	}
	r := &jsonReader{text: d.Text, decoder: json.NewDecoder(bytes.NewReader(d.Text)), line: d.Line, column: 1}
	r.decoder.UseNumber()
	value, err := r.value(0)
	if err != nil {
		return nil, err
	}
	if len(bytes.TrimSpace(d.Text[r.decoder.InputOffset():])) > 0 {
		return nil, errNotJSON
	}
	return &yaml.Node{Kind: yaml.DocumentNode, Line: value.Line, Column: value.Column, Content: []*yaml.Node{value}}, nil
}

// token reads a token into a node that has its place. Delimiters come back as
// they are.
func (r *jsonReader) token() (*yaml.Node, json.Delim, error) {
	start := int(r.decoder.InputOffset())
	token, err := r.decoder.Token()
	if err != nil {
		return nil, 0, err
	}
	for start < len(r.text) && strings.IndexByte(" \t\r\n,:", r.text[start]) >= 0 {
		start++
	}
	for ; r.at < start; r.at++ {
		r.column++
		if r.text[r.at] == '\n' {
			r.line, r.column = r.line+1, 1
		}
	}
	node := &yaml.Node{Kind: yaml.ScalarNode, Line: r.line, Column: r.column}
	switch token := token.(type) {
	case json.Delim:
		return node, token, nil
	case string:
		node.Tag, node.Value, node.Style = "!!str", token, yaml.DoubleQuotedStyle
	case json.Number:
		node.Tag, node.Value = "!!int", token.String()
		if strings.ContainsAny(node.Value, ".eE") {
			node.Tag = "!!float"
		}
	case bool:
		node.Tag, node.Value = "!!bool", "false"
		if token {
			node.Value = "true"
		}
	default:
		node.Tag, node.Value = "!!null", "null"
	}
	return node, 0, nil
}

func (r *jsonReader) value(depth int) (*yaml.Node, error) {
	node, open, err := r.token()
	if err != nil || open == 0 {
		return node, err
	}
	if depth > maxJSONDepth {
		return nil, errNotJSON
	}
	node.Kind, node.Tag, node.Style = yaml.SequenceNode, "!!seq", yaml.FlowStyle
	if open == '{' {
		node.Kind, node.Tag = yaml.MappingNode, "!!map"
	}
	for r.decoder.More() {
		inner, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		node.Content = append(node.Content, inner)
	}
	if _, _, err := r.token(); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return node, nil
}
