package inventory

import "testing"

func TestEnvironment(t *testing.T) {
	for _, test := range []struct {
		namespace, labels, pods string
		want                    Environment
	}{
		{"llm-prod", "", "", EnvironmentProduction},
		{"production", "env: dev", "", EnvironmentProduction},
		{"inference", "stage: prod-eu", "", EnvironmentProduction},
		{"dev", "", "environment: production", EnvironmentProduction},
		{"products", "", "app: reproduction", EnvironmentUnknown},
		{"vllm-production-stack", "app.kubernetes.io/part-of: production-stack", "", EnvironmentUnknown},
		{"inference", "env: dev", "", EnvironmentTrial},
		{"llm-test", "", "", EnvironmentTrial},
		{"inference", "app: devstral", "", EnvironmentUnknown},
	} {
		s := world(t, false, `
apiVersion: apps/v1
kind: Deployment
metadata: {name: d, namespace: `+test.namespace+`, labels: {`+test.labels+`}}
spec: {template: {metadata: {labels: {`+test.pods+`}}, spec: {containers: [{name: vllm, image: "vllm/vllm-openai:v0.18.1"}]}}, selector: {}}
`)
		if got := s.Environment(s.Workloads()[0]); got != test.want {
			t.Errorf("%+v: %d", test, got)
		}
	}
	b := NewBuilder()
	b.AddNamespace("a", map[string]string{"tier": "production"})
	w := &Workload{Object: &Object{Ref: Ref{Namespace: "a"}}}
	w.Owner = w.Object
	if got := b.Build().Environment(w); got != EnvironmentProduction {
		t.Errorf("by the namespace's labels: %d", got)
	}
}

func TestApart(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{"overlays/dev/hpa.yaml", "overlays/prod/hpa.yaml", true},
		{`k8s\\base\\vllm.yaml`, `k8s\\staging\\vllm.yaml`, true},
		{"hpa-dev.yaml", "hpa-prod.yaml", true},
		{"prod/hpa.yaml", "prod/vllm.yaml", false},
		{"prod/scaling/hpa.yaml", "prod/vllm.yaml", false},
		{"hpa/vllm.yaml", "keda/vllm.yaml", false},
		{"products/vllm.yaml", "models/vllm.yaml", false},
		{"dev/vllm.yaml", "dev/vllm.yaml", false},
	} {
		a, b := &Object{File: test.a}, &Object{File: test.b}
		if a.Apart(b) != test.want || b.Apart(a) != test.want {
			t.Errorf("%s and %s: %v", test.a, test.b, a.Apart(b))
		}
		if b.Namespace = "inference"; a.Apart(b) || b.Apart(a) {
			t.Errorf("%s and %s: one has a namespace", test.a, test.b)
		}
	}
}
