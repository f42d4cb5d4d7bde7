package plugin

import (
	"context"
	"net/http"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/signals"
	"github.com/infscale/kubectl-infscale/plugin/source"
)

const (
	// laziest bounds how rarely numbers are asked for that never come.
	laziest = time.Minute
	// scrapesPerSecond bounds how many pods are asked for their metrics: all go
	// through the API server.
	scrapesPerSecond = 20
	// podsPerSecond bounds how many pods a Prometheus is asked about: of thousands
	// the answers are megabytes, and with the judgement half a second's work. It
	// scrapes them every 15 to 60 s, so that fewer questions lose little.
	podsPerSecond = 60
	// keepNumbers is how long the numbers of a source that does not answer are
	// shown, with their age.
	keepNumbers = 5 * time.Minute
)

// count collects numbers until the context ends. What never brings any is asked
// more and more rarely.
func (f *liveFeed) count(ctx context.Context) {
	select {
	case <-f.objects:
	case <-ctx.Done():
		return
	}
	for idle := time.Duration(0); ; {
		begun := time.Now()
		objects, pace, faster := f.turn()
		if objects != nil {
			if n := f.collect(ctx, objects); n > 0 {
				idle = 0
			} else {
				idle = min(max(2*idle, pace), laziest)
			}
			pace = f.slow(pace, max(idle, f.slowest(objects)))
		}
		if wait(ctx, pace-time.Since(begun), faster) != nil {
			return
		}
	}
}

// slow makes the time between two collections no shorter than the least, and
// remembers that.
func (f *liveFeed) slow(pace, least time.Duration) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.least = least
	return max(pace, least)
}

// turn is what the next collection is about, nil while the cluster cannot be
// seen, and the interval at the moment, with the sign that it has changed.
func (f *liveFeed) turn() (*inventory.Snapshot, time.Duration, <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.renewed != nil {
		f.numbers.use(f.attentive(f.renewed))
		f.renewed = nil
	}
	if f.err != nil {
		return nil, f.interval, f.faster
	}
	return f.frame.Objects, f.interval, f.faster
}

// collect asks once and says how many numbers came.
func (f *liveFeed) collect(ctx context.Context, objects *inventory.Snapshot) int {
	bounded, cancel := context.WithTimeout(ctx, f.limit)
	defer cancel()
	set := f.numbers.collect(bounded, objects)
	if ctx.Err() != nil {
		return 0
	}
	n := set.Len()
	f.take(set)
	f.tell()
	return n
}

// attentive is the configuration with which numbers are asked for. Who is refused
// as nobody looks into that: an open watch would go on for an hour without.
func (f *liveFeed) attentive(config *rest.Config) *rest.Config {
	config = rest.CopyConfig(config)
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(r *http.Request) (*http.Response, error) {
			response, err := next.RoundTrip(r)
			if err == nil && response.StatusCode == http.StatusUnauthorized {
				f.feed.Suspect()
			}
			return response, err
		})
	})
	return config
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// take puts new numbers in the place of the old. Those of a source that does not
// answer stay for a while.
func (f *liveFeed) take(set *signals.Set) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	silent := map[string]source.Trouble{}
	failing := map[string]bool{}
	for _, gap := range set.Gaps() {
		kind := kindOfSource(gap.Source)
		if failing[gap.Source], failing[kind] = true, failing[kind] || kind == gap.Source; kind == scraped || !f.heard[kind] {
			continue // an engine that loads does not answer, and what was never there is not missed
		}
		trouble, known := f.silent[kind]
		if !known {
			trouble = source.Trouble{Place: kind, Since: now}
		}
		trouble.Reason = gap.Reason
		silent[kind] = trouble
	}
	for sample := range set.Each() {
		f.heard[kindOfSource(sample.Source)] = true
	}
	for sample := range f.set.Each() {
		if (failing[sample.Source] || failing[kindOfSource(sample.Source)]) && now.Sub(sample.At) < keepNumbers {
			set.Add(sample)
		}
	}
	f.set, f.silent = set, silent
}

// scraped is the kind of source that every engine is.
const scraped = "scrape"

// kindOfSource is its first word: a Prometheus that is looked for and not found
// is "prometheus" alone.
func kindOfSource(name string) string {
	kind, _, _ := strings.Cut(name, " ")
	return kind
}

// slowest is the least time between two collections of a fleet's size.
func (f *liveFeed) slowest(objects *inventory.Snapshot) time.Duration {
	perSecond := scrapesPerSecond
	if f.numbers.prometheus != nil && f.numbers.missing == nil {
		perSecond = podsPerSecond
	}
	pods := 0
	for _, o := range objects.List(inventory.Pod) {
		if pod := inventory.As[corev1.Pod](o); pod != nil && pod.Status.Phase == corev1.PodRunning {
			pods++
		}
	}
	return time.Duration(pods) * time.Second / time.Duration(perSecond)
}

// renew reads the credentials again, for the numbers too.
func (f *liveFeed) renew(read func() (*rest.Config, error)) (*rest.Config, error) {
	config, err := read()
	f.mu.Lock()
	defer f.mu.Unlock()
	if err == nil {
		f.config, f.renewed = config, config
	}
	return config, err
}

// tell says that there is something new for Next.
func (f *liveFeed) tell() {
	select {
	case f.news <- struct{}{}:
	default:
	}
}

// wait waits for a while, or for a sign that may be nil; it returns the
// context's error.
func wait(ctx context.Context, d time.Duration, sign <-chan struct{}) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-sign:
	case <-ctx.Done():
	}
	return ctx.Err()
}
