package checktest

import (
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// addNew reads every new object that the findings on a bad section offer, and
// wants each finding to be gone where its object is there. What a manual fix
// offers is a plan, and only has to be an object.
func addNew(t *testing.T, check *checks.Check, fixture *txtar.Archive, section txtar.File, findings []checks.Finding) {
	t.Helper()
	for _, f := range findings {
		if f.Fix == nil || f.Fix.New == nil {
			continue
		}
		checkNew(t, section.Name, f)
		if f.Fix.Safety == checks.Manual {
			continue
		}
		text := strings.TrimRight(string(section.Data), "\n") + "\n---\n" + f.Fix.New.Text
		for _, left := range Judge(t, check, fixture, section.Name, []byte(text)).Findings {
			if left.At.Object.Ref == f.At.Object.Ref && left.At.Path.String() == f.At.Path.String() && left.Message == f.Message {
				t.Errorf("%s:%d: %s is there, and so is the finding: %s", section.Name, f.At.Line, f.Fix.New.Ref, f.Message)
			}
		}
	}
}

func checkNew(t *testing.T, name string, f checks.Finding) {
	t.Helper()
	text := f.Fix.New.Text
	if !strings.HasSuffix(text, "\n") || strings.HasPrefix(text, "---") || !strings.HasPrefix(text, "#") {
		t.Errorf("%s:%d: a new object starts with a comment that says why, and ends with a line break:\n%s", name, f.At.Line, text)
	}
	documents := inventory.Documents([]byte(text))
	if len(documents) != 1 {
		t.Fatalf("%s:%d: a new object is one document, found %d:\n%s", name, f.At.Line, len(documents), text)
	}
	objects, stubs, problems := documents[0].Read("new")
	for _, p := range problems {
		t.Errorf("%s:%d: the new object: %v", name, f.At.Line, p)
	}
	for _, o := range objects {
		stubs = append(stubs, o.Ref)
	}
	if len(stubs) != 1 || stubs[0] != f.Fix.New.Ref {
		t.Errorf("%s:%d: the new object is %v, and %v was announced", name, f.At.Line, stubs, f.Fix.New.Ref)
	}
	if f.Fix.Object == nil {
		t.Errorf("%s:%d: a new object belongs to one that is there", name, f.At.Line)
	}
}
