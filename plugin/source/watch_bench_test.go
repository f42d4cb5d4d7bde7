package source

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkFeedFrame makes a frame of 200 inference workloads with 2 000 pods in
// a cluster of 5 000 Deployments.
func BenchmarkFeedFrame(b *testing.B) {
	const fleet, podsPer, others = 200, 10, 4800
	var all strings.Builder
	for i := range fleet {
		fmt.Fprintf(&all, `
apiVersion: apps/v1
kind: Deployment
metadata: {name: vllm-%[1]d, namespace: inference-%[2]d}
spec:
  replicas: %[3]d
  selector: {matchLabels: {app: vllm-%[1]d}}
  template:
    metadata: {labels: {app: vllm-%[1]d}}
    spec: {containers: [{name: engine, image: "vllm/vllm-openai:v0.18.1", args: [--model, meta-llama/Llama-3.1-8B-Instruct, --max-model-len, "8192"], resources: {limits: {nvidia.com/gpu: "1"}}}]}
---
{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: vllm-%[1]d, namespace: inference-%[2]d}, spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: vllm-%[1]d}, maxReplicas: 8}}
---`, i, i%5, podsPer)
		for p := range podsPer {
			fmt.Fprintf(&all, `
{apiVersion: v1, kind: Pod, metadata: {name: vllm-%[1]d-%[2]d, namespace: inference-%[3]d, labels: {app: vllm-%[1]d}}, spec: {containers: [{name: engine, image: "vllm/vllm-openai:v0.18.1"}], nodeName: gpu-1}, status: {phase: Running}}
---`, i, p, i%5)
		}
	}
	for i := range others {
		fmt.Fprintf(&all, `
{apiVersion: apps/v1, kind: Deployment, metadata: {name: shop-%[1]d, namespace: shop}, spec: {selector: {matchLabels: {app: shop}}, template: {spec: {containers: [{name: nginx, image: "nginx:1.29"}]}}}}
---`, i)
	}
	server := newAPIServer(b, all.String())
	feed, err := Watch(b.Context(), *server.live(), everything())
	if err != nil {
		b.Fatal(err)
	}
	defer feed.Close()
	if _, err := feed.Next(b.Context()); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := feed.build(b.Context(), false); err != nil {
			b.Fatal(err)
		}
	}
}
