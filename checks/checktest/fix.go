package checktest

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"go.yaml.in/yaml/v3"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// applyFixes applies every edit that the findings on a bad section offer and
// wants the result to mean what the fixed section says. bad.yaml must have one
// when there are edits; a check whose fixes are all manual needs it only to show
// the remedy.
func applyFixes(t *testing.T, check *checks.Check, fixed *txtar.File, must bool, findings []checks.Finding) {
	t.Helper()
	edits := 0
	for _, f := range findings {
		if f.Fix == nil {
			continue
		}
		if f.Fix.Title == "" || f.Fix.Safety == "" {
			t.Errorf("%s: a fix needs a title and a safety", check.ID)
		}
		if fixed == nil {
			edits += len(f.Fix.Edits)
			continue
		}
		for _, edit := range f.Fix.Edits {
			edits++
			apply(t, f.Fix.Object.Root(), edit)
		}
	}
	if edits == 0 {
		return
	}
	if fixed == nil {
		if must {
			t.Errorf("%s: the check offers edits, so the fixture needs a fixed.yaml", check.ID)
		}
		return
	}
	got := encode(t, objectsOf(findings))
	for _, want := range decodeAll(t, fixed.Data) {
		ref := refOf(want)
		if have, touched := got[ref]; touched && !reflect.DeepEqual(have, want) {
			t.Errorf("fixed.yaml: %s differs from bad.yaml with the fixes applied:\n got %v\nwant %v", ref, have, want)
		}
	}
}

func sectionOf(fixture *txtar.Archive, name string) *txtar.File {
	for i := range fixture.Files {
		if fixture.Files[i].Name == name {
			return &fixture.Files[i]
		}
	}
	return nil
}

func objectsOf(findings []checks.Finding) map[inventory.Ref]*yaml.Node {
	all := map[inventory.Ref]*yaml.Node{}
	for _, f := range findings {
		if f.Fix != nil && f.Fix.Object != nil && len(f.Fix.Edits) > 0 {
			all[f.Fix.Object.Ref] = f.Fix.Object.Root()
		}
	}
	return all
}

func encode(t *testing.T, roots map[inventory.Ref]*yaml.Node) map[inventory.Ref]map[string]any {
	t.Helper()
	all := map[inventory.Ref]map[string]any{}
	for ref, root := range roots {
		var value map[string]any
		if err := root.Decode(&value); err != nil {
			t.Fatal(err)
		}
		all[ref] = value
	}
	return all
}

func decodeAll(t *testing.T, text []byte) []map[string]any {
	t.Helper()
	var all []map[string]any
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var value map[string]any
		if decoder.Decode(&value) != nil {
			return all
		}
		all = append(all, value)
	}
}

func refOf(value map[string]any) inventory.Ref {
	text := func(v any) string { s, _ := v.(string); return s }
	meta, _ := value["metadata"].(map[string]any)
	return inventory.Ref{
		Group: inventory.GroupOf(text(value["apiVersion"])), Kind: text(value["kind"]),
		Namespace: text(meta["namespace"]), Name: text(meta["name"]),
	}
}

// apply carries out one edit on a node tree, making what is missing on the way.
func apply(t *testing.T, root *yaml.Node, edit checks.Edit) {
	t.Helper()
	node := root
	for i, step := range edit.Path {
		last := i == len(edit.Path)-1
		switch step := step.(type) {
		case string:
			at := keyIndex(node, step)
			if at < 0 {
				if last && edit.Value == nil {
					return
				}
				node.Content = append(node.Content, scalar(step), parentOf(edit.Path[i+1:]))
				at = len(node.Content) - 2
			}
			if last && edit.Value == nil {
				node.Content = append(node.Content[:at], node.Content[at+2:]...)
				return
			}
			node = node.Content[at+1]
		case int:
			if step == len(node.Content) {
				node.Content = append(node.Content, parentOf(edit.Path[i+1:]))
			}
			if step >= len(node.Content) {
				t.Fatalf("edit %s: no item %d", edit.Path, step)
			}
			node = node.Content[step]
		}
	}
	var value yaml.Node
	if err := value.Encode(edit.Value); err != nil {
		t.Fatal(err)
	}
	*node = value
}

// parentOf is an empty node that the rest of a path can go on in.
func parentOf(rest inventory.Path) *yaml.Node {
	if len(rest) > 0 {
		if _, item := rest[0].(int); item {
			return &yaml.Node{Kind: yaml.SequenceNode}
		}
	}
	return &yaml.Node{Kind: yaml.MappingNode}
}

func keyIndex(node *yaml.Node, key string) int {
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == key {
			return i
		}
	}
	return -1
}

func scalar(text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
}
