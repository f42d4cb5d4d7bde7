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
