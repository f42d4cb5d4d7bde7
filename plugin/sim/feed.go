package sim

import (
	"context"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
)

// Pace is how a world's time runs beside the clock on the wall.
type Pace struct {
	// Every is the real time between two frames, and Step the simulated time.
	Every, Step time.Duration
	Paused      bool
}

// DefaultPace shows twenty simulated seconds a second: a cold start of minutes
// passes while somebody watches.
func DefaultPace() Pace { return Pace{Every: time.Second, Step: 20 * time.Second} }

// feed is the state of Next.
type feed struct {
	pace    Pace
	changed chan struct{} // closed when the pace has changed, or a step is asked for
	steps   int           // asked for while paused
	last    time.Time     // real time of the last frame
	wait    func(context.Context, time.Duration, <-chan struct{}) error
	clock   func() time.Time
}

func newFeed() feed {
	return feed{pace: DefaultPace(), changed: make(chan struct{}), wait: waitFor, clock: time.Now}
}

// Pace returns how time runs.
func (w *World) Pace() Pace {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.feed.pace
}

// SetPace changes how time runs, at once.
func (w *World) SetPace(p Pace) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.feed.pace = p
	w.feed.wake()
}

// Step lets a paused world make one frame.
func (w *World) Step() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.feed.steps++
	w.feed.wake()
}

// wake is called under the lock.
func (f *feed) wake() {
	close(f.changed)
	f.changed = make(chan struct{})
}

// Advance lets time pass at once, without a frame.
func (w *World) Advance(by time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.advance(by)
}

// Now is the simulated time.
func (w *World) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// Load returns the world as it is, whatever the needs: a simulated cluster hides
// nothing. It lets no time pass.
func (w *World) Load(ctx context.Context, _ checks.Needs) (checks.Frame, error) {
	if err := ctx.Err(); err != nil {
		return checks.Frame{}, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.frame(), nil
}

// Next waits for the next frame's time, lets the simulated time pass, and
// returns the frame. The only error is the context's. A world with a pace of
// nothing at all never waits.
func (w *World) Next(ctx context.Context) (checks.Frame, error) {
	for {
		wait, step, changed := w.nextStep()
		if wait == 0 {
			if err := ctx.Err(); err != nil {
				return checks.Frame{}, err
			}
			w.mu.Lock()
			defer w.mu.Unlock()
			w.feed.last = w.feed.clock()
			w.advance(step)
			return w.frame(), nil
		}
		if err := w.feed.wait(ctx, wait, changed); err != nil {
			return checks.Frame{}, err
		}
	}
}

// forever is a wait that a change of the pace ends.
const forever = time.Duration(1<<63 - 1)

// nextStep is how long to wait still, 0 for no more, and how far to go then.
func (w *World) nextStep() (wait, step time.Duration, changed <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := &w.feed
	switch {
	case f.steps > 0:
		f.steps--
		return 0, f.pace.Step, nil
	case f.pace.Paused:
		return forever, 0, f.changed
	}
	wait = f.pace.Every - f.clock().Sub(f.last)
	return max(0, wait), f.pace.Step, f.changed
}

// waitFor returns when the time is over or something has changed; the error is
// the context's.
func waitFor(ctx context.Context, d time.Duration, changed <-chan struct{}) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-changed:
	case <-timer.C:
	}
	return nil
}
