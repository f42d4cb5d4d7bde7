package source

import (
	"context"
	"errors"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/runtime/serializer"
	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/client-go/rest"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

const (
	// pace is the least time between two frames.
	pace = 250 * time.Millisecond
	// settling is how long a change waits for those that come with it.
	settling = 20 * time.Millisecond
	// pendingPatience is how long a frame waits for a place that was not read
	// before; then that is a gap in it.
	pendingPatience = 5 * time.Second
	// probePatience is how long a sign of life may take.
	probePatience = 10 * time.Second
)

// Feed watches a cluster and makes a frame of it when something in it has
// changed. What [Live] lists a feed watches, and judges alike: at rest its frame
// is the one that Live would load. It goes on with what it has while the API
// server does not answer; [Feed.State] says so.
type Feed struct {
	live   Live
	needs  checks.Needs
	named  map[inventory.Ref]bool
	codecs serializer.CodecFactory
	gate   *watchGate
	kinds  *servedKinds

	ctx     context.Context // ends all that runs behind the feed
	stop    context.CancelFunc
	running sync.WaitGroup
	changed chan struct{}
	asking  chan struct{} // one for each request that has no answer yet

	// Of Next alone:
	begun   bool
	last    checks.Frame
	at      time.Time // of the last frame
	pending time.Time // since when a place is waited for; zero: none is
	built   time.Time // of the last frame that asked for all there is
	sweeps  time.Time // when a watch that none asks for any more is let go; zero: none is

	mu       sync.Mutex // of all below, and of the watchers' stores
	client   *liveClient
	version  string
	watchers map[watchTarget]*watcher
	shown    map[inventory.Ref]bool // what the last frame holds
	failed   *Trouble               // why there is no newer frame
}

// Watch makes a feed of what a [Live] would load. It asks nothing before the
// first call of Next, and all of it ends with the context, or by Close.
func Watch(ctx context.Context, live Live, needs checks.Needs) (*Feed, error) {
	load, err := live.prepare(needs) // a wrong selection is told now
	if err != nil {
		return nil, err
	}
	f := &Feed{
		live: live, needs: needs, named: load.named, codecs: serializer.NewCodecFactory(liveScheme()),
		kinds: newServedKinds(), changed: make(chan struct{}, 1),
		asking: make(chan struct{}, sideBySide), watchers: map[watchTarget]*watcher{},
	}
	if f.client, err = watchClient(live.Config); err != nil {
		return nil, err
	}
	f.gate = &watchGate{probe: f.probe, turned: f.turned}
	f.ctx, f.stop = context.WithCancel(ctx)
	return f, nil
}

// watchClient has no limit on how long an answer takes: a watch's never ends.
func watchClient(config *rest.Config) (*liveClient, error) {
	config = rest.CopyConfig(config)
	config.Timeout = 0
	return newLiveClient(config)
}

// Close ends the feed and waits until nothing of it runs any more.
func (f *Feed) Close() {
	f.stop()
	f.running.Wait()
	utilnet.CloseIdleConnectionsFor(f.connection().http.Transport)
}

// Next waits until something has changed and returns a frame of it; after a
// change of [Feed.State] the frame may hold the same. Frames come four times a
// second at most. Errors without a frame are those of [Live.Load], while there
// never was one, and the contexts' own; later the last frame comes again, with
// a trouble. An [*Incomplete] comes with a frame. One goroutine may call it.
func (f *Feed) Next(ctx context.Context) (checks.Frame, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(f.ctx, cancel)()
	if err := f.begin(ctx); err != nil {
		return checks.Frame{}, err
	}
	for {
		if err := f.await(ctx); err != nil {
			return checks.Frame{}, err
		}
		_, closed := f.gate.trouble()
		impatient := !f.pending.IsZero() && !closed && time.Since(f.pending) >= pendingPatience
		frame, err := f.build(ctx, impatient)
		if ctx.Err() != nil {
			f.wake() // for the next call
			return checks.Frame{}, ctx.Err()
		}
		if errors.Is(err, errPending) {
			if f.pending.IsZero() {
				f.pending = time.Now()
			}
			if !closed || f.last.Objects == nil {
				continue
			}
			frame, err = f.last, nil
		} else {
			f.pending = time.Time{}
		}
		f.at = time.Now()
		return f.outcome(frame, err)
	}
}

// outcome is what Next returns of a build.
func (f *Feed) outcome(frame checks.Frame, err error) (checks.Frame, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if frame.Objects != nil {
		f.last, f.failed = frame, nil
		return frame, err
	}
	if f.last.Objects == nil {
		return frame, err
	}
	if f.failed == nil {
		f.failed = &Trouble{Place: "cluster", Since: time.Now()}
	}
	f.failed.Reason = plainReason(err)
	return f.last, nil
}

// begin makes sure that the server answers, once.
func (f *Feed) begin(ctx context.Context) error {
	if f.begun {
		return nil
	}
	version, err := f.connection().version(ctx)
	if err != nil {
		return err
	}
	f.mu.Lock()
	f.version = version
	f.mu.Unlock()
	f.kinds.look(ctx, f.connection())
	f.running.Go(f.lookForKinds)
	f.begun = true
	f.wake()
	return ctx.Err()
}

// await waits for a change, and for those that come with it.
func (f *Feed) await(ctx context.Context) error {
	for waiting := true; waiting; {
		patience, sweep := until(f.pending, pendingPatience), until(f.sweeps, 0)
		select {
		case <-f.changed:
			waiting = false
		case <-patience:
			waiting = false
		case <-sweep:
			f.mu.Lock()
			f.sweep(time.Now())
			f.mu.Unlock()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	rest := settling
	if f.pending.IsZero() {
		rest = max(rest, time.Until(f.at.Add(pace)))
	}
	if err := pause(ctx, rest); err != nil {
		f.wake() // for the next call
		return err
	}
	select {
	case <-f.changed:
	default:
	}
	return nil
}

// until is a channel on which something comes when a time has come; nil for
// none.
func until(since time.Time, d time.Duration) <-chan time.Time {
	if since.IsZero() {
		return nil
	}
	return time.After(time.Until(since.Add(d)))
}

// wake tells Next that something has changed.
func (f *Feed) wake() {
	select {
	case f.changed <- struct{}{}:
	default:
	}
}

func (f *Feed) connection() *liveClient {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.client
}

// lookForKinds asks for the installed kinds until the feed ends.
func (f *Feed) lookForKinds() {
	for pause(f.ctx, lookForKinds) == nil && f.gate.wait(f.ctx) == nil {
		f.kinds.look(f.ctx, f.connection())
	}
}

// Suspect looks whether the API server answers, and takes the credentials that
// the feed has: once, beside its caller. [Feed.State] says what came of it. It is
// for those who ask the server for other things, and get nothing.
func (f *Feed) Suspect() {
	f.running.Go(func() { f.gate.suspect(f.ctx) })
}

func (f *Feed) turned(open bool) {
	if open {
		f.kinds.look(f.ctx, f.connection())
	}
	f.wake()
}

// probe asks the server for a sign of life, with renewed credentials where the
// present ones are refused.
func (f *Feed) probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, probePatience)
	defer cancel()
	client := f.connection()
	version, err := client.lives(ctx)
	if errors.Is(err, errUnauthorized) && f.live.Renew != nil {
		config, renewed := f.live.Renew()
		if renewed != nil {
			return renewed
		}
		if client, renewed = watchClient(config); renewed != nil {
			return renewed
		}
		version, err = client.lives(ctx)
	}
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.client, f.version = client, version
	return nil
}
