package plugin

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/checktest"
	"github.com/infscale/kubectl-infscale/checks/rules"
	"github.com/infscale/kubectl-infscale/plugin/render"
)

var update = flag.Bool("update", false, "rewrite goldens, transcripts and checks/README.md")

// TestCatalogue keeps checks/README.md, which explain prints, equal to the
// checks' docs and to what they really say about their fixtures.
func TestCatalogue(t *testing.T) {
	want := catalogue(t)
	const path = "../checks/README.md"
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if checks.Catalogue != want {
		t.Error("checks/README.md is not what the checks say; run make golden")
	}
}

func TestEveryCheckHasAPage(t *testing.T) {
	for _, check := range rules.All() {
		if _, ok := catalogPage(checks.Catalogue, check.ID); !ok {
			t.Errorf("no page for %s; run make golden", check.ID)
		}
	}
}

func catalogue(t *testing.T) string {
	var b strings.Builder
	b.WriteString("# The checks\n\n<!-- Generated from the checks and their fixtures by make golden; do not edit. -->\n\n")
	b.WriteString("A check is two files: `checks/rules/ID.go` and its fixture `testdata/rules/ID.txtar`. ")
	b.WriteString("`kubectl infscale explain ID` prints a page of this catalogue.\n")
	results := readResults(t)
	for _, section := range checks.Sections() {
		var pages []string
		for _, check := range rules.All() {
			if check.Section == section {
				pages = append(pages, page(t, check, proven(results, check.ID)))
			}
		}
		if len(pages) > 0 {
			fmt.Fprintf(&b, "\n## %s\n\n%s", section, strings.Join(pages, "\n"))
		}
	}
	return b.String()
}

func page(t *testing.T, check *checks.Check, proof string) string {
	fixture, err := txtar.ParseFile(filepath.Join("../testdata/rules", check.ID+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n**%s** (%s)\n\n%s\n\n", check.ID, check.Doc.Title, check.Severity, check.Doc.Why)
	for _, file := range fixture.Files {
		if strings.HasPrefix(file.Name, "bad") && strings.HasSuffix(file.Name, ".yaml") {
			b.WriteString(example(t, check, fixture, file))
			break
		}
	}
	fmt.Fprintf(&b, "**Remedy.** %s\n\n**When to ignore it.** %s\n\n", check.Doc.Remedy, check.Doc.Ignore)
	b.WriteString(proof)
	b.WriteString(settings(check.Params))
	b.WriteString("**Sources.**\n\n")
	for _, source := range check.Doc.Sources {
		fmt.Fprintf(&b, "- %s\n", source)
	}
	return b.String()
}

// settings lists the parameters that .infscale.yaml may set.
func settings(params []checks.Param) string {
	if len(params) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("**Parameters** in `.infscale.yaml`, with their defaults and bounds.\n\n")
	for _, p := range params {
		fmt.Fprintf(&b, "- `%s: %g` (%g to %g): %s\n", p.Name, p.Value, p.Min, p.Max, p.Doc)
	}
	return b.String() + "\n"
}

// example shows the lines around the first finding of a section, and what the
// program says about it.
func example(t *testing.T, check *checks.Check, fixture *txtar.Archive, file txtar.File) string {
	text := withoutWants(string(file.Data))
	report := checktest.Judge(t, check, nil, "example.yaml", file.Data)
	if strings.Contains(file.Name, "-") { // a live or open world: judge it as that
		report = checktest.Judge(t, check, fixture, file.Name, file.Data)
	}
	if len(report.Findings) == 0 {
		t.Errorf("%s: nothing is found in %s", check.ID, file.Name)
		return ""
	}
	first := report.Findings[:1]
	first[0].At.File = "example.yaml"
	report.Findings = first
	var out bytes.Buffer
	if err := render.Write(&out, "text", report, render.Options{Width: 80, Show: checks.Info}); err != nil {
		t.Fatal(err)
	}
	said, _, _ := strings.Cut(out.String(), "\n\n") // the rest is the summary
	return fmt.Sprintf("```yaml\n%s```\n\n```text\n%s\n```\n\n", excerpt(text, first[0].At.Line), said)
}

// excerpt is the document that a line is in, or the part around the line where
// the document is long.
func excerpt(text string, line int) string {
	const long, around = 36, 8
	lines := strings.SplitAfter(text, "\n")
	from, to := line-1, line
	for from > 0 && !strings.HasPrefix(lines[from-1], "---") {
		from--
	}
	for to < len(lines) && !strings.HasPrefix(lines[to], "---") {
		to++
	}
	if to-from > long {
		from, to = max(from, line-1-around), min(to, line+around)
	}
	return strings.Join(lines[from:to], "")
}

func withoutWants(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if before, _, found := strings.Cut(line, "# want "); found {
			line = strings.TrimRight(before, " ") + "\n"
		}
		b.WriteString(line)
	}
	return b.String()
}
