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
	"github.com/infscale/kubectl-infscale/checks/inventory"
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
		{"j", "vllm-qwen-7b"},
		{"j", "vllm-qwen-7b"},
		{"k", "vllm-llama3-70b"},
		{"g", "sglang-mixtral"},
		{"G", "vllm-qwen-7b"},
		{"<up>", "vllm-llama3-70b"},
		{"<ctrl+u>", "sglang-mixtral"},
		{"<pgdown>", "vllm-qwen-7b"},
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

// Answers from a context that was left come too late to matter.
func TestContexts(t *testing.T) {
	closed := false
	var opened context.Context
	d := startWorld(t, &world{}, func(o *Options) {
		o.Contexts, o.Close = []string{"gke-prod", "kind"}, func() { closed = true }
		o.Open = func(ctx context.Context, name string) (Session, error) {
			opened = ctx
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
	if err := opened.Err(); err != nil {
		t.Errorf("the new session ended with the former: %v", err)
	}
	d.keys(":ctx moon<enter>")
	d.expect(t, `no context is called "moon": gke-prod, kind`)
}

// What was asked or written in a context that was left neither shows a difference
// on the screen of another one, nor can be applied or undone from there.
func TestRepairsOfAContextThatWasLeft(t *testing.T) {
	w := &world{}
	d := startWorld(t, w, func(o *Options) {
		o.Contexts = []string{"gke-prod", "kind"}
		o.Open = func(_ context.Context, name string) (Session, error) {
			return Session{Context: name, Feed: &frames{all: []checks.Frame{frameOf(t, 0, scene(0)[1])}}, Actions: (&world{t: t}).actions()}, nil
		}
	})
	shown := d.fix()().(previewMsg)
	d.fixWork = ""
	d.keys("f")
	d.expect(t, "y applies this and nothing else")
	applied, undone := d.apply()(), doneMsg{err: errors.New("connection refused"), undone: true}
	d.keys("<esc>:ctx kind<enter>")
	d.expect(t, "kind", "1 workload ")
	d.Update(shown)
	if d.showing() != noOverlay || d.preview != nil {
		t.Error("a preview of the former context is shown")
	}
	d.Update(previewMsg{err: context.Canceled})
	d.expectNot(t, "no preview")
	d.Update(applied)
	d.expect(t, "in the context that was left: applied to ScaledObject/vllm-llama3-70b")
	d.expectNot(t, "u undoes")
	if d.canUndo || len(d.pending) > 0 {
		t.Error("what was applied in the former context is waited for")
	}
	d.Update(undone)
	d.expect(t, "in the context that was left: connection refused")
}

// A recording is of one context: it ends when that is left.
func TestRecordingEndsWithItsContext(t *testing.T) {
	written, closed := 0, false
	d := startWorld(t, &world{}, func(o *Options) {
		o.Contexts = []string{"gke-prod", "kind"}
		o.Open = func(_ context.Context, name string) (Session, error) {
			return Session{Context: name, Feed: &frames{all: []checks.Frame{frameOf(t, 0, scene(0)[1])}}}, nil
		}
		o.Record = func() (Recorder, error) {
			return Recorder{
				Path:  "infscale.jsonl.gz",
				Write: func(checks.Frame) error { written++; return nil },
				Close: func() error { closed = true; return nil },
			}, nil
		}
	})
	d.keys("r")
	d.expect(t, "rec ")
	d.keys(":ctx kind<enter>")
	d.expect(t, "kind", "1 workload ", "wrote 1 frame to infscale.jsonl.gz")
	d.expectNot(t, "rec ")
	if written != 1 || !closed {
		t.Errorf("%d frames written, closed %v", written, closed)
	}
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

// What was found about objects that belong to no workload has a line of its own.
func TestOtherObjects(t *testing.T) {
	frame := frameOf(t, 0, scene(0)[1])
	o := testOptions(&frames{all: []checks.Frame{frame}})
	o.Judge = func(frame checks.Frame) checks.Report {
		report := judgeSome(frame)
		lost := report.Findings[0]
		lost.Workload, lost.Message = nil, "nobody's"
		report.Findings = append(report.Findings, lost)
		return report
	}
	d := start(t, o, 120, 40)
	d.expect(t, "1 workload ", "(other objects)")
	d.keys("G")
	d.expect(t, "what was found about objects that belong to no workload", "nobody's")
	d.keys("<enter>")
	d.expect(t, "nobody's")
	d.keys("<esc>/qwen<enter>")
	d.expectNot(t, "(other objects)")
}

// What does not fit is said, until its end is on the screen; ? is also the way out.
func TestHelpScrollsAndCloses(t *testing.T) {
	d := startWith(t, 80, 24, 1, nil)
	d.keys("?")
	d.expect(t, "more lines")
	d.keys("G")
	d.expect(t, "palette NAME")
	d.expectNot(t, "more line")
	d.keys("?")
	d.expectNot(t, "palette NAME")
}

// Only a pod that is short of devices waits for a GPU.
func TestWaitingFor(t *testing.T) {
	w := &inventory.Workload{Accelerators: []inventory.Accelerator{{Resource: "nvidia.com/gpu", Count: 1}}}
	for message, want := range map[string]string{
		"0/2 nodes are available: 2 Insufficient nvidia.com/gpu.":                                                   "waiting for a GPU: 2 short of nvidia.com/gpu",
		"0/3 nodes are available: 1 Insufficient nvidia.com/gpu, 2 node(s) had untolerated taint(s). preemption: x": "waiting for a GPU: 2 with a taint that is not tolerated, 1 short of nvidia.com/gpu",
		"0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found":                      "waiting for a node: pod has unbound immediate PersistentVolumeClaims",
	} {
		u, _ := inventory.ParseUnschedulable(message)
		if got := waitingFor(w, u) + ": " + reasons(u); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
