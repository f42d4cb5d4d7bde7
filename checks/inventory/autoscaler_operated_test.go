package inventory

import "testing"

func TestOperatedAutoscalers(t *testing.T) {
	const service = `
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {name: llama, annotations: {serving.kserve.io/deploymentMode: Standard}}
spec: {predictor: {minReplicas: 1, maxReplicas: 4, model: {modelFormat: {name: huggingface}}}}
`
	const rest = `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: llama-predictor, ownerReferences: [{apiVersion: serving.kserve.io/v1beta1, kind: InferenceService, name: llama, controller: true}]}
spec: {selector: {matchLabels: {app: llama}}, template: {spec: {containers: [{name: kserve-container, image: "vllm/vllm-openai:v0.18.1"}]}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: llama-predictor, ownerReferences: [{apiVersion: serving.kserve.io/v1beta1, kind: InferenceService, name: llama, controller: true}]}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: llama-predictor}, minReplicas: 1, maxReplicas: 4}
`
	for _, test := range []struct {
		name, text       string
		live             bool
		operated, others int
		object, writable string
	}{
		{"files", service, false, 1, 0, "InferenceService/llama", ""},
		{"cluster", service + rest, true, 0, 1, "HorizontalPodAutoscaler/llama-predictor", "InferenceService/llama"},
		{"cluster, owner not seen", rest, true, 0, 1, "HorizontalPodAutoscaler/llama-predictor", ""},
	} {
		s := world(t, test.live, test.text)
		operated, others := s.OperatedAutoscalers(), s.Autoscalers()
		if len(operated) != test.operated || len(others) != test.others {
			t.Fatalf("%s: %d operated, %d others", test.name, len(operated), len(others))
		}
		a := append(operated, others...)[0]
		writable := ""
		if owner := s.Writable(a.Object); owner != nil {
			writable = owner.Short()
		}
		if a.Object.Short() != test.object || writable != test.writable || a.Workload == nil {
			t.Errorf("%s: %s, written in %q, workload %v", test.name, a.Object.Short(), writable, a.Workload)
		}
	}
}
