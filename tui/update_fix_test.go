package tui

import (
	"context"
	"errors"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/infscale/kubectl-infscale/checks"
)

// world is a fleet whose finding goes away when it is repaired.
type world struct {
	t       *testing.T
	second  int
	fixed   bool
	applies int
	refuse  string
	fail    error
}

func (w *world) Next(context.Context) (checks.Frame, error) {
	models := scene(w.second)
	if w.fixed {
		models[0].query = "sum(vllm:num_requests_waiting)"
		models[0].queue = max(0, 60-float64(w.second))
	}
	w.second += 10
	return frameOf(w.t, w.second, models...), nil
}

func (w *world) actions() Actions {
	a := previewed()
	preview := a.Preview
	a.Preview = func(ctx context.Context, all, chosen []checks.Finding) (Preview, error) {
		p, _ := preview(ctx, all, chosen)
		if p.Refusal = w.refuse; w.refuse != "" {
			p.Apply = nil
			return p, nil
		}
		p.Apply = func(context.Context) (string, error) {
			if w.fail != nil {
				return "", w.fail
			}
			w.fixed, w.applies = true, w.applies+1
			return "applied to ScaledObject/vllm-llama3-70b", nil
		}
		return p, w.fail
	}
	a.Undo = func(context.Context) (string, error) {
		w.fixed = false
		return "took back the fix of ScaledObject/vllm-llama3-70b", nil
	}
	return a
}

// oneFrame lets the world make a frame, and no more.
func (d *driver) oneFrame() {
	msg := d.next()()
	d.paused = false
	_, _ = d.Update(msg)
	d.reading = false
}

// startWorld is a screen on a fleet that can be repaired.
func startWorld(t *testing.T, w *world, change func(*Options)) *driver {
	t.Helper()
	w.t = t
	o := testOptions(w)
	o.Actions = w.actions()
	if change != nil {
		change(&o)
	}
	d := &driver{Model: New(context.Background(), o)}
	d.Update(tea.WindowSizeMsg{Width: 100, Height: 40})
	d.oneFrame()
	return d
}

// Two keys repair: the finding goes away, and a third brings it back.
func TestFix(t *testing.T) {
	w := &world{}
	d := startWorld(t, w, nil)
	d.expect(t, "keda-mean-with-averagevalue")
	d.keys("f")
	d.expect(t, "+      query: sum(vllm:num_requests_waiting)", "the API server warns", "sum up the fleet (safe)", "y applies this and nothing else")
	if w.applies != 0 {
		t.Fatal("applied before y was pressed")
	}
	d.keys("y")
	d.expect(t, "applied to ScaledObject/vllm-llama3-70b; u undoes", "applied  keda-mean-with-averagevalue")
	d.oneFrame()
	d.expect(t, "the finding is gone; u undoes")
	d.expectNot(t, "keda-mean-with-averagevalue")
	d.keys("u")
	d.expect(t, "took back the fix of ScaledObject/vllm-llama3-70b")
	d.oneFrame()
	d.expect(t, "keda-mean-with-averagevalue")
	if w.applies != 1 {
		t.Errorf("applied %d times", w.applies)
	}
}

// What is applied is not offered again, also where help lay over it at that moment.
func TestAppliedBeneathTheHelp(t *testing.T) {
	w := &world{}
	d := startWorld(t, w, nil)
	d.keys("f")
	end := d.apply()
	d.keys("?")
	d.send(end())
	d.expect(t, "help")
	d.keys("<esc>")
	d.expectNot(t, "y applies this and nothing else")
	d.keys("y")
	if w.applies != 1 || d.showing() != noOverlay {
		t.Errorf("applied %d times", w.applies)
	}
}

