package source

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	// probeFirst and probeMost bound the pauses between two looks whether an API
	// server that was gone is back.
	probeFirst = 500 * time.Millisecond
	probeMost  = 5 * time.Second
)

// watchGate holds all requests back while the API server cannot be reached, so
// that one asks whether it is back, and not every watch.
type watchGate struct {
	// probe asks the server for a sign of life.
	probe func(context.Context) error
	// turned is told when the gate has closed, or opened again.
	turned func(open bool)

	mu      sync.Mutex
	probing bool
	opened  chan struct{} // nil: open
	shut    Trouble       // why it is closed
}

// wait returns once requests may go out, or the context's error.
func (g *watchGate) wait(ctx context.Context) error {
	g.mu.Lock()
	opened := g.opened
	g.mu.Unlock()
	if opened == nil {
		return ctx.Err()
	}
	select {
	case <-opened:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// trouble says why the gate is closed, and since when.
func (g *watchGate) trouble() (Trouble, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.shut, g.opened != nil
}

// suspect closes the gate if the server really is gone, and opens it when it is
// back; it returns then. Only the first caller at a time does anything.
func (g *watchGate) suspect(ctx context.Context) {
	g.mu.Lock()
	first := !g.probing
	g.probing = true
	g.mu.Unlock()
	if !first {
		return
	}
	for wait := probeFirst; ; wait = min(wait*2, probeMost) {
		err := g.probe(ctx)
		if ctx.Err() != nil {
			return
		}
		if g.found(err) == nil || pause(ctx, wait) != nil {
			return
		}
	}
}

// found turns the gate after a probe, and returns the probe's error.
func (g *watchGate) found(err error) error {
	g.mu.Lock()
	was, now := g.opened == nil, err == nil
	reason := ""
	if err != nil {
		reason = plainReason(err)
	}
	switch {
	case now:
		g.probing = false
		if !was {
			close(g.opened)
			g.opened = nil
		}
	case was:
		g.opened = make(chan struct{})
		g.shut = Trouble{Place: APIServer, Reason: reason, Since: time.Now()}
	default:
		g.shut.Reason = reason
	}
	g.mu.Unlock()
	if was != now {
		g.turned(now)
	}
	return err
}

// plainReason leaves the address out, which stands beside it.
func plainReason(err error) string {
	var gone *Unreachable
	if errors.As(err, &gone) {
		err = gone.Cause
	}
	return oneLine(err.Error())
}
