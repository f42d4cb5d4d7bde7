package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/rules"
	"github.com/infscale/kubectl-infscale/plugin/fix"
)

// raceVariable makes the race longer: INFSCALE_RACE=1m.
const raceVariable = "INFSCALE_RACE"

// writer changes one field again and again, to a number that only grows.
type writer struct {
	name  string
	every time.Duration
	path  []string
	body  func(n int) any
	value func(any) int // the number in the field
}

func annotation(n int) any { return fmt.Sprint(n) }

func number(value any) int {
	text, n := fmt.Sprint(value), 0
	_, _ = fmt.Sscan(text, &n)
	return n
}

// writers are five, on one HPA. The last one writes the very field that the fix
// repairs, so that there is always something to repair.
var writers = []writer{
	{"team-a", 130 * time.Millisecond, []string{"metadata", "annotations", "team-a"}, annotation, number},
	{"team-b", 210 * time.Millisecond, []string{"metadata", "labels", "team-b"}, annotation, number},
	{"team-c", 290 * time.Millisecond, []string{"spec", "maxReplicas"}, func(n int) any { return 10 + n }, number},
	{"team-d", 370 * time.Millisecond, []string{"spec", "behavior", "scaleUp", "stabilizationWindowSeconds"}, func(n int) any { return n % 3600 }, number},
	{"team-e", 450 * time.Millisecond, []string{"spec", "behavior", "scaleDown", "policies"}, func(n int) any {
		return []any{map[string]any{"type": "Percent", "value": 100, "periodSeconds": 15 + n%1000}}
	}, func(any) int { return 0 }},
}

// raceForAutoscaler lets five writers and the fixer write one HPA. Every version
// of it is watched: each differs from the one before in what one writer writes,
// whose number grows; and every no says why.
func raceForAutoscaler(t *testing.T, bed *fixBed) {
	length := 10 * time.Second
	if text := os.Getenv(raceVariable); text != "" {
		var err error
		if length, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	const ns = "race"
	bed.namespace(t, ns, nil)
	for _, doc := range documents([]byte(raceObjects)) {
		if _, _, err := bed.create(t.Context(), doc); err != nil {
			t.Fatal(err)
		}
	}
	client := bed.client(inventory.HorizontalPodAutoscaler, "autoscaling/v2", ns)
	seen, err := client.Watch(t.Context(), metav1.ListOptions{FieldSelector: "metadata.name=vllm"})
	if err != nil {
		t.Fatal(err)
	}
	defer seen.Stop()
	events := kept(seen)
	ctx, end := context.WithTimeout(t.Context(), length)
	defer end()
	var group sync.WaitGroup
	for _, w := range writers {
		group.Go(func() { w.write(t, ctx, client) })
	}
	said, shown := fixInLoop(t, ctx, bed, ns)
	group.Wait()
	versions := until(t, client, events)
	t.Logf("%d versions of the object; the fixer: %v", len(versions), said)
	for i := 1; i < len(versions); i++ {
		oneWriter(t, versions[i-1], versions[i])
		was, is := policies(versions[i-1].Object), policies(versions[i].Object)
		if was != is && strings.Contains(is, "Pods") && !shown[was] {
			t.Errorf("version %s: repaired what nobody had been shown: %s", versions[i].GetResourceVersion(), was)
		}
	}
	if said["applied"] == 0 || said["refused"] == 0 {
		t.Errorf("a race in which nothing is applied, or nothing refused, shows nothing: %v", said)
	}
}

func (w writer) write(t *testing.T, ctx context.Context, client dynamic.ResourceInterface) {
	tick := time.NewTicker(w.every)
	defer tick.Stop()
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		value := w.body(n)
		for i := len(w.path) - 1; i >= 0; i-- {
			value = map[string]any{w.path[i]: value}
		}
		text, err := json.Marshal(value)
		if err == nil {
			_, err = client.Patch(t.Context(), "vllm", types.MergePatchType, text, metav1.PatchOptions{FieldManager: "kubectl-" + w.name})
		}
		if err != nil {
			t.Errorf("%s: %v", w.name, err)
			return
		}
	}
}

