package source

import (
	"bytes"
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

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
