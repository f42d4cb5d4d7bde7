package fix

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Uneditable says why an edit is not made. The text stays as it was.
type Uneditable struct{ Reason string }

func (r *Uneditable) Error() string { return r.Reason }

func refuse(format string, args ...any) error { return &Uneditable{fmt.Sprintf(format, args...)} }

// EditText makes a fix's edits in a file's text, at the places of the fields:
// comments, order, quoting, indentation, line endings and every other document
// stay byte for byte. The object is where inventory found it in this text; what
// stands before the object must not have changed since.
//
// The result has been parsed again: it differs from before in the edited fields
// only, and no comment is lost. A comment on the line of a field that goes stays
// on a line of its own. Whatever cannot be done so is a *[Uneditable].
func EditText(text []byte, object *inventory.Object, edits []checks.Edit) ([]byte, error) {
	m, err := openDocument(text, object)
	if err != nil {
		return nil, err
	}
	before, err := m.comments()
	if err != nil {
		return nil, err
	}
	wanted := copyOf(m.root)
	for _, edit := range edits {
		if err := want(wanted, edit); err != nil {
			return nil, err
		}
	}
	if err := m.become(wanted); err != nil {
		return nil, err
	}
	after, err := m.comments()
	if err != nil {
		return nil, err
	}
	if lost := missing(before, after); lost != "" {
		return nil, refuse("the comment %q would be lost", lost)
	}
	if len(inventory.Documents(m.whole())) != len(inventory.Documents(text)) {
		return nil, refuse("the file's documents would not be the same")
	}
	return m.whole(), nil
}

// manuscript is a document of a file while it is edited. Offsets are in the
// document's text.
type manuscript struct {
	head, tail []byte // the file before and behind the document
	doc        inventory.Document
	root       *yaml.Node // the object's mapping
	json       bool       // JSON's columns count bytes, YAML's count characters
	lines      []int      // where each line starts
	style      layout
}

func (m *manuscript) whole() []byte { return bytes.Join([][]byte{m.head, m.doc.Text, m.tail}, nil) }

// openDocument finds the object's document and its mapping in a text.
func openDocument(text []byte, object *inventory.Object) (*manuscript, error) {
	if object == nil || object.Root() == nil {
		return nil, refuse("the object was not read from a file")
	}
	if at := strings.IndexAny(string(text), "\u0085\u2028\u2029"); at >= 0 {
		return nil, refuse("the file holds line breaks that only YAML takes for such")
	}
	line, column := object.Root().Line, object.Root().Column
	for _, d := range inventory.Documents(text) {
		if d.Line > line {
			break
		}
		m := &manuscript{head: text[:d.Offset], tail: text[d.Offset+len(d.Text):], doc: d}
		if err := m.parse(line, column); err == nil && m.names(object) {
			m.style = layoutOf(m.root, m.doc.Text)
			return m, nil
		}
	}
	return nil, refuse("%s is not at line %d any more", object.Short(), line)
}

var errLost = errors.New("the object's mapping was not found")

// parse reads the document again and finds the mapping at a place.
func (m *manuscript) parse(line, column int) error {
	node, err := m.doc.Parse()
	if err != nil {
		return err
	}
	m.json = node.Kind == yaml.DocumentNode && isJSON(m.doc.Text)
	m.lines = []int{0}
	for i, c := range m.doc.Text {
		if c == '\n' {
			m.lines = append(m.lines, i+1)
		}
	}
	if m.root = mappingAt(node, line, column); m.root == nil {
		return errLost
	}
	return nil
}

// mappingAt searches a tree without following aliases.
func mappingAt(node *yaml.Node, line, column int) *yaml.Node {
	if node.Kind == yaml.MappingNode && node.Line == line && node.Column == column {
		return node
	}
	for _, inner := range node.Content {
		if found := mappingAt(inner, line, column); found != nil {
			return found
		}
	}
	return nil
}

// names says whether the mapping is the object's own.
func (m *manuscript) names(object *inventory.Object) bool {
	metadata := valueOf(m.root, "metadata")
	if metadata == nil {
		return false
	}
	for metadata.Kind == yaml.AliasNode {
		metadata = metadata.Alias
	}
	name := valueOf(metadata, "name")
	return name == nil || name.Value == object.Name
}

// maxChanges is far above what fixes ask of one object; it ends a search for a
// text that does not come nearer to what is wanted.
const maxChanges = 500

// become changes one field after the other until the document means what is
// wanted.
func (m *manuscript) become(wanted *yaml.Node) error {
	line, column := m.root.Line, m.root.Column
	var last string
	for range maxChanges {
		d := differ(place{node: m.root}, wanted)
		if d == nil {
			return nil
		}
		said := d.String()
		if said == last && m.style.quotes {
			return refuse("%s does not read as it was written", d.at.path)
		}
		// A block scalar has no last line break at the end of a file without one.
		m.style.quotes = m.style.quotes || said == last
		last = said
		s, err := m.splice(d)
		if err != nil {
			return err
		}
		m.doc.Text = bytes.Join([][]byte{m.doc.Text[:s.from], []byte(m.style.breaks(s.text)), m.doc.Text[s.to:]}, nil)
		if err := m.parse(line, column); err != nil {
			return refuse("%s: the edited text cannot be parsed: %v", d.at.path, err)
		}
	}
	return refuse("more than %d fields would change", maxChanges)
}

// splice is a piece of text in the place of another.
type splice struct {
	from, to int
	text     string
}
