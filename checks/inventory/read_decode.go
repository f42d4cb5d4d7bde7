package inventory

import (
	"encoding/json"
	"fmt"
	"reflect"

	"go.yaml.in/yaml/v3"
)

// FieldError is a field whose value does not fit its type. The rest of the
// object is decoded all the same. The field is left out, but for a string
// written without its quotes, which keeps its text.
type FieldError struct {
	Path   Path
	Line   int
	Column int
	Reason string
}

func (e FieldError) Error() string {
	return fmt.Sprintf("%d:%d: %s: %s", e.Line, e.Column, e.Path, e.Reason)
}

const (
	// maxAliased bounds what aliases and merge keys may expand to in one
	// document: an alias bomb of a few lines stands for billions of nodes,
	// where a manifest repeats a block of some hundred a few times.
	maxAliased = 100_000
	// maxPlainDepth bounds an alias that leads to itself.
	maxPlainDepth = 200
	// maxFieldErrors keeps a list of a million wrong items from becoming a
	// million errors.
	maxFieldErrors = 100
)

// decoder fills Go values from YAML nodes by their json tags, and knows the
// line and the path of everything that does not fit.
type decoder struct {
	errs    []FieldError
	inAlias int // how many aliases and merge keys deep
	aliased int // nodes visited in there
}

// decodeInto fills target, a pointer.
func decodeInto(node *yaml.Node, target any) []FieldError {
	var d decoder
	d.value(node, reflect.ValueOf(target).Elem(), nil)
	return d.errs
}

func (d *decoder) fail(node *yaml.Node, path Path, format string, args ...any) {
	if len(d.errs) < maxFieldErrors {
		d.errs = append(d.errs, FieldError{Path: path, Line: node.Line, Column: node.Column, Reason: fmt.Sprintf(format, args...)})
	}
}

// spend counts a node that is there through an alias, and says whether any
// more may be visited.
func (d *decoder) spend(node *yaml.Node, path Path) bool {
	if d.inAlias == 0 {
		return true
	}
	if d.aliased++; d.aliased == maxAliased+1 {
		d.fail(node, path, "aliases expand to more than %d nodes", maxAliased)
	}
	return d.aliased <= maxAliased
}

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

// value fills v. It returns false when there is nothing to set it to: the
// value does not fit, is null, or is a placeholder that nobody knows.
func (d *decoder) value(node *yaml.Node, v reflect.Value, path Path) bool {
	if node.Kind == yaml.AliasNode {
		d.inAlias++
		defer func() { d.inAlias-- }()
		node = resolve(node)
	}
	if !d.spend(node, path) || node.Tag == "!!null" {
		return false
	}
	if v.CanAddr() && v.Addr().Type().Implements(unmarshaler) {
		return d.unmarshal(node, v, path)
	}
	switch v.Kind() {
	case reflect.Pointer:
		inner := reflect.New(v.Type().Elem())
		if !d.value(node, inner.Elem(), path) {
			return false
		}
		v.Set(inner)
		return true
	case reflect.Struct:
		return d.structure(node, v, path)
	case reflect.Map:
		return d.mapping(node, v, path)
	case reflect.Slice:
		return d.sequence(node, v, path)
	case reflect.Interface:
		if value := d.plain(node, 0); value != nil {
			v.Set(reflect.ValueOf(value))
		}
		return true
	}
	return d.scalar(node, v, path)
}

func (d *decoder) unmarshal(node *yaml.Node, v reflect.Value, path Path) bool {
	if isPlaceholder(node) {
		return false
	}
	text, err := json.Marshal(d.plain(node, 0))
	if err == nil {
		err = v.Addr().Interface().(json.Unmarshaler).UnmarshalJSON(text)
	}
	if err != nil {
		v.SetZero()
		d.fail(node, path, "%s: %v", describe(node), err)
	}
	return err == nil
}

func (d *decoder) structure(node *yaml.Node, v reflect.Value, path Path) bool {
	if node.Kind != yaml.MappingNode {
		return d.mustBe("an object", node, path)
	}
	fields := fieldsOf(v.Type())
	for _, e := range d.entries(node, path) {
		if index, ok := fields[e.key.Value]; ok {
			d.entry(e, v.FieldByIndex(index), path)
		}
	}
	return true
}

func (d *decoder) mapping(node *yaml.Node, v reflect.Value, path Path) bool {
	if node.Kind != yaml.MappingNode {
		return d.mustBe("an object", node, path)
	}
	v.Set(reflect.MakeMap(v.Type()))
	for _, e := range d.entries(node, path) {
		item := reflect.New(v.Type().Elem()).Elem()
		if d.entry(e, item, path) || resolve(e.value).Tag == "!!null" {
			v.SetMapIndex(reflect.ValueOf(e.key.Value).Convert(v.Type().Key()), item)
		}
	}
	return true
}

// entry fills v with the value of one entry of a mapping.
func (d *decoder) entry(e entry, v reflect.Value, path Path) bool {
	if e.merged {
		d.inAlias++
		defer func() { d.inAlias-- }()
	}
	return d.value(e.value, v, path.Join(e.key.Value))
}

func (d *decoder) sequence(node *yaml.Node, v reflect.Value, path Path) bool {
	if node.Kind != yaml.SequenceNode {
		if v.Type().Elem().Kind() == reflect.Uint8 && node.Kind == yaml.ScalarNode {
			v.SetBytes([]byte(node.Value))
			return true
		}
		return d.mustBe("a list", node, path)
	}
	v.Set(reflect.MakeSlice(v.Type(), len(node.Content), len(node.Content)))
	for i, item := range node.Content {
		d.value(item, v.Index(i), path.Join(i))
	}
	return true
}

// mustBe reports a value that does not fit, and is false.
func (d *decoder) mustBe(what string, node *yaml.Node, path Path) bool {
	if !isPlaceholder(node) {
		d.fail(node, path, "must be %s, found %s", what, describe(node))
	}
	return false
}

// plain turns a node into what encoding/json would have made of it. Numbers
// keep their spelling.
func (d *decoder) plain(node *yaml.Node, depth int) any {
	if node.Kind == yaml.AliasNode {
		d.inAlias++
		defer func() { d.inAlias-- }()
		node = resolve(node)
	}
	if depth > maxPlainDepth || !d.spend(node, nil) {
		return nil
	}
	switch node.Kind {
	case yaml.MappingNode:
		all := make(map[string]any, len(node.Content)/2)
		for _, e := range d.entries(node, nil) {
			all[e.key.Value] = d.plain(e.value, depth+1)
		}
		return all
	case yaml.SequenceNode:
		all := make([]any, len(node.Content))
		for i, item := range node.Content {
			all[i] = d.plain(item, depth+1)
		}
		return all
	}
	return plainScalar(node)
}
