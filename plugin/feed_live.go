package plugin

import (
	"context"
	"errors"
	"maps"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/signals"
	"github.com/infscale/kubectl-infscale/plugin/source"
	"github.com/infscale/kubectl-infscale/tui"
)

const (
	// defaultInterval is how often numbers are collected.
	defaultInterval = 5 * time.Second
	// gcPercent trades time for memory: a screen stays for hours, and does little.
	gcPercent = 40
	// startAgain is the pause after a start that failed.
	startAgain = 2 * time.Second
)

// liveFeed is a cluster's feed with numbers, which are collected beside it: a
// frame has the newest that there are.
type liveFeed struct {
	feed    *source.Feed
	numbers *clusterNumbers
	wanted  bool // numbers are
	limit   time.Duration
	now     func() time.Time

	stop    context.CancelFunc
	running sync.WaitGroup
	news    chan struct{}
	objects chan struct{} // closed with the first frame

	mu       sync.Mutex // of all below
	interval time.Duration
	least    time.Duration // between two collections, of a fleet of this size
	faster   chan struct{} // the interval has changed
	frame    checks.Frame
	err      error // since the last frame
	set      *signals.Set
	heard    map[string]bool           // sources that have answered, by their kind
	silent   map[string]source.Trouble // those of them that do not answer now
	config   *rest.Config              // with the present credentials
	renewed  *rest.Config              // not yet used for numbers
}

// newLiveFeed begins to watch; nothing of it is left after Close, or after the
// context's end.
func newLiveFeed(ctx context.Context, live source.Live, flags *numberFlags, needs checks.Needs, interval time.Duration) (*liveFeed, error) {
	klog.SetLogger(klog.Logger{}) // client-go would write across the screen
	if before := debug.SetGCPercent(gcPercent); before < gcPercent {
		debug.SetGCPercent(before)
	}
	f := &liveFeed{
		wanted: len(needs.Numbers) > 0 || len(flags.dcgm) > 0,
		limit:  numbersLimit(live.Config), now: time.Now, interval: interval, faster: make(chan struct{}),
		config: live.Config, news: make(chan struct{}, 1), objects: make(chan struct{}), heard: map[string]bool{},
	}
	f.numbers = &clusterNumbers{flags: flags, config: f.attentive(live.Config)}
	if renew := live.Renew; renew != nil {
		live.Renew = func() (*rest.Config, error) { return f.renew(renew) }
	}
	ctx, f.stop = context.WithCancel(ctx)
	var err error
	if f.feed, err = source.Watch(ctx, live, needs); err != nil {
		f.stop()
		return nil, err
	}
	f.running.Go(func() { f.follow(ctx) })
	if f.wanted {
		f.running.Go(func() { f.count(ctx) })
	}
	return f, nil
}

// Close ends the feed and waits for its end.
func (f *liveFeed) Close() {
	f.stop()
	f.running.Wait()
	f.feed.Close()
}

// Interval is how often numbers are collected now: less often than wanted where
// the fleet is large, or none come.
func (f *liveFeed) Interval() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return max(f.interval, f.least)
}

// SetInterval changes how often numbers are wanted.
func (f *liveFeed) SetInterval(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.interval = d
	close(f.faster)
	f.faster = make(chan struct{})
}

// Next waits for a change of the objects or of the numbers. An error says that
// the cluster cannot be seen at the moment; frames come again when it can be.
func (f *liveFeed) Next(ctx context.Context) (checks.Frame, error) {
	select {
	case <-f.news:
	case <-ctx.Done():
		return checks.Frame{}, ctx.Err()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return checks.Frame{}, f.err
	}
	frame := f.frame
	frame.At, frame.Signals = f.now(), f.set
	return frame, nil
}

// Complete is Next, but waits for the first numbers, too.
func (f *liveFeed) Complete(ctx context.Context) (checks.Frame, error) {
	for {
		frame, err := f.Next(ctx)
		if err != nil || !f.wanted || frame.Signals != nil || len(frame.Objects.Workloads()) == 0 {
			return frame, err
		}
	}
}

// State lists what does not answer at the moment, and since when.
func (f *liveFeed) State() []source.Trouble {
	all := f.feed.State()
	if f.unseen() != nil {
		return all
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, place := range slices.Sorted(maps.Keys(f.silent)) {
		all = append(all, f.silent[place])
	}
	return all
}

// credentials are those of the moment, for other requests.
func (f *liveFeed) credentials() *rest.Config {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.config
}

// troubles is State for the screen.
func (f *liveFeed) troubles() []tui.Trouble {
	var all []tui.Trouble
	for _, t := range f.State() {
		all = append(all, tui.Trouble{Place: t.Place, Reason: t.Reason, Since: t.Since})
	}
	return all
}

// follow takes the cluster's frames as they come.
func (f *liveFeed) follow(ctx context.Context) {
	for ctx.Err() == nil {
		frame, err := f.feed.Next(ctx)
		var partial *source.Incomplete
		if errors.As(err, &partial) {
			err = nil
		}
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			err = f.unseen()
		}
		f.mu.Lock()
		first := f.frame.Objects == nil && frame.Objects != nil
		if f.err = err; frame.Objects != nil {
			f.frame = frame
		}
		f.mu.Unlock()
		if first {
			close(f.objects)
		}
		f.tell()
		if frame.Objects == nil && wait(ctx, startAgain, nil) != nil {
			return
		}
	}
}

// unseen is the error that stands for an API server that cannot be reached.
func (f *liveFeed) unseen() error {
	for _, trouble := range f.feed.State() {
		if trouble.Place == source.APIServer {
			return &unseenError{trouble}
		}
	}
	return nil
}

// unseenError says that what is shown may be old.
type unseenError struct{ source.Trouble }

func (e *unseenError) Error() string {
	return e.Place + " since " + e.Since.Format(time.TimeOnly) + ": " + e.Reason
}
