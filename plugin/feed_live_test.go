package plugin

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/rules"
	"github.com/infscale/kubectl-infscale/plugin/render"
	"github.com/infscale/kubectl-infscale/plugin/source"
)

// TestLiveFeed cuts the API server off under a feed, restarts it, deletes
// namespaces and floods it with events: afterwards the feed's frame is judged as
// doctor judges the cluster, byte for byte.
func TestLiveFeed(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: a live feed needs a control plane")
	}
	if os.Getenv(bedVariable) == "" {
		runInsideBed(t)
		return
	}
	bed := newSituations(t)
	bed.kubectl("create", "namespace", "inference")
	bed.kubectl("create", "namespace", "monitoring")
	bed.kubectl("apply", "-f", "../testdata/article/as-written")
	bed.kubectl("wait", "--for=condition=Available", "deployment/vllm-llama3", "-n", "inference", "--timeout=60s")
	f := newFollower(t)
	f.agrees("at rest")

	f.link.cut()
	f.eventually("a trouble", func() bool { return len(f.feed.State()) == 1 && f.feed.State()[0].Place == source.APIServer })
	bed.apply(strings.ReplaceAll(lonelyWorkload, "NAME", "second"))
	bed.kubectl("delete", "hpa", "vllm-hpa", "-n", "inference")
	bed.bed("restart", "kube-apiserver")
	bed.eventually("get", "namespace", "second")
	f.link.join()
	f.eventually("the end of the trouble", func() bool { return len(f.feed.State()) == 0 })
	f.agrees("after the API server was cut off, and restarted")

	f.flood("inference", 1000)
	f.agrees("after a flood of events")
	bed.kubectl("delete", "namespace", "inference")
	f.agrees("after a namespace was deleted")
	bed.kubectl("delete", "namespace", "second")
	f.agrees("with no workload left")
	f.close()
	if left := goroutines("source.(*watcher)", "(*liveFeed)", "source.(*Feed)"); left != "" {
		t.Errorf("still running after the end:\n%s", left)
	}
}

// goroutines are the stacks of those that run any of the functions.
func goroutines(functions ...string) string {
	all := make([]byte, 1<<20)
	var found []string
	for _, stack := range strings.Split(string(all[:runtime.Stack(all, true)]), "\n\n") {
		for _, function := range functions {
			if strings.Contains(stack, function) {
				found = append(found, stack)
			}
		}
	}
	return strings.Join(found, "\n\n")
}

const lonelyWorkload = `
{apiVersion: v1, kind: Namespace, metadata: {name: NAME}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: sglang, namespace: NAME}
spec:
  replicas: 2
  selector: {matchLabels: {app: sglang}}
  template:
    metadata: {labels: {app: sglang}}
    spec:
      tolerations: [{key: nvidia.com/gpu, operator: Exists}]
      containers: [{name: engine, image: "lmsysorg/sglang:v0.5.9", resources: {limits: {nvidia.com/gpu: 1}}}]
`

// follower reads a feed as a screen does, over a link that can be cut.
type follower struct {
	*testing.T
	config *rest.Config // straight to the API server
	link   *link
	feed   *liveFeed
	stop   context.CancelFunc
	done   chan struct{}

	mu   sync.Mutex
	last checks.Frame
}

func newFollower(t *testing.T) *follower {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		t.Fatal(err)
	}
	f := &follower{T: t, config: config, link: newLink(t, config.Host), done: make(chan struct{})}
	through := rest.CopyConfig(config)
	through.Host = f.link.address()
	var ctx context.Context
	ctx, f.stop = context.WithCancel(t.Context())
	flags := &numberFlags{prometheus: prometheusNone}
	if f.feed, err = newLiveFeed(ctx, source.Live{Config: through}, flags, checks.NeedsOf(rules.All()), time.Second); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(f.done)
		for ctx.Err() == nil {
			if frame, err := f.feed.Next(ctx); err == nil {
				f.mu.Lock()
				f.last = frame
				f.mu.Unlock()
			}
		}
	}()
	return f
}

