package inventory

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Document is one YAML or JSON document of a file.
type Document struct {
	Text   []byte
	Line   int // of the document's first line in its file, counted from one
	Offset int // of Text in its file, in bytes
}

// Problem is something in a file that could not be read. The rest of the file
// still counts.
type Problem struct {
	File   string
	Line   int
	Column int
	Reason string
}

func (p Problem) Error() string {
	switch {
	case p.File == "":
		return p.Reason
	case p.Line == 0:
		return p.File + ": " + p.Reason
	case p.Column == 0:
		return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Reason)
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Reason)
}

// Documents splits a file at its document markers, and a stream of JSON values
// between them. A marker can only stand at the start of a line, and no block
// scalar of a mapping can hold one there.
func Documents(text []byte) []Document {
	var all []Document
	from, line := len(text)-len(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))), 1
	flush := func(to, next int) {
		if chunk := text[from:to]; hasContent(chunk) {
			all = appendDocuments(all, Document{Text: chunk, Line: line, Offset: from})
		}
		line += bytes.Count(text[from:next], []byte("\n"))
		from = next
	}
	for pos := from; pos < len(text); {
		start, end, dots := nextMarker(text, pos)
		switch {
		case start < 0:
			pos = len(text)
		case dots:
			flush(start, end)
			pos = end
		default:
			flush(start, start)
			pos = end
		}
	}
	flush(len(text), len(text))
	return all
}

// nextMarker finds the next line from pos on, itself the start of a line, that
// is a document marker; end is where the line after it starts. start is -1
// when there is none.
func nextMarker(text []byte, pos int) (start, end int, dots bool) {
	for pos < len(text) {
		row := text[pos:]
		end := bytes.IndexByte(row, '\n') + 1
		if end == 0 {
			end = len(row)
		}
		if (row[0] == '-' || row[0] == '.') && (isMarker(row, "---") || isMarker(row, "...")) {
			return pos, pos + end, row[0] == '.'
		}
		pos += end
	}
	return -1, len(text), false
}

// isMarker says whether text starts with a line that is a document marker.
func isMarker(text []byte, mark string) bool {
	if len(text) < len(mark) || string(text[:len(mark)]) != mark {
		return false
	}
	return len(text) == len(mark) || strings.IndexByte(" \t\r\n", text[len(mark)]) >= 0
}

// hasContent says whether a chunk is more than comments, directives and the
// marker itself.
func hasContent(chunk []byte) bool {
	for len(chunk) > 0 {
		row, rest, _ := bytes.Cut(chunk, []byte("\n"))
		chunk = rest
		row = bytes.TrimSpace(row)
		if isMarker(row, "---") {
			row = bytes.TrimSpace(row[3:])
		}
		if len(row) > 0 && row[0] != '#' && row[0] != '%' {
			return true
		}
	}
	return false
}

// appendDocuments takes a stream of JSON objects apart, which YAML would read
// no further than its first.
func appendDocuments(all []Document, d Document) []Document {
	for isJSON(d.Text) {
		decoder := json.NewDecoder(bytes.NewReader(d.Text))
		var value json.RawMessage
		if decoder.Decode(&value) != nil {
			break
		}
		end := int(decoder.InputOffset())
		if !isJSON(d.Text[end:]) {
			break
		}
		all = append(all, Document{Text: d.Text[:end], Line: d.Line, Offset: d.Offset})
		rest := bytes.TrimLeft(d.Text[end:], " \t\r\n")
		end = len(d.Text) - len(rest)
		d = Document{Text: rest, Line: d.Line + bytes.Count(d.Text[:end], []byte("\n")), Offset: d.Offset + end}
	}
	return append(all, d)
}

// Contents is what one document holds.
type Contents struct {
	Objects []*Object
	// Stubs are the objects of kinds that checks do not read.
	Stubs []Ref
	// Namespaces are Namespace objects, of which only Meta counts. They are
	// among the stubs too.
	Namespaces []*Object
	Problems   []Problem
}

