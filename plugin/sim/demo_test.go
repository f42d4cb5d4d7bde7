package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/rules"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

var (
	llama  = inventory.Ref{Group: "apps", Kind: "Deployment", Namespace: "inference", Name: "vllm-llama3"}
	llamas = inventory.Ref{Group: "keda.sh", Kind: "ScaledObject", Namespace: "inference", Name: "vllm-scaledobject"}
)

// demo starts the demo without any waiting between frames.
func demo(t *testing.T) *World {
	t.Helper()
	w, err := Demo()
	if err != nil {
		t.Fatal(err)
	}
	w.SetPace(Pace{Step: 30 * time.Second})
	return w
}

func next(t *testing.T, w *World) checks.Frame {
	t.Helper()
	frame, err := w.Next(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return frame
}

func queue(f checks.Frame, of inventory.Ref) float64 {
	s, _ := f.Signals.Of(signals.QueueDepth, of)
	return s.Value
}

// The mistakes hold the fleet down at lunch; once their safe fixes are applied,
// the queue drains within minutes.
func TestDemoFixesDrainTheQueue(t *testing.T) {
	w := demo(t)
	var frame checks.Frame
	for range 50 {
		frame = next(t, w)
	}
	stuck := w.fleetOf(llama).spec
	if before := queue(frame, llama); before < 20 || stuck > 4 {
		t.Fatalf("at %s %v requests wait with %d replicas: the peak does not hurt", frame.At, before, stuck)
	}
	if n := applySafe(t, w, llamas); n < 3 || n > 10 {
		t.Fatalf("%d safe fixes of %s", n, llamas)
	}
	least := queue(frame, llama)
	for range 16 {
		frame = next(t, w)
		least = min(least, queue(frame, llama))
	}
	if least > 1 {
		t.Errorf("eight minutes later %v requests wait still, with %d replicas", least, w.fleetOf(llama).spec)
	}
	if count := w.fleetOf(llama).spec; count <= stuck {
		t.Errorf("%d replicas after the fixes, %d before", count, stuck)
	}
}

// applySafe applies the safe fixes of an object one after another, each computed
// from what the one before left, and tells how many there were.
func applySafe(t *testing.T, w *World, of inventory.Ref) int {
	t.Helper()
	for applied := 0; ; applied++ {
		frame, err := w.Load(context.Background(), checks.Needs{})
		if err != nil {
			t.Fatal(err)
		}
		findings := checks.Run(frame, rules.All()).Findings
		i := slices.IndexFunc(findings, func(f checks.Finding) bool {
			return f.Fix != nil && f.Fix.Safety == checks.Safe && f.Fix.Object.Ref == of
		})
		if i < 0 || applied > 20 {
			return applied
		}
		apply(t, w, findings[i].Fix)
	}
}

func apply(t *testing.T, w *World, fix *checks.Fix) {
	t.Helper()
	text, err := w.Get(fix.Object.Ref)
	if err != nil {
		t.Fatal(err)
	}
	var fields any
	if err := json.Unmarshal(text, &fields); err != nil {
		t.Fatal(err)
	}
	for _, edit := range fix.Edits {
		fields = setField(fields, edit.Path, edit.Value)
	}
	if text, err = json.Marshal(fields); err != nil {
		t.Fatal(err)
	}
	if err := w.Put(fix.Object.Ref, text); err != nil {
		t.Fatalf("%s: %v", fix.Title, err)
	}
}

func TestDemoIsTheSameEveryTime(t *testing.T) {
	dump := func() []byte {
		w := demo(t)
		var frame checks.Frame
		for range 10 {
			frame = next(t, w)
		}
		text, err := json.Marshal([]any{frame.Objects.Dump(), frame.Signals.All()})
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	if first, second := dump(), dump(); !bytes.Equal(first, second) {
		t.Error("two runs of the demo differ")
	}
}
