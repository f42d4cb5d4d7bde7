package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
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

// The mean holds the fleet down at lunch; once the query sums up, the queue
// drains within minutes.
func TestDemoFixDrainsTheQueue(t *testing.T) {
	w := demo(t)
	var frame checks.Frame
	for range 50 {
		frame = next(t, w)
	}
	stuck := w.fleetOf(llama).spec
	if before := queue(frame, llama); before < 20 || stuck > 4 {
		t.Fatalf("at %s %v requests wait with %d replicas: the peak does not hurt", frame.At, before, stuck)
	}
	text, err := w.Get(llamas)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Put(llamas, bytes.Replace(text, []byte("avg(vllm:"), []byte("sum(vllm:"), 1)); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		frame = next(t, w)
	}
	if after := queue(frame, llama); after > 3 {
		t.Errorf("ten minutes later %v requests wait still, with %d replicas", after, w.fleetOf(llama).spec)
	}
	if count := w.fleetOf(llama).spec; count <= stuck {
		t.Errorf("%d replicas after the fix, %d before", count, stuck)
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
