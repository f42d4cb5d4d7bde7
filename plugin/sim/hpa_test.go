package sim

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// autoscaler reads an autoscaler; what stands for metrics and behavior is YAML.
func autoscaler(t *testing.T, min, max int, metrics, behavior string) *inventory.Autoscaler {
	t.Helper()
	text := fmt.Sprintf(`apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: vllm, namespace: a}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: vllm}
  minReplicas: %d
  maxReplicas: %d
  metrics: [%s]
`, min, max, metrics)
	if behavior != "" {
		text += "  behavior: " + behavior + "\n"
	}
	objects, _, problems := inventory.Documents([]byte(text))[0].Read("test")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return inventory.ReadAutoscaler(objects[0])
}

const (
	external = `{type: External, external: {metric: {name: queue}, target: {type: AverageValue, averageValue: "5"}}}`
	value    = `{type: External, external: {metric: {name: usage}, target: {type: Value, value: "800m"}}}`
	perPod   = `{type: Pods, pods: {metric: {name: waiting}, target: {type: AverageValue, averageValue: "5"}}}`
)

// podsOf is n ready pods, and so many more that are pending or run unready.
func podsOf(ready, pending, unready int) []Pod {
	var pods []Pod
	for i := range ready + pending + unready {
		pods = append(pods, Pod{Name: fmt.Sprintf("p%d", i), Running: i < ready || i >= ready+pending, Ready: i < ready})
	}
	return pods
}

// samples gives the first n pods a value each.
func samples(n int, each float64) map[string]int64 {
	all := map[string]int64{}
	for i := range n {
		all[fmt.Sprintf("p%d", i)] = int64(each * milli)
	}
	return all
}

func TestProposals(t *testing.T) {
	for _, c := range []struct {
		name, metric string
		pods         []Pod
		reading      Reading
		want         int32
		why          string
	}{
		{"a total per replica", external, podsOf(4, 0, 0), Reading{Value: 60 * milli}, 12, "queue: 60 / 5 asks for 12"},
		{"the article's mean goes down", external, podsOf(4, 0, 0), Reading{Value: 15 * milli}, 3, "queue: 15 / 5 asks for 3"},
		{"a total does not look at readiness", external, podsOf(1, 0, 3), Reading{Value: 60 * milli}, 12, ""},
		{"a total within the tolerance", external, podsOf(4, 0, 0), Reading{Value: 22 * milli}, 4, "queue: 22 / 5 is within the tolerance (1.10 of the target)"},
		{"a total just above it", external, podsOf(4, 0, 0), Reading{Value: 22*milli + 1}, 5, ""},
		{"a total below zero, which has overflowed for the controller", external, podsOf(4, 0, 0), Reading{Value: -8 * milli}, math.MaxInt32, "queue: -8 / 5, below zero, counts as an overflow and asks for the maximum"},
		{"a ratio times the ready pods", value, podsOf(4, 0, 0), Reading{Value: 950}, 5, "usage: 0.95 / 0.8 × 4 ready pods asks for 5"},
		{"unready pods do not count", value, podsOf(2, 0, 2), Reading{Value: 1600}, 4, ""},
		{"nothing is ready", value, podsOf(0, 0, 4), Reading{Value: 1600}, 0, ""},
		{"a mean over pods", perPod, podsOf(4, 0, 0), Reading{PerPod: samples(4, 15)}, 12, "waiting: 15 / 5 on 4 pods asks for 12"},
		{"pending pods count as idle on the way up", perPod, podsOf(2, 2, 0), Reading{PerPod: samples(2, 15)}, 6, "waiting: 15 / 5 on 2 pods (2 pods pending) asks for 6"},
		{"and hold a scale-up that they will carry", perPod, podsOf(2, 2, 0), Reading{PerPod: samples(2, 9)}, 4, ""},
		{"pods without a sample are on target on the way down", perPod, podsOf(4, 0, 0), Reading{PerPod: samples(2, 1)}, 3, "waiting: 1 / 5 on 2 pods (2 pods without a sample) asks for 3"},
		{"and not counted right on target", perPod, podsOf(4, 0, 0), Reading{PerPod: samples(2, 5)}, 4, ""},
		{"and idle on the way up", perPod, podsOf(4, 0, 0), Reading{PerPod: samples(2, 15)}, 6, ""},
		{"but never turn the direction", perPod, podsOf(4, 0, 0), Reading{PerPod: samples(1, 9)}, 4, ""},
		{"a pod that leaves is not looked at", perPod, append(podsOf(3, 0, 0), Pod{Name: "p3", Running: true, Leaving: true}), Reading{PerPod: samples(4, 15)}, 9, ""},
	} {
		h := NewHPA(autoscaler(t, 1, 100, c.metric, ""), noon, 4)
		p := h.proposal(h.of.Metrics[0], c.reading, Moment{Now: noon, Spec: 4, Status: 4, Pods: c.pods})
		if p.Replicas != c.want || p.Err != "" {
			t.Errorf("%s: asks for %d (%s), want %d", c.name, p.Replicas, p.Err, c.want)
		}
		if got := ask(name(h.of, 0), p); c.why != "" && got != c.why {
			t.Errorf("%s: %q, want %q", c.name, got, c.why)
		}
	}
}

