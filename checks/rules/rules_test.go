package rules

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/checktest"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

const fixtures = "../../testdata/rules"

// TestRules runs every check on its fixture, and compares what it read with
// what its Needs say.
func TestRules(t *testing.T) {
	for _, check := range All() {
		t.Run(check.ID, func(t *testing.T) {
			fixture, err := txtar.ParseFile(filepath.Join(fixtures, check.ID+".txtar"))
			if err != nil {
				t.Fatal(err)
			}
			reads, asked := checktest.Run(t, check, fixture)
			for _, metric := range signals.Metrics() {
				if declared := slices.Contains(check.Needs.Numbers, metric); asked[metric] != declared {
					t.Errorf("the check asks for %s: %v, and its Needs say %v", metric, asked[metric], declared)
				}
			}
			for _, kind := range inventory.Kinds() {
				if reads[kind] && !check.Needs.Reads(kind) {
					t.Errorf("the check reads %s, which its Needs do not say", kind)
				}
				if !reads[kind] && check.Needs.Reads(kind) {
					t.Errorf("the Needs name %s, which the check does not read in any section", kind)
				}
			}
		})
	}
}

// TestEveryFileIsARule: the folder, the list and the fixtures name the same
// checks.
func TestEveryFileIsARule(t *testing.T) {
	var listed []string
	for _, check := range All() {
		listed = append(listed, check.ID)
	}
	sort.Strings(listed)
	if files := ids(t, "*.go", "_", ".go"); !equal(files, listed) {
		t.Errorf("the files of this folder are\n%v\nbut rules.go lists\n%v", files, listed)
	}
	if files := ids(t, filepath.Join(fixtures, "*.txtar"), "-", ".txtar"); !equal(files, listed) {
		t.Errorf("the fixtures are for\n%v\nbut rules.go lists\n%v", files, listed)
	}
}

func ids(t *testing.T, pattern, dash, ending string) []string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ending)
		if name == "rules" || strings.HasSuffix(name, "_test") {
			continue
		}
		all = append(all, strings.ReplaceAll(name, dash, "-"))
	}
	sort.Strings(all)
	return all
}

func equal(a, b []string) bool { return strings.Join(a, " ") == strings.Join(b, " ") }

// TestShape holds what every check's literal has to have.
func TestShape(t *testing.T) {
	known := map[string]bool{}
	for _, check := range All() {
		known[check.ID] = true
	}
	slug := regexp.MustCompile(`^[a-z]+(-[a-z]+)+$`)
	for _, check := range All() {
		wrong := func(format string, args ...any) { t.Helper(); t.Errorf(check.ID+": "+format, args...) }
		if !slug.MatchString(check.ID) {
			wrong("the ID is no words joined by dashes")
		}
		if check.Severity == 0 || check.Run == nil || len(check.Needs.Kinds) == 0 || !inSections(check.Section) {
			wrong("severity, section, needs or run is missing")
		}
		doc := check.Doc
		if doc.Title == "" || doc.Why == "" || doc.Remedy == "" || doc.Ignore == "" || len(doc.Sources) == 0 {
			wrong("the doc needs title, why, remedy, ignore and sources")
		}
		if strings.HasSuffix(doc.Title, ".") || !strings.HasSuffix(doc.Why, ".") || !strings.HasSuffix(doc.Remedy, ".") || !strings.HasSuffix(doc.Ignore, ".") {
			wrong("the title is no sentence, the other texts are")
		}
		for _, p := range check.Params {
			if p.Doc == "" || strings.HasSuffix(p.Doc, ".") || !(p.Min <= p.Value && p.Value <= p.Max) || p.Min == p.Max {
				wrong("the parameter %s needs a doc, and a default within bounds", p.Name)
			}
		}
		for _, cause := range check.CausedBy {
			if !known[cause] {
				wrong("caused by %q, which is no check", cause)
			}
		}
	}
}

func inSections(section checks.Section) bool {
	for _, s := range checks.Sections() {
		if s == section {
			return true
		}
	}
	return false
}

// TestImports: a rule reads the pass and nothing else.
func TestImports(t *testing.T) {
	paths, _ := filepath.Glob("*.go")
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, text, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range file.Imports {
			name := strings.Trim(spec.Path.Value, `"`)
			ours := strings.HasPrefix(name, "github.com/infscale/kubectl-infscale/checks")
			if !ours && strings.Contains(name, ".") {
				t.Errorf("%s imports %s; a rule imports checks, inventory, signals, promql and the standard library", path, name)
			}
		}
		const most = 120                                                                    // lines
		if lines := strings.Count(string(text), "\n"); lines > most && path != "rules.go" { // that is the list
			t.Errorf("%s has %d lines; helpers of a rule that long go down a floor", path, lines)
		}
	}
}
