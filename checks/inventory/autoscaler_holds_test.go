package inventory

import (
	"fmt"
	"testing"
)

func TestAutoscalerHolds(t *testing.T) {
	so := func(annotations, spec string) string {
		return "{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {name: s, annotations: {" + annotations + "}}, spec: {scaleTargetRef: {name: d}, triggers: [{type: cron}], " + spec + "}}"
	}
	const note = "autoscaling.keda.sh/"
	for _, test := range []struct{ text, want string }{
		{so("", "minReplicaCount: 1"), "[]"},
		{so(note+`paused: "true"`, ""), "[{metadata.annotations[autoscaling.keda.sh/paused] true true true false}]"},
		{so(note+`paused: "0"`, ""), "[]"},
		{so(note+`paused: yes please`, ""), "[{metadata.annotations[autoscaling.keda.sh/paused] yes please true true false}]"},
		{so(note+`paused: "false", `+note+`paused-replicas: "3"`, ""), "[{metadata.annotations[autoscaling.keda.sh/paused-replicas] 3 true true false}]"},
		{so(note+`paused: "true", `+note+`paused-scale-in: "true"`, ""), "[{metadata.annotations[autoscaling.keda.sh/paused] true true true false}]"},
		{so(note+`paused-scale-in: "1", `+note+`paused-scale-out: t`, ""), "[{metadata.annotations[autoscaling.keda.sh/paused-scale-out] t true false false} {metadata.annotations[autoscaling.keda.sh/paused-scale-in] 1 false true false}]"},
		{so(note+`force-activation: "true"`, ""), "[{metadata.annotations[autoscaling.keda.sh/force-activation] true false false true}]"},
		{so(note+`force-activation: "true"`, "minReplicaCount: 1"), "[]"},
		{so("", "advanced: {horizontalPodAutoscalerConfig: {behavior: {scaleUp: {selectPolicy: Disabled}}}}"), "[{spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleUp.selectPolicy Disabled true false false}]"},
	} {
		if got := fmt.Sprint(ReadAutoscaler(oneObject(t, test.text)).Holds()); got != test.want {
			t.Errorf("%s\n%s, want %s", test.text, got, test.want)
		}
	}
	if up, down := ReadAutoscaler(oneObject(t, so(note+`paused-scale-out: t`, ""))).Held(); !up || down {
		t.Errorf("held up %v, down %v", up, down)
	}
	if up, down := scaler(t, "{scaleDown: {selectPolicy: Disabled}}").Held(); up || !down {
		t.Errorf("held up %v, down %v", up, down)
	}
	if got := fmt.Sprint(scaler(t, "{scaleDown: {selectPolicy: Disabled}}").Holds()); got != "[{spec.behavior.scaleDown.selectPolicy Disabled false true false}]" {
		t.Error(got)
	}
}

func TestStopped(t *testing.T) {
	const service = "{apiVersion: serving.kserve.io/v1beta1, kind: InferenceService, metadata: {name: m, annotations: {serving.kserve.io/stop: %q}}, spec: {predictor: {model: {modelFormat: {name: huggingface}}}}}"
	const deployment = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d, annotations: {serving.kserve.io/stop: \"true\"}}, spec: {paused: %v, selector: {}, template: {spec: {containers: [{name: vllm, image: \"vllm/vllm-openai:v0.18.1\"}]}}}}"
	for _, test := range []struct {
		text            string
		stopped, paused bool
	}{
		{fmt.Sprintf(service, "True"), true, false},
		{fmt.Sprintf(service, "false"), false, false},
		{fmt.Sprintf(deployment, true), false, true},
		{fmt.Sprintf(deployment, false), false, false},
	} {
		w := world(t, false, test.text).Workloads()[0]
		if _, stopped := w.Stopped(); stopped != test.stopped || w.RolloutPaused() != test.paused {
			t.Errorf("%s: stopped %v, paused %v", test.text, stopped, w.RolloutPaused())
		}
	}
}

func TestStandsAtZero(t *testing.T) {
	hpa := func(owner, bounds, reason string) string {
		return "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: h, ownerReferences: [{apiVersion: example.com/v1, kind: " + owner + ", name: o, controller: true}]}, spec: {scaleTargetRef: {kind: Deployment, name: d}, " + bounds + "}, status: {conditions: [{type: AbleToScale, reason: x}, {type: ScalingActive, status: \"False\", reason: " + reason + "}]}}"
	}
	for _, test := range []struct {
		text string
		want bool
	}{
		{hpa("Maker", "maxReplicas: 4", "ScalingDisabled"), true},
		{hpa("Maker", "maxReplicas: 4", "FailedGetPodsMetric"), false},
		{hpa("Maker", "minReplicas: 0, maxReplicas: 4", "ScalingDisabled"), false},
		{hpa("ScaledObject", "maxReplicas: 4", "ScalingDisabled"), false},
		{"{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {name: s}, spec: {scaleTargetRef: {name: d}, minReplicaCount: 1, triggers: [{type: cron}]}}", false},
	} {
		if got := ReadAutoscaler(oneObject(t, test.text)).StandsAtZero(); got != test.want {
			t.Errorf("%s: %v", test.text, got)
		}
	}
}
