package sim

import (
	"context"
	"testing"
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// stack is a workload of vLLM with a ScaledObject.
const stack = `{apiVersion: apps/v1, kind: Deployment, metadata: {name: vllm, namespace: a}, spec: {replicas: 2, selector: {matchLabels: {app: vllm}},
  template: {metadata: {labels: {app: vllm}}, spec: {containers: [{name: vllm, image: "vllm/vllm-openai:v0.18.1", args: [--model=a/b], resources: {limits: {nvidia.com/gpu: "1"}}}]}}}}
---
{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {name: vllm, namespace: a}, spec: {scaleTargetRef: {name: vllm}, minReplicaCount: 2, maxReplicaCount: 8,
  triggers: [{type: prometheus, metadata: {query: 'sum(vllm:num_requests_running{namespace="a",pod=~"vllm-.*"}) + sum(vllm:num_requests_waiting{namespace="a",pod=~"vllm-.*"})', threshold: "60"}}]}}
`

func objectsOf(t testing.TB, text string) []*inventory.Object {
	t.Helper()
	var all []*inventory.Object
	for _, doc := range inventory.Documents([]byte(text)) {
		objects, _, problems := doc.Read("stack.yaml")
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		all = append(all, objects...)
	}
	return all
}

var vllm = inventory.Ref{Group: "apps", Kind: "Deployment", Namespace: "a", Name: "vllm"}

func BenchmarkSimulate30Days(b *testing.B) {
	objects := objectsOf(b, stack)
	s := Working(vllm, 8)
	s.Duration = Duration(30 * 24 * time.Hour)
	for b.Loop() {
		out, err := Simulate(context.Background(), s, objects, vllm)
		if err != nil || len(out.Minutes) != 30*24*60 {
			b.Fatalf("%d minutes, %v", len(out.Minutes), err)
		}
	}
}
