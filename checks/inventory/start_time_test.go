package inventory_test

import (
	"testing"
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func TestStartTime(t *testing.T) {
	deployment := func(model string) string {
		return `apiVersion: apps/v1
kind: Deployment
metadata: {name: d, uid: u}
spec: {selector: {matchLabels: {app: d}}, template: {metadata: {labels: {app: d}}, spec: {containers: [{name: vllm, image: "vllm/vllm-openai:v0.18.1", args: [--model=` + model + `]}]}}}
`
	}
	pod := func(name, ready string) string {
		return `---
apiVersion: v1
kind: Pod
metadata: {name: ` + name + `, labels: {app: d}, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: d-1, controller: true}]}
spec: {containers: [{name: vllm, image: x}]}
status:
  conditions: [{type: Ready, status: "True", lastTransitionTime: "2026-01-01T00:` + ready + `Z"}]
  containerStatuses: [{name: vllm, state: {running: {startedAt: "2026-01-01T00:00:00Z"}}}]
`
	}
	qwen := deployment("Qwen/Qwen3-8B")
	for _, test := range []struct {
		text, is, how string
		fast, slow    time.Duration
	}{
		{qwen, "a start takes at least 3m29s by estimate", "by estimate for 15 GiB", 209 * time.Second, 598 * time.Second},
		{qwen + pod("a", "02:00"), "the one measured start took 2m0s", "in the one measured start", 2 * time.Minute, 2 * time.Minute},
		{qwen + pod("a", "02:00") + pod("b", "01:30"), "the quickest of 2 measured starts took 1m30s", "in the fastest of 2 measured starts", 90 * time.Second, 2 * time.Minute},
	} {
		s := world(t, test.text)
		start, ok := s.StartTime(s.Workloads()[0], inventory.AssumedRates())
		if !ok || start.String() != test.is || start.How() != test.how || start.Fast != test.fast || start.Slow != test.slow {
			t.Errorf("%s: %v %+v %q", test.is, ok, start, start.How())
		}
	}
	s := world(t, deployment("/models/a"))
	if start, ok := s.StartTime(s.Workloads()[0], inventory.AssumedRates()); ok {
		t.Errorf("of an unknown model: %+v", start)
	}
	if start, ok := s.StartTime(nil, inventory.AssumedRates()); ok {
		t.Errorf("of no workload: %+v", start)
	}
}
