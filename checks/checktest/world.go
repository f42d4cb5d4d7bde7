package checktest

import (
	"strings"
	"testing"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Snapshot builds the world of a section.
func Snapshot(t testing.TB, name string, text []byte) *inventory.Snapshot {
	t.Helper()
	b := inventory.NewBuilder()
	for _, doc := range inventory.Documents(text) {
		node, err := doc.Parse()
		if err != nil {
			t.Errorf("%v", inventory.ParseProblem(err, name))
			continue
		}
		contents := inventory.ReadNode(node, name)
		for _, p := range contents.Problems {
			t.Errorf("%v", p)
		}
		for _, o := range contents.Objects {
			if first := b.Add(o); first != nil {
				t.Errorf("%s: %s is there twice", name, o.Ref)
			}
		}
		for _, ref := range contents.Stubs {
			b.AddStub(ref)
		}
		for _, o := range contents.Namespaces {
			b.AddNamespace(o.Name, o.Meta.Labels)
		}
	}
	words := strings.Split(strings.TrimSuffix(name, ".yaml"), "-")
	unseen := unseenKinds(text)
	switch {
	case contains(words, "live"):
		b.Live(inventory.Versions{Kubernetes: comment(text, "kubernetes"), KEDA: comment(text, "keda")})
		for _, kind := range inventory.Kinds() {
			if !unseen[kind.String()] {
				b.Looked(kind, "")
			}
		}
	case !contains(words, "open"):
		for _, ns := range b.Namespaces() {
			for _, kind := range inventory.Kinds() {
				if kind.Info().Closed && !unseen[kind.String()] {
					b.Looked(kind, ns)
				}
			}
		}
	}
	return b.Build()
}