// syncAll syncs every 15 s with a queue per time, and returns the counts. Pods are
// there at once.
func syncAll(h *HPA, replicas int32, queue ...int64) []int32 {
	var counts []int32
	for i, q := range queue {
		d := h.Sync(Moment{
			Now: noon.Add(time.Duration(i+1) * 15 * time.Second), Spec: replicas, Status: replicas,
			Pods: podsOf(int(replicas), 0, 0), Readings: []Reading{{Value: q * milli}},
		})
		replicas = d.To
		counts = append(counts, replicas)
	}
	return counts
}

func repeat(q int64, n int) []int64 {
	all := make([]int64, n)
	for i := range all {
		all[i] = q
	}
	return all
}

func TestSyncs(t *testing.T) {
	for _, c := range []struct {
		name, behavior string
		min, max       int
		from           int32
		queue          []int64
		want           string
	}{
		{"without a behavior it doubles, or goes to 4", "", 1, 100, 1, repeat(500, 5), "[4 8 16 32 64]"},
		{"to the maximum", "", 1, 6, 1, repeat(500, 3), "[4 6 6]"},
		{"with one: 4 pods or 100 % per 15 s", "{scaleUp: {}}", 1, 100, 1, repeat(500, 4), "[5 10 20 40]"},
		{"two pods per 30 s", "{scaleUp: {policies: [{type: Pods, value: 2, periodSeconds: 30}]}}", 1, 100, 2, repeat(500, 5), "[4 4 6 6 8]"},
		{"the slower of two", "{scaleUp: {selectPolicy: Min, policies: [{type: Pods, value: 1, periodSeconds: 15}, {type: Percent, value: 100, periodSeconds: 15}]}}", 1, 100, 4, repeat(500, 3), "[5 6 7]"},
		{"never up", "{scaleUp: {selectPolicy: Disabled}}", 1, 100, 2, repeat(500, 2), "[2 2]"},
		{"a window on the way up takes the lowest", "{scaleUp: {stabilizationWindowSeconds: 31}}", 1, 100, 2, []int64{50, 50, 50, 50}, "[2 2 6 10]"},
		{"five minutes on the way down", "{scaleDown: {}}", 1, 100, 10, append(repeat(5, 20), 5, 5), "[10 10 10 10 10 10 10 10 10 10 10 10 10 10 10 10 10 10 10 1 1 1]"},
		{"one pod a minute, without a window", "{scaleDown: {stabilizationWindowSeconds: 0, policies: [{type: Pods, value: 1, periodSeconds: 60}]}}", 1, 100, 4, repeat(5, 6), "[3 3 3 3 2 2]"},
		{"a tenth, rounded down to what is left", "{scaleDown: {stabilizationWindowSeconds: 0, policies: [{type: Percent, value: 10, periodSeconds: 15}]}}", 1, 100, 15, repeat(5, 3), "[13 11 9]"},
		{"never down", "{scaleDown: {selectPolicy: Disabled, stabilizationWindowSeconds: 0}}", 1, 100, 4, repeat(5, 2), "[4 4]"},
		{"to the minimum", "{scaleDown: {stabilizationWindowSeconds: 0}}", 3, 100, 10, repeat(0, 2), "[3 3]"},
		{"above the maximum", "", 1, 4, 9, repeat(500, 1), "[4]"},
		{"below the minimum", "", 3, 9, 1, repeat(0, 1), "[3]"},
		{"an HPA's own zero, and back", "{scaleDown: {stabilizationWindowSeconds: 0}}", 0, 9, 2, []int64{0, 0, 12, 12}, "[0 0 3 3]"},
		{"a zero that is not its own", "", 0, 9, 0, repeat(500, 2), "[0 0]"},
		{"at zero nothing is decided", "", 1, 9, 0, repeat(500, 1), "[0]"},
	} {
		h := NewHPA(autoscaler(t, c.min, c.max, external, c.behavior), noon, c.from)
		if got := fmt.Sprint(syncAll(h, c.from, c.queue...)); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestFailures(t *testing.T) {
	a := autoscaler(t, 1, 10, external+","+value, "{scaleDown: {stabilizationWindowSeconds: 0}}")
	decide := func(first, second Reading) Decision {
		return NewHPA(a, noon, 4).Sync(Moment{Now: noon, Spec: 4, Status: 4, Pods: podsOf(4, 0, 0), Readings: []Reading{first, second}})
	}
	gone := Reading{Err: "no value"}
	for _, c := range []struct {
		name          string
		first, second Reading
		to            int32
		why           string
	}{
		{"both are gone", gone, gone, 4, "no metric has a value; queue: no value; usage: no value: stays at 4 replicas"},
		{"one is gone, and the other asks for fewer", Reading{Value: 5 * milli}, gone, 4, "queue: 5 / 5 asks for 1, the most of 2 metrics; but a metric has no value, and the others ask for fewer replicas; usage: no value: stays at 4 replicas"},
		{"one is gone, and the other asks for more", Reading{Value: 35 * milli}, gone, 7, "queue: 35 / 5 asks for 7, the most of 2 metrics; 7 replicas"},
		{"the largest counts", Reading{Value: 5 * milli}, Reading{Value: 1600}, 8, "usage: 1.6 / 0.8 × 4 ready pods asks for 8, the most of 2 metrics; 8 replicas"},
	} {
		d := decide(c.first, c.second)
		if d.To != c.to || d.Why(a) != c.why || !d.Agrees(a) {
			t.Errorf("%s: %d (agrees: %v)\n got %s\nwant %s", c.name, d.To, d.Agrees(a), d.Why(a), c.why)
		}
	}
}

func TestWhy(t *testing.T) {
	for _, c := range []struct {
		name, behavior string
		from           int32
		queue          int64
		want           string
	}{
		{"a policy", "{scaleUp: {policies: [{type: Pods, value: 2, periodSeconds: 120}]}}", 4, 60, "queue: 60 / 5 asks for 12; scaleUp allows 2 pods per 2m0s; 6 replicas"},
		{"the maximum", "", 6, 60, "queue: 60 / 5 asks for 12; maxReplicas 8; 8 replicas"},
		{"doubling", "", 2, 60, "queue: 60 / 5 asks for 12; scaleUp allows twice as many, or 4; 4 replicas"},
		{"the window", "{scaleDown: {}}", 6, 10, "queue: 10 / 5 asks for 2; the highest of the last 5m0s counts, 6; 6 replicas"},
		{"the minimum", "{scaleDown: {stabilizationWindowSeconds: 0}}", 6, 0, "queue: 0 / 5 asks for 0; minReplicas 2; 2 replicas"},
		{"one of two policies", "{scaleDown: {stabilizationWindowSeconds: 0, selectPolicy: Min, policies: [{type: Pods, value: 1, periodSeconds: 60}, {type: Percent, value: 50, periodSeconds: 60}]}}", 6, 10, "queue: 10 / 5 asks for 2; scaleDown allows 1 pod per 1m0s and 50 % per 1m0s; 5 replicas"},
		{"above the bounds", "", 12, 10, "12 is out of maxReplicas 8: 8 replicas"},
	} {
		a := autoscaler(t, 2, 8, external, c.behavior)
		d := NewHPA(a, noon, c.from).Sync(Moment{Now: noon.Add(time.Second), Spec: c.from, Status: c.from, Pods: podsOf(int(c.from), 0, 0), Readings: []Reading{{Value: c.queue * milli}}})
		if got := d.Why(a); got != c.want || !d.Agrees(a) {
			t.Errorf("%s (agrees: %v):\n got %s\nwant %s", c.name, d.Agrees(a), got, c.want)
		}
	}
}
