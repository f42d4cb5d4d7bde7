package tui

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"github.com/infscale/kubectl-infscale/checks"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// golden compares with a file of testdata/golden/tui, or rewrites it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("..", "testdata", "golden", "tui", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (-update writes it)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got; -update accepts it):\n%s", name, diff)
	}
}

// previewed are actions whose fixes change one line.
func previewed() Actions {
	return Actions{
		Preview: func(_ context.Context, _, findings []checks.Finding) (Preview, error) {
			return Preview{
				Diff: `--- ScaledObject/vllm-llama3-70b
+++ ScaledObject/vllm-llama3-70b
@@ spec.triggers[0].metadata @@
-      query: avg(vllm:num_requests_waiting)
+      query: sum(vllm:num_requests_waiting)
       threshold: "5"
`,
				Warnings: []string{"unknown field spec.foo"},
				Notes:    []string{"kubectl-client-side-apply owns spec.triggers: change k8s/scaler.yaml too"},
				Repairs:  findings,
				Apply:    func(context.Context) (string, error) { return fmt.Sprintf("applied %d", len(findings)), nil },
			}, nil
		},
		Undo: func(context.Context) (string, error) { return "undone: the query is avg again", nil },
	}
}

// screens are every screen, by the keys that lead there. Some want options or a
// state of their own.
var screens = [...]struct {
	name, keys string
	with       func(*Options)
	before     func(*driver) // the keys
}{
	{name: "fleet"},
	{name: "sources", keys: "i"},
	{name: "findings", keys: "<tab>jjj"},
	{name: "filter", keys: "/qwen<enter>"},
	{name: "filter-none", keys: "/nothing<enter>"},
	{name: "namespaces", keys: "n", before: twoNamespaces},
	{name: "command", keys: ":sort q"},
	{name: "commands", keys: ":"},
	{name: "contexts", keys: ":ctx ", with: func(o *Options) {
		o.Contexts = []string{"gke-prod", "kind"}
		o.Open = func(context.Context, string) (Session, error) { return Session{}, nil }
	}},
	{name: "detail", keys: "<enter>"},
	{name: "detail-end", keys: "<enter>jjjjjjjjjjjjjjjjjjjj"},
	{name: "detail-last", keys: "<enter>G"},
	{name: "detail-sources", keys: "<enter>ijjjjjjjjjjjj"},
	{name: "help", keys: "?"},
	{name: "help-end", keys: "?G"},
	{name: "explain", keys: "e"},
	{name: "explain-check", keys: ":explain pdb-missing<enter>G"},
	{name: "preview", keys: "f"},
	{name: "preview-all", keys: "F"},
	{name: "preview-refused", keys: "f", with: func(o *Options) {
		o.Actions.Preview = func(context.Context, []checks.Finding, []checks.Finding) (Preview, error) {
			return Preview{Refusal: "ScaledObject/vllm-llama3-70b: Argo CD owns it", Diff: "# for its source:\nspec: {}\n"}, nil
		}
	}},
	{name: "applied", keys: "fy"},
	{name: "undone", keys: "fyu"},
	{name: "paused", keys: "p"},
	{name: "recording", keys: "r", with: func(o *Options) {
		o.Record = func() (Recorder, error) {
			return Recorder{Path: "infscale.jsonl.gz", Write: func(checks.Frame) error { return nil }, Close: func() error { return nil }}, nil
		}
	}},
	{name: "replay", keys: "[[", with: replayed},
	{name: "read-only", with: func(o *Options) { o.ReadOnly = true }},
	{name: "waiting", before: func(d *driver) { d.fleet = nil }},
	{name: "unreachable", before: func(d *driver) {
		d.fleet = nil
		d.failed(errors.New("API server at https://10.0.0.1: connection refused"))
	}},
	{name: "lost", before: lostFor(150*time.Second, apiServerTrouble())},
	{name: "lost-sources", keys: "i", before: lostFor(150*time.Second, prometheusTrouble())},
	{name: "lost-several", before: lostFor(20*time.Second, prometheusTrouble(), Trouble{Place: "watch pods in inference", Reason: "forbidden: watch pods"}, Trouble{Place: "watch nodes", Reason: "forbidden: watch nodes"})},
	{name: "empty", before: func(d *driver) { d.show(&Fleet{At: d.fleet.At, Gaps: d.fleet.Gaps}) }},
}

func twoNamespaces(d *driver) { d.fleet.Workloads[0].Ref.Namespace = "batch" }

func replayed(o *Options) {
	all := o.Feed.(*frames).all
	o.Feed, o.Recording = nil, &Recording{Len: len(all), At: func(_ context.Context, i int) (checks.Frame, error) { return all[i], nil }}
}

// lostFor is a while after the last word of what is lost.
func lostFor(d time.Duration, lost ...Trouble) func(*driver) {
	return func(m *driver) {
		m.now = m.fleet.At.Add(d)
		m.framed = m.now
		if lost[0].Place == "API server" {
			m.framed, m.trouble = m.fleet.At, lost[0].Reason
		}
		for _, t := range lost {
			t.Since = m.fleet.At
			m.lost = append(m.lost, t)
		}
	}
}

