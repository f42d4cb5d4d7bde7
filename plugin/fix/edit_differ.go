package fix

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// place is a node with what a splice needs to know of its surroundings.
type place struct {
	path   inventory.Path
	parent *yaml.Node // nil for the object itself
	i      int        // of the value in the parent's Content
	node   *yaml.Node
	flow   bool // inside braces or brackets
}

// deed is what has to be done about a difference.
type deed uint8

const (
	replaceValue deed = iota // at is the value
	addEntry                 // at is the mapping or list
	removeEntry              // at is the value
)

// departure is the first place at which a text does not mean what is wanted.
type departure struct {
	at   place
	do   deed
	key  *yaml.Node // of an entry to add to a mapping
	want *yaml.Node // nil when something goes
	// position is that of an item to add to a list.
	position int
}

func (d *departure) String() string {
	return fmt.Sprintf("%d %s %d %v", d.do, d.at.path, d.position, d.key)
}

// differ finds the first difference; nil when there is none.
func differ(at place, want *yaml.Node) *departure {
	node := at.node
	if node.Kind != want.Kind || node.Kind == yaml.AliasNode && node.Value != want.Value {
		return &departure{at: at, do: replaceValue, want: want}
	}
	switch node.Kind {
	case yaml.MappingNode:
		return differMapping(at, want)
	case yaml.SequenceNode:
		return differList(at, want)
	case yaml.ScalarNode:
		if node.ShortTag() != want.ShortTag() || node.Value != want.Value {
			return &departure{at: at, do: replaceValue, want: want}
		}
	}
	return nil
}

func (p place) inner(step any, i int) place {
	return place{
		path: p.path.Join(step), parent: p.node, i: i, node: p.node.Content[i],
		flow: p.flow || p.node.Style&yaml.FlowStyle != 0,
	}
}

func differMapping(at place, want *yaml.Node) *departure {
	if len(want.Content) == 0 && len(at.node.Content) > 0 {
		return &departure{at: at, do: replaceValue, want: want}
	}
	for i := 0; i+1 < len(at.node.Content); i += 2 {
		key := at.node.Content[i]
		inner := at.inner(key.Value, i+1)
		if j := sameKey(want, key, at.node, i); j < 0 {
			return &departure{at: inner, do: removeEntry}
		} else if d := differ(inner, want.Content[j+1]); d != nil {
			return d
		}
	}
	for j := 0; j+1 < len(want.Content); j += 2 {
		if sameKey(at.node, want.Content[j], want, j) < 0 {
			return &departure{at: at, do: addEntry, key: want.Content[j], want: want.Content[j+1]}
		}
	}
	return nil
}

// sameKey finds a key in a mapping. Of a key that stands there several times,
// as merge keys may, the n-th is the n-th.
func sameKey(in, key, of *yaml.Node, position int) int {
	before := 0
	for i := 0; i < position; i += 2 {
		if sameNode(of.Content[i], key) {
			before++
		}
	}
	for i := 0; i+1 < len(in.Content); i += 2 {
		if sameNode(in.Content[i], key) {
			if before == 0 {
				return i
			}
			before--
		}
	}
	return -1
}

// sameNode says whether two nodes mean the same, whatever they look like.
func sameNode(a, b *yaml.Node) bool { return differ(place{node: a}, b) == nil }

func differList(at place, want *yaml.Node) *departure {
	have := at.node.Content
	if len(want.Content) == 0 && len(have) > 0 {
		return &departure{at: at, do: replaceValue, want: want}
	}
	same := 0 // items at the beginning
	for same < len(have) && same < len(want.Content) && sameNode(have[same], want.Content[same]) {
		same++
	}
	switch {
	case same == len(have) && same == len(want.Content):
		return nil
	case len(have) < len(want.Content) && (same == len(have) || sameNode(have[len(have)-1], want.Content[len(want.Content)-1])):
		return &departure{at: at, do: addEntry, want: want.Content[same], position: same}
	case len(have) > len(want.Content) && (same == len(want.Content) || sameNode(have[len(have)-1], want.Content[len(want.Content)-1])):
		return &departure{at: at.inner(same, same), do: removeEntry}
	}
	return differ(at.inner(same, same), want.Content[same])
}
