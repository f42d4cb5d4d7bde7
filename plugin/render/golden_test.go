package render

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infscale/kubectl-infscale/checks"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// golden compares with a file of testdata/golden, or rewrites it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	// The style sheet has a file of its own.
	got = bytes.Replace(got, []byte(htmlStyle), []byte("/* report.css */\n"), 1)
	file := filepath.Join("..", "..", "testdata", "golden", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (-update writes it)", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got; -update accepts it):\n%s", name, diff)
	}
}

func write(t testing.TB, format string, r checks.Report, o Options) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, format, r, o); err != nil {
		t.Fatalf("%s: %v", format, err)
	}
	return out.Bytes()
}

func TestGoldens(t *testing.T) {
	full, options := fullReport(t)
	with := func(change func(*Options)) Options {
		o := options
		change(&o)
		return o
	}
	for _, c := range []struct {
		file, format string
		o            Options
	}{
		{"report.txt", "text", options},
		{"report.140.txt", "text", with(func(o *Options) { o.Width = 140 })},
		{"report.color.txt", "text", with(func(o *Options) { o.Color = true })},
		{"report.140.color.txt", "text", with(func(o *Options) { o.Width, o.Color = 140, true })},
		{"report.ascii.txt", "text", with(func(o *Options) { o.ASCII, o.Show = true, checks.Info })},
		{"report.errors.txt", "text", with(func(o *Options) { o.Show = checks.Error })},
		{"report.wide.txt", "wide", options},
		{"report.wide.140.txt", "wide", with(func(o *Options) { o.Width, o.Show = 140, checks.Info })},
		{"report.json", "json", options},
		{"report.yaml", "yaml", options},
		{"report.sarif", "sarif", options},
		{"report.junit.xml", "junit", options},
		{"report.github.txt", "github", options},
		{"report.md", "markdown", options},
		{"report.html", "html", options},
		{"report.prom", "prometheus", with(func(o *Options) { o.At = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) })},
		{"report.gitlab.json", "gitlab", options},
	} {
		t.Run(c.file, func(t *testing.T) { golden(t, c.file, write(t, c.format, full, c.o)) })
	}
}

func TestGoldensOfNothing(t *testing.T) {
	good := cleanReport(t)
	mild := cleanReport(t)
	full, options := fullReport(t)
	for _, f := range full.Findings {
		if f.Severity == checks.Info {
			mild.Findings = append(mild.Findings, f)
		}
	}
	unseen := good
	unseen.Workloads = nil
	live := unseen
	live.Live = true
	var all bytes.Buffer
	for _, r := range []checks.Report{good, mild, unseen, live, {Coverage: 1}} {
		all.Write(write(t, "text", r, options))
		all.WriteString("----\n")
	}
	golden(t, "nothing.txt", all.Bytes())
	for _, format := range Formats() {
		if format != "text" && format != "wide" {
			golden(t, "nothing."+format, write(t, format, good, options))
		}
	}
}

// The same report gives the same bytes, whatever order maps are walked in.
func TestDeterministic(t *testing.T) {
	for _, format := range Formats() {
		r, o := fullReport(t)
		first := write(t, format, r, o)
		for range 20 {
			r, o := fullReport(t)
			if diff := cmp.Diff(string(first), string(write(t, format, r, o))); diff != "" {
				t.Fatalf("%s: the second report differs:\n%s", format, diff)
			}
		}
	}
}
