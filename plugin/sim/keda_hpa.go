package sim

import (
	"fmt"
	"math"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// generatedHPA is what KEDA makes of a ScaledObject (controllers/keda/hpa.go).
func generatedHPA(a *inventory.Autoscaler) *autoscalingv2.HorizontalPodAutoscaler {
	floor := a.Floor()
	hpa := &autoscalingv2.HorizontalPodAutoscaler{}
	hpa.Name, hpa.Namespace = a.HPAName(), a.Object.Namespace
	hpa.Spec = autoscalingv2.HorizontalPodAutoscalerSpec{
		MinReplicas: &floor, MaxReplicas: a.Max, Behavior: generatedBehavior(a),
		ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: a.Target.Kind, Name: a.Target.Name},
	}
	if a.TargetAPIVersion != "" {
		hpa.Spec.ScaleTargetRef.APIVersion = a.TargetAPIVersion
	}
	combined := a
	if _, refused := readFormula(a); refused == "" {
		combined = a.Combined()
	}
	for i, m := range combined.Metrics {
		hpa.Spec.Metrics = append(hpa.Spec.Metrics, generatedMetric(a, i, m))
	}
	return hpa
}

// generatedBehavior is the behavior that is written, without the directions that
// annotations close (paused-scale-in and paused-scale-out).
func generatedBehavior(a *inventory.Autoscaler) *autoscalingv2.HorizontalPodAutoscalerBehavior {
	up, down, _ := annotated(a)
	if !up && !down {
		return a.Behavior
	}
	behavior := &autoscalingv2.HorizontalPodAutoscalerBehavior{}
	if a.Behavior != nil {
		behavior = a.Behavior.DeepCopy()
	}
	closed := func(rules *autoscalingv2.HPAScalingRules) *autoscalingv2.HPAScalingRules {
		if rules == nil {
			rules = &autoscalingv2.HPAScalingRules{}
		}
		rules.SelectPolicy = pointer(autoscalingv2.DisabledPolicySelect)
		return rules
	}
	if up {
		behavior.ScaleUp = closed(behavior.ScaleUp)
	}
	if down {
		behavior.ScaleDown = closed(behavior.ScaleDown)
	}
	return behavior
}

func generatedMetric(a *inventory.Autoscaler, i int, m inventory.ScalingMetric) autoscalingv2.MetricSpec {
	name, value := m.TriggerType, m.Target
	if m.TriggerType == "cron" {
		value = 1
	}
	quantity := resource.NewMilliQuantity(int64(math.Round(value*milli)), resource.DecimalSI)
	target := autoscalingv2.MetricTarget{Type: m.TargetType}
	if m.Value() {
		target.Value = quantity
	} else {
		target.Type, target.AverageValue = autoscalingv2.AverageValueMetricType, quantity
	}
	if m.Source == inventory.SourceResource {
		source := &autoscalingv2.ResourceMetricSource{Target: target}
		source.Name = "cpu"
		if m.Name == "memory" {
			source.Name = "memory"
		}
		return autoscalingv2.MetricSpec{Type: autoscalingv2.ResourceMetricSourceType, Resource: source}
	}
	identifier := autoscalingv2.MetricIdentifier{
		Name:     fmt.Sprintf("s%d-%s", i, name),
		Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"scaledobject.keda.sh/name": a.Object.Name}},
	}
	if m.Name == inventory.CompositeMetric {
		identifier.Name = m.Name
	}
	return autoscalingv2.MetricSpec{Type: autoscalingv2.ExternalMetricSourceType, External: &autoscalingv2.ExternalMetricSource{Metric: identifier, Target: target}}
}
