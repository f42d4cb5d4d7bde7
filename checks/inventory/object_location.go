package inventory

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Path leads to a field: strings are keys, ints are list positions.
type Path []any

// Join returns a new path that goes on from p.
func (p Path) Join(more ...any) Path {
	joined := make(Path, 0, len(p)+len(more))
	joined = append(joined, p...)
	return append(joined, more...)
}

// String writes the path as kubectl's error messages do:
// spec.triggers[0].metadata.query, metadata.annotations[infscale.dev/ignore].
func (p Path) String() string {
	var b strings.Builder
	for _, step := range p {
		switch step := step.(type) {
		case int:
			b.WriteString("[" + strconv.Itoa(step) + "]")
		case string:
			if strings.ContainsAny(step, "./[]") {
				b.WriteString("[" + step + "]")
				continue
			}
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(step)
		}
	}
	return b.String()
}

// Location is a field of an object. File, Line and Column (both counted from
// one) are set for objects that were read from a file.
type Location struct {
	Object *Object
	Path   Path
	File   string
	Line   int
	Column int
}

// At locates a field. Where the field is not written, line and column are
// those of its nearest ancestor that is.
func (o *Object) At(path ...any) Location {
	loc := Location{Object: o, Path: path, File: o.File}
	if o.root == nil {
		return loc
	}
	node := o.root
	loc.Line, loc.Column = node.Line, node.Column
	for _, step := range path {
		key, value := child(node, step)
		if value == nil {
			break
		}
		loc.Line, loc.Column = key.Line, key.Column
		node = value
	}
	return loc
}

// Written says whether the manifest writes the field; false for a cluster's
// object, where defaults cannot be told from what somebody wrote.
func (o *Object) Written(path ...any) bool {
	node := o.root
	for _, step := range path {
		if node == nil {
			return false
		}
		_, node = child(node, step)
	}
	return node != nil
}

// child returns the node that stands for a step (a key, or the item itself)
// and the value behind it. Aliases and merge keys are followed.
func child(node *yaml.Node, step any) (key, value *yaml.Node) {
	node = resolve(node)
	switch step := step.(type) {
	case string:
		if node.Kind != yaml.MappingNode {
			return nil, nil
		}
		return lookup(node, step)
	case int:
		if node.Kind != yaml.SequenceNode || step < 0 || step >= len(node.Content) {
			return nil, nil
		}
		return node.Content[step], node.Content[step]
	}
	return nil, nil
}

const (
	// maxMergeDepth bounds merge keys that lead to themselves.
	maxMergeDepth = 16
	// maxMergeSources bounds merge keys that fan out on every level.
	maxMergeSources = 1000
)

func lookup(mapping *yaml.Node, name string) (key, value *yaml.Node) {
	left := maxMergeSources
	return lookupIn(mapping, name, 0, &left)
}

// lookupIn searches as entries lists: own keys first and of those the last,
// then the merge sources in their order.
func lookupIn(mapping *yaml.Node, name string, depth int, left *int) (key, value *yaml.Node) {
	merges := false
	for i := len(mapping.Content)/2*2 - 2; i >= 0; i -= 2 {
		switch key := mapping.Content[i]; {
		case key.Tag == "!!merge":
			merges = true
		case key.Value == name:
			return key, mapping.Content[i+1]
		}
	}
	if !merges || depth == maxMergeDepth {
		return nil, nil
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Tag != "!!merge" {
			continue
		}
		for _, from := range mergeSources(mapping.Content[i+1]) {
			if *left--; *left < 0 {
				return nil, nil
			}
			if key, value := lookupIn(from, name, depth+1, left); value != nil {
				return key, value
			}
		}
	}
	return nil, nil
}

// mergeSources returns the mappings behind a "<<" key.
func mergeSources(node *yaml.Node) []*yaml.Node {
	node = resolve(node)
	switch node.Kind {
	case yaml.MappingNode:
		return []*yaml.Node{node}
	case yaml.SequenceNode:
		var all []*yaml.Node
		for _, item := range node.Content {
			if item = resolve(item); item.Kind == yaml.MappingNode {
				all = append(all, item)
			}
		}
		return all
	}
	return nil
}

// resolve follows an alias to what it stands for.
func resolve(node *yaml.Node) *yaml.Node {
	for depth := 0; node.Kind == yaml.AliasNode && node.Alias != nil && depth < maxMergeDepth; depth++ {
		node = node.Alias
	}
	if node.Kind == yaml.DocumentNode && len(node.Content) == 1 {
		return node.Content[0]
	}
	return node
}
