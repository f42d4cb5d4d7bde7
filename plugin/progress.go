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
	mu    sync.Mutex
	w     io.Writer
	began time.Time
	shown bool
}

func newProgress(streams Streams) *progress {
	if !streams.ErrTerminal {
		return &progress{}
	}
	return &progress{w: streams.Err, began: time.Now()}
}

// say replaces the line; an empty text takes it away.
func (p *progress) say(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.w == nil || (text == "" && !p.shown) || (text != "" && time.Since(p.began) < patience) {
		return
	}
	const eraseLine = "\r\x1b[K"
	fmt.Fprint(p.w, eraseLine, cleanLines(text))
	p.shown = text != ""
}

// withProgress shows what a live load is at, and takes the line away when it
// is done.
type withProgress struct {
	live *source.Live
	line *progress
}

func (p withProgress) Load(ctx context.Context, needs checks.Needs) (checks.Frame, error) {
	p.live.Progress = p.line.say
	defer p.line.say("")
	return p.live.Load(ctx, needs)
}
