package tui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/infscale/kubectl-infscale/checks"
)

// shown is the screen without its colours.
func (d *driver) shown() string { return ansi.Strip(d.Screen(d.width, d.height)) }

func (d *driver) expect(t *testing.T, words ...string) {
	t.Helper()
	shown := d.shown()
	for _, w := range words {
		if !strings.Contains(shown, w) {
			t.Errorf("%q is not on the screen:\n%s", w, shown)
		}
	}
}

func (d *driver) expectNot(t *testing.T, words ...string) {
	t.Helper()
	shown := d.shown()
	for _, w := range words {
		if strings.Contains(shown, w) {
			t.Errorf("%q is on the screen:\n%s", w, shown)
		}
	}
}

// order is the names of the rows from the top.
func (d *driver) order() string {
	var names []string
	for _, w := range d.rows() {
		names = append(names, strings.SplitN(w.Name, "-", 2)[0]+"-"+w.Name[len(w.Name)-2:])
	}
	return strings.Join(names, " ")
}

func TestSort(t *testing.T) {
	d := startWith(t, 120, 30, 1, nil)
	for _, c := range []struct{ keys, want string }{
		{"", "sglang-al tgi-al vllm-0b vllm-7b"},
		{"N", "vllm-7b vllm-0b tgi-al sglang-al"},
		{"Q", "vllm-0b sglang-al vllm-7b tgi-al"},
		{"Q", "tgi-al vllm-7b sglang-al vllm-0b"},
		{"T", "vllm-0b sglang-al vllm-7b tgi-al"},
		{"I", "vllm-0b vllm-7b sglang-al tgi-al"},
		{"C", "vllm-0b sglang-al tgi-al vllm-7b"},
		{":sort kv<enter>", "vllm-0b sglang-al vllm-7b tgi-al"},
		{":sort na<tab><enter>", "sglang-al tgi-al vllm-0b vllm-7b"},
	} {
		d.keys(c.keys)
		if got := d.order(); got != c.want {
			t.Errorf("%q: %s, want %s", c.keys, got, c.want)
		}
	}
	d.keys(":sort colour<enter>")
	d.expect(t, `no column is called "colour": name, namespace`)
}

func TestFilter(t *testing.T) {
	d := startWith(t, 120, 30, 1, nil)
	d.keys("/QWEN")
	d.expect(t, "1 of 4 workloads", " /QWEN_", "vllm-qwen-7b")
	if d.row() == nil || d.row().Name != "vllm-qwen-7b" {
		t.Error("the selection stayed on a row that is filtered out")
	}
	d.keys("<backspace><backspace><backspace><backspace>sgl mix<enter>")
	d.expect(t, "sglang-mixtral")
	d.keys("/zzz<enter>")
	d.expect(t, "nothing passes the filter; esc takes it away", "0 of 4")
	d.keys("jkGgf<enter>e<tab>") // nothing to move to
	d.keys("<esc>")
	d.expect(t, "4 workloads", "tgi-mistral")
	d.keys("/x<esc>")
	if d.filter != "" || d.prompt != noPrompt {
		t.Error("esc keeps the filter")
	}
	d.keys("/<backspace>")
	if d.prompt != noPrompt {
		t.Error("backspace in an empty prompt does not leave it")
	}
}

func TestMove(t *testing.T) {
	d := startWith(t, 80, 24, 1, nil)
	if d.row().Name != "vllm-llama3-70b" {
		t.Errorf("%s is selected first, not the workload that is worst off", d.row().Name)
	}
	for _, c := range []struct{ keys, want string }{
		{"j", "vllm-qwen-7b"}, {"j", "vllm-qwen-7b"}, {"k", "vllm-llama3-70b"}, {"g", "sglang-mixtral"}, {"G", "vllm-qwen-7b"},
		{"<up>", "vllm-llama3-70b"}, {"<ctrl+u>", "sglang-mixtral"}, {"<pgdown>", "vllm-qwen-7b"},
	} {
		d.keys(c.keys)
		if got := d.row().Name; got != c.want {
			t.Errorf("%q: %s, want %s", c.keys, got, c.want)
		}
	}
}