// Read decodes the document's objects: one, or the items of a List. Documents
// of kinds that checks do not read come back as stubs.
func (d Document) Read(file string) (objects []*Object, stubs []Ref, problems []Problem) {
	node, err := d.Parse()
	if err != nil {
		return nil, nil, []Problem{ParseProblem(err, file)}
	}
	c := ReadNode(node, file)
	return c.Objects, c.Stubs, c.Problems
}

// ReadNode is Read for a document that was parsed already.
func ReadNode(node *yaml.Node, file string) Contents {
	var c Contents
	c.read(node, file, 0)
	return c
}

// maxListDepth bounds Lists inside Lists.
const maxListDepth = 4

func (c *Contents) read(node *yaml.Node, file string, depth int) {
	root := resolve(node)
	if items := listItems(root); items != nil && depth < maxListDepth {
		for _, item := range items {
			c.read(named(root, item), file, depth+1)
		}
		return
	}
	o, wrong, err := Read(node, file)
	for _, w := range wrong {
		c.Problems = append(c.Problems, Problem{File: file, Line: w.Line, Column: w.Column, Reason: fmt.Sprintf("%s: %s", w.Path, w.Reason)})
	}
	if err == nil {
		c.Objects = append(c.Objects, o)
		return
	}
	if o != nil && o.Name != "" {
		c.Stubs = append(c.Stubs, o.Ref)
		if o.Group == "" && o.Kind == "Namespace" {
			c.Namespaces = append(c.Namespaces, o)
		}
	}
	if !errors.Is(err, ErrUnknownKind) {
		c.Problems = append(c.Problems, Problem{File: file, Line: root.Line, Column: root.Column, Reason: err.Error()})
	}
}

// listItems returns the items of a v1 List, or of a typed list such as
// DeploymentList; nil for anything else.
func listItems(root *yaml.Node) []*yaml.Node {
	_, kind := child(root, "kind")
	_, items := child(root, "items")
	if kind == nil || items == nil || !strings.HasSuffix(kind.Value, "List") {
		return nil
	}
	items = resolve(items)
	if items.Kind != yaml.SequenceNode {
		return nil
	}
	return items.Content
}

// named gives an item of a typed list its apiVersion and kind, which the API
// server leaves out there ("kubectl get --raw").
func named(list, item *yaml.Node) *yaml.Node {
	_, apiVersion := child(list, "apiVersion")
	_, kind := child(list, "kind")
	itemKind := strings.TrimSuffix(kind.Value, "List")
	mapping := resolve(item)
	if _, written := child(mapping, "kind"); apiVersion == nil || itemKind == "" || written != nil || mapping.Kind != yaml.MappingNode {
		return item
	}
	text := func(value string) *yaml.Node {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value, Line: mapping.Line, Column: mapping.Column}
	}
	whole := *mapping
	whole.Content = append([]*yaml.Node{text("apiVersion"), apiVersion, text("kind"), text(itemKind)}, mapping.Content...)
	return &whole
}

// CloseWorld says that what was added is all there is: in every namespace that
// was mentioned, the kinds that belong to a workload are known completely.
func (b *Builder) CloseWorld() {
	close := func(ref Ref) {
		if ns, ok := ref.Mentions(); ok {
			b.CloseNamespace(ns, nil)
		}
	}
	for ref := range b.s.byRef {
		close(ref)
	}
	for ref := range b.s.stubs {
		close(ref)
	}
}

// CloseNamespace says that of the kinds that belong to a workload every object
// of the namespace is known, but for the kinds left open.
func (b *Builder) CloseNamespace(namespace string, open map[Kind]bool) {
	for _, kind := range Kinds() {
		if kind.Info().Closed && !open[kind] {
			b.Looked(kind, namespace)
		}
	}
}

// Mentions returns the namespace that an object shows to be in use. An object
// without one mentions the unnamed namespace, which then stands for any, but
// only if its kind is known to live in namespaces.
func (r Ref) Mentions() (namespace string, ok bool) {
	kind, known := KindOf(r.Group+"/", r.Kind)
	return r.Namespace, r.Namespace != "" || known && kind.Info().Namespaced
}
