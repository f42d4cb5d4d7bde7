package fix

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// want makes an edit in a tree, with the mappings that are missing on the way.
// What stands behind an alias or a merge key belongs to other places as well
// and is refused.
func want(root *yaml.Node, edit checks.Edit) error {
	node := root
	for i, step := range edit.Path {
		here := inventory.Path(edit.Path[:i+1])
		if err := touchable(node, here); err != nil {
			return err
		}
		last := i == len(edit.Path)-1
		switch step := step.(type) {
		case string:
			next, err := wantKey(node, step, here, last && edit.Value == nil)
			if next == nil || err != nil {
				return err
			}
			node = next
		case int:
			next, err := wantItem(node, step, here, last && edit.Value == nil)
			if next == nil || err != nil {
				return err
			}
			node = next
		default:
			return refuse("%s is no path of keys and positions", here)
		}
	}
	if err := touchable(node, edit.Path); err != nil {
		return err
	}
	value, err := nodeOf(edit.Value)
	if err != nil {
		return refuse("%s: %v", inventory.Path(edit.Path), err)
	}
	*node = *value
	return nil
}

func touchable(node *yaml.Node, path inventory.Path) error {
	switch {
	case node.Kind == yaml.AliasNode:
		return refuse("%s comes from the alias *%s: change it where &%s stands", path, node.Value, node.Value)
	case node.Anchor != "":
		return refuse("%s belongs to the anchor &%s, which other places may repeat", path, node.Anchor)
	}
	return nil
}

// wantKey returns the value of a key, which it adds where it is missing; nil
// when the key was, or is already, gone.
func wantKey(node *yaml.Node, key string, path inventory.Path, remove bool) (*yaml.Node, error) {
	if emptyNode(node) && !remove {
		*node = yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	}
	if node.Kind != yaml.MappingNode {
		if remove && emptyNode(node) {
			return nil, nil
		}
		return nil, refuse("%s: what stands there is no mapping", path)
	}
	at, times := -1, 0
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == key && node.Content[i].Kind == yaml.ScalarNode && node.Content[i].Tag != "!!merge" {
			at, times = i, times+1
		}
	}
	switch {
	case times > 1:
		return nil, refuse("%s is written twice", path)
	case at < 0 && merged(node, key, 0):
		return nil, refuse("%s comes by a merge key (<<): change it where it is written", path)
	case at < 0 && remove:
		return nil, nil
	case at < 0:
		node.Content = append(node.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key}, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null"})
		return node.Content[len(node.Content)-1], nil
	case remove:
		if err := untied(node.Content[at+1], path); err != nil {
			return nil, err
		}
		node.Content = slices.Delete(node.Content, at, at+2)
		return nil, nil
	}
	return node.Content[at+1], nil
}

// wantItem returns an item of a list; the position behind the last one adds one.
func wantItem(node *yaml.Node, i int, path inventory.Path, remove bool) (*yaml.Node, error) {
	if emptyNode(node) && i == 0 && !remove {
		*node = yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
	}
	switch {
	case node.Kind != yaml.SequenceNode:
		return nil, refuse("%s: what stands there is no list", path)
	case i == len(node.Content) && !remove:
		node.Content = append(node.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null"})
	case i < 0 || i >= len(node.Content):
		return nil, refuse("%s: the list has %d items", path, len(node.Content))
	case remove:
		if err := untied(node.Content[i], path); err != nil {
			return nil, err
		}
		node.Content = slices.Delete(node.Content, i, i+1)
		return nil, nil
	}
	return node.Content[i], nil
}

func emptyNode(node *yaml.Node) bool {
	return node.Kind == yaml.ScalarNode && node.ShortTag() == "!!null" && node.Anchor == ""
}

// untied says whether a value that goes is needed elsewhere.
func untied(node *yaml.Node, path inventory.Path) error {
	if node.Anchor != "" {
		return refuse("%s holds the anchor &%s, which other places may repeat", path, node.Anchor)
	}
	for _, inner := range node.Content {
		if err := untied(inner, path); err != nil {
			return err
		}
	}
	return nil
}

// merged says whether a merge key of a mapping may bring a key along.
func merged(node *yaml.Node, key string, depth int) bool {
	const deep = 16 // merge keys that lead to themselves end here
	for node.Kind == yaml.AliasNode && node.Alias != nil {
		node = node.Alias
	}
	if depth > deep {
		return true
	}
	if node.Kind == yaml.SequenceNode {
		return slices.ContainsFunc(node.Content, func(inner *yaml.Node) bool { return merged(inner, key, depth+1) })
	}
	for i := 0; node.Kind == yaml.MappingNode && i+1 < len(node.Content); i += 2 {
		if depth > 0 && node.Content[i].Value == key || node.Content[i].Tag == "!!merge" && merged(node.Content[i+1], key, depth+1) {
			return true
		}
	}
	return false
}

func valueOf(mapping *yaml.Node, key string) *yaml.Node {
	for i := 0; mapping.Kind == yaml.MappingNode && i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i+1]
		}
	}
	return nil
}

// copyOf copies a tree. Aliases keep pointing into the old one, where only their
// names are compared.
func copyOf(node *yaml.Node) *yaml.Node {
	twin := *node
	twin.Content = make([]*yaml.Node, len(node.Content))
	for i, inner := range node.Content {
		twin.Content[i] = copyOf(inner)
	}
	return &twin
}

// nodeOf turns an edit's value into nodes, keys in the order in which people
// write them.
func nodeOf(value any) (*yaml.Node, error) {
	switch value := value.(type) {
	case map[string]any:
		node := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		for _, key := range keysOf(value) {
			inner, err := nodeOf(value[key])
			if err != nil {
				return nil, err
			}
			node.Content = append(node.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key}, inner)
		}
		return node, nil
	case []any:
		node := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, item := range value {
			inner, err := nodeOf(item)
			if err != nil {
				return nil, err
			}
			node.Content = append(node.Content, inner)
		}
		return node, nil
	}
	node := new(yaml.Node)
	if err := node.Encode(value); err != nil {
		return nil, fmt.Errorf("cannot be written: %w", err)
	}
	if node.Kind != yaml.ScalarNode { // a struct, or a typed list
		var plain any
		if err := node.Decode(&plain); err != nil {
			return nil, fmt.Errorf("cannot be written: %w", err)
		}
		return nodeOf(plain)
	}
	return node, nil
}

// firstKeys are those that lead a mapping in the manifests that people write.
var firstKeys = [...]string{"apiVersion", "kind", "metadata", "name", "namespace", "type", "metricType", "stabilizationWindowSeconds", "value", "image", "command", "args"}

func keysOf(value map[string]any) []string {
	keys := make([]string, 0, len(value))
	for key := range value {
		keys = append(keys, key)
	}
	rank := func(key string) int {
		if i := slices.Index(firstKeys[:], key); i >= 0 {
			return i
		}
		return len(firstKeys)
	}
	slices.SortFunc(keys, func(a, b string) int {
		if rank(a) != rank(b) {
			return rank(a) - rank(b)
		}
		if a < b {
			return -1
		}
		return 1
	})
	return keys
}
