package signals

import (
	"testing"
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func TestSetKeepsTheNewest(t *testing.T) {
	pod := inventory.Ref{Kind: "Pod", Namespace: "inference", Name: "vllm-0"}
	noon := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	var set Set
	set.Add(Sample{Metric: QueueDepth, Of: pod, Value: 7, At: noon})
	set.Add(Sample{Metric: QueueDepth, Of: pod, Value: 3, At: noon.Add(-time.Minute)})
	if got, ok := set.Of(QueueDepth, pod); !ok || got.Value != 7 {
		t.Errorf("Of(queue-depth) = %v, %v; want the sample of noon", got.Value, ok)
	}
	if _, ok := set.Of(Running, pod); ok {
		t.Error("a metric that nobody measured is there")
	}
}

func TestNilSetHoldsNothing(t *testing.T) {
	var none *Set
	if _, ok := none.Of(QueueDepth, inventory.Ref{}); ok {
		t.Error("a nil set holds a sample")
	}
}