// A long table shows the rows around the selected one, and a resize keeps it in
// view.
func TestScroll(t *testing.T) {
	var many []model
	for i := range 60 {
		many = append(many, model{name: fmt.Sprintf("vllm-%02d", i), ready: 1, queue: float64(i), unscaled: true})
	}
	d := start(t, testOptions(&frames{all: []checks.Frame{frameOf(t, 0, many...)}}), 100, 30)
	d.keys("G")
	d.expect(t, "vllm-59")
	d.expectNot(t, "vllm-00")
	d.keys("kkkkkkkkkkkkkkkkkkkkkkkkkkkkkk")
	d.expect(t, "vllm-29")
	d.send(tea.WindowSizeMsg{Width: 60, Height: 10})
	d.expect(t, "vllm-29")
	d.keys("g")
	d.expect(t, "vllm-00")
	d.send(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
	if d.row().Name != "vllm-01" {
		t.Errorf("the wheel went to %s", d.row().Name)
	}
}

func TestMouse(t *testing.T) {
	d := startWith(t, 100, 30, 1, nil)
	top := d.layout().tableTop
	d.send(tea.MouseClickMsg{Button: tea.MouseLeft, X: 5, Y: top})
	if d.row().Name != "sglang-mixtral" {
		t.Errorf("a click on the first row selected %s", d.row().Name)
	}
	d.send(tea.MouseClickMsg{Button: tea.MouseLeft, X: 5, Y: top})
	if d.showing() != detailView {
		t.Error("a click on the selected row does not open it")
	}
	d.send(tea.MouseClickMsg{Button: tea.MouseLeft, X: 5, Y: 0})
	if view := d.View(); view.MouseMode == tea.MouseModeNone || !view.AltScreen {
		t.Errorf("mouse mode %v, alternate screen %v", view.MouseMode, view.AltScreen)
	}
	off := startWith(t, 100, 30, 1, func(o *Options) { o.Mouse = false })
	if off.View().MouseMode != tea.MouseModeNone {
		t.Error("the mouse is taken from the terminal although nobody wants it")
	}
}

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

// A feed's error is said and goes away with the next frame; the screen stays.
func TestTrouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		feed := &frames{all: lunch(t)[:2], err: []error{nil, errors.New("connection refused"), nil}}
		d := start(t, testOptions(feed), 100, 30)
		if d.trouble != "" {
			t.Errorf("trouble %q after a frame", d.trouble)
		}
		d.paused = false
		d.Update(frameMsg{session: d.session, at: time.Now(), err: errors.New("the token\nhas expired")})
		d.expect(t, "✖ the token has expired", "vllm-llama3-70b")
		d.Update(frameMsg{session: d.session, at: time.Now(), fleet: d.fleet})
		d.expectNot(t, "expired")
	})
	synctest.Test(t, func(t *testing.T) {
		d := &driver{Model: New(context.Background(), testOptions(&frames{}))}
		d.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
		d.expect(t, "reading gke-prod")
		d.Update(frameMsg{err: errors.New("no route to host")})
		d.expect(t, "✖ no route to host", "trying again")
	})
}

func TestReplay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := lunch(t)
		recording := &Recording{Len: len(all), At: func(_ context.Context, i int) (checks.Frame, error) { return all[i], nil }}
		o := testOptions(nil)
		o.Recording = recording
		begun := time.Now()
		d := start(t, o, 100, 30) // plays to its end
		if d.at != len(all)-1 || !d.paused {
			t.Errorf("at frame %d of %d, paused %v", d.at, len(all), d.paused)
		}
		if took := time.Since(begun); took != longestGap*time.Duration(len(all)-1) {
			t.Errorf("took %s: a gap of ten seconds is waited for %s", took, longestGap)
		}
		d.expect(t, "the end of the recording", "20/20", "118")
		d.keys("[[")
		d.expect(t, "18/20", "paused", "106")
		if n := len(d.past.of[d.selected]); n != 18 {
			t.Errorf("%d moments remembered at frame 18", n)
		}
		d.keys("]")
		d.expect(t, "19/20")
		d.keys("++")
		d.expect(t, "speed 4×")
		begun = time.Now()
		d.keys("[[[p")
		if took := time.Since(begun); took != 4*10*time.Second/4 {
			t.Errorf("four frames took %s at four times the speed", took)
		}
		d.keys("p")
		d.expect(t, "20/20")
	})
}

