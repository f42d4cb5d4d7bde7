package tui

import (
	"context"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Feed brings frames, one after the other. Next waits for the next one: for the
// end of an interval, or for a change. An error does not end a feed: it is shown
// until a frame comes again. io.EOF ends it.
type Feed interface {
	Next(context.Context) (checks.Frame, error)
}

// Session is a place to look at, and what may be done there.
type Session struct {
	// Context names the place in the header: a kubeconfig's context, a file,
	// "demo". Namespace is the one that is looked at; empty for all.
	Context, Namespace string
	Feed               Feed
	// Recording is set, and Feed is not, where frames lie in a file.
	Recording *Recording
	// Troubles lists what does not answer at the moment; nil where nothing can be
	// lost. It is asked with each frame.
	Troubles func() []Trouble
	// Pace changes how often frames come, or how fast a simulated clock goes: 2 is
	// twice as fast, and 1 changes nothing. It says in a few letters how fast that is
	// now. Nil where nobody can.
	Pace    func(factor float64) string
	Actions Actions
	// Close ends the feed; nil where nothing is to be ended.
	Close func()
}

// Trouble is a place that does not answer at the moment: what is shown of it is as
// old as the trouble, and older.
type Trouble struct {
	Place  string    `json:"place"` // "API server", "watch pods in inference", "prometheus"
	Reason string    `json:"reason"`
	Since  time.Time `json:"since"`
}

// Recording is a file of frames, of which any can be read.
type Recording struct {
	Len int
	At  func(ctx context.Context, index int) (checks.Frame, error)
}

// Actions are what the screen may change. A nil function is not offered.
type Actions struct {
	// Preview asks the API server what the fixes of the chosen findings would do:
	// of one, or of all that are safe. all are those of the same frame.
	Preview func(ctx context.Context, all, chosen []checks.Finding) (Preview, error)
	// Undo takes back what was applied last, and says what that was.
	Undo func(context.Context) (string, error)
}

// Preview is what a fix would change, as the API server answered to a dry run.
type Preview struct {
	Diff     string   // unified
	Warnings []string // the API server's
	Notes    []string // what to know of it: who else writes the field, where it came from
	// Refusal says why it cannot be applied here; Apply is nil then.
	Refusal string
	// Repairs are the findings that Apply repairs; others were left out.
	Repairs []checks.Finding
	// Apply writes what was previewed and nothing else, and says what was done.
	Apply func(context.Context) (string, error)
}

// Recorder writes frames to a file.
type Recorder struct {
	Path  string
	Write func(checks.Frame) error
	Close func() error
}

// Options are how to look. The functions are called away from the screen, and
// one at a time each.
type Options struct {
	Session
	// Checks are what Judge runs on a frame; a check by name is explained.
	Checks []*checks.Check
	Judge  func(checks.Frame) checks.Report
	// Why says in a sentence why an autoscaler wants as many replicas as it does;
	// "" where it cannot be told. Nil leaves the line out.
	Why func(checks.Frame, *inventory.Autoscaler) string
	// Contexts are the places to choose from, and Open goes to one of them; nil
	// where there is only the first.
	Contexts []string
	Open     func(ctx context.Context, name string) (Session, error)
	// Record opens a file to record to; nil where that makes no sense.
	Record func() (Recorder, error)

	// Drawn is told how long each screen took, from the message that called for it
	// to its last letter; nil where nobody measures.
	Drawn func(Cause, time.Duration)

	ReadOnly bool // nothing is changed, whatever the session offers
	Mouse    bool // the terminal tells of clicks, and selects no text then
	ASCII    bool // only ASCII characters are drawn
	Palette  Palette
}

// can says whether fixes may be applied.
func (o *Options) can() bool { return !o.ReadOnly && o.Actions.Preview != nil }
