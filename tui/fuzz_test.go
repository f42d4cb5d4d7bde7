package tui

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// hostile are texts that a cluster may hold and a terminal must not get.
var hostile = [...]string{
	"\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "line\nbreak\ttab\rreturn", "wide 宽字符 e\u0301\u0301\u0301 ﷽", "\u202eright to left", "zero\u200bwidth\u200d👩‍👩‍👧‍👦🇩🇪👍🏽",
	"\xff\xfe not UTF-8", strings.Repeat("long", 200), "각 \u0e33 \u0300", "", "한국어 데이터", "\x00\x7f\u0085\u009b31m",
}

// hostileFleet has such texts wherever a text may come from a cluster, and
// numbers that are none.
func hostileFleet(f *Fleet, r *rand.Rand, ascii bool) *Fleet {
	word := func() string { return clean(hostile[r.IntN(len(hostile))], ascii) }
	number := func() Number {
		values := [...]float64{0, -1, 3.5, 1e6, 1e12, math.Inf(1), math.NaN(), 1e300}
		return Number{Value: values[r.IntN(len(values))], At: f.At.Add(-time.Duration(r.IntN(400)) * time.Second), Source: word(), Known: r.IntN(4) > 0}
	}
	out := *f
	out.At = f.At.Add(time.Duration(r.IntN(1000)) * time.Second)
	out.Workloads = nil
	out.Gaps = []string{word(), word()}
	for _, old := range f.Workloads {
		w := *old
		w.Name, w.Engine, w.Scaler = word(), word(), word()
		w.Ref = inventory.Ref{Kind: "Deployment", Namespace: hostile[r.IntN(len(hostile))], Name: w.Name}
		w.Queue, w.Running, w.KV, w.TTFT, w.GPU = number(), number(), number(), number(), number()
		w.Why = []string{word(), word()}
		w.Path = []Hop{{Place: word(), Says: word(), Source: word(), At: f.At, Broken: true}}
		w.Asks = Ask{Metric: word(), Value: number().Value, Target: number().Value, Known: true, Broken: word()}
		w.Starts = append([]Start{{Pod: word(), Words: word(), Why: word(), Elapsed: time.Hour, Expected: time.Minute, Window: time.Second, How: word()}}, w.Starts...)
		w.Findings = append([]checks.Finding{}, w.Findings...)
		for i := range w.Findings {
			w.Findings[i].Message = hostile[r.IntN(len(hostile))]
		}
		w.Ready, w.Desired = int32(r.IntN(1<<20)), int32(r.IntN(1<<30))
		out.Workloads = append(out.Workloads, &w)
	}
	out.Workloads = out.Workloads[:r.IntN(len(out.Workloads)+1)]
	return &out
}

// randomKey is a letter, or one of the keys with a name.
func randomKey(r *rand.Rand) tea.KeyPressMsg {
	const letters = "jkgGfFyueipr/:?nq0+-[]NQRKTUCI xyz宽"
	all := []rune(letters)
	if k := r.IntN(len(all) + 12); k < len(all) {
		return tea.KeyPressMsg{Code: all[k], Text: string(all[k])}
	}
	named := [...]rune{tea.KeyEnter, tea.KeyEscape, tea.KeyTab, tea.KeyBackspace, tea.KeyUp, tea.KeyDown, tea.KeyPgUp, tea.KeyPgDown}
	return tea.KeyPressMsg{Code: named[r.IntN(len(named))]}
}