func TestFixAll(t *testing.T) {
	var asked []string
	d := startWorld(t, &world{}, func(o *Options) {
		o.Actions.Preview = func(_ context.Context, all, chosen []checks.Finding) (Preview, error) {
			if len(all) <= len(chosen) {
				t.Errorf("%d findings altogether, %d chosen", len(all), len(chosen))
			}
			for _, f := range chosen {
				asked = append(asked, f.Workload.Ref().Name)
				if f.Fix.Safety != checks.Safe || f.Fix.Restarts {
					t.Errorf("%s is not safe", f.Check.ID)
				}
			}
			return Preview{Diff: "+ x"}, nil
		}
	})
	d.keys("F<esc>")
	if all := strings.Join(asked, " "); !strings.Contains(all, "qwen") || !strings.Contains(all, "llama3") {
		t.Errorf("asked for %s", all)
	}
	asked = nil
	d.keys("<enter>F<esc><esc>")
	if all := strings.Join(asked, " "); strings.Contains(all, "qwen") || !strings.Contains(all, "llama3") {
		t.Errorf("in the details asked for %s", all)
	}
	asked = nil
	d.keys("/tgi<enter>F")
	d.expect(t, "no finding here has a safe fix")
}

func TestRefusedFix(t *testing.T) {
	w := &world{refuse: "Argo CD owns it"}
	d := startWorld(t, w, nil)
	d.keys("f")
	d.expect(t, "not applied here: Argo CD owns it")
	d.keys("y")
	d.expect(t, "this cannot be applied here")
	w.refuse, w.fail = "", errors.New("conflict: the object\x1b[31m has been modified")
	d.keys("<esc>f")
	d.expect(t, `no preview: conflict: the object\x1b[31m has been modified`)
	if w.applies != 0 {
		t.Error("applied")
	}
}

func TestReadOnly(t *testing.T) {
	w := &world{}
	d := startWorld(t, w, func(o *Options) { o.ReadOnly = true })
	d.keys("fyFu")
	if w.applies != 0 || d.showing() != noOverlay {
		t.Error("a read-only screen changes things")
	}
	d.expectNot(t, "f fix", "u undo")
	d.keys("?")
	d.expectNot(t, "Repair", "undo the last fix")
}

// Every key that does something is in the help, and the help says nothing else.
func TestHelpIsTheKeyMap(t *testing.T) {
	d := startWorld(t, &world{}, func(o *Options) { o.Record = func() (Recorder, error) { return Recorder{}, nil } })
	d.Update(tea.WindowSizeMsg{Width: 80, Height: 200})
	d.keys("?")
	shown := d.shown()
	for _, c := range d.commands {
		said := strings.Contains(shown, c.Help().Key+strings.Repeat(" ", max(1, 10-len(c.Help().Key)))+c.Help().Desc)
		if offered := c.allowed == nil || c.group == groupLeave || c.allowed(d.Model); said != offered {
			t.Errorf("%s %s: in the help %v, offered %v", c.Help().Key, c.Help().Desc, said, offered)
		}
	}
	for _, w := range words {
		if !strings.Contains(shown, w.usage) {
			t.Errorf(":%s is not in the help", w.usage)
		}
	}
}

// No two keys of a place mean different things.
func TestKeysAreUnambiguous(t *testing.T) {
	for _, o := range []Options{{}, {Session: Session{Recording: &Recording{}}}, {Session: Session{Pace: func(float64) string { return "" }}}} {
		m := New(context.Background(), o)
		for _, place := range []where{onFleet, onDetail, onText, onPreview} {
			seen := map[string]string{}
			for _, c := range m.offered(place) {
				for _, k := range c.Keys() {
					if other, twice := seen[k]; twice {
						t.Errorf("%s is both %q and %q", k, other, c.Help().Desc)
					}
					seen[k] = c.Help().Desc
				}
			}
		}
	}
}

func TestExplain(t *testing.T) {
	d := startWith(t, 100, 60, 1, nil)
	d.keys("e")
	d.expect(t, "keda-mean-with-averagevalue", "Why it matters", "Remedy", "Evidence", "spec.triggers[0].metadata.query")
	d.keys("<esc>:explain pdb-missing<enter>")
	d.expect(t, "pdb-missing", "Sources")
	d.keys("q:explain nothing<enter>")
	d.expect(t, `no check is called "nothing"`)
	d.keys("<tab>je")
	if d.check.ID != d.row().Findings[1].Check.ID {
		t.Errorf("%s is explained, and the second finding selected", d.check.ID)
	}
}
