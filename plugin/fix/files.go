package fix

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Files are manifests while fixes change them, in memory. Nothing is written
// before [Write].
//
// Fixes go in rounds: judge, Edit, judge the texts of [Files.Texts] again, until
// nothing is left that can be fixed. What two fixes of a round both want to
// change is the second one's turn in the next.
type Files struct {
	byName map[string]*FileEdit
	made   map[inventory.Ref]bool
}

// FileEdit is a file before and after its fixes.
type FileEdit struct {
	Name          string // as findings show it
	Before, After []byte
	New           bool // there was no such file
}

// Diff is the unified diff of the file.
func (e *FileEdit) Diff() string {
	before := "a/" + filepath.ToSlash(e.Name)
	if e.New {
		before = "/dev/null"
	}
	return UnifiedDiff(before, string(e.Before), "b/"+filepath.ToSlash(e.Name), string(e.After))
}

// Texts are the changed files' texts by name.
func (s *Files) Texts() map[string][]byte {
	texts := map[string][]byte{}
	for _, e := range s.Changed() {
		texts[e.Name] = e.After
	}
	return texts
}

// Changed lists the files that differ from before, by name.
func (s *Files) Changed() []*FileEdit {
	var all []*FileEdit
	for _, e := range s.byName {
		if e.New || !bytes.Equal(e.Before, e.After) {
			all = append(all, e)
		}
	}
	slices.SortFunc(all, func(a, b *FileEdit) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// Edit makes the fixes of findings about the texts as they are now, one wholly
// or not at all, in a stable order: the worst finding first, then by check.
func (s *Files) Edit(chosen []checks.Finding) (fixed []checks.Finding, refused []Refusal) {
	if s.byName == nil {
		s.byName, s.made = map[string]*FileEdit{}, map[inventory.Ref]bool{}
	}
	var fixable, additions []checks.Finding
	for _, f := range ordered(chosen) {
		if reason := unwritable(f); reason != "" {
			refused = append(refused, Refusal{f, reason})
			continue
		}
		fixable = append(fixable, f)
		if f.Fix.New != nil {
			additions = append(additions, f)
		}
	}
	for _, object := range lastFirst(fixable) {
		done, not := s.editObject(object, fixable)
		fixed, refused = append(fixed, done...), append(refused, not...)
	}
	for _, f := range additions {
		switch err := s.create(f.Fix); {
		case errors.Is(err, errMade):
		case err != nil:
			refused = append(refused, Refusal{f, err.Error()})
		default:
			fixed = append(fixed, f)
		}
	}
	return fixed, refused
}

// unwritable says why a fix is nothing for files; empty when it may be.
func unwritable(f checks.Finding) string {
	switch {
	case f.Fix == nil || f.Fix.Safety == checks.Manual || f.Fix.Object == nil || len(f.Fix.Edits) == 0 && f.Fix.New == nil:
		return "it is for people to decide, nothing can be applied"
	case f.Fix.Object.File == "":
		return f.Fix.Object.Short() + " was not read from a file"
	}
	return ""
}

// lastFirst lists the objects that have edits, in each file from its end on: so
// that the places of those before stay true.
func lastFirst(findings []checks.Finding) []*inventory.Object {
	var all []*inventory.Object
	for _, f := range findings {
		if len(f.Fix.Edits) > 0 && !slices.Contains(all, f.Fix.Object) {
			all = append(all, f.Fix.Object)
		}
	}
	slices.SortStableFunc(all, func(a, b *inventory.Object) int {
		x, y := a.At(), b.At()
		switch {
		case x.File != y.File:
			return strings.Compare(x.File, y.File)
		case x.Line != y.Line:
			return y.Line - x.Line
		}
		return y.Column - x.Column
	})
	return all
}

func (s *Files) editObject(object *inventory.Object, findings []checks.Finding) (fixed []checks.Finding, refused []Refusal) {
	change := Change{Object: object}
	for _, f := range findings {
		if f.Fix.Object != object || len(f.Fix.Edits) == 0 {
			continue
		}
		before := change
		if conflict := change.merge(f); conflict != "" {
			refused = append(refused, Refusal{f, conflict})
			continue
		}
		if err := s.edit(object, f.Fix.Edits); err != nil {
			change = before
			refused = append(refused, Refusal{f, err.Error()})
			continue
		}
		fixed = append(fixed, f)
	}
	return fixed, refused
}

func (s *Files) edit(object *inventory.Object, edits []checks.Edit) error {
	e, err := s.file(object)
	if err != nil {
		return err
	}
	after, err := EditText(e.After, object, edits)
	if err != nil {
		return err
	}
	if bytes.Equal(after, e.After) {
		return errors.New("the file says so already")
	}
	e.After = after
	return nil
}

func (s *Files) file(object *inventory.Object) (*FileEdit, error) {
	name := object.File
	if e := s.byName[name]; e != nil {
		return e, nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, rendered(object)
		}
		return nil, err
	}
	e := &FileEdit{Name: name, Before: text, After: text}
	s.byName[name] = e
	return e, nil
}

// errMade says that another finding's fix has made the object already.
var errMade = errors.New("made already")

// create writes a new object as a further document of the file that its
// workload stands in: whatever applies that file then applies the object, and
// no kustomization has to name another one. Beside JSON it is a file of its own.
func (s *Files) create(fix *checks.Fix) error {
	if s.made[fix.New.Ref] {
		return errMade
	}
	e, err := s.file(fix.Object)
	if err != nil {
		return err
	}
	if isJSON(e.After) || strings.EqualFold(filepath.Ext(e.Name), ".json") {
		name := filepath.Join(filepath.Dir(e.Name), strings.ToLower(fix.New.Ref.Kind)+"-"+fix.New.Ref.Name+".yaml")
		if _, err := os.Lstat(name); err == nil || s.byName[name] != nil {
			return fmt.Errorf("%s is there already", name)
		}
		s.byName[name] = &FileEdit{Name: name, After: []byte(fix.New.Text), New: true}
		s.made[fix.New.Ref] = true
		return nil
	}
	style := layout{crlf: bytes.Contains(e.After, []byte("\r\n"))}
	text := string(e.After)
	if !strings.HasSuffix(text, "\n") {
		text += style.breaks("\n")
	}
	text += style.breaks("---\n" + fix.New.Text)
	if before, after := len(inventory.Documents(e.After)), len(inventory.Documents([]byte(text))); after != before+1 {
		return fmt.Errorf("%s cannot take another document", e.Name)
	}
	e.After = []byte(text)
	s.made[fix.New.Ref] = true
	return nil
}
