package source

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func TestFeedHoldsNoMoreThanNamesOfWhatServesNoModel(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		feed := watching(t, newAPIServer(t, cluster).live(), everything())
		next(t, feed)
		feed.mu.Lock()
		defer feed.mu.Unlock()
		for target, w := range feed.watchers {
			for at, kept := range w.entries {
				if at.namespace == "shop" && target.place.kind == inventory.Deployment && kept.item.Object != nil {
					t.Errorf("%v keeps all of %v", target, at)
				}
				if target.place.kind == inventory.Pod && at.namespace != "inference" {
					t.Errorf("%v keeps %v", target, at)
				}
			}
		}
	})
}

func TestFeedIsStillWhileNothingOfConcernChanges(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		server := newAPIServer(t, cluster)
		feed := watching(t, server.live(), everything())
		next(t, feed)
		for i := range 50 {
			server.apply(fmt.Sprintf(`
{apiVersion: v1, kind: Event, metadata: {name: x%d, namespace: inference}, type: Warning, reason: BackOff, involvedObject: {apiVersion: v1, kind: Pod, namespace: inference, name: router-a}}
---
{apiVersion: v1, kind: Event, metadata: {name: y%d, namespace: inference}, type: Normal, reason: Scheduled, involvedObject: {apiVersion: v1, kind: Pod, namespace: inference, name: vllm-2-a}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: shop, namespace: shop}, spec: {selector: {matchLabels: {app: shop}}}, status: {replicas: %d}}
---
{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: shop, namespace: shop}, spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: shop}, maxReplicas: 8}, status: {currentReplicas: %d}}`, i, i, i, i))
		}
		still(t, feed, time.Minute)
	})
}

// Events about pods that are of no concern are let go, and looked for again when
// they are.
func TestFeedLetsGoOfForeignEvents(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		server := newAPIServer(t, cluster)
		feed := watching(t, server.live(), everything())
		next(t, feed)
		const event = "{apiVersion: v1, kind: Event, metadata: {name: x%d, namespace: inference}, type: Warning, reason: BackOff, involvedObject: {apiVersion: v1, kind: Pod, namespace: inference, name: router-a}}"
		for i := range 500 {
			server.apply(fmt.Sprintf(event, i))
			time.Sleep(time.Second)
		}
		still(t, feed, time.Second)
		feed.mu.Lock()
		kept := len(feed.watchers[watchTarget{place: livePlace{inventory.Event, "inference"}}].entries)
		feed.mu.Unlock()
		if kept > 100 {
			t.Errorf("%d events are kept", kept)
		}
		server.apply(strings.ReplaceAll(routerOf(cluster), "nginx:1.29", "vllm/vllm-openai:v0.18.1"))
		same(t, server, feed, everything())
	})
}

// At rest a feed costs the server next to nothing, and lists nothing again.
func TestFeedAtRest(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		server := newAPIServer(t, cluster)
		feed := watching(t, server.live(), everything())
		next(t, feed)
		server.asked("")
		still(t, feed, 10*time.Minute)
		if n := server.asked("list"); n != 0 {
			t.Errorf("%d lists at rest", n)
		}
		still(t, feed, 10*time.Minute)
		server.mu.Lock()
		defer server.mu.Unlock()
		const most = 3 * 10 // one look for new kinds in 20 s
		if n := len(server.requests); n > most {
			t.Errorf("%d requests in 10 minutes at rest, want %d at most: %v", n, most, server.requests[:3])
		}
	})
}

// An hour of workloads that come and go, watches that break and a server that
// is gone at times: nothing is left running of what is over.
func TestFeedDoesNotGrow(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		server := newAPIServer(t, cluster)
		feed := watching(t, server.live(), everything())
		next(t, feed)
		go func() {
			for {
				if _, err := feed.Next(t.Context()); err != nil {
					return
				}
			}
		}()
		time.Sleep(time.Minute)
		synctest.Wait()
		before, watches := goroutinesInBubble(), len(feed.watchers)
		for minute := range 60 {
			for i := range 4 {
				server.apply(strings.ReplaceAll(anotherWorkload, "second", fmt.Sprintf("tenant-%d-%d", minute, i)))
				time.Sleep(5 * time.Second)
			}
			switch minute % 3 {
			case 0:
				server.hangUp()
			case 1:
				server.pipes.unplug()
				server.hangUp()
			}
			time.Sleep(20 * time.Second)
			server.pipes.plug()
			for i := range 4 {
				server.removeNamespace(fmt.Sprintf("tenant-%d-%d", minute, i))
			}
			time.Sleep(20 * time.Second)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		feed.mu.Lock()
		defer feed.mu.Unlock()
		if after := goroutinesInBubble(); after > before || len(feed.watchers) != watches {
			t.Errorf("%d goroutines and %d watches after an hour, %d and %d before", after, len(feed.watchers), before, watches)
		}
	})
}

// goroutinesInBubble counts the goroutines of the running test, with the world
// stopped: runtime.NumGoroutine may still count one that has just ended.
func goroutinesInBubble() int {
	stacks := make([]byte, 8<<20)
	return strings.Count(string(stacks[:runtime.Stack(stacks, true)]), ", synctest bubble ")
}
