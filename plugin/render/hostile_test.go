package render

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// hostile lists texts that somebody might put into a manifest.
func hostile() []string {
	return []string{
		"", "plain", "\x1b[2J\x1b[31mall is well\x1b[0m", "\x1b]8;;https://example.com\aclick\x1b]8;;\a", "\u009b31m",
		"line\n✖ error  forged\r\n::error::forged\r", "\u202egnp.exe\u2066\u200b\ufeff\u00ad", "\xff\xfe\x00\x7f\xc3",
		"%0A::warning::forged%25 %", "::set-output name=a::b", ":,:,", "a|b`c``d|", "</details><script>alert(1)</script><!--",
		"@everyone #12 GH-3 https://example.com www.example.com [a](b) ![x](y) **b** _i_ ~s~ $x$ - + 1. =", "]]>&amp;&#27;<![CDATA[", "\u2028\u2029\ufffe\U000e0041",
		"- a: [b, {c: d}] # e", "'\"\\", "{{.}} ${x} {0}", "模型🦙é", "  ", "../../etc/passwd", "/abs/%2e%2e/ü?#.yaml", "a:b.yaml", strings.Repeat("long", 100),
		"1. one", "2) two", "= title", "| --- |", "\t", "é\u0301\u0301\u0301",
	}
}

// hostileReport has the text wherever a manifest, a cluster or a file system
// can put one.
func hostileReport(s string) (checks.Report, Options) {
	o := &inventory.Object{Ref: inventory.Ref{Group: s, Kind: s, Namespace: s, Name: s}, File: s}
	w := &inventory.Workload{Object: o, Recognition: &inventory.Recognition{Engine: &inventory.Engine{ID: "vllm", Name: "vLLM"}}}
	c := &checks.Check{ID: "some-check", Severity: checks.Error, Doc: checks.Doc{Title: s, Why: s, Sources: []string{s, "https://" + s}}}
	f := checks.Finding{
		Check: c, Severity: checks.Error, Workload: w, Message: s,
		At:          inventory.Location{Object: o, Path: inventory.Path{"spec", s, 0}, File: s, Line: 3, Column: 2},
		Evidence:    []checks.Evidence{{Path: s, Value: s, Basis: checks.Observed}},
		Fix:         &checks.Fix{Title: s, Safety: checks.Safe},
		Fingerprint: "0123456789abcdef",
	}
	suppressed, symptom, mild, alone := f, f, f, f
	suppressed.Suppression = &checks.Suppression{Reason: s, Where: s}
	symptom.CausedBy = "some-check"
	symptom.Check = &checks.Check{ID: "some-symptom"}
	mild.Severity = checks.Info
	alone.Workload, alone.At.File, alone.CausedBy = nil, "", s
	return checks.Report{
		Workloads: []*inventory.Workload{w},
		Findings:  []checks.Finding{f, suppressed, symptom, mild, alone},
		Skipped:   []checks.Skip{{Check: "some-check", Namespace: s, Reason: s}, {Check: "other", Reason: s, Errored: true}},
		Problems:  []inventory.Problem{{File: s, Line: 1, Column: 1, Reason: s}},
	}, Options{ToolVersion: s, Show: checks.Info, Scalers: map[inventory.Ref]*inventory.Autoscaler{w.Ref(): {Object: o, Min: 1, Max: 2}}}
}

func FuzzFormats(f *testing.F) {
	for _, seed := range hostile() {
		f.Add(seed)
	}
	plainReport, plainOptions := hostileReport("plain")
	lines := map[string]int{}
	for _, format := range []string{"github", "markdown", "sarif"} {
		lines[format] = bytes.Count(write(f, format, plainReport, plainOptions), []byte("\n"))
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, o := hostileReport(s)
		outputs := map[string][]byte{}
		for _, format := range Formats() {
			out := write(t, format, r, o)
			outputs[format] = out
			harmless(t, format, s, out)
			o.Color = true
			harmless(t, format, s, palette().ReplaceAll(write(t, format, r, o), nil))
			o.Color = false
		}
		wellFormed(t, s, outputs)
		oneSeriesEach(t, s, outputs["prometheus"])
		ownMarkupOnly(t, s, outputs["html"])
		oneAnnotationALine(t, s, outputs["github"])
		if got := bytes.Count(outputs["github"], []byte("\n")); s != "" && got > lines["github"] {
			t.Errorf("github: %q makes %d lines of %d", s, got, lines["github"])
		}
		tablesHold(t, s, outputs["markdown"])
	})
}

// palette matches the sequences that are our own.
func palette() *regexp.Regexp { return regexp.MustCompile("\x1b\\[(0|1|2|1;31|1;33|1;36)m") }

// harmless fails on everything that a terminal would obey or a reader not see.
func harmless(t *testing.T, format, s string, out []byte) {
	t.Helper()
	if !utf8.Valid(out) {
		t.Errorf("%s: %q makes invalid UTF-8", format, s)
	}
	for _, r := range string(out) {
		if r != '\n' && !visible(r) {
			t.Fatalf("%s: %q lets %U through:\n%s", format, s, r, Clean(string(out)))
		}
	}
}

func wellFormed(t *testing.T, s string, outputs map[string][]byte) {
	t.Helper()
	var fromJSON, fromYAML, log any
	if err := json.Unmarshal(outputs["json"], &fromJSON); err != nil {
		t.Errorf("json of %q: %v", s, err)
	}
	if err := yaml.Unmarshal(outputs["yaml"], &fromYAML); err != nil {
		t.Errorf("yaml of %q: %v", s, err)
	}
	if diff := cmp.Diff(fromJSON, fromYAML); diff != "" {
		t.Errorf("json and yaml of %q differ:\n%s", s, diff)
	}
	if err := json.Unmarshal(outputs["sarif"], &log); err != nil {
		t.Errorf("sarif of %q: %v", s, err)
	}
	d := xml.NewDecoder(bytes.NewReader(outputs["junit"]))
	for {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Errorf("junit of %q: %v", s, err)
			break
		}
	}
}

// oneAnnotationALine fails when a text ends its command or starts another.
func oneAnnotationALine(t *testing.T, s string, out []byte) {
	t.Helper()
	shape := regexp.MustCompile(`^::(error|warning|notice) (file=[^:,]*,(line=\d+,(col=\d+,)?)?)?title=[^:,]*::|^infscale: `)
	for _, line := range strings.Split(strings.TrimSuffix(string(out), "\n"), "\n") {
		if !shape.MatchString(line) {
			t.Errorf("github: %q makes the line %q", s, line)
		}
	}
}

// tablesHold fails when a text opens a tag or adds a cell to a table.
func tablesHold(t *testing.T, s string, out []byte) {
	t.Helper()
	ours := regexp.MustCompile(`</?(details|summary|code)>|<!-- (kubectl-infscale )?-->`)
	for _, line := range strings.Split(string(out), "\n") {
		rest := bareMarkdown(ours.ReplaceAllString(line, ""))
		if strings.ContainsAny(rest, "<>") {
			t.Errorf("markdown: %q makes the line %q", s, line)
		}
		if strings.HasPrefix(line, "|") && strings.Count(rest, "|") != 5 {
			t.Errorf("markdown: %q makes the row %q", s, line)
		}
	}
}

// bareMarkdown takes away what is escaped and what is code, but for pipes in
// code, which part the cells of a table all the same.
func bareMarkdown(line string) string {
	var rest strings.Builder
	code := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '`':
			code = !code
		case c == '\\' && !code:
			i++
		case !code || c == '|':
			rest.WriteByte(c)
		}
	}
	return rest.String()
}
