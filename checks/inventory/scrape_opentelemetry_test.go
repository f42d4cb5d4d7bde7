package inventory

import "testing"

func TestOpenTelemetry(t *testing.T) {
	for name, test := range map[string]struct {
		manifest string
		want     bool
	}{
		"a collector's object": {"apiVersion: opentelemetry.io/v1beta1\nkind: OpenTelemetryCollector\nmetadata: {name: c}", true},
		"its configuration": {`apiVersion: v1
kind: ConfigMap
metadata: {name: c}
data: {relay: "receivers: {}\nexporters: {}\nservice: {pipelines: {}}"}`, true},
		"another configuration": {`apiVersion: v1
kind: ConfigMap
metadata: {name: c}
data: {alertmanager.yml: "receivers: []"}`, false},
		"the collector itself": {`apiVersion: apps/v1
kind: Deployment
metadata: {name: c}
spec: {template: {spec: {containers: [{name: c, image: "otel/opentelemetry-collector-contrib:0.100.0"}]}}}`, true},
		"a sidecar": {`apiVersion: apps/v1
kind: Deployment
metadata: {name: c}
spec: {template: {metadata: {annotations: {sidecar.opentelemetry.io/inject: "true"}}, spec: {containers: [{name: c, image: vllm/vllm-openai}]}}}`, true},
		"neither": {`apiVersion: apps/v1
kind: Deployment
metadata: {name: c}
spec: {template: {spec: {containers: [{name: c, image: vllm/vllm-openai}]}}}`, false},
		"no template": {"apiVersion: apps.nvidia.com/v1alpha1\nkind: NIMService\nmetadata: {name: c}", false},
	} {
		b := NewBuilder()
		for _, doc := range Documents([]byte(test.manifest)) {
			objects, stubs, problems := doc.Read("c.yaml")
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			for _, o := range objects {
				b.Add(o)
			}
			for _, ref := range stubs {
				b.AddStub(ref)
			}
		}
		if got := b.Build().OpenTelemetry(); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