// A late answer to a step does not overtake the newest one.
func TestLateFrame(t *testing.T) {
	all := lunch(t)
	o := testOptions(nil)
	o.Recording = &Recording{Len: len(all), At: func(_ context.Context, i int) (checks.Frame, error) { return all[i], nil }}
	m := New(context.Background(), o)
	slow := m.load(5, false)
	m.Update(m.load(7, false)())
	m.Update(slow())
	if m.at != 7 {
		t.Errorf("at frame %d", m.at)
	}
}

func TestRecord(t *testing.T) {
	var written []time.Time
	closed := 0
	d := startWorld(t, &world{}, func(o *Options) {
		o.Record = func() (Recorder, error) {
			return Recorder{
				Path:  "infscale.jsonl.gz",
				Write: func(f checks.Frame) error { written = append(written, f.At); return nil },
				Close: func() error { closed++; return nil },
			}, nil
		}
	})
	d.keys("r")
	d.expect(t, "recording to infscale.jsonl.gz", "● rec")
	d.oneFrame()
	d.oneFrame()
	d.keys("r")
	d.expect(t, "wrote 3 frames to infscale.jsonl.gz")
	d.oneFrame()
	if len(written) != 3 || closed != 1 || !written[0].Before(written[2]) {
		t.Errorf("written %v, closed %d times", written, closed)
	}
}

func TestRecordFails(t *testing.T) {
	d := startWorld(t, &world{}, func(o *Options) {
		o.Record = func() (Recorder, error) { return Recorder{}, errors.New("permission denied") }
	})
	d.keys("r")
	d.expect(t, "✖ recording: permission denied")
}

// Answers from a context that was left come too late to matter.
func TestContexts(t *testing.T) {
	closed := false
	d := startWorld(t, &world{}, func(o *Options) {
		o.Contexts, o.Close = []string{"gke-prod", "kind"}, func() { closed = true }
		o.Open = func(_ context.Context, name string) (Session, error) {
			return Session{Context: name, Feed: &frames{all: []checks.Frame{frameOf(t, 0, scene(0)[1])}}}, nil
		}
	})
	late := frameMsg{session: d.session, fleet: d.fleet}
	d.keys(":ctx kind<enter>")
	d.expect(t, "kind", "1 workload ")
	d.expectNot(t, "gke-prod")
	d.Update(late)
	d.expect(t, "1 workload ")
	if !closed {
		t.Error("the former session goes on")
	}
	d.keys(":ctx moon<enter>")
	d.expect(t, `no context is called "moon": gke-prod, kind`)
}

func TestNamespaces(t *testing.T) {
	d := startWith(t, 120, 30, 1, nil)
	if d.hasNamespaces() {
		t.Error("several namespaces in one")
	}
	d.fleet.Workloads[0].Ref.Namespace = "batch"
	d.keys("n")
	d.expect(t, "1 of 4 workloads", "/ batch")
	d.keys("n")
	d.expect(t, "3 of 4 workloads")
	d.keys("0:ns batch<enter>")
	d.expect(t, "1 of 4 workloads")
	d.keys(":ns moon<enter>")
	d.expect(t, `no inference workload is seen in namespace "moon"`)
	d.fleet.Workloads[0].Ref.Namespace = "inference"
}

func TestPause(t *testing.T) {
	w := &world{}
	d := startWorld(t, w, nil)
	d.keys("p")
	d.expect(t, "paused")
	if d.next() != nil {
		t.Error("a paused screen asks for frames")
	}
	at := d.fleet.At
	d.Update(frameMsg{session: d.session, fleet: &Fleet{At: at.Add(time.Hour)}})
	if d.fleet.At != at {
		t.Error("a frame that was on its way changes a paused screen")
	}
}

func TestLeave(t *testing.T) {
	d := startWith(t, 80, 24, 1, nil)
	d.keys("<enter>?qq")
	if d.quit || d.showing() != noOverlay {
		t.Error("q leaves more than the top")
	}
	d.keys("q")
	if !d.quit {
		t.Error("q does not leave")
	}
	d = startWith(t, 80, 24, 1, nil)
	d.keys("/abc<ctrl+c>")
	if !d.quit {
		t.Error("ctrl-c does not leave a prompt")
	}
}
