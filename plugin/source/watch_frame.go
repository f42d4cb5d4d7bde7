package source

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// unwantedFor is how long a watch goes on that no frame asks for: a workload
// that comes back finds it.
const unwantedFor = 30 * time.Second

// errPending is the error of a frame that asks for what has not arrived yet.
var errPending = errors.New("not everything has arrived yet")

// look is one frame in the making: a load that asks the feed's stores.
type look struct {
	*liveLoad
	feed      *Feed
	now       time.Time
	impatient bool // what has not arrived is a gap
}

// build makes a frame of what the stores hold, by the steps of a load. What it
// asks for is watched from then on; what none asks for any more is let go.
func (f *Feed) build(ctx context.Context, impatient bool) (checks.Frame, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	load, err := f.live.prepare(f.needs)
	if err != nil {
		return checks.Frame{}, err
	}
	l := look{load, f, time.Now(), impatient}
	load.client, load.versions.Kubernetes = f.client, f.version
	load.look, load.listSpaces = l.read, l.namespaces
	load.serves = func(context.Context, inventory.Kind) (bool, error) { return true, nil } // the watch has asked
	for at := range liveSteps {
		if err := l.step(ctx, at); err != nil {
			return checks.Frame{}, err
		}
	}
	frame, err := load.frame()
	if frame.Objects != nil {
		f.recall(frame.Objects, load.kept, l.now)
		f.shown, f.built = load.kept, l.now
		f.sweep(l.now)
	}
	return frame, err
}

// step asks for all of a step, so that all of its watches begin at once.
func (l look) step(ctx context.Context, at liveStep) error {
	pending := false
	for _, q := range l.queries(at) {
		if err := l.ask(ctx, q); errors.Is(err, errPending) {
			pending = true
		} else if err != nil {
			return err
		}
	}
	if at == stepWorkloads && l.labelled {
		if _, err := l.liveLoad.namespaces(ctx); errors.Is(err, errPending) {
			pending = true
		} else if err != nil {
			return err
		}
	}
	if pending {
		return errPending
	}
	if at == stepWorkloads {
		return l.settle()
	}
	return nil
}

// watched finds the target's watch, or begins one. The caller holds the lock.
func (l look) watched(t watchTarget) (*watcher, error) {
	w := l.feed.watchers[t]
	if w == nil {
		w = &watcher{feed: l.feed, target: t, entries: map[liveName]*watched{}}
		var ctx context.Context
		ctx, w.stop = context.WithCancel(l.feed.ctx)
		l.feed.watchers[t] = w
		l.feed.running.Go(func() { w.run(ctx) })
	}
	w.wanted = l.now
	switch {
	case w.synced:
		return w, nil
	case w.refused != nil:
		return nil, w.refused
	case l.impatient:
		return nil, &refusal{reason: "no answer yet"}
	}
	return nil, errPending
}

// read answers a query from the store of its watch.
func (l look) read(_ context.Context, q liveQuery) error {
	w, err := l.watched(targetOf(q))
	if err != nil {
		return err
	}
	if q.name != "" && len(w.entries) == 0 {
		return &refusal{code: http.StatusNotFound, reason: "not found"}
	}
	for at, kept := range w.entries {
		if kept.item.Object == nil {
			l.heard(q.kind, kept.keda)
			info := q.kind.Info()
			l.stub(q, inventory.Ref{Group: info.Group, Kind: info.Name, Namespace: at.namespace, Name: at.name})
			continue
		}
		if q.fields != "" && !matchesFields(q.fields, kept.item.Object) {
			continue
		}
		item := kept.item
		l.take(q, &item)
	}
	return nil
}

// matchesFields does for events what the API server does for a list.
func matchesFields(fields string, o *inventory.Object) bool {
	event := inventory.As[corev1.Event](o)
	if fields == warnings {
		return event.Type == corev1.EventTypeWarning
	}
	return event.Type == corev1.EventTypeNormal && event.Reason == strings.TrimPrefix(fields, normal)
}

func (l look) namespaces(context.Context) (*knownNamespaces, error) {
	known := &knownNamespaces{labels: map[string]map[string]string{}}
	w, err := l.watched(watchTarget{spaces: true})
	if asRefusal(err) != nil {
		return known, nil
	}
	if err != nil {
		return nil, err
	}
	for at, kept := range w.entries {
		known.names = append(known.names, at.name)
		known.labels[at.name] = kept.labels
	}
	slices.Sort(known.names)
	known.listed = true
	return known, nil
}

// recall begins the watch of events anew where an object is shown for the first
// time whose events may have been let go. The caller holds the lock.
func (f *Feed) recall(frame *inventory.Snapshot, kept map[inventory.Ref]bool, now time.Time) {
	for ref := range kept {
		t := watchTarget{place: livePlace{inventory.Event, ref.Namespace}}
		w := f.watchers[t]
		if f.shown[ref] || w == nil || !w.lossy {
			continue
		}
		if o, _ := frame.Find(ref); o != nil && o.Meta.CreationTimestamp.Before(now.Add(-foreignFor)) {
			w.stop()
			delete(f.watchers, t)
			f.wake()
		}
	}
}

// sweep ends the watches that the last frame did not ask for, nor any in a
// while. The caller holds the lock.
func (f *Feed) sweep(now time.Time) {
	f.sweeps = time.Time{}
	for t, w := range f.watchers {
		due := w.wanted.Add(unwantedFor)
		switch {
		case !w.wanted.Before(f.built):
		case now.Before(due):
			if f.sweeps.IsZero() || due.Before(f.sweeps) {
				f.sweeps = due
			}
		default:
			w.stop()
			delete(f.watchers, t)
		}
	}
}
