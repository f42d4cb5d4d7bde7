package inventory_test

import (
	"testing"
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func TestStartTimeOf(t *testing.T) {
	const model = "image: 'vllm/vllm-openai:v0.18.1'\nargs: [--model=meta-llama/Llama-3.1-8B-Instruct]"
	s := world(t, deploymentOf(model))
	start, ok := s.StartTimeOf(s.Workloads()[0])
	if !ok || start.Measured != 0 || start.Fast <= time.Minute || start.Slow <= start.Fast {
		t.Errorf("an estimate: %+v, %v", start, ok)
	}
	if got, want := start.How(), "by estimate for 15 GiB"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	s = world(t, deploymentOf("image: 'vllm/vllm-openai:v0.18.1'\nargs: [--model=/models/a]"))
	if start, ok := s.StartTimeOf(s.Workloads()[0]); ok {
		t.Errorf("of an unknown model: %+v", start)
	}
	if start, ok := s.StartTimeOf(nil); ok {
		t.Errorf("of no workload: %+v", start)
	}
	one, two := inventory.StartTime{Measured: 1}, inventory.StartTime{Measured: 2}
	if one.How() != "in the one measured start" || two.How() != "in the fastest of 2 measured starts" {
		t.Errorf("%q, %q", one.How(), two.How())
	}
}
