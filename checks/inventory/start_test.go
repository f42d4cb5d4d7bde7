package inventory

import (
	"testing"
	"time"
)

func TestQuickestStart(t *testing.T) {
	const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: d, uid: u}
spec: {selector: {matchLabels: {app: d}}, template: {metadata: {labels: {app: d}}, spec: {containers: [{name: vllm, image: "vllm/vllm-openai:v0.18.1", args: [--model=Qwen/Qwen3-8B]}]}}}
`
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
	for _, test := range []struct {
		text, is string
		took     time.Duration
	}{
		{deployment, "a start takes at least 3m29s by estimate", 209 * time.Second},
		{deployment + pod("a", "02:00"), "the one measured start took 2m0s", 2 * time.Minute},
		{deployment + pod("a", "02:00") + pod("b", "01:30"), "the quickest of 2 measured starts took 1m30s", 90 * time.Second},
	} {
		s := world(t, true, test.text)
		start, ok := s.QuickestStart(s.Workloads()[0])
		if !ok || start.String() != test.is || start.Took != test.took {
			t.Errorf("%s: %v %v %s", test.is, start, ok, start.Took)
		}
	}
	if _, ok := world(t, true, "").QuickestStart(nil); ok {
		t.Error("a start of nothing")
	}
}
