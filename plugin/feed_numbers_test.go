package plugin

import (
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/signals"
	"github.com/infscale/kubectl-infscale/plugin/collect"
	"github.com/infscale/kubectl-infscale/plugin/source"
)

// numbersFeed is a feed without a cluster, whose clock is now.
func numbersFeed(now *time.Time) *liveFeed {
	return &liveFeed{now: func() time.Time { return *now }, heard: map[string]bool{}, silent: map[string]source.Trouble{}}
}

func measured(source string, at time.Time, of ...string) *signals.Set {
	set := new(signals.Set)
	for i, name := range of {
		ref := inventory.Ref{Kind: "Pod", Namespace: "inference", Name: name}
		set.Add(signals.Sample{Metric: signals.QueueDepth, Of: ref, Value: float64(i), At: at, Source: source})
	}
	return set
}

func silentSet(source string) *signals.Set {
	set := new(signals.Set)
	set.Miss(signals.Gap{Source: source, Reason: "connection refused"})
	return set
}

// The numbers of a Prometheus that is gone stay, with their age, and the trouble
// is told from when it began, whatever the search for another one says.
func TestFeedKeepsTheNumbersOfASourceThatIsGone(t *testing.T) {
	start := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	now := start
	f := numbersFeed(&now)
	f.take(measured("prometheus monitoring/prometheus", start, "vllm-0", "vllm-1"))
	now = start.Add(5 * time.Second)
	f.take(silentSet("prometheus monitoring/prometheus"))
	now = start.Add(10 * time.Second)
	f.take(silentSet("prometheus"))
	for _, sample := range f.set.All() {
		if !sample.At.Equal(start) {
			t.Errorf("%s is of %v", sample.Of, sample.At)
		}
	}
	if f.set.Len() != 2 {
		t.Errorf("%d numbers are kept", f.set.Len())
	}
	want := source.Trouble{Place: "prometheus", Reason: "connection refused", Since: start.Add(5 * time.Second)}
	if got := f.silent["prometheus"]; got != want || len(f.silent) != 1 {
		t.Errorf("troubles %v, want %v", f.silent, want)
	}
	now = start.Add(keepNumbers)
	f.take(silentSet("prometheus"))
	if f.set.Len() != 0 {
		t.Errorf("%d numbers are shown after %v", f.set.Len(), keepNumbers)
	}
	f.take(measured("prometheus monitoring/prometheus", now, "vllm-0"))
	if len(f.silent) != 0 || f.set.Len() != 1 {
		t.Errorf("it is back, and the troubles are %v with %d numbers", f.silent, f.set.Len())
	}
}

// What a source that answers does not tell any more is gone.
func TestFeedForgetsWhatIsNotMeasuredAnyMore(t *testing.T) {
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	f := numbersFeed(&now)
	f.take(measured("prometheus x", now, "vllm-0", "vllm-1"))
	f.take(measured("prometheus x", now.Add(time.Second), "vllm-0"))
	if f.set.Len() != 1 {
		t.Errorf("%d numbers", f.set.Len())
	}
}

// A Prometheus that never was there is not missed, and an engine that loads is
// no trouble.
func TestFeedMissesOnlyWhatHasAnswered(t *testing.T) {
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	f := numbersFeed(&now)
	f.take(silentSet("prometheus"))
	f.take(measured("scrape pod/vllm-0", now, "vllm-0"))
	f.take(silentSet("scrape pod/vllm-0"))
	if len(f.silent) != 0 {
		t.Errorf("troubles %v", f.silent)
	}
}

// Of a small fleet numbers come at the interval, of a large one as fast as can be
// borne.
func TestFeedAsksLargeFleetsMoreRarely(t *testing.T) {
	fleet := func(pods int) *inventory.Snapshot {
		b := inventory.NewBuilder()
		for i := range pods {
			pod := &corev1.Pod{Status: corev1.PodStatus{Phase: corev1.PodRunning}}
			b.Add(inventory.FromTyped(inventory.Pod, inventory.Meta{Namespace: "inference", Name: fmt.Sprint("vllm-", i)}, pod))
		}
		return b.Build()
	}
	now := time.Now()
	f := numbersFeed(&now)
	f.numbers = &clusterNumbers{prometheus: new(collect.Prometheus)}
	if got := f.slowest(fleet(200)); got >= defaultInterval {
		t.Errorf("200 pods by Prometheus: %v", got)
	}
	if got := f.slowest(fleet(1800)); got != 30*time.Second {
		t.Errorf("1 800 pods by Prometheus: %v", got)
	}
	f.numbers.prometheus = nil
	if got := f.slowest(fleet(200)); got != 10*time.Second {
		t.Errorf("200 pods, each by itself: %v", got)
	}
}

// What the header calls the interval is how often numbers really come.
func TestPaceIsTrueOfLargeFleets(t *testing.T) {
	now := time.Now()
	f := numbersFeed(&now)
	f.interval, f.faster = defaultInterval, make(chan struct{})
	change := pace(f)
	for _, c := range []struct {
		least  time.Duration
		factor float64
		want   string
	}{
		{0, 1, "5s"},
		{0, 2, "2.5s"},
		{0, 0.5, "5s"},
		{time.Second, 1, "5s"},
		{33333 * time.Millisecond, 1, "33s"},
		{33333 * time.Millisecond, 2, "33s"}, // as fast as can be borne
		{33333 * time.Millisecond, 0.5, "1m7s"},
		{0, 1, "1m7s"},
	} {
		f.slow(f.interval, c.least)
		if got := change(c.factor); got != c.want {
			t.Errorf("%v at least, %g times as fast: %s, want %s", c.least, c.factor, got, c.want)
		}
	}
}

func TestUnseenErrorSaysSinceWhen(t *testing.T) {
	err := &unseenError{source.Trouble{Place: source.APIServer, Reason: "connection refused", Since: time.Date(2026, 1, 1, 12, 4, 31, 0, time.UTC)}}
	if got := err.Error(); !strings.Contains(got, "API server since 12:04:31: connection refused") {
		t.Error(got)
	}
}
