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
	if got := fmt.Sprint(scaler(t, "{scaleDown: {selectPolicy: Disabled}}").Holds()); got != "[{spec.behavior.scaleDown.selectPolicy Disabled false true false}]" {
		t.Error(got)
	}
}
