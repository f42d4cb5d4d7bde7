package plugin

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/plugin/source"
)

// patience is how long looking may take before a line says what is going on.
const patience = time.Second

// progress is one line on a terminal's standard error that says what is being
// read; silent elsewhere, and for the first second.
type progress struct {
	w io.Writer // nil: not a terminal

	mu    sync.Mutex
	text  string
	shown bool
	ended bool
}

func newProgress(streams Streams) *progress {
	if !streams.ErrTerminal {
		return &progress{}
	}
	return &progress{w: streams.Err}
}

// say notes what is going on, and replaces the line once there is one.
func (p *progress) say(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text = text
	if p.shown {
		p.draw()
	}
}

// begin shows the line when patience is over; the function that it returns
// takes the line away.
func (p *progress) begin(text string) (end func()) {
	if p.w == nil {
		return func() {}
	}
	p.say(text)
	timer := time.AfterFunc(patience, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if !p.ended {
			p.shown = true
			p.draw()
		}
	})
	return func() {
		timer.Stop()
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.ended = true; p.shown {
			p.text, p.shown = "", false
			p.draw()
		}
	}
}

func (p *progress) draw() {
	const eraseLine = "\r\x1b[K"
	fmt.Fprint(p.w, eraseLine, cleanLines(p.text))
}

// withProgress shows what a live load is at, and takes the line away when it
// is done.
type withProgress struct {
	live *source.Live
	line *progress
}

func (p withProgress) Load(ctx context.Context, needs checks.Needs) (checks.Frame, error) {
	p.live.Progress = p.line.say
	defer p.line.begin("reading " + p.live.Config.Host)()
	return p.live.Load(ctx, needs)
}
