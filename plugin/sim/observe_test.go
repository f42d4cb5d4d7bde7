package sim

import (
	"testing"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// A cron trigger's target is 1, and only the HPA that KEDA makes says so: at an
// empty queue the schedule is why there are two.
func TestObserveCronTrigger(t *testing.T) {
	a := &inventory.Autoscaler{
		Object: &inventory.Object{}, KEDA: &inventory.ScaledObjectContent{}, Min: 1, Max: 3,
		Metrics: []inventory.ScalingMetric{
			{Source: inventory.SourcePrometheus, TriggerType: "prometheus", Path: inventory.Path{"spec", "triggers", 0}, TargetType: autoscalingv2.AverageValueMetricType, Target: 8, HasTarget: true},
			{Source: inventory.SourceTrigger, TriggerType: "cron", Path: inventory.Path{"spec", "triggers", 1}, TargetType: autoscalingv2.AverageValueMetricType},
		},
	}
	hpa := &autoscalingv2.HorizontalPodAutoscaler{Status: autoscalingv2.HorizontalPodAutoscalerStatus{CurrentReplicas: 2, DesiredReplicas: 2}}
	for _, external := range []struct{ name, target, current string }{{"s0-prometheus", "8", "0"}, {"s1-cron-UTC-08xx1-5-018xx1-5", "1", "1"}} {
		target, current := resource.MustParse(external.target), resource.MustParse(external.current)
		name := autoscalingv2.MetricIdentifier{Name: external.name}
		hpa.Spec.Metrics = append(hpa.Spec.Metrics, autoscalingv2.MetricSpec{External: &autoscalingv2.ExternalMetricSource{
			Metric: name, Target: autoscalingv2.MetricTarget{Type: autoscalingv2.AverageValueMetricType, AverageValue: &target},
		}})
		hpa.Status.CurrentMetrics = append(hpa.Status.CurrentMetrics, autoscalingv2.MetricStatus{External: &autoscalingv2.ExternalMetricStatus{
			Metric: name, Current: autoscalingv2.MetricValueStatus{AverageValue: &current},
		}})
	}
	d := Observe(a, hpa, Moment{Now: time.Unix(0, 0), Spec: 2, Status: 2, Readings: []Reading{{}, {Value: 2000}}})
	const want = "spec.triggers[1] (cron): 2 / 1 is within the tolerance (1.00 of the target), the most of 2 metrics; 2 replicas"
	if got := d.Why(a); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if a.Metrics[1].HasTarget {
		t.Error("the autoscaler was changed")
	}
}
