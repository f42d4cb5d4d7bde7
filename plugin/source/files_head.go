package source

import (
	"bytes"
	"encoding/json"
)

// docHead is what tells one document from another: enough to know that nobody
// has to decode it.
type docHead struct {
	apiVersion, kind, name, namespace []byte
	metadata                          bool // the document has such a key
}

// headScan finds a head without decoding anything. It knows block style with
// plain or simply quoted scalars, in which nearly every manifest is written.
// It is sure of what it found only if nothing in the document's first level,
// nor in its metadata, can mean anything else: an anchor, a flow collection, a
// quoted key, a scalar of several lines, a key written twice. A decoder has to
// look at the others.
//
// The scan ends behind the metadata when it has seen the rest; what follows is
// trusted not to write kind a second time, which no YAML may.
type headScan struct {
	docHead
	begun      bool // a key was met
	inMetadata bool
	indent     int  // of metadata's keys; -1 before the first
	onScalar   bool // the last key's value is part of the head, and has to end on its line
}

// scanHead returns the head of a YAML or JSON document, and whether it is sure.
func scanHead(text []byte) (head docHead, sure bool) {
	if trimmed := bytes.TrimLeft(text, " \t\r\n"); len(trimmed) > 0 && trimmed[0] == '{' {
		return scanJSON(text)
	}
	var s headScan
	for len(text) > 0 {
		row := text
		if end := bytes.IndexByte(text, '\n'); end >= 0 {
			row, text = text[:end], text[end+1:]
		} else {
			text = nil
		}
		done, ok := s.row(row)
		if !ok {
			return s.docHead, false
		}
		if done {
			break
		}
	}
	return s.docHead, true
}

// row takes one line in. done says that the head is complete, ok that the
// line can mean only one thing.
func (s *headScan) row(row []byte) (done, ok bool) {
	indent := 0
	for indent < len(row) && row[indent] == ' ' {
		indent++
	}
	if indent == len(row) || row[indent] == '#' || row[indent] == '\r' {
		return false, true
	}
	if indent > 0 || row[0] == '\t' {
		return false, s.inner(row, indent)
	}
	if row[0] == '-' && !bytes.HasPrefix(row, []byte("---")) {
		return !s.begun, !s.onScalar // an item of the last key's list, or a document that is a list
	}
	if !s.begun && bytes.HasPrefix(row, []byte("---")) {
		return false, isBlank(row[3:])
	}
	return s.key(row)
}

// key takes in a line of the first level.
func (s *headScan) key(row []byte) (done, ok bool) {
	if s.inMetadata && s.apiVersion != nil && s.kind != nil {
		return true, true
	}
	name, value, ok := splitKey(row)
	if !ok {
		return false, false
	}
	s.begun, s.inMetadata, s.onScalar = true, false, false
	switch string(name) {
	case "apiVersion":
		return false, s.take(&s.apiVersion, value)
	case "kind":
		return false, s.take(&s.kind, value)
	case "metadata":
		again := s.metadata
		s.metadata, s.inMetadata, s.indent = true, true, -1
		return false, !again && isBlank(value)
	}
	return false, endsOnRow(value)
}

// inner takes in an indented line.
func (s *headScan) inner(row []byte, indent int) (ok bool) {
	switch {
	case !s.begun || s.onScalar && !s.inMetadata:
		return false
	case !s.inMetadata:
		return true
	case row[indent] == '\t':
		return false
	case s.indent < 0:
		s.indent = indent
	}
	if indent != s.indent || row[indent] == '-' {
		return indent >= s.indent && !s.onScalar
	}
	name, value, ok := splitKey(row[indent:])
	if !ok {
		return false
	}
	s.onScalar = false
	switch string(name) {
	case "name":
		return s.take(&s.name, value)
	case "namespace":
		return s.take(&s.namespace, value)
	}
	return endsOnRow(value)
}

// take sets a part of the head, once.
func (s *headScan) take(part *[]byte, value []byte) bool {
	text, ok := plainValue(value)
	if !ok || *part != nil {
		return false
	}
	*part, s.onScalar = text, true
	return true
}

// splitKey splits "key: value". Only keys of ordinary characters count, which
// leaves out quoted keys, explicit keys, merge keys and templates.
func splitKey(row []byte) (name, value []byte, ok bool) {
	for i, c := range row {
		switch {
		case c == ':':
			value = row[i+1:]
			return row[:i], value, i > 0 && (len(value) == 0 || value[0] == ' ' || value[0] == '\t' || value[0] == '\r')
		case c == '_' || c == '-' || c == '.' || c == '/' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
		default:
			return nil, nil, false
		}
	}
	return nil, nil, false
}

// isBlank says whether the rest of a line says nothing.
func isBlank(rest []byte) bool {
	rest = bytes.TrimSpace(rest)
	return len(rest) == 0 || rest[0] == '#'
}

// plainValue reads a scalar that is a string beyond doubt. What could be a
// number, a boolean or null is left to the decoder, and so is an empty one.
func plainValue(value []byte) ([]byte, bool) {
	value = bytes.TrimSpace(value)
	if len(value) == 0 {
		return nil, false
	}
	first := value[0]
	if first == '"' || first == '\'' {
		end := bytes.IndexByte(value[1:], first)
		if end < 1 || bytes.IndexByte(value[1:end+1], '\\') >= 0 {
			return nil, false
		}
		rest := value[end+2:]
		return value[1 : end+1], len(rest) == 0 || rest[0] == ' ' && isBlank(rest)
	}
	if first != '$' && first != '<' && first != '_' && (first < 'a' || first > 'z') && (first < 'A' || first > 'Z') {
		return nil, false
	}
	if i := bytes.Index(value, []byte(" #")); i >= 0 {
		value = bytes.TrimSpace(value[:i])
	}
	if bytes.Contains(value, []byte(": ")) || value[len(value)-1] == ':' || bytes.IndexByte(value, '\t') >= 0 {
		return nil, false
	}
	const longestWord = len("false")
	if len(value) <= longestWord {
		switch string(bytes.ToLower(value)) {
		case "true", "false", "yes", "no", "on", "off", "y", "n", "null":
			return nil, false
		}
	}
	return value, true
}

// endsOnRow says whether no later line of the first level can still belong to
// the value: it is neither an open quote nor an open collection.
func endsOnRow(value []byte) bool {
	value = bytes.TrimSpace(value)
	if len(value) == 0 {
		return true
	}
	last := value[len(value)-1]
	switch value[0] {
	case '"', '\'':
		return len(value) > 1 && last == value[0]
	case '[':
		return last == ']'
	case '{':
		return last == '}'
	case '&', '!': // what they mark may be any of these
		return false
	}
	return true
}

// scanJSON reads the head with the JSON decoder, which is several times as
// fast as the YAML one.
func scanJSON(text []byte) (docHead, bool) {
	var o struct {
		APIVersion, Kind string
		Metadata         *struct{ Name, Namespace string }
	}
	if json.Unmarshal(text, &o) != nil {
		return docHead{}, false
	}
	head := docHead{apiVersion: []byte(o.APIVersion), kind: []byte(o.Kind), metadata: o.Metadata != nil}
	if o.Metadata != nil {
		head.name, head.namespace = []byte(o.Metadata.Name), []byte(o.Metadata.Namespace)
	}
	return head, true
}
