package fix

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"go.yaml.in/yaml/v3"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// manifests returns the texts of every check's fixture, which are as odd as
// people's manifests are.
func manifests(t testing.TB) [][]byte {
	t.Helper()
	var all [][]byte
	for _, pattern := range []string{"../../testdata/rules/*.txtar", "testdata/edit/*.txtar"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: nothing there: %v", pattern, err)
		}
		for _, name := range files {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range archive.Files {
				if ext := filepath.Ext(file.Name); ext == ".yaml" || file.Name == "in" {
					all = append(all, file.Data)
				}
			}
		}
	}
	return all
}

// TestEditsKeepTheRest makes random edits in all those manifests, also with the
// line ends of Windows and without the last one: each is made, and nothing else
// is, or it is refused with a reason.
func TestEditsKeepTheRest(t *testing.T) {
	made, refused := 0, map[string]int{}
	for i, text := range manifests(t) {
		switch i % 4 {
		case 1:
			text = bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
		case 2:
			text = bytes.TrimRight(text, "\n")
		}
		if reason := editAtRandom(t, text, uint64(i)); reason == "" {
			made++
		} else {
			refused[reason]++
		}
	}
	t.Logf("%d edits made, refused: %v", made, refused)
	if made < 500 || len(refused) > made/10 {
		t.Errorf("%d edits were made, and %d refused, which is too many:\n%v", made, len(refused), refused)
	}
}

func FuzzEdit(f *testing.F) {
	for i, text := range manifests(f) {
		f.Add(text, uint64(i))
	}
	f.Fuzz(func(t *testing.T, text []byte, seed uint64) { editAtRandom(t, text, seed) })
}

// editAtRandom changes some fields of some object, and compares what came out
// with what another way to edit makes of the same object. It returns the reason
// of a refusal.
func editAtRandom(t *testing.T, text []byte, seed uint64) string {
	random := rand.New(rand.NewPCG(seed, 1))
	objects := objectsIn(t, text)
	if len(objects) == 0 {
		return ""
	}
	object := objects[random.IntN(len(objects))]
	for _, o := range objects {
		var content Content
		if o.Root().Decode(&content) != nil || !textKeys(o.Root()) {
			return "" // keys that are no texts, or are there twice: no object has them
		}
	}
	edits := editsAtRandom(random, object.Root())
	got, err := EditText(text, object, edits)
	var no *Uneditable
	if errors.As(err, &no) {
		return no.Reason
	} else if err != nil {
		t.Fatal(err)
	}
	want, err := edited(contentOf(t, object), edits)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	after := objectsIn(t, got)
	if len(after) != len(objects) {
		t.Fatalf("%d objects became %d:\n%s", len(objects), len(after), got)
	}
	for i, o := range objects {
		expect, has := contentOf(t, o), contentOf(t, after[i])
		if o == object {
			expect = want
		}
		if diff := cmp.Diff(expect, has); diff != "" {
			t.Fatalf("%v on %s (-want +got):\n%s\nin\n%s\nout\n%s", edits, o.Ref, diff, text, got)
		}
	}
	if again, err := EditText(got, after[indexOf(objects, object)], edits); err == nil && !bytes.Equal(again, got) {
		t.Fatalf("%v change the result again:\n%s\nnow\n%s", edits, got, again)
	}
	return ""
}

func textKeys(node *yaml.Node) bool {
	for i, inner := range node.Content {
		key := node.Kind == yaml.MappingNode && i%2 == 0
		if key && inner.ShortTag() != "!!str" && inner.ShortTag() != "!!merge" || !textKeys(inner) {
			return false
		}
	}
	return true
}

func indexOf(objects []*inventory.Object, object *inventory.Object) int {
	for i, o := range objects {
		if o == object {
			return i
		}
	}
	return -1
}

func contentOf(t *testing.T, o *inventory.Object) Content {
	t.Helper()
	var content Content
	if err := o.Root().Decode(&content); err != nil {
		t.Fatalf("%s: %v", o.Ref, err)
	}
	return normal(content).(map[string]any)
}

// editsAtRandom walks down from the object's spec or metadata and sets, adds or
// removes something.
func editsAtRandom(random *rand.Rand, root *yaml.Node) []checks.Edit {
	values := []any{
		"text", "a: b # c", "two\nlines\n", "it's \"quoted\"", 7, true, "true", "", "ünïcode", "- x", "{{ }",
		map[string]any{"name": "x", "value": []any{"a", map[string]any{"b": 1}}},
		[]any{map[string]any{"type": "Pods"}, "y"},
		map[string]any{},
		[]any{},
	}
	var edits []checks.Edit
	for range 1 + random.IntN(3) {
		path, node := walkAtRandom(random, root)
		switch random.IntN(4) {
		case 0:
			if _, key := path[len(path)-1].(string); key {
				edits = append(edits, checks.Edit{Path: path})
				continue
			}
		case 1:
			if node.Kind == yaml.MappingNode {
				path = path.Join("added", "deeper")
			}
		}
		edits = append(edits, checks.Edit{Path: path, Value: values[random.IntN(len(values))]})
	}
	// One after the other must mean what all together do.
	for i := range edits {
		for j := range i {
			if overlap(edits[i], edits[j]) {
				return edits[:i]
			}
		}
	}
	return edits
}

func walkAtRandom(random *rand.Rand, node *yaml.Node) (inventory.Path, *yaml.Node) {
	path := inventory.Path{}
	for tries := 0; tries < 20 && (len(path) == 0 || random.IntN(4) > 0); tries++ {
		for node.Kind == yaml.AliasNode {
			node = node.Alias
		}
		if len(node.Content) == 0 {
			break
		}
		if node.Kind == yaml.SequenceNode {
			i := random.IntN(len(node.Content))
			path, node = path.Join(i), node.Content[i]
			continue
		}
		i := random.IntN(len(node.Content)/2) * 2
		if name := node.Content[i].Value; len(path) == 0 && (name == "apiVersion" || name == "kind" || name == "metadata") {
			continue
		}
		if node.Content[i].ShortTag() == "!!merge" {
			continue // no object has a field of that name
		}
		path, node = path.Join(node.Content[i].Value), node.Content[i+1]
	}
	if len(path) == 0 {
		path = inventory.Path{"spec"}
	}
	return path, node
}
