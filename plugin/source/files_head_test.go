package source

import (
	"fmt"
	"testing"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func TestScanHead(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"plain", "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: a\n  namespace: b\nspec: {}\n", "apps/v1 Deployment b/a"},
		{"marker and comments", "---\n# c\n\napiVersion: v1 # core\nkind: Service\nmetadata: # here\n    # there\n    name: a # x\n    labels:\n        name: no\n", "v1 Service /a"},
		{"quoted", "apiVersion: \"v1\"\nkind: 'Service'\nmetadata:\n  name: \"a\" # x\n", "v1 Service /a"},
		{"sorted keys", "apiVersion: v1\ndata:\n  k: |\n    kind: no\n  l: no\nkind: ConfigMap\nmetadata:\n  name: a\n", "v1 ConfigMap /a"},
		{"metadata first", "metadata:\n  labels: {a: b}\n  name: a\n  annotations:\n    x: |\n      name: no\nkind: Service\napiVersion: v1\n", "v1 Service /a"},
		{"CRLF", "apiVersion: v1\r\nkind: Service\r\nmetadata:\r\n  name: a\r\n\r\nspec:\r\n", "v1 Service /a"},
		{"placeholder", "apiVersion: v1\nkind: Service\nmetadata:\n  name: ${NAME}-svc\n", "v1 Service /${NAME}-svc"},
		{"list at its key's indentation", "apiVersion: v1\nkind: Service\nmetadata:\n  finalizers:\n  - x\n  name: a\n", "v1 Service /a"},
		{"no object", "image: x\nreplicas: 1\n", "  /"},
		{"a list", "- op: replace\n  path: /kind\n", "  /"},
		{"list of a key", "items:\n- a\n- b\nkind: X\n", " X /"},
		{"JSON", `{"kind": "Service", "apiVersion": "v1", "metadata": {"name": "a", "namespace": "b"}}`, "v1 Service b/a"},
		{"no metadata", "apiVersion: v2\nname: chart\n", "v2  /"},

		{"flow metadata", "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n", "?"},
		{"anchor on a kind", "apiVersion: v1\nkind: &k Service\n", "?"},
		{"anchor on metadata", "kind: Service\nmetadata: &m\n  name: a\n", "?"},
		{"alias", "kind: *k\n", "?"},
		{"merge key", "kind: Service\n<<: *a\n", "?"},
		{"merge key in metadata", "kind: Service\nmetadata:\n  <<: *a\n  name: b\n", "?"},
		{"quoted key", "\"kind\": Service\n", "?"},
		{"explicit key", "? kind\n: Service\n", "?"},
		{"twice", "kind: Service\nkind: Deployment\n", "?"},
		{"name twice", "metadata:\n  name: a\n  name: b\n", "?"},
		{"value on the next line", "kind:\n  Service\n", "?"},
		{"value of two lines", "kind: Service\n  More\n", "?"},
		{"open quote", "data: \"a\nkind: Service\"\n", "?"},
		{"open collection", "data: [a,\nkind: Service]\n", "?"},
		{"escape", "kind: \"Servi\\x63e\"\n", "?"},
		{"number", "metadata:\n  name: 12\n", "?"},
		{"boolean", "metadata:\n  name: yes\n", "?"},
		{"nothing", "metadata:\n  name:\n  namespace: a\n", "?"},
		{"indented document", "  kind: Service\n", "?"},
		{"tab", "metadata:\n\tname: a\n", "?"},
		{"template", "{{ if .x }}\nkind: Service\n", "?"},
		{"directive", "%YAML 1.1\nkind: Service\n", "?"},
		{"content behind the marker", "--- {kind: Service}\n", "?"},
		{"less indented", "metadata:\n    labels: {}\n  name: a\n", "?"},
		{"broken JSON", `{"kind": "Service",}`, "?"},
	} {
		t.Run(test.name, func(t *testing.T) {
			head, sure := scanHead([]byte(test.text))
			got := fmt.Sprintf("%s %s %s/%s", head.apiVersion, head.kind, head.namespace, head.name)
			if !sure {
				got = "?"
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// FuzzScanHead holds the scan to its promise: what it is sure of is what the
// decoder finds.
func FuzzScanHead(f *testing.F) {
	f.Add([]byte("apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n  namespace: b\n"))
	f.Add([]byte("kind: 'x' # y\napiVersion: \"v1\"\nmetadata:\n- a\n"))
	f.Add([]byte("# c\ndata:\n  a: |\n    b\nkind: x\napiVersion: y\nmetadata:\n  x:\n    y: z\n  name: a b\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		documents := inventory.Documents(text)
		if len(documents) != 1 || len(text) > 4096 {
			t.Skip()
		}
		head, sure := scanHead(documents[0].Text)
		node, err := documents[0].Parse()
		if !sure || err != nil || len(head.apiVersion) == 0 || len(head.kind) == 0 || len(head.name) == 0 {
			t.Skip()
		}
		o, wrong, _ := inventory.Read(node, "f")
		for _, w := range wrong {
			t.Skip(w) // a key written twice behind the head, say
		}
		if o == nil || o.APIVersion != string(head.apiVersion) || o.Kind != string(head.kind) || o.Name != string(head.name) || o.Namespace != string(head.namespace) {
			t.Errorf("scanned %s %s %s/%s, decoded %+v", head.apiVersion, head.kind, head.namespace, head.name, o)
		}
	})
}
