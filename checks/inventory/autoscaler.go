package inventory

import (
	"strings"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Autoscaler is one view for HorizontalPodAutoscaler and ScaledObject.
type Autoscaler struct {
	Object *Object
	// Target is the object whose replicas are decided; TargetPath the field
	// that names it.
	Target     Ref
	TargetPath Path
	// TargetAPIVersion as written; empty when left out.
	TargetAPIVersion string
	// Min and Max are the effective bounds: where a field is left out, the API's
	// default stands here (HPA: 1; KEDA: 0 and 100).
	Min, Max         int32
	MinSet, MaxSet   bool
	MinPath, MaxPath Path
	// Metrics are what the replica count is computed from.
	Metrics []ScalingMetric
	// Behavior is nil when none is written; BehaviorPath is where it belongs.
	Behavior     *autoscalingv2.HorizontalPodAutoscalerBehavior
	BehaviorPath Path
	// KEDA is set for a ScaledObject, HPA for a plain or generated HPA.
	KEDA *ScaledObjectContent
	HPA  *autoscalingv2.HorizontalPodAutoscaler
	// GeneratedBy is the object that owns this autoscaler and writes it anew
	// (KEDA's ScaledObject over its HPA, KServe); zero for one written by hand.
	GeneratedBy Ref
	// Workload is the inference workload it scales, nil when the target is
	// unseen or serves no model.
	Workload *Workload
}

// MetricSource says where an autoscaler gets a number from.
type MetricSource string

// The sources. A KEDA trigger that is not Prometheus has its trigger type in
// ScalingMetric.TriggerType.
const (
	SourceResource   MetricSource = "Resource" // also ContainerResource: cpu or memory
	SourcePods       MetricSource = "Pods"
	SourceObject     MetricSource = "Object"
	SourceExternal   MetricSource = "External"
	SourcePrometheus MetricSource = "prometheus" // KEDA trigger with a PromQL query
	SourceTrigger    MetricSource = "trigger"    // any other KEDA trigger
)

// ScalingMetric is one metric of an HPA or one trigger of a ScaledObject.
type ScalingMetric struct {
	Source MetricSource
	// Path leads to the metric or trigger.
	Path Path
	// Name is the metric's name (HPA), the resource ("cpu") or the trigger's
	// name (KEDA).
	Name        string
	TriggerType string // KEDA: "prometheus", "cron", "cpu", …
	Metadata    map[string]string
	// Query is the PromQL text of a Prometheus trigger.
	Query     string
	QueryPath Path
	// TargetType is how the number is compared: per replica (AverageValue),
	// as it is (Value), or as a share of the request (Utilization).
	TargetType     autoscalingv2.MetricTargetType
	TargetTypeSet  bool
	TargetTypePath Path
	// Target is the number to compare with; TargetText as written. HasTarget is
	// false when there is none or it cannot be read.
	Target     float64
	TargetText string
	TargetPath Path
	HasTarget  bool
	Selector   *metav1.LabelSelector
	// DescribedObject is what an Object metric belongs to.
	DescribedObject *autoscalingv2.CrossVersionObjectReference
}

// AverageValue says whether the metric's total is divided by the replica count.
func (m ScalingMetric) AverageValue() bool {
	return m.TargetType == autoscalingv2.AverageValueMetricType
}

// Value says whether the metric is compared as it is.
func (m ScalingMetric) Value() bool { return m.TargetType == autoscalingv2.ValueMetricType }

// Kind names the autoscaler's kind for messages.
func (a *Autoscaler) Kind() string { return a.Object.Kind }

// Autoscalers returns those that scale an inference workload, and those whose
// target nobody saw but whose metrics are an engine's or a GPU's. An HPA that a
// ScaledObject of the snapshot generated is left out: its owner is judged.
func (s *Snapshot) Autoscalers() []*Autoscaler {
	s.read(AutoscalerKinds()...)
	s.read(WorkloadKinds()...)
	workloads := s.Workloads()
	return s.autoscalers.get(func() []*Autoscaler { return findAutoscalers(s, workloads) })
}

// AutoscalersOf returns the autoscalers of one workload.
func (s *Snapshot) AutoscalersOf(w *Workload) []*Autoscaler {
	var all []*Autoscaler
	for _, a := range s.Autoscalers() {
		if a.Workload == w {
			all = append(all, a)
		}
	}
	return all
}

// MentionsInference says whether a query or metric name is an engine's, a GPU
// exporter's or an inference gateway's.
func (m ScalingMetric) MentionsInference() bool {
	for _, word := range metricWords(m.Query + " " + m.Name) {
		if _, known := LookupMetric(word); known {
			return true
		}
		if _, family := MetricFamily(word); family {
			return true
		}
	}
	return false
}

// metricWords splits a text into what could be metric names.
func metricWords(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool {
		return !(r == ':' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
	})
}

// HoldsScaleDown says whether the autoscaler never scales in by itself, or only
// after half an hour without load.
func (a *Autoscaler) HoldsScaleDown() bool {
	const long = 30 * time.Minute
	wait, never := a.Patience()
	return never || wait >= long
}
