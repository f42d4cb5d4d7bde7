package inventory

import "testing"

func TestOneByOne(t *testing.T) {
	set := func(kind, policy, container string) string {
		return "{apiVersion: apps/v1, kind: " + kind + ", metadata: {name: s}, spec: {selector: {}, " + policy + " template: {spec: {containers: [{name: vllm, image: \"vllm/vllm-openai:v0.18.1\", " + container + "}]}}}}"
	}
	const ready = "readinessProbe: {httpGet: {path: /health, port: 8000}}"
	for _, test := range []struct {
		text         string
		order, nodes bool
	}{
		{set("StatefulSet", "", ready), true, false},
		{set("StatefulSet", "podManagementPolicy: OrderedReady,", "startupProbe: {httpGet: {path: /health, port: 8000}}"), true, false},
		{set("StatefulSet", "podManagementPolicy: Parallel,", ready), false, false},
		{set("StatefulSet", "", "args: [--model=a/b, --nnodes=2]"), false, true},
		{set("Deployment", "", ready), false, false},
	} {
		w := world(t, false, test.text).Workloads()[0]
		if w.OneByOne() != test.order || w.NodesOfEngine() != test.nodes {
			t.Errorf("%s: %v %v", test.text, w.OneByOne(), w.NodesOfEngine())
		}
	}
}
