package source

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
)

const (
	// askAgain is how long a watch that may not be is left alone, and how old
	// a list gets where only the list may be had.
	askAgain = time.Minute
	// watchAtLeast is how long the server is asked to keep a watch open; the
	// reflector asks for up to twice as long, so that not all end at once.
	watchAtLeast = 20 * time.Minute
	// longestBackoff bounds the pause after a failure: the gate waits for a
	// server that is gone.
	longestBackoff = 5 * time.Second
)

// silent swallows what client-go logs: it would be written across the screen.
func silent() klog.Logger { return klog.Logger{} }

// run fills the store until the context ends. A failure is noted where it
// happens; the pause after it grows.
func (w *watcher) run(ctx context.Context) {
	logger := silent()
	reflector := cache.NewReflectorWithOptions(&cache.ListWatch{ListWithContextFunc: w.list, WatchFuncWithContext: w.watch}, nil, w,
		cache.ReflectorOptions{Logger: &logger, Name: w.target.String(), MinWatchTimeout: watchAtLeast})
	reflector.WatchListPageSize = pageSize
	ctx = klog.NewContext(ctx, logger)
	for backoff := firstWait; ctx.Err() == nil; {
		begun := time.Now()
		if err := reflector.ListAndWatchWithContext(ctx); err == nil && time.Since(begun) > longestBackoff {
			backoff = firstWait
		} else {
			backoff = min(2*backoff, longestBackoff)
		}
		w.hold(ctx, backoff)
	}
}

// list answers the reflector's request for a page.
func (w *watcher) list(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
	var page *watchedList
	err := w.ask(ctx, func(client *liveClient, version string) error {
		var buf bytes.Buffer
		body, err := client.get(ctx, w.target.path(version), w.target.parameters(options, false), w.target.accept(), &buf)
		if err != nil {
			return err
		}
		if page, err = w.page(body, version); err != nil {
			return &refusal{reason: err.Error()}
		}
		return nil
	})
	refused := asRefusal(err)
	switch {
	case err == nil:
		return page, nil
	case refused == nil:
		return nil, w.lost(ctx, err)
	case refused.expired():
		return nil, refused.statusError()
	case refused.forbidden() && w.target.custom():
		// Asked here, as everybody may, whether it is forbidden or not there.
		if served, err := w.feed.connection().served(ctx, w.target.place.kind); err == nil && !served {
			refused = &refusal{code: http.StatusNotFound, reason: refused.reason}
		}
	}
	if refused.absent() && w.target.custom() && w.stillInstalled(ctx) {
		// A server that has just started does not serve custom kinds at once.
		w.late(refused)
		return nil, errors.New(refused.reason)
	}
	w.refuse(refused)
	if refused.forbidden() || refused.absent() {
		w.hold(ctx, askAgain)
	}
	return nil, errors.New(refused.reason)
}

// stillInstalled asks whether a kind that was not found is there after all.
func (w *watcher) stillInstalled(ctx context.Context) bool {
	if w.feed.kinds.installed(w.target) {
		w.feed.kinds.look(ctx, w.feed.connection())
	}
	return w.feed.kinds.installed(w.target)
}

// watch answers the reflector's request for a stream of changes, which may begin
// with all that is there.
func (w *watcher) watch(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
	streaming := options.SendInitialEvents != nil
	stream, err := w.begin(ctx, options)
	if refused := asRefusal(err); streaming && refused != nil && refused.code == http.StatusTooManyRequests {
		// It prepares to watch a custom kind when it is first asked to, and has done
		// so a second later. The reflector would list instead.
		w.hold(ctx, max(refused.retryAfter, firstWait))
		stream, err = w.begin(ctx, options)
	}
	refused := asRefusal(err)
	switch {
	case err == nil:
		w.well()
		return stream, nil
	case refused == nil:
		return nil, w.lost(ctx, err)
	case refused.expired():
		return nil, refused.statusError()
	case streaming && refused.code != http.StatusTooManyRequests:
		return nil, errors.New(refused.reason) // the reflector lists then
	}
	w.late(refused)
	if refused.forbidden() {
		w.hold(ctx, askAgain)
	} else {
		w.hold(ctx, refused.retryAfter)
	}
	return nil, errors.New(refused.reason)
}

// begin sends the request for a stream.
func (w *watcher) begin(ctx context.Context, options metav1.ListOptions) (stream watch.Interface, err error) {
	err = w.ask(ctx, func(client *liveClient, version string) error {
		response, err := client.open(ctx, w.target.path(version), w.target.parameters(options, true), w.target.header())
		if err == nil {
			stream = w.stream(response, version)
		}
		return err
	})
	return stream, err
}

// ask sends a request in one version after the other until the server knows it,
// once the server can be reached and the kind is installed.
func (w *watcher) ask(ctx context.Context, send func(client *liveClient, version string) error) error {
	if err := w.feed.gate.wait(ctx); err != nil {
		return err
	}
	versions, changed := w.feed.kinds.versions(w.target)
	for len(versions) == 0 {
		w.refuse(&refusal{code: http.StatusNotFound, reason: "not installed"})
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
		versions, changed = w.feed.kinds.versions(w.target)
	}
	select {
	case w.feed.asking <- struct{}{}:
		defer func() { <-w.feed.asking }()
	case <-ctx.Done():
		return ctx.Err()
	}
	client := w.feed.connection()
	var err error
	for _, version := range versions {
		err = send(client, version)
		if refused := asRefusal(err); refused == nil || !refused.absent() {
			return err
		}
	}
	return err
}

// lost says that the connection failed, or the credentials: it is looked into
// whether anybody can reach the server. The error hides its kind from the
// reflector, which would wait on its own.
func (w *watcher) lost(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		w.feed.Suspect()
	}
	return errors.New(plainReason(err))
}

// refuse notes why nothing is known of the target, or nothing any more. What a
// busy server refuses stays known.
func (w *watcher) refuse(refused *refusal) {
	w.feed.mu.Lock()
	defer w.feed.mu.Unlock()
	if w.synced && !refused.forbidden() && !refused.absent() {
		w.troubled(refused.reason)
		return
	}
	if w.refused == nil || w.refused.reason != refused.reason || w.synced {
		w.feed.wake()
	}
	clear(w.entries)
	w.refused, w.synced, w.trouble = refused, false, nil
}

// late notes that a list is all that may be had.
func (w *watcher) late(refused *refusal) {
	w.feed.mu.Lock()
	defer w.feed.mu.Unlock()
	w.troubled(refused.reason)
}

// troubled notes why what is known may be old. The caller holds the lock.
func (w *watcher) troubled(reason string) {
	if w.trouble == nil {
		w.trouble = &Trouble{Place: w.target.String(), Since: time.Now()}
		w.feed.wake()
	}
	w.trouble.Reason = reason
}

// well notes that changes arrive.
func (w *watcher) well() {
	w.feed.mu.Lock()
	defer w.feed.mu.Unlock()
	if w.trouble != nil {
		w.trouble = nil
		w.feed.wake()
	}
}

// hold waits, a little more or less so that not all ask at once, or until other
// kinds are installed.
func (w *watcher) hold(ctx context.Context, d time.Duration) {
	_, changed := w.feed.kinds.versions(w.target)
	timer := time.NewTimer(d + rand.N(d/4+1))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-changed:
	case <-ctx.Done():
	}
}