// randomMessage is anything that bubbletea, a feed or an action may send.
func randomMessage(d *driver, base *Fleet, r *rand.Rand) tea.Msg {
	word := func() string { return hostile[r.IntN(len(hostile))] }
	switch r.IntN(16) {
	case 0:
		return tea.WindowSizeMsg{Width: 1 + r.IntN(200), Height: 1 + r.IntN(60)}
	case 1:
		return frameMsg{session: d.session, gen: d.gen, index: r.IntN(3), fleet: hostileFleet(base, r, d.o.ASCII), at: base.At, hold: r.IntN(2) == 0}
	case 2:
		lost := []Trouble{{Place: word(), Reason: word(), Since: base.At}, {Place: word(), Since: base.At}}[:r.IntN(3)]
		o := Options{ASCII: d.o.ASCII, Session: Session{Troubles: func() []Trouble { return lost }}}
		msg := frameMsg{session: d.session, err: errors.New(word()), at: base.At, lost: o.askTroubles()}
		if r.IntN(2) == 0 {
			msg.err, msg.fleet, msg.gen = nil, hostileFleet(base, r, d.o.ASCII), d.gen
		}
		return msg
	case 3:
		return tea.PasteMsg{Content: word()}
	case 4:
		return tea.MouseClickMsg{X: r.IntN(200), Y: r.IntN(60), Button: tea.MouseLeft}
	case 5:
		return tea.MouseWheelMsg{Button: []tea.MouseButton{tea.MouseWheelUp, tea.MouseWheelDown}[r.IntN(2)]}
	case 6:
		return previewMsg{0, Preview{Diff: word() + "\n" + word(), Warnings: []string{word()}, Notes: []string{word()}, Refusal: word()}, nil}
	case 7:
		return doneMsg{words: word(), undone: r.IntN(2) == 0}
	case 8:
		return tickMsg(base.At.Add(time.Duration(r.IntN(100)) * time.Second))
	case 9:
		return dueMsg{session: d.session, gen: d.gen}
	}
	return randomKey(r)
}

func FuzzUpdate(f *testing.F) {
	for seed := range uint64(12) {
		f.Add(seed, uint16(80), uint16(24))
	}
	f.Add(uint64(99), uint16(3), uint16(2))
	f.Fuzz(func(t *testing.T, seed uint64, w, h uint16) {
		r := rand.New(rand.NewPCG(seed, 1))
		o := testOptions(&frames{})
		o.Actions, o.ASCII = previewed(), seed%3 == 0
		if seed%4 == 0 {
			o.Recording = &Recording{Len: 3, At: func(context.Context, int) (checks.Frame, error) { return lunch(t)[0], nil }}
		}
		base := judge(lunch(t)[0], &o)
		d := &driver{Model: New(context.Background(), o)}
		d.Update(tea.WindowSizeMsg{Width: 1 + int(w%300), Height: 1 + int(h%100)})
		for range 150 {
			msg := randomMessage(d, base, r)
			d.Update(msg)
			shown := d.Screen(d.width, d.height)
			fits(t, "fuzz", shown, d.width, d.height)
			harmless(t, shown)
			if t.Failed() {
				t.Fatalf("after %#v on overlay %d", msg, d.showing())
			}
		}
	})
}

// harmless says that nothing on the screen but our own colours is no letter.
func harmless(t *testing.T, shown string) {
	t.Helper()
	for _, r := range ansi.Strip(shown) {
		if r != '\n' && !steady(r) {
			t.Errorf("%U on the screen", r)
		}
	}
	for rest := shown; ; {
		_, after, found := strings.Cut(rest, "\x1b")
		if !found {
			return
		}
		code, tail, ends := strings.Cut(after, "m")
		if !ends || strings.Trim(code, "[0123456789;") != "" {
			t.Errorf("an escape sequence that is no colour: %q", code)
		}
		rest = tail
	}
}

func TestClean(t *testing.T) {
	for _, c := range []struct{ in, want, ascii string }{
		{"plain", "plain", "plain"},
		{"\x1b[31mred", `\x1b[31mred`, `\x1b[31mred`},
		{"a\nb\tc", "a b c", "a b c"},
		{"e\u0301", "é", `\u00e9`},
		{"x\u0301", `x\u0301`, `x\u0301`},
		{"宽", "宽", `\u5bbd`},
		{"\xff", `\xff`, `\xff`},
		{"\u202e", `\u202e`, `\u202e`},
		{"👍🏽", `👍\U0001f3fd`, `\U0001f44d\U0001f3fd`},
	} {
		if got := clean(c.in, false); got != c.want {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
		if got := clean(c.in, true); got != c.ascii {
			t.Errorf("%q in ASCII: %q, want %q", c.in, got, c.ascii)
		}
	}
	for _, s := range hostile {
		once := clean(s, false)
		if clean(once, false) != once {
			t.Errorf("%q: cleaned twice it is %q", s, clean(once, false))
		}
		if columns(once) < ansi.StringWidth(once) {
			t.Errorf("%q takes %d columns, counted %d", once, ansi.StringWidth(once), columns(once))
		}
		for n := range 12 {
			if got := cut(once, n, "…"); columns(got) > n {
				t.Errorf("%q cut to %d: %q", once, n, got)
			}
			for _, line := range wrap(once, n) {
				if columns(line) > max(1, n) {
					t.Errorf("%q wrapped to %d: %q", once, n, line)
				}
			}
		}
	}
}