func (f *follower) close() {
	f.stop()
	<-f.done
	f.feed.Close()
	f.link.cut()
}

// eventually waits for what has to come true, half a minute at most.
func (f *follower) eventually(what string, holds func() bool) {
	f.Helper()
	const patience, between = 30 * time.Second, 100 * time.Millisecond
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if holds() {
			return
		}
		timer := time.NewTimer(between)
		<-timer.C
	}
	f.Fatalf("waiting for %s: the troubles are %v", what, f.feed.State())
}

// agrees waits until the last frame is judged as what Live loads.
func (f *follower) agrees(when string) {
	f.Helper()
	var diff string
	f.eventuallyOr(func() bool {
		f.mu.Lock()
		shown := f.last
		f.mu.Unlock()
		if shown.Objects == nil {
			return false
		}
		loaded, err := (&source.Live{Config: f.config}).Load(f.Context(), checks.NeedsOf(rules.All()))
		if err != nil {
			f.Fatal(err)
		}
		loaded.At, loaded.Signals = shown.At, shown.Signals
		diff = cmp.Diff(strings.Split(f.report(loaded), "\n"), strings.Split(f.report(shown), "\n"))
		return diff == ""
	}, func() { f.Fatalf("%s, what Live loads (-) is not judged as what the feed shows (+):\n%s", when, diff) })
}

func (f *follower) eventuallyOr(holds func() bool, otherwise func()) {
	f.Helper()
	const patience, between = 45 * time.Second, 300 * time.Millisecond
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if holds() {
			return
		}
		timer := time.NewTimer(between)
		<-timer.C
	}
	otherwise()
}

func (f *follower) report(frame checks.Frame) string {
	var b bytes.Buffer
	if err := render.Write(&b, "json", checks.Run(frame, rules.All()), render.Options{Scalers: render.Scalers(frame.Objects)}); err != nil {
		f.Fatal(err)
	}
	return b.String()
}

// flood makes events at the rate of 10 000 a minute, about pods of the namespace
// and about others.
func (f *follower) flood(namespace string, n int) {
	f.Helper()
	const perMinute = 10_000
	client, err := rest.HTTPClientFor(f.config)
	if err != nil {
		f.Fatal(err)
	}
	tick := time.NewTicker(time.Minute / perMinute)
	defer tick.Stop()
	pods := podNames(f.last)
	for i := range n {
		<-tick.C
		pod := "nobody"
		if i%2 == 0 && len(pods) > 0 {
			pod = pods[i/2%len(pods)]
		}
		body := fmt.Sprintf(`{"apiVersion":"v1","kind":"Event","metadata":{"name":"flood-%d","namespace":%q},"type":"Warning","reason":"Unhealthy",
			"message":"flood","involvedObject":{"apiVersion":"v1","kind":"Pod","namespace":%q,"name":%q}}`, i, namespace, namespace, pod)
		response, err := client.Post(f.config.Host+"/api/v1/namespaces/"+namespace+"/events", "application/json", strings.NewReader(body))
		if err != nil {
			f.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusCreated {
			f.Fatalf("creating an event: %s", response.Status)
		}
	}
}

func podNames(frame checks.Frame) []string {
	var names []string
	for _, w := range frame.Objects.Workloads() {
		for _, pod := range frame.Objects.Pods(w) {
			names = append(names, pod.Name)
		}
	}
	return names
}

// bed runs a verb of the test bed.
func (s *situations) bed(args ...string) {
	s.Helper()
	if out, err := exec.Command("bed", args...).CombinedOutput(); err != nil {
		s.Fatalf("bed %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// eventually repeats a kubectl until it succeeds.
func (s *situations) eventually(args ...string) {
	s.Helper()
	const patience, between = 30 * time.Second, 200 * time.Millisecond
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if exec.Command("kubectl", args...).Run() == nil {
			return
		}
		timer := time.NewTimer(between)
		<-timer.C
	}
	s.Fatalf("kubectl %s never succeeded", strings.Join(args, " "))
}
