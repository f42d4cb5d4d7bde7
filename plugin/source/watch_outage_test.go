package source

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/client-go/rest"
)

func TestFeedTellsWhatIsForbiddenAndAsksAgain(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		server := newAPIServer(t, cluster)
		var mu sync.Mutex
		forbidden := map[string]bool{"poddisruptionbudgets": true, "nodes": true, "statefulsets": true, "namespaces": true}
		server.allows = func(r request) bool {
			mu.Lock()
			defer mu.Unlock()
			return !forbidden[r.resource]
		}
		feed := watching(t, server.live(), everything())
		same(t, server, feed, everything())
		server.asked("")
		still(t, feed, 59*time.Second)
		const fewest = 4 * 2 // each is asked to stream and to list, once
		if n := server.asked("list"); n > fewest {
			t.Errorf("%d lists of what is forbidden in a minute", n)
		}
		mu.Lock()
		clear(forbidden)
		mu.Unlock()
		same(t, server, feed, everything())
		if all := feed.State(); len(all) > 0 {
			t.Errorf("troubles %v", all)
		}
	})
}

// Whoever may list and not watch sees the cluster a minute late.
func TestFeedListsWhereItMayNotWatch(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		server := newAPIServer(t, cluster)
		server.allows = func(r request) bool { return r.verb != "watch" || r.resource != "pods" }
		feed := watching(t, server.live(), everything())
		same(t, server, feed, everything())
		synctest.Wait()
		all := feed.State()
		if len(all) != 1 || all[0].Place != "watch pods in inference" || !strings.Contains(all[0].Reason, "403") {
			t.Errorf("troubles %v", all)
		}
		server.remove("inference/Pod/vllm-2-b")
		same(t, server, feed, everything())
	})
}

func TestFeedOutlivesTheAPIServer(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		server := newAPIServer(t, cluster)
		feed := watching(t, server.live(), everything())
		before := describe(next(t, feed))
		gone := time.Now()
		server.pipes.unplug()
		server.hangUp()
		if got := describe(next(t, feed)); got != before {
			t.Errorf("without an API server the feed shows\n%s\nwant\n%s", got, before)
		}
		if all := feed.State(); len(all) != 1 || all[0].Place != APIServer || all[0].Since.Before(gone) || all[0].Reason == "" {
			t.Errorf("troubles %v", all)
		}
		still(t, feed, 5*time.Minute)
		server.asked("")
		server.removeNamespace("inference")
		server.apply(anotherWorkload)
		server.expire()
		server.pipes.plug()
		back := time.Now()
		same(t, server, feed, everything())
		if took := time.Since(back); took > 2*probeMost {
			t.Errorf("it took %v to see the server again", took)
		}
		if all := feed.State(); len(all) > 0 {
			t.Errorf("troubles %v", all)
		}
	})
}

// While an API server starts it is not ready, and then it denies for a moment that
// custom objects are there: nobody is told that they are gone.
func TestFeedWaitsForAServerThatStarts(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		server := newAPIServer(t, cluster)
		feed := watching(t, server.live(), everything())
		before := contents(next(t, feed))
		server.on("/readyz", fault{code: http.StatusInternalServerError, times: 3})
		server.on("/apis/keda.sh/v1alpha1/scaledobjects", fault{code: http.StatusNotFound, times: 4})
		server.pipes.unplug()
		server.hangUp()
		server.expire()
		next(t, feed)
		server.pipes.plug()
		for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
			ctx, cancel := context.WithDeadline(t.Context(), deadline)
			frame, err := feed.Next(ctx)
			if cancel(); err == nil && contents(frame.Objects) != before {
				t.Fatalf("the feed shows\n%s", contents(frame.Objects))
			}
		}
		server.mu.Lock()
		defer server.mu.Unlock()
		if len(server.faults) > 0 {
			t.Errorf("not met: %v", server.faults)
		}
		if all := feed.State(); len(all) > 0 {
			t.Errorf("troubles %v", all)
		}
	})
}

// A server prepares to watch a custom kind when somebody first asks it to, and tells
// everybody to come again in a second: nothing is listed for that.
func TestFeedComesAgainToAServerThatPrepares(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		server := newAPIServer(t, cluster)
		server.on("/apis/keda.sh/v1alpha1/scaledobjects", fault{code: http.StatusTooManyRequests, message: "storage is (re)initializing", retryAfter: "1", times: 1})
		feed := watching(t, server.live(), everything())
		if got := contents(next(t, feed)); got != fleetOnly {
			t.Errorf("it shows\n%s", got)
		}
		if all := feed.State(); len(all) > 0 {
			t.Errorf("troubles %v", all)
		}
		if n := server.asked("list"); n > 0 {
			t.Errorf("%d lists", n)
		}
	})
}

func TestFeedRenewsItsCredentials(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		server := newAPIServer(t, cluster)
		live := server.live()
		live.Config.BearerToken = "first"
		renewed := 0
		live.Renew = func() (*rest.Config, error) {
			renewed++
			config := server.config()
			config.BearerToken = "second"
			return config, nil
		}
		server.tokens("first")
		feed := watching(t, live, everything())
		next(t, feed)
		server.tokens("second")
		server.hangUp()
		server.apply(anotherWorkload)
		for !strings.Contains(contents(next(t, feed)), "second/StatefulSet/sglang") {
		}
		if renewed != 1 || len(feed.State()) > 0 {
			t.Errorf("renewed %d times, troubles %v", renewed, feed.State())
		}
	})
}

func TestFeedWithoutAnAPIServer(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		server := newAPIServer(t, cluster)
		server.pipes.unplug()
		feed := watching(t, server.live(), everything())
		var gone *Unreachable
		if _, err := feed.Next(t.Context()); !errors.As(err, &gone) {
			t.Errorf("error %v", err)
		}
		server.pipes.plug()
		if got := contents(next(t, feed)); got != fleetOnly {
			t.Errorf("later it shows\n%s", got)
		}
	})
}
