package inventory

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"
)

// Dump is all that a snapshot holds, for a source that writes it down. It is
// in a fixed order, so that the same snapshot is written the same way.
type Dump struct {
	Live       bool
	Server     Versions
	Objects    []*Object // by kind, namespace and name
	Stubs      []Ref
	Looked     []Look
	Gaps       []Gap
	Namespaces map[string]map[string]string // name → labels
	Cluster    *Cluster                     // nil: none was noted
}

// Look is a place of which every object of a kind is known.
type Look struct {
	Kind      Kind
	Namespace string // empty: everywhere
}

// Dump lists everything. It does not count as reading by a check.
func (s *Snapshot) Dump() Dump {
	d := Dump{Live: s.live, Server: s.server, Gaps: slices.Clone(s.gaps), Namespaces: maps.Clone(s.namespaces), Cluster: s.cluster}
	for _, kind := range Kinds() {
		d.Objects = append(d.Objects, s.objects[kind]...)
		for _, ns := range slices.Sorted(maps.Keys(s.looked[kind])) {
			d.Looked = append(d.Looked, Look{Kind: kind, Namespace: ns})
		}
	}
	d.Stubs = slices.SortedFunc(maps.Keys(s.stubs), func(a, b Ref) int {
		switch {
		case less(a, b):
			return -1
		case less(b, a):
			return 1
		}
		return 0
	})
	return d
}

// Fields returns the object as JSON would write it: apiVersion, kind, what
// Meta holds, and the content. Of a manifest it has only the fields that are
// written there, so that reading it back gives the same answers. Numbers are
// json.Number.
func (o *Object) Fields() (map[string]any, error) {
	all, err := fieldsOfJSON(o.Content)
	if err != nil {
		return nil, err
	}
	delete(all, "metadata")
	if o.root != nil {
		keepWritten(all, o.root)
	}
	meta, err := fieldsOfJSON(o.Meta)
	if err != nil {
		return nil, err
	}
	all["apiVersion"], all["kind"], all["metadata"] = o.APIVersion, o.Kind, meta
	return all, nil
}

func fieldsOfJSON(value any) (map[string]any, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	fields := map[string]any{}
	err = decoder.Decode(&fields)
	if fields == nil { // null: there is no content
		fields = map[string]any{}
	}
	return fields, err
}

// keepWritten drops what a struct has and the manifest does not: fields that
// are written even when they are empty.
func keepWritten(value any, node *yaml.Node) {
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			if _, written := child(node, key); written != nil {
				keepWritten(inner, written)
			} else {
				delete(value, key)
			}
		}
	case []any:
		for i, inner := range value {
			if _, written := child(node, i); written != nil {
				keepWritten(inner, written)
			}
		}
	}
}
