package inventory

import (
	"fmt"
	"testing"
)

func TestResizers(t *testing.T) {
	const workload = `{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {selector: {}, template: {spec: {containers: [{name: vllm, image: "vllm/vllm-openai:v0.18.1"}]}}}}
---
`
	vpa := func(target, rest string) string {
		return workload + "{apiVersion: autoscaling.k8s.io/v1, kind: VerticalPodAutoscaler, metadata: {name: v}, spec: {" + target + rest + "}}"
	}
	const target = "targetRef: {apiVersion: apps/v1, kind: Deployment, name: d}"
	for _, test := range []struct{ text, want string }{
		{vpa(target, ""), "Recreate false true 2 [cpu memory]"},
		{vpa(target, ", updatePolicy: {updateMode: Auto, minReplicas: 1}"), "Auto true true 1 [cpu memory]"},
		{vpa(target, ", updatePolicy: {updateMode: InPlaceOrRecreate}"), "InPlaceOrRecreate true true 2 [cpu memory]"},
		{vpa(target, `, updatePolicy: {updateMode: "Off"}`), "Off true false 2 [cpu memory]"},
		{vpa(target, ", updatePolicy: {updateMode: Initial}"), "Initial true false 2 [cpu memory]"},
		{vpa(target, ", updatePolicy: {updateMode: InPlace}"), "InPlace true false 2 [cpu memory]"},
		{vpa(target, `, resourcePolicy: {containerPolicies: [{containerName: "*", mode: "Off"}]}`), "Recreate false true 2 []"},
		{vpa(target, `, resourcePolicy: {containerPolicies: [{containerName: "*", mode: "Off"}, {containerName: vllm, controlledResources: [memory]}]}`), "Recreate false true 2 [memory]"},
		{vpa(target, `, resourcePolicy: {containerPolicies: [{containerName: sidecar, mode: "Off"}, {containerName: "*", mode: Auto}]}`), "Recreate false true 2 [cpu memory]"},
		{vpa(target, `, resourcePolicy: {containerPolicies: [{containerName: sidecar, mode: "Off"}]}`), "Recreate false true 2 [cpu memory]"},
		{vpa("targetRef: {apiVersion: apps/v1, kind: Deployment, name: e}", ""), "none"},
		{vpa("", ""), "none"},
	} {
		s, got := world(t, false, test.text), "none"
		for _, r := range s.Resizers(s.Workloads()[0]) {
			mode, written := r.Mode()
			got = fmt.Sprint(mode, " ", written, " ", r.Evicts(), " ", r.Fewest(), " ", r.Resizes("vllm"))
		}
		if got != test.want {
			t.Errorf("%s\n%s, want %s", test.text, got, test.want)
		}
	}
}
