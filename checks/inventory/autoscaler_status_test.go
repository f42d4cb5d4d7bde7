package inventory

import (
	"fmt"
	"testing"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/api/resource"
)

func TestMetricStatus(t *testing.T) {
	external := func(average, value string) autoscalingv2.MetricStatus {
		m := autoscalingv2.MetricStatus{Type: autoscalingv2.ExternalMetricSourceType, External: &autoscalingv2.ExternalMetricStatus{}}
		if average != "" {
			q := resource.MustParse(average)
			m.External.Current.AverageValue = &q
		}
		if value != "" {
			q := resource.MustParse(value)
			m.External.Current.Value = &q
		}
		return m
	}
	target := func(average string) autoscalingv2.MetricSpec {
		q := resource.MustParse(average)
		return autoscalingv2.MetricSpec{Type: autoscalingv2.ExternalMetricSourceType, External: &autoscalingv2.ExternalMetricSource{Target: autoscalingv2.MetricTarget{AverageValue: &q}}}
	}
	hpa := &autoscalingv2.HorizontalPodAutoscaler{}
	hpa.Spec.Metrics = []autoscalingv2.MetricSpec{target("5"), target("5"), target("5"), target("5")}
	a := &Autoscaler{HPA: hpa}
	for i := range 3 {
		a.Metrics = append(a.Metrics, ScalingMetric{Path: Path{"spec", "metrics", i}})
	}
	if got := a.FailingMetrics(hpa); got != nil {
		t.Errorf("before the first sync %v fail", got)
	}
	hpa.Status.CurrentMetrics = []autoscalingv2.MetricStatus{external("7500m", ""), {}, external("", "3")}
	if got, want := fmt.Sprint(a.FailingMetrics(hpa)), "[spec.metrics[1] spec.metrics]"; got != want { // of the fourth nobody knows the place
		t.Errorf("failing: %s, want %s", got, want)
	}
	if value, target, ok := MetricValue(hpa, 0); !ok || value != 7.5 || target != 5 {
		t.Errorf("metric 0 is %v of %v, %v", value, target, ok)
	}
	for _, i := range []int{1, 2, 3} { // empty, another form, none
		if _, _, ok := MetricValue(hpa, i); ok {
			t.Errorf("metric %d has a value", i)
		}
	}
}

func TestMetricNamed(t *testing.T) {
	a := &Autoscaler{Metrics: []ScalingMetric{{Name: "queue"}, {Name: "running"}}}
	if m := a.MetricNamed("unable to get metric running: no metrics"); m == nil || m.Name != "running" {
		t.Errorf("the message is about %v", m)
	}
	if m := a.MetricNamed("something else"); m != nil {
		t.Errorf("the message is about %v", m)
	}
	a.KEDA = &ScaledObjectContent{}
	if m := a.MetricNamed("unable to get external metric inference/s1-prometheus/…"); m == nil || m.Name != "running" {
		t.Errorf("KEDA's second trigger is %v", m)
	}
}
