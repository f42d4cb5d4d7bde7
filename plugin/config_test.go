package plugin

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestReadConfig(t *testing.T) {
	cases := []struct{ name, text, wrong string }{
		{"empty", "", ""},
		{"only a comment", "# nothing yet\n", ""},
		{"good", "failOn: warning\nignore:\n- check: no-readiness-probe\n  reason: batch\n  until: \"2027-01-31\"\n", ""},
		{"a misspelt key", "failon: error\n", `:1: unknown key "failon"; did you mean "failOn"?`},
		{"a misspelt key below", "ignore:\n- chekc: a\n", `:2: unknown key "chekc"; did you mean "check"?`},
		{"no reason", "ignore:\n- check: no-readiness-probe\n", ":2: an ignore of no-readiness-probe needs a reason"},
		{"an unknown check", "ignore:\n- check: no-readines-probe\n  reason: x\n", `no check is called "no-readines-probe"; did you mean "no-readiness-probe"?`},
		{"no date", "ignore:\n- check: no-readiness-probe\n  reason: x\n  until: soon\n", `until is a date like 2027-01-31, found "soon"`},
		{"a list", "- failOn\n", "must be a mapping"},
		{"no YAML", "failOn: [\n", ":1: did not find expected node content"},
		{"a wrong type", "minCoverage: many\n", ":1: cannot unmarshal !!str `many` into int"},
		{"two wrong types", "minCoverage: many\nshow: [a]\n", ":2: cannot unmarshal !!seq into string"},
		{"no severity", "show: warning\nfailOn: eror\n", `:2: failOn is error, warning, info or never, found "eror"`},
		{"shown never", "show: never\n", `:1: show is error, warning or info, found "never"`},
		{"no such check", "checks: [no-readines-probe]\n", `:1: checks: no check is called "no-readines-probe"; did you mean "no-readiness-probe"?`},
		{"no such format", "output: [sraif=a]\n", `:1: output: no format is called "sraif"; did you mean "sarif"?`},
		{"no percentage", "minCoverage: 101\n", ":1: minCoverage is a percentage, found 101"},
		{"no such parameter", "parameters:\n  all:\n    hub: 1\n", `:3: no check has a parameter "hub"`},
	}
	for _, c := range cases {
		path := filepath.Join(t.TempDir(), configName)
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := readConfig(path)
		switch {
		case c.wrong == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)):
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.wrong)
		}
	}
}

func TestParseInline(t *testing.T) {
	now := time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)
	cases := []struct {
		text, check, reason string
		counts              bool
	}{
		{"pdb-missing: dev only", "pdb-missing", "dev only", true},
		{" pdb-missing until 2026-06-15: the last day counts", "pdb-missing", "the last day counts", true},
		{"pdb-missing until 2026-06-14: past", "pdb-missing", "past", false},
		{"pdb-missing until 2026-6-20: no date", "pdb-missing", "no date", false},
		{"pdb-missing until tomorrow: no date", "pdb-missing", "no date", false},
		{"pdb-missing", "pdb-missing", "", false},
		{"pdb-missing:", "pdb-missing", "", false},
		{": reason", "", "reason", false},
		{"pdb-missing and more: reason", "", "reason", false},
	}
	for _, c := range cases {
		got := parseInline(c.text, "here")
		if got.Check != c.check || got.Reason != c.reason || (got.problem(now) == "") != c.counts {
			t.Errorf("%q: check %q, reason %q, problem %q", c.text, got.Check, got.Reason, got.problem(now))
		}
	}
}

func TestSuggestion(t *testing.T) {
	if got := suggestion("sarfi", []string{"json", "sarif"}); got != `; did you mean "sarif"?` {
		t.Error(got)
	}
	for word, want := range map[string]string{"metric-retired": `; did you mean "metric-retired-in-version"?`, "keda-": "", "pi": ""} {
		if got := suggestion(word, checkIDs()); got != want {
			t.Errorf("%s: %q, want %q", word, got, want)
		}
	}
	if got := suggestion("nothing-like-it", []string{"json", "sarif"}); got != "" {
		t.Error(got)
	}
}
