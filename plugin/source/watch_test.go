package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/rest"

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

// next is the frame after the one before.
func next(t *testing.T, feed *Feed) *inventory.Snapshot {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*askAgain)
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

// same fails the test unless the feed's frame holds what Live loads now.
func same(t *testing.T, server *apiServer, feed *Feed, needs checks.Needs) {
	t.Helper()
	want := load(t, server.live(), needs)
	deadline := time.Now().Add(3 * askAgain)
	got := next(t, feed)
	for describe(got) != describe(want) && time.Now().Before(deadline) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Until(deadline))
		frame, err := feed.Next(ctx)
		cancel()
		if err != nil {
			break
		}
		got = frame.Objects
	}
	if diff := cmp.Diff(strings.Split(describe(want), `},{`), strings.Split(describe(got), `},{`)); diff != "" {
		t.Errorf("what Live loads (-) is not what the feed shows (+):\n%s", diff)
	}
}

// describe is all of a snapshot that a check can read.
func describe(s *inventory.Snapshot) string {
	var b bytes.Buffer
	if err := Write(&b, checks.Frame{At: time.Unix(0, 0), Objects: s}, "test"); err != nil {
		panic(err)
	}
	return versions.ReplaceAllString(b.String(), "")
}

// versions differ where the double answers a list.
var versions = regexp.MustCompile(`,?"resourceVersion":"\d*"`)

const anotherWorkload = `
{apiVersion: v1, kind: Namespace, metadata: {name: second}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: sglang, namespace: second}
spec:
  replicas: 1
  selector: {matchLabels: {app: sglang}}
  template:
    metadata: {labels: {app: sglang}}
    spec: {containers: [{name: engine, image: "lmsysorg/sglang:v0.5.9", resources: {limits: {nvidia.com/gpu: "1"}}}]}
---
{apiVersion: v1, kind: Pod, metadata: {name: sglang-0, namespace: second, labels: {app: sglang}}, spec: {containers: [], nodeName: gpu-1}, status: {phase: Running}}
---
{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: sglang, namespace: second}}
`

func TestFeedFollowsTheCluster(t *testing.T) {
	steps := []struct {
		name string
		do   func(*apiServer)
	}{
		{"a workload in a namespace that had none", func(s *apiServer) { s.apply(anotherWorkload) }},
		{"its selector changes", func(s *apiServer) {
			s.apply(strings.ReplaceAll(anotherWorkload, "app: sglang", "app: renamed"))
		}},
		{"a Deployment that served no model does now", func(s *apiServer) {
			s.apply(strings.ReplaceAll(routerOf(cluster), "nginx:1.29", "vllm/vllm-openai:v0.18.1"))
		}},
		{"a budget comes", func(s *apiServer) {
			s.apply("{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: late, namespace: inference}}")
		}},
		{"an autoscaler's target changes", func(s *apiServer) {
			s.apply("{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: shop, namespace: inference}, spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: vllm}, maxReplicas: 8}}")
		}},
		{"a custom object goes", func(s *apiServer) { s.remove("inference/ScaledObject/vllm") }},
		{"an event", func(s *apiServer) {
			s.apply("{apiVersion: v1, kind: Event, metadata: {name: e9, namespace: inference}, type: Warning, reason: BackOff, involvedObject: {apiVersion: v1, kind: Pod, namespace: inference, name: vllm-2-a}}")
		}},
		{"a namespace goes", func(s *apiServer) { s.removeNamespace("second") }},
		{"the last workload goes", func(s *apiServer) { s.removeNamespace("inference") }},
		{"and comes back", func(s *apiServer) { s.apply(cluster) }},
		{"the history expires while the watches are cut", func(s *apiServer) {
			s.apply("{apiVersion: v1, kind: Pod, metadata: {name: vllm-2-c, namespace: inference, labels: {app: vllm}}, spec: {containers: []}}")
			s.expire()
			s.hangUp()
		}},
	}
	for name, oldServer := range map[string]bool{"streaming": false, "listing": true} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				server := newAPIServer(t, cluster)
				server.refusesStreams = oldServer
				feed := watching(t, server.live(), everything())
				same(t, server, feed, everything())
				for _, step := range steps {
					before := t.Failed()
					step.do(server)
					if same(t, server, feed, everything()); t.Failed() && !before {
						t.Fatalf("after: %s", step.name)
					}
				}
			})
		})
	}
}

// routerOf is the document of the Deployment that serves no model.
func routerOf(all string) string {
	for _, document := range strings.Split(all, "\n---") {
		if strings.Contains(document, "kind: Deployment\nmetadata: {name: router,") {
			return document
		}
	}
	panic("no router")
}

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

func TestFeedFindsKindsThatAreInstalledLater(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		server := newAPIServer(t, cluster)
		server.absent = []string{"keda.sh/v1alpha1/scaledobjects", "keda.sh/v1alpha1/triggerauthentications"}
		feed := watching(t, server.live(), everything())
		same(t, server, feed, everything())
		server.mu.Lock()
		for _, r := range server.requests {
			if r.group == "keda.sh" && r.verb == "watch" {
				t.Errorf("asked for a kind that is not installed: %s", r.path)
			}
		}
		server.absent = nil
		server.mu.Unlock()
		same(t, server, feed, everything())
	})
}

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

func TestFeedOfANamedWorkload(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		server := newAPIServer(t, cluster)
		live := server.live()
		live.Names = []inventory.Ref{ref("inference/Deployment/vllm")}
		feed := watching(t, live, everything())
		next(t, feed)
		server.remove("inference/Deployment/vllm")
		next(t, feed)
		if all := feed.State(); len(all) != 1 || all[0].Reason != "inference/Deployment/vllm: not found" {
			t.Errorf("troubles %v", all)
		}
		live.Names = []inventory.Ref{ref("inference/Deployment/none")}
		var missing *NotFound
		if _, err := watching(t, live, everything()).Next(t.Context()); !errors.As(err, &missing) {
			t.Errorf("error %v", err)
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
		before, watches := runtime.NumGoroutine(), len(feed.watchers)
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
		if after := runtime.NumGoroutine(); after > before || len(feed.watchers) != watches {
			t.Errorf("%d goroutines and %d watches after an hour, %d and %d before", after, len(feed.watchers), before, watches)
		}
	})
}
