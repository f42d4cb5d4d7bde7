package inventory

import (
	"fmt"
	"testing"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
)

// KEDA makes one metric of all triggers but cpu and memory, and writes it behind
// these into the HPA.
func TestCombined(t *testing.T) {
	const text = `apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: vllm, namespace: a}
spec:
  scaleTargetRef: {name: vllm}
  advanced: {scalingModifiers: {formula: queue + busy, target: "2.5", metricType: Value}}
  triggers:
  - {type: prometheus, name: queue, metadata: {query: up, threshold: "5"}}
  - {type: cpu, metricType: Utilization, metadata: {value: "60"}}
  - {type: prometheus, name: busy, metadata: {query: up, threshold: "5"}}
`
	objects, _, problems := Documents([]byte(text))[0].Read("test")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	a := ReadAutoscaler(objects[0])
	hpa := &autoscalingv2.HorizontalPodAutoscaler{}
	hpa.Spec.Metrics = []autoscalingv2.MetricSpec{
		{Resource: &autoscalingv2.ResourceMetricSource{Name: "cpu"}},
		{External: &autoscalingv2.ExternalMetricSource{Metric: autoscalingv2.MetricIdentifier{Name: "composite-metric"}}},
	}
	var got []string
	combined := a.Combined()
	for i, m := range combined.Metrics {
		got = append(got, fmt.Sprintf("%s %s of %v at %d", m.Name, m.TargetType, m.Target, combined.InHPA(hpa, i)))
	}
	if want := "[cpu Utilization of 60 at 0 composite-metric Value of 2.5 at 1]"; fmt.Sprint(got) != want {
		t.Errorf("%v, want %s", got, want)
	}
	if at := a.InHPA(hpa, 0); at != -1 {
		t.Errorf("a trigger that the formula takes in is metric %d", at)
	}
	if m := a.MetricNamed("unable to get external metric a/composite-metric/…"); m == nil || m.Path.String() != "spec.advanced.scalingModifiers.formula" {
		t.Errorf("the message is about %v", m)
	}

	a.KEDA.Spec.Advanced = nil
	hpa.Spec.Metrics[1].External.Metric.Name = "s2-prometheus"
	if a.Combined() != a || a.InHPA(hpa, 2) != 1 || a.InHPA(hpa, 1) != 0 || a.InHPA(hpa, 0) != -1 {
		t.Errorf("without a formula: %d, %d, %d", a.InHPA(hpa, 0), a.InHPA(hpa, 1), a.InHPA(hpa, 2))
	}
	if a.InHPA(nil, 1) != 1 {
		t.Error("without an HPA a metric is no longer itself")
	}
}