// policies is the contested field, as text.
func policies(hpa map[string]any) string {
	value, _, _ := unstructured.NestedFieldNoCopy(hpa, "spec", "behavior", "scaleDown", "policies")
	return fmt.Sprint(value)
}

// fixInLoop repairs and undoes until the time is over, and counts what came of
// it. shown are the values that it was about to replace.
func fixInLoop(t *testing.T, ctx context.Context, bed *fixBed, ns string) (said map[string]int, shown map[string]bool) {
	said, shown = map[string]int{}, map[string]bool{}
	check := rules.ByID("scale-down-unthrottled")
	tell := func(err error, done string) bool {
		var refused *fix.Refused
		var stale *fix.Stale
		switch {
		case err == nil:
			said[done]++
		case errors.As(err, &refused) && strings.Contains(refused.Reason, " was ") && strings.Contains(refused.Reason, " is "):
			said["refused"]++
		case errors.As(err, &stale):
			said["stale"]++
		default:
			t.Errorf("a no that does not say why: %v", err)
		}
		return err == nil
	}
	for ctx.Err() == nil {
		findings := bed.judge(t, check, []string{ns})
		changes, _ := fix.Plan(findings, safe(findings))
		for _, change := range changes {
			preview, err := bed.fixer.Preview(t.Context(), change)
			if err != nil {
				tell(err, "")
				continue
			}
			shown[policies(preview.Before)] = true
			if entry, err := bed.fixer.Apply(t.Context(), preview); tell(err, "applied") {
				_, err = bed.fixer.Undo(t.Context(), entry.ID)
				tell(err, "undone")
			}
		}
	}
	return said, shown
}

// kept reads a watch as fast as it comes: the API server ends one that lags.
func kept(seen watch.Interface) <-chan watch.Event {
	const plenty = 100_000
	events := make(chan watch.Event, plenty)
	go func() {
		defer close(events)
		for event := range seen.ResultChan() {
			events <- event
		}
	}()
	return events
}

// until returns the versions that were seen up to the present one.
func until(t *testing.T, client dynamic.ResourceInterface, events <-chan watch.Event) []*unstructured.Unstructured {
	t.Helper()
	now, err := client.Get(t.Context(), "vllm", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var versions []*unstructured.Unstructured
	for event := range events {
		o, ok := event.Object.(*unstructured.Unstructured)
		if !ok {
			t.Fatalf("the watch broke off: %v", event.Object)
		}
		versions = append(versions, o)
		if o.GetResourceVersion() == now.GetResourceVersion() {
			return versions
		}
	}
	t.Fatal("the watch ended early")
	return nil
}

// oneWriter wants two versions in a row to differ in one writer's field alone,
// and its number not to fall.
func oneWriter(t *testing.T, before, after *unstructured.Unstructured) {
	t.Helper()
	var changed []string
	for _, w := range writers {
		was, _, _ := unstructured.NestedFieldNoCopy(before.Object, w.path...)
		is, _, _ := unstructured.NestedFieldNoCopy(after.Object, w.path...)
		if fmt.Sprint(was) == fmt.Sprint(is) {
			continue
		}
		changed = append(changed, w.name)
		if w.value(is) < w.value(was) {
			t.Errorf("version %s: what %s wrote is lost: %v became %v", after.GetResourceVersion(), w.name, was, is)
		}
	}
	if len(changed) > 1 {
		t.Errorf("version %s changes the fields of %v at once", after.GetResourceVersion(), changed)
	}
}

const raceObjects = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: vllm, namespace: race}
spec:
  replicas: 1
  selector: {matchLabels: {app: vllm}}
  template:
    metadata: {labels: {app: vllm}}
    spec: {containers: [{name: vllm, image: "vllm/vllm-openai:v0.18.1", args: [--model=Qwen/Qwen3-8B]}]}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: vllm, namespace: race}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: vllm}
  minReplicas: 1
  maxReplicas: 10
  metrics: [{type: Pods, pods: {metric: {name: vllm_num_requests_waiting}, target: {type: AverageValue, averageValue: "5"}}}]
  behavior:
    scaleUp: {stabilizationWindowSeconds: 0}
    scaleDown: {policies: [{type: Percent, value: 100, periodSeconds: 15}]}
`
