package inventory_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func TestDocuments(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       []string // "line+offset: text"
	}{
		{"empty", "", nil},
		{"only comments", "# nothing\n---\n# here\n---\n", nil},
		{"one", "a: 1\n", []string{"1+0: a: 1\n"}},
		{"two", "a: 1\n---\nb: 2\n", []string{"1+0: a: 1\n", "2+5: ---\nb: 2\n"}},
		{"no line end", "a: 1\n---\nb: 2", []string{"1+0: a: 1\n", "2+5: ---\nb: 2"}},
		{"marker with content", "--- {a: 1}\n--- # c\nb: 2\n", []string{"1+0: --- {a: 1}\n", "2+11: --- # c\nb: 2\n"}},
		{"four hyphens are text", "a: |\n ----\n----\n", []string{"1+0: a: |\n ----\n----\n"}},
		{"hyphens in a block scalar", "a: |\n  ---\n  b\n", []string{"1+0: a: |\n  ---\n  b\n"}},
		{"dots end a document", "a: 1\n...\n# c\n---\nb: 2\n", []string{"1+0: a: 1\n", "4+13: ---\nb: 2\n"}},
		{"directive", "%YAML 1.1\n---\na: 1\n", []string{"2+10: ---\na: 1\n"}},
		{"byte order mark", "\ufeffa: 1\n", []string{"1+3: a: 1\n"}},
		{"CRLF", "a: 1\r\n---\r\nb: 2\r\n", []string{"1+0: a: 1\r\n", "2+6: ---\r\nb: 2\r\n"}},
		{"JSON stream", "{\"a\": 1}\n{\"b\": 2} {\"c\": 3}\n", []string{"1+0: {\"a\": 1}", "2+9: {\"b\": 2}", "2+18: {\"c\": 3}\n"}},
		{"JSON, broken later", "{\"a\": 1}\n{\"b\": \n", []string{"1+0: {\"a\": 1}", "2+9: {\"b\": \n"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, d := range inventory.Documents([]byte(test.text)) {
				got = append(got, fmt.Sprintf("%d+%d: %s", d.Line, d.Offset, d.Text))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"tab", "a: 1\nb:\n\t- c\n", "f:3: found character that cannot start any token"},
		{"first line", "a: b: c\n", "f:1: mapping values are not allowed in this context"},
		{"wrong indentation", "kind: X\nspec:\n  list:\n  - a: 1\n    b: 2\n   c: 3\n", "f:6: did not find expected key"},
		{"wrong indentation, second document", "a: 1\n---\nspec:\n  a: 1\n c: 3\n", "f:5: did not find expected key"},
		{"open bracket", "a: 1\nb: [1,\nc: 2\n", "f:3: did not find expected ',' or ']'"},
		{"open quote", "a: 1\nb: \"x\nc: 2\n", "f:2: found unexpected end of stream"},
		{"unknown anchor", "a: 1\nb: *there\n", "f:2: unknown anchor 'there' referenced"},
		{"NUL", "a: 1\nb: \x00\n", "f:2: the text holds the control character 0x00"},
		{"escape", "a: 1\n\nb: \x1b[31m\n", "f:3: the text holds the control character 0x1b"},
		{"not UTF-8", "a: 1\nb: caf\xe9\n", "f:2: the text is not UTF-8: byte 0xe9"},
		{"UTF-16", "\xff\xfea\x00:\x00", "f:1: the text is UTF-16; save it as UTF-8"},
		{"old Macintosh", "a: 1\r---\rb: 1\r", "f:2: a second document starts without a line that holds --- alone"},
		{"a list", "- a\n- b\n", "f:1:1: not a Kubernetes object: apiVersion, kind and metadata.name are needed (found a list)"},
		{"a word", "--- hello\n", `f:1:5: not a Kubernetes object: apiVersion, kind and metadata.name are needed (found the string "hello")`},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, d := range inventory.Documents([]byte(test.text)) {
				_, _, problems := d.Read("f")
				for _, p := range problems {
					got = append(got, p.Error())
				}
			}
			if len(got) == 0 || got[len(got)-1] != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: %s, namespace: ns}
spec:
  selector: {}
  template: {spec: {containers: [{name: c, image: i}]}}
`

func TestReadLists(t *testing.T) {
	indent := func(text string) string {
		return "- " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n  ") + "\n"
	}
	list := "apiVersion: v1\nkind: List\nitems:\n" + indent(fmt.Sprintf(deployment, "a")) +
		indent("apiVersion: apps/v1\nkind: DeploymentList\nitems:\n"+indent(fmt.Sprintf(deployment, "b"))) +
		indent("apiVersion: v1\nkind: Namespace\nmetadata: {name: ns, labels: {team: llm}}")
	node, err := inventory.Document{Text: []byte(list), Line: 1}.Parse()
	if err != nil {
		t.Fatal(err)
	}
	c := inventory.ReadNode(node, "f")
	var names []string
	for _, o := range c.Objects {
		names = append(names, o.Ref.String())
	}
	if diff := cmp.Diff([]string{"ns/Deployment/a", "ns/Deployment/b"}, names); diff != "" {
		t.Error(diff)
	}
	if len(c.Namespaces) != 1 || c.Namespaces[0].Meta.Labels["team"] != "llm" || len(c.Stubs) != 1 || len(c.Problems) != 0 {
		t.Errorf("namespaces %v, stubs %v, problems %v", c.Namespaces, c.Stubs, c.Problems)
	}
}

func TestReadTypedList(t *testing.T) {
	o, problems := read(t, `{"apiVersion": "v1", "kind": "ServiceList", "items": [{"metadata": {"name": "s", "namespace": "n"}, "spec": {"clusterIP": "None"}}]}`)
	if o == nil || o.Ref.String() != "n/Service/s" || !o.Written("spec", "clusterIP") || len(problems) > 0 {
		t.Errorf("object %v, problems %q", o, problems)
	}
}

func TestCloseWorld(t *testing.T) {
	b := inventory.NewBuilder()
	for _, d := range inventory.Documents(fmt.Appendf(nil, deployment, "a")) {
		objects, _, _ := d.Read("f")
		b.Add(objects[0])
	}
	b.AddStub(inventory.Ref{Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition", Name: "x"})
	b.AddStub(inventory.Ref{Group: "storage.k8s.io", Kind: "StorageClass", Name: "x"})
	b.AddStub(inventory.Ref{Group: "networking.k8s.io", Kind: "Ingress", Namespace: "web", Name: "x"})
	b.CloseWorld()
	s := b.Build()
	for ns, want := range map[string]bool{"ns": true, "web": true, "elsewhere": false, "": false} {
		if got := s.Saw(inventory.PodDisruptionBudget, ns); got != want {
			t.Errorf("budgets of namespace %q seen: %v, want %v", ns, got, want)
		}
	}
	if s.Saw(inventory.ConfigMap, "ns") || s.Saw(inventory.Node, "") {
		t.Error("a directory holds every ConfigMap or node: nobody said so")
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(fmt.Sprintf(deployment, "a")))
	f.Add([]byte("a: &a [x, x]\nb: &b [*a, *a]\nmetadata: {labels: *b}\n<<: [*a, *b]\n"))
	f.Add([]byte("apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: &m {name: x, <<: *m}\nspec: {maxReplicas: eight}\n"))
	f.Add([]byte("{\"apiVersion\": \"v1\",\t\"kind\": \"Pod\", \"metadata\": {\"name\": \"\\ud83d\\ude00\"}}\n{}"))
	f.Add([]byte("apiVersion: v1\nkind: List\nitems: [{}, null, 3, &x {kind: List, items: [*x]}]\n---\n? {a: b}\n: c\n"))
	f.Add([]byte(bomb(9)))
	f.Fuzz(func(t *testing.T, text []byte) {
		const most = 1 << 16
		if len(text) > most {
			t.Skip()
		}
		started := time.Now()
		for _, d := range inventory.Documents(text) {
			if end := d.Offset + len(d.Text); string(text[d.Offset:end]) != string(d.Text) {
				t.Fatalf("document of line %d is not at offset %d", d.Line, d.Offset)
			}
			objects, _, _ := d.Read("f")
			for _, o := range objects {
				o.At("spec", "template", "spec", "containers", 0, "image")
			}
		}
		// Far above what any input of this size takes, far below what an
		// unbounded expansion would.
		if took := time.Since(started); took > 20*time.Second {
			t.Fatalf("%d bytes took %v", len(text), took)
		}
	})
}
