package inventory

import (
	"fmt"
	"strconv"
	"strings"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
)

// CompositeMetric is what KEDA calls the metric that a formula makes of the
// triggers (CompositeMetricName in scaledobject_types.go).
const CompositeMetric = "composite-metric"

// Formula returns KEDA's scalingModifiers formula, which replaces the
// triggers' own arithmetic, or "".
func (a *Autoscaler) Formula() string {
	if a.KEDA == nil || a.KEDA.Spec.Advanced == nil {
		return ""
	}
	return a.KEDA.Spec.Advanced.ScalingModifiers.Formula
}

// Combined is the autoscaler with the metrics that its HPA has: where a formula
// stands, one metric in place of all triggers but cpu and memory
// (getScaledObjectMetricSpecs in KEDA's controllers/keda/hpa.go).
func (a *Autoscaler) Combined() *Autoscaler {
	if a.Formula() == "" {
		return a
	}
	combined := *a
	combined.Metrics = nil
	for _, m := range a.Metrics {
		if m.Source == SourceResource {
			combined.Metrics = append(combined.Metrics, m)
		}
	}
	combined.Metrics = append(combined.Metrics, a.composite())
	return &combined
}

func (a *Autoscaler) composite() ScalingMetric {
	modifiers, at := a.KEDA.Spec.Advanced.ScalingModifiers, Path{"spec", "advanced", "scalingModifiers"}
	m := ScalingMetric{
		Source: SourceExternal, Name: CompositeMetric, Path: at.Join("formula"),
		TargetType: autoscalingv2.AverageValueMetricType, TargetTypePath: at.Join("metricType"),
		TargetText: modifiers.Target, TargetPath: at.Join("target"),
	}
	if modifiers.MetricType != "" {
		m.TargetType, m.TargetTypeSet = autoscalingv2.MetricTargetType(modifiers.MetricType), true
	}
	target, err := strconv.ParseFloat(modifiers.Target, 64)
	m.Target, m.HasTarget = target, err == nil && target > 0
	return m
}

// InHPA is the place among an HPA's metrics of the one that stands for one of the
// autoscaler's: itself, the one that KEDA made of the trigger (s0-prometheus), or
// the formula's. -1 for none, as for a trigger that a formula takes in.
func (a *Autoscaler) InHPA(hpa *autoscalingv2.HorizontalPodAutoscaler, index int) int {
	if hpa == nil || a.KEDA == nil {
		return index
	}
	own := a.Metrics[index]
	for i, m := range hpa.Spec.Metrics {
		switch {
		case m.Resource != nil && string(m.Resource.Name) == own.Name,
			m.External != nil && own.Source == SourceExternal && m.External.Metric.Name == own.Name,
			m.External != nil && own.Source != SourceExternal && strings.HasPrefix(m.External.Metric.Name, fmt.Sprintf("s%d-", index)):
			return i
		}
	}
	return -1
}

// pathInHPA is the place of what stands for one of an HPA's metrics.
func (a *Autoscaler) pathInHPA(hpa *autoscalingv2.HorizontalPodAutoscaler, at int) Path {
	combined := a.Combined()
	for i, m := range combined.Metrics {
		if combined.InHPA(hpa, i) == at {
			return m.Path
		}
	}
	return a.MetricsPath()
}
