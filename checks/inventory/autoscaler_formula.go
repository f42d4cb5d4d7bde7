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
func (a *Autoscaler) Formula() string { return a.Modifiers().Formula }

// Modifiers returns KEDA's scalingModifiers, empty where there are none.
func (a *Autoscaler) Modifiers() ScalingModifiers {
	if a.KEDA == nil || a.KEDA.Spec.Advanced == nil {
		return ScalingModifiers{}
	}
	return a.KEDA.Spec.Advanced.ScalingModifiers
}

// Fraction says whether a formula has a target that is a number but no whole one,
// beneath which no fallback runs: HasValidFallback in KEDA's
// pkg/fallback/fallback.go reads it as an integer.
func (m ScalingModifiers) Fraction() bool {
	target, err := strconv.ParseFloat(m.Target, 64)
	_, fraction := strconv.ParseInt(m.Target, 10, 64)
	return m.Formula != "" && err == nil && target > 0 && fraction != nil
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
	combined.Metrics = append(combined.Metrics, a.Composite())
	return &combined
}

// Composite is the metric that a formula makes.
func (a *Autoscaler) Composite() ScalingMetric {
	modifiers, at := a.Modifiers(), Path{"spec", "advanced", "scalingModifiers"}
	m := ScalingMetric{
		Source: SourceExternal, Name: CompositeMetric, Path: at.Join("formula"),
		TargetType: autoscalingv2.AverageValueMetricType, TargetTypePath: at.Join("metricType"),
		TargetText: modifiers.Target, TargetPath: at.Join("target"),
	}
	if modifiers.MetricType != "" {
		m.TargetType, m.TargetTypeSet = autoscalingv2.MetricTargetType(modifiers.MetricType), true
	}
	target, err := strconv.ParseFloat(strings.TrimSpace(modifiers.Target), 64)
	m.Target, m.HasTarget = target, err == nil
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