func apiServerTrouble() Trouble {
	return Trouble{Place: "API server", Reason: "401 Unauthorized: the credentials are refused, or have expired"}
}

func prometheusTrouble() Trouble { return Trouble{Place: "prometheus", Reason: "connection refused"} }

func TestGoldens(t *testing.T) {
	modes := [...]struct {
		name   string
		change func(*Options)
	}{
		{"color", func(*Options) {}},
		{"mono", func(o *Options) { o.Palette = PaletteMono }},
		{"ascii", func(o *Options) { o.Palette, o.ASCII = PaletteMono, true }},
		{"colour-blind", func(o *Options) { o.Palette = PaletteColorBlind }},
	}
	for _, size := range [...]struct{ w, h int }{{80, 24}, {140, 40}} {
		for _, mode := range modes {
			t.Run(fmt.Sprintf("%dx%d.%s", size.w, size.h, mode.name), func(t *testing.T) {
				lunch(t)
				synctest.Test(t, func(t *testing.T) { // a replay waits for its frames' time
					all := drawAll(t, size.w, size.h, mode.change)
					if mode.name == "mono" || mode.name == "ascii" {
						colorless(t, all)
					}
					if mode.name == "ascii" && strings.ContainsFunc(all, func(r rune) bool { return r > '~' }) {
						t.Error("more than ASCII")
					}
					golden(t, fmt.Sprintf("%dx%d.%s.txt", size.w, size.h, mode.name), all)
				})
			})
		}
	}
}

// drawAll are all screens, one beneath the other.
func drawAll(t *testing.T, w, h int, change func(*Options)) string {
	t.Helper()
	var all strings.Builder
	for _, screen := range screens {
		d := startWith(t, w, h, 20, func(o *Options) {
			o.Actions = previewed()
			if change(o); screen.with != nil {
				screen.with(o)
			}
		})
		if screen.before != nil {
			screen.before(d)
		}
		d.keys(screen.keys)
		shown := d.Screen(w, h)
		fits(t, screen.name, shown, w, h)
		fmt.Fprintf(&all, "==== %s %s\n%s\n", screen.name, screen.keys, shown)
	}
	return all.String()
}

// fits says that no line is wider than the screen, and that there are no more of
// them than it has.
func fits(t testing.TB, name, shown string, w, h int) {
	t.Helper()
	lines := strings.Split(shown, "\n")
	if len(lines) > h {
		t.Errorf("%s: %d lines on a screen of %d×%d", name, len(lines), w, h)
	}
	for _, line := range lines {
		if got := ansi.StringWidth(line); got > w {
			t.Errorf("%s: a line of %d columns on a screen of %d×%d: %q", name, got, w, h, line)
		}
	}
}

// colorless says that only bold, faint and reverse are used.
func colorless(t *testing.T, shown string) {
	t.Helper()
	for rest := shown; ; {
		_, after, found := strings.Cut(rest, "\x1b[")
		if !found {
			return
		}
		code, tail, _ := strings.Cut(after, "m")
		for _, part := range strings.Split(code, ";") {
			if !strings.Contains(" 1 2 7 ", " "+part+" ") && part != "" {
				t.Fatalf("a colour in mono: %q", code)
			}
		}
		rest = tail
	}
}

// A light ground has colours of its own.
func TestLight(t *testing.T) {
	if dark, light := lookOf(PaletteDefault, true), lookOf(PaletteDefault, false); *dark == *light {
		t.Error("dark and light look alike")
	}
	for _, p := range Palettes() {
		for _, dark := range []bool{true, false} {
			look := lookOf(p, dark)
			for s := faint; s < styles; s++ {
				if p != PaletteMono && look.of[s] == "" {
					t.Errorf("%s, dark %v: style %d looks like none", p, dark, s)
				}
			}
		}
	}
}

func TestOnce(t *testing.T) {
	for _, c := range []struct {
		file  string
		width int
		color bool
	}{{"once.txt", 0, false}, {"once.80.txt", 80, false}, {"once.color.txt", 120, true}} {
		var out bytes.Buffer
		o := testOptions(&frames{all: []checks.Frame{frameOf(t, 60)}})
		if err := Once(context.Background(), &out, o, c.width, c.color); err != nil {
			t.Fatal(err)
		}
		golden(t, c.file, out.String())
	}
}

func TestLines(t *testing.T) {
	var out bytes.Buffer
	o := testOptions(&frames{all: []checks.Frame{frameOf(t, 0, scene(0)[:1]...), frameOf(t, 10, scene(10)[:1]...)}})
	if err := Lines(context.Background(), &out, o); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(out.String(), "\n"); got != 2 {
		t.Errorf("%d lines for two frames", got)
	}
	golden(t, "lines.jsonl", out.String())
}
