package render

import (
	"strings"
	"testing"

	"github.com/infscale/kubectl-infscale/checks"
)

func TestMarkdownText(t *testing.T) {
	for in, want := range map[string]string{
		"plain, text: 5 > 4":   "plain, text: 5 &gt; 4",
		"vllm:a_b*c":           `vllm:a\_b\*c`,
		"a | b":                `a \| b`,
		"@team see #12, GH-12": "@<!-- -->team see #<!-- -->12, GH<!-- -->-12",
		"https://x www.x":      "https:<!-- -->//x www<!-- -->.x",
		"- item":               `\- item`,
		"12) item":             `12\) item`,
		"0.8 is full":          `0\.8 is full`,
		"12":                   "12",
		"":                     "",
	} {
		if got := mdText(in); got != want {
			t.Errorf("mdText(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"": "", "a/b.yaml:3": "`a/b.yaml:3`", "a`b": "<code>a\\`b</code>", "a|b": `<code>a\|b</code>`, " a": "<code> a</code>", "模型": "<code>模型</code>",
	} {
		if got := mdCode(in); got != want {
			t.Errorf("mdCode(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestGitHubEscapes(t *testing.T) {
	if got, want := property("100%: a,b\r\n"), "100%25%3A a%2Cb%0D%0A"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := data("100%: a,b\r\n"), "100%25: a,b%0D%0A"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestJUnitFailsWhereTheRunFails(t *testing.T) {
	r, o := fullReport(t)
	for failOn, want := range map[checks.Severity]string{
		0: `failures="4"`, checks.Error: `failures="4"`, checks.Warning: `failures="7"`, checks.Info: `failures="9"`, checks.Error + 1: `failures="0"`,
	} {
		o.FailOn = failOn
		head, _, _ := strings.Cut(string(write(t, "junit", r, o)), "<testsuite ")
		if !strings.Contains(head, want) {
			t.Errorf("--fail-on %s: no %s in %s", failOn, want, head)
		}
	}
}

func TestRootMakesNamesRelative(t *testing.T) {
	r, o := fullReport(t)
	for i := range r.Findings {
		if f := &r.Findings[i]; f.At.File != "" {
			f.At.File = "/repo/" + f.At.File
		}
	}
	o.Root = "/repo"
	for _, format := range []string{"sarif", "github"} {
		if out := string(write(t, format, r, o)); strings.Contains(out, "/repo/") {
			t.Errorf("%s holds an absolute name:\n%s", format, out)
		}
	}
}
