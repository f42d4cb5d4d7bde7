package sim

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// drawn is an HPA with a random behavior, and the numbers that were drawn.
type drawn struct {
	scaler                     *inventory.Autoscaler
	low, high                  int32
	upWindow, downWindow       int // seconds
	upPods, upPeriod           int
	downPercent, downPeriod    int
	withBehavior, downDisabled bool
}

func draw(t *testing.T, chance *rand.Rand) drawn {
	d := drawn{
		low: int32(1 + chance.IntN(4)), upWindow: 15 * chance.IntN(20), downWindow: 15 * chance.IntN(40),
		upPods: 1 + chance.IntN(5), upPeriod: 15 * (1 + chance.IntN(12)), downPercent: 1 + chance.IntN(100), downPeriod: 15 * (1 + chance.IntN(12)),
		withBehavior: chance.IntN(4) > 0, downDisabled: chance.IntN(8) == 0,
	}
	d.high = d.low + int32(chance.IntN(30))
	behavior := ""
	if d.withBehavior {
		down := fmt.Sprintf("stabilizationWindowSeconds: %d, policies: [{type: Percent, value: %d, periodSeconds: %d}]", d.downWindow, d.downPercent, d.downPeriod)
		if d.downDisabled {
			down += ", selectPolicy: Disabled"
		}
		behavior = fmt.Sprintf("{scaleUp: {stabilizationWindowSeconds: %d, policies: [{type: Pods, value: %d, periodSeconds: %d}]}, scaleDown: {%s}}", d.upWindow, d.upPods, d.upPeriod, down)
	}
	d.scaler = autoscaler(t, int(d.low), int(d.high), external, behavior)
	return d
}

// TestInvariants runs HPAs of random behavior under random queues: whatever
// happens, the count stays within the bounds, no policy is exceeded over its
// period, and without a reason nothing moves.
func TestInvariants(t *testing.T) {
	const seeds, syncs = 300, 200
	for seed := range uint64(seeds) {
		chance := rand.New(rand.NewPCG(seed, 1))
		d := draw(t, chance)
		replicas := d.low + int32(chance.IntN(int(d.high-d.low)+1))
		h := NewHPA(d.scaler, noon, replicas)
		counts := []int32{replicas}
		for i := range syncs {
			at := noon.Add(time.Duration(i+1) * 15 * time.Second)
			pods := podsOf(int(replicas), 0, 0)
			out := h.Sync(Moment{Now: at, Spec: replicas, Status: replicas, Pods: pods, Readings: []Reading{{Value: int64(chance.IntN(200)) * milli}}})
			if out.To < d.low || out.To > d.high {
				t.Fatalf("seed %d, sync %d: %d is not within %d to %d", seed, i, out.To, d.low, d.high)
			}
			// Without a behavior the highest of the last five minutes counts, on the
			// way up as well.
			if up, down := out.To > replicas && d.withBehavior, out.To < replicas; up && out.Asked <= replicas || down && out.Asked >= replicas {
				t.Fatalf("seed %d, sync %d: from %d to %d, and %d are asked for", seed, i, replicas, out.To, out.Asked)
			}
			replicas = out.To
			counts = append(counts, replicas)
			d.hold(t, seed, counts)
		}
	}
}

// hold checks the step that came last against the count at the beginning of its
// policy's period.
func (d drawn) hold(t *testing.T, seed uint64, counts []int32) {
	t.Helper()
	if !d.withBehavior {
		return
	}
	now, before := counts[len(counts)-1], counts[len(counts)-2]
	ago := func(seconds int) int32 { return counts[max(0, len(counts)-1-seconds/15)] }
	switch from, least := ago(d.downPeriod), ago(d.upPeriod)+int32(d.upPods); {
	case now > before && now > least:
		t.Fatalf("seed %d: up to %d, and the policy allows %d", seed, now, least)
	case now < before && d.downDisabled:
		t.Fatalf("seed %d: down to %d, and scaling down is disabled", seed, now)
	case now < before && float64(now) < float64(from)*(1-float64(d.downPercent)/100)-1:
		t.Fatalf("seed %d: down to %d from %d, and the policy allows %d %%", seed, now, from, d.downPercent)
	}
}

// A longer window on the way down never leaves fewer replicas, and a longer one
// on the way up never more.
func TestWindowsAreMonotonous(t *testing.T) {
	const seeds, syncs = 200, 120
	for seed := range uint64(seeds) {
		chance := rand.New(rand.NewPCG(seed, 2))
		short, longer := 15*chance.IntN(10), 15*(10+chance.IntN(30))
		queues := make([]int64, syncs)
		for i := range queues {
			queues[i] = int64(chance.IntN(150))
		}
		for _, direction := range []string{"scaleUp", "scaleDown"} {
			run := func(window int) []int32 {
				behavior := fmt.Sprintf("{%s: {stabilizationWindowSeconds: %d, policies: [{type: Pods, value: 100, periodSeconds: 15}]}, %s: {stabilizationWindowSeconds: 0, policies: [{type: Pods, value: 100, periodSeconds: 15}]}}",
					direction, window, map[string]string{"scaleUp": "scaleDown", "scaleDown": "scaleUp"}[direction])
				h := NewHPA(autoscaler(t, 1, 40, external, behavior), noon, 5)
				h.ToleranceUp, h.ToleranceDown = 0, 0 // else what is asked for depends on what is there
				return syncAll(h, 5, queues...)
			}
			a, b := run(short), run(longer)
			for i := range a {
				if direction == "scaleDown" && b[i] < a[i] || direction == "scaleUp" && b[i] > a[i] {
					t.Fatalf("seed %d, sync %d: %s window %d s leaves %d replicas, %d s leaves %d", seed, i, direction, short, a[i], longer, b[i])
				}
			}
		}
	}
}

// TestRequestsAreConserved: what arrived was served, was given up, or is still
// there.
func TestRequestsAreConserved(t *testing.T) {
	for seed := range uint64(20) {
		s := Working(vllm, 8)
		s.Seed, s.WarmUp, s.Workloads[0].GiveUpAfter = seed, 0, Duration(time.Duration(seed%3)*20*time.Second)
		w, err := newWorld(s, longTick, true, objectsOf(t, stack))
		if err != nil {
			t.Fatal(err)
		}
		for range 24 {
			w.advance(time.Hour)
			f := w.fleets[0]
			inside := f.backlog.requests
			for _, p := range f.pods {
				inside += p.waiting.requests + p.running.requests
			}
			total := f.total.served + f.total.gaveUp + inside
			if off := total - f.total.arrived; off > 1e-6*f.total.arrived || off < -1e-6*f.total.arrived {
				t.Fatalf("seed %d: %.3f arrived, %.3f served + %.3f given up + %.3f inside", seed, f.total.arrived, f.total.served, f.total.gaveUp, inside)
			}
		}
	}
}
