package source

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// watching is a feed of the double, in a synctest bubble.
func watching(t *testing.T, live *Live, needs checks.Needs) *Feed {
	t.Helper()
	feed, err := Watch(t.Context(), *live, needs)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(feed.Close)
	return feed
}

// next is the frame after the one before, within a minute.
func next(t *testing.T, feed *Feed) *inventory.Snapshot {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	frame, err := feed.Next(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return frame.Objects
}

// still fails the test if a frame comes within a time.
func still(t *testing.T, feed *Feed, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	if _, err := feed.Next(ctx); err == nil {
		t.Error("a frame came although nothing had changed")
	}
}

// eachIn runs a test in a bubble of its own.
func inBubble(t *testing.T, test func(t *testing.T)) { synctest.Test(t, test) }

func TestFeedShowsWhatLiveLoads(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		server := newAPIServer(t, cluster)
		feed := watching(t, server.live(), everything())
		if got := contents(next(t, feed)); got != fleetOnly {
			t.Errorf("the first frame holds\n%s\nwant\n%s", got, fleetOnly)
		}
		still(t, feed, time.Minute)
	})
}
