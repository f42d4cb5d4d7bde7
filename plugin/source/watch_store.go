package source

import (
	"context"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/cache"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// watcher keeps what is known of one target. It is the store that client-go's
// reflector fills.
type watcher struct {
	feed   *Feed
	target watchTarget
	stop   context.CancelFunc

	// Of the feed's lock:
	entries map[liveName]*watched
	synced  bool     // all that was there has arrived
	refused *refusal // why nothing is known
	trouble *Trouble // why what is known may be old
	wanted  time.Time
	foreign []foreignEvent // in the order of their arrival
	lossy   bool           // foreign events were let go
}

// foreignEvent is one about an object that no frame shows.
type foreignEvent struct {
	at      liveName
	arrived time.Time
}

// foreignFor is how long such an event is kept: its object may be on its way.
const foreignFor = time.Minute

// keep makes of an arriving object what a frame may need of it: most workloads
// of a cluster serve no model, and are known by name alone.
func (w *watcher) keep(item *liveItem) *watched {
	o := item.Object
	kept := &watched{keda: kedaVersion(o)}
	kept.Namespace, kept.Name, kept.ResourceVersion = o.Namespace, o.Name, o.Meta.ResourceVersion
	switch w.worth(o) {
	case dropIt:
		kept.dropped = true
		return kept
	case stubIt:
		return kept
	}
	item.own()
	item.own = func() {}
	kept.item, kept.gist = *item, gist(o)
	return kept
}

// worth foretells what no frame will judge otherwise.
func (w *watcher) worth(o *inventory.Object) liveVerdict {
	everywhere := w.target.place.namespace == ""
	switch {
	case o.Name == "", o.Type == inventory.Event && !readsEvent(o):
		return dropIt
	case oldRevision(o):
		return stubIt
	case o.Type == inventory.ConfigMap && w.target.name == "" && !holdsAdapterRules(o):
		return dropIt
	case everywhere && slices.Contains(inventory.WorkloadKinds(), o.Type) && !w.feed.named[o.Ref] && !inventory.IsInference(o):
		return stubIt
	}
	return keepIt
}

// gist is what an autoscaler's place in a frame depends on: its numbers change
// every few seconds, and most are of no concern.
func gist(o *inventory.Object) string {
	if !slices.Contains(inventory.AutoscalerKinds(), o.Type) {
		return ""
	}
	a := inventory.ReadAutoscaler(o)
	if a == nil {
		return ""
	}
	return fmt.Sprint(a.Target, mentionsInference(a))
}

// readsEvent says whether some query is for events of this kind.
func readsEvent(o *inventory.Object) bool {
	event := inventory.As[corev1.Event](o)
	return event.Type == corev1.EventTypeWarning || event.Type == corev1.EventTypeNormal && slices.Contains(normalReasons(), event.Reason)
}

// Add puts an object in, as the reflector tells.
func (w *watcher) Add(object any) error {
	kept, ok := object.(*watched)
	if !ok {
		return fmt.Errorf("found a %T in the stream of changes", object)
	}
	w.feed.mu.Lock()
	defer w.feed.mu.Unlock()
	if w.put(kept) {
		w.feed.wake()
	}
	return nil
}

// Update replaces an object.
func (w *watcher) Update(object any) error { return w.Add(object) }

// put says whether a frame may look different now. The caller holds the lock.
func (w *watcher) put(kept *watched) bool {
	at := liveName{kept.Namespace, kept.Name}
	old := w.entries[at]
	if kept.dropped {
		delete(w.entries, at)
		return old != nil
	}
	w.entries[at] = kept
	now := kept.item.Object
	switch {
	case now == nil:
		return old == nil || old.item.Object != nil || old.keda != kept.keda || w.target.spaces
	case now.Type == inventory.Event:
		if w.feed.shown[involved(now)] {
			return true
		}
		w.suspectForeign(at)
		return false
	case old != nil && kept.gist != "" && old.gist == kept.gist:
		return w.feed.shown[now.Ref]
	}
	return true
}

// suspectForeign notes an event about an object that is not shown, and lets those
// go that have been so for a while: a busy neighbour makes thousands in an hour.
// The caller holds the lock.
func (w *watcher) suspectForeign(at liveName) {
	now := time.Now()
	w.foreign = append(w.foreign, foreignEvent{at, now})
	for len(w.foreign) > 0 && now.Sub(w.foreign[0].arrived) > foreignFor {
		old := w.entries[w.foreign[0].at]
		if old != nil && old.item.Object != nil && !w.feed.shown[involved(old.item.Object)] {
			delete(w.entries, w.foreign[0].at)
			w.lossy = true
		}
		w.foreign = w.foreign[1:]
	}
}

// Delete takes an object out.
func (w *watcher) Delete(object any) error {
	if gone, ok := object.(cache.DeletedFinalStateUnknown); ok {
		object = gone.Obj
	}
	kept, ok := object.(*watched)
	if !ok {
		return fmt.Errorf("found a %T in the stream of changes", object)
	}
	w.feed.mu.Lock()
	defer w.feed.mu.Unlock()
	at := liveName{kept.Namespace, kept.Name}
	old := w.entries[at]
	delete(w.entries, at)
	if old != nil && (old.item.Object == nil || old.item.Type != inventory.Event || w.feed.shown[involved(old.item.Object)]) {
		w.feed.wake()
	}
	return nil
}

// Replace takes a whole list: from here on the target is known.
func (w *watcher) Replace(objects []any, _ string) error {
	w.feed.mu.Lock()
	defer w.feed.mu.Unlock()
	w.entries = make(map[liveName]*watched, len(objects))
	w.foreign, w.lossy = nil, false
	for _, object := range objects {
		kept, ok := object.(*watched)
		if !ok {
			return fmt.Errorf("found a %T in the list", object)
		}
		w.put(kept)
	}
	w.synced, w.refused = true, nil
	w.feed.wake()
	return nil
}

// Resync has nothing to do: nothing waits for it.
func (w *watcher) Resync() error { return nil }
