package inventory

import (
	"slices"
	"strconv"
	"strings"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
)

// HPAOf returns the running HPA behind an autoscaler: the HPA itself, or the one
// that KEDA keeps for a ScaledObject. Nil where it was not seen, and of
// manifests, which have no status.
func (s *Snapshot) HPAOf(a *Autoscaler) *autoscalingv2.HorizontalPodAutoscaler {
	s.read(HorizontalPodAutoscaler)
	if !s.live {
		return nil
	}
	if a.KEDA == nil {
		return a.HPA
	}
	info := HorizontalPodAutoscaler.Info()
	o := s.byRef[Ref{Group: info.Group, Kind: info.Name, Namespace: a.Object.Namespace, Name: a.HPAName()}]
	return As[autoscalingv2.HorizontalPodAutoscaler](o)
}

// Condition is a condition of an autoscaler's status.
type Condition struct {
	// Of is the object whose status says so: the HPA's, or the ScaledObject's.
	Of                            Ref
	Type, Status, Reason, Message string
	Since                         time.Time // of the last change of Status; zero where it is not told
}

// String is as people write a condition: "ScalingActive=False FailedGetScale".
func (c Condition) String() string {
	return c.Type + "=" + c.Status + " " + c.Reason
}

// FirstLine is the message without what follows its first line.
func (c Condition) FirstLine() string {
	line, _, _ := strings.Cut(strings.TrimSpace(c.Message), "\n")
	return strings.TrimSuffix(strings.TrimSpace(line), ".")
}

// Conditions returns what a running autoscaler says of itself: the conditions
// of its HPA, and before them a ScaledObject's own.
func (s *Snapshot) Conditions(a *Autoscaler) []Condition {
	var all []Condition
	if a.KEDA != nil {
		for _, c := range a.KEDA.Status.Conditions {
			all = append(all, Condition{Of: a.Object.Ref, Type: c.Type, Status: c.Status, Reason: c.Reason, Message: c.Message})
		}
	}
	hpa := s.HPAOf(a)
	if hpa == nil {
		return all
	}
	of := a.Object.Ref
	if a.KEDA != nil {
		info := HorizontalPodAutoscaler.Info()
		of = Ref{Group: info.Group, Kind: info.Name, Namespace: of.Namespace, Name: a.HPAName()}
	}
	for _, c := range hpa.Status.Conditions {
		all = append(all, Condition{of, string(c.Type), string(c.Status), c.Reason, c.Message, c.LastTransitionTime.Time})
	}
	return all
}

// ScalingActive returns the condition with which the HPA controller says whether
// it could compute a count at its last sync; false where no HPA says so.
func (s *Snapshot) ScalingActive(a *Autoscaler) (Condition, bool) {
	for _, c := range s.Conditions(a) {
		if c.Type == string(autoscalingv2.ScalingActive) {
			return c, true
		}
	}
	return Condition{}, false
}

// RefusedByKEDA returns the condition with which KEDA says that it makes no HPA of a
// ScaledObject as it stands, or leaves the HPA as it was: a target that is not
// there, a Secret that it names, a trigger it cannot read. It does not depend on
// what the pods do.
func (s *Snapshot) RefusedByKEDA(a *Autoscaler) (Condition, bool) {
	for _, c := range s.Conditions(a) {
		if a.KEDA != nil && c.Of == a.Object.Ref && c.Type == "Ready" && c.Status == "False" && c.Reason == "ScaledObjectCheckFailed" {
			return c, true
		}
	}
	return Condition{}, false
}

// Wanted is the count that the HPA controller has written into the status; false
// before it has computed one: until then desiredReplicas is 0 beside a current
// count that is not.
func (s *Snapshot) Wanted(a *Autoscaler) (int32, bool) {
	hpa := s.HPAOf(a)
	if hpa == nil {
		return 0, false
	}
	desired, active := hpa.Status.DesiredReplicas, false
	if c, said := s.ScalingActive(a); said {
		active = c.Status == "True" || c.Reason == "ScalingDisabled"
	}
	return desired, desired > 0 || hpa.Status.CurrentReplicas == 0 || active
}

// FailingMetrics returns the paths of the metrics for which the controller got
// no value at its last sync; none before the first.
func (a *Autoscaler) FailingMetrics(hpa *autoscalingv2.HorizontalPodAutoscaler) []Path {
	if hpa == nil || len(hpa.Status.CurrentMetrics) == 0 {
		return nil
	}
	var all []Path
	for i := range hpa.Spec.Metrics {
		if i >= len(hpa.Status.CurrentMetrics) || hpa.Status.CurrentMetrics[i].Type == "" {
			all = append(all, a.pathInHPA(hpa, i))
		}
	}
	return all
}

// MetricValue returns what the controller last read for a metric and what it
// compares that with, both in the target's own form: per replica, as it is, or
// in percent of the request. Not ok where either is missing, or the HPA or its
// metric (-1).
func MetricValue(hpa *autoscalingv2.HorizontalPodAutoscaler, index int) (value, target float64, ok bool) {
	if hpa == nil || index < 0 || index >= len(hpa.Spec.Metrics) || index >= len(hpa.Status.CurrentMetrics) {
		return 0, 0, false
	}
	current, wanted := currentOf(hpa.Status.CurrentMetrics[index]), targetOf(hpa.Spec.Metrics[index])
	if current == nil || wanted == nil {
		return 0, 0, false
	}
	switch {
	case wanted.AverageUtilization != nil && current.AverageUtilization != nil:
		return float64(*current.AverageUtilization), float64(*wanted.AverageUtilization), true
	case wanted.AverageValue != nil && current.AverageValue != nil:
		return current.AverageValue.AsApproximateFloat64(), wanted.AverageValue.AsApproximateFloat64(), true
	case wanted.Value != nil && current.Value != nil:
		return current.Value.AsApproximateFloat64(), wanted.Value.AsApproximateFloat64(), true
	}
	return 0, 0, false
}

func currentOf(m autoscalingv2.MetricStatus) *autoscalingv2.MetricValueStatus {
	switch {
	case m.Resource != nil:
		return &m.Resource.Current
	case m.ContainerResource != nil:
		return &m.ContainerResource.Current
	case m.Pods != nil:
		return &m.Pods.Current
	case m.Object != nil:
		return &m.Object.Current
	case m.External != nil:
		return &m.External.Current
	}
	return nil
}

func targetOf(m autoscalingv2.MetricSpec) *autoscalingv2.MetricTarget {
	switch {
	case m.Resource != nil:
		return &m.Resource.Target
	case m.ContainerResource != nil:
		return &m.ContainerResource.Target
	case m.Pods != nil:
		return &m.Pods.Target
	case m.Object != nil:
		return &m.Object.Target
	case m.External != nil:
		return &m.External.Target
	}
	return nil
}

// MetricsPath leads to the list of an autoscaler's metrics.
func (a *Autoscaler) MetricsPath() Path {
	if a.KEDA != nil {
		return Path{"spec", "triggers"}
	}
	return Path{"spec", "metrics"}
}

// MetricNamed finds the metric that a controller's message is about, by its
// name as the HPA has it: KEDA's external metrics are called s0-prometheus, by
// the trigger's place. Nil where none is named.
func (a *Autoscaler) MetricNamed(message string) *ScalingMetric {
	if a.Formula() != "" && strings.Contains(message, CompositeMetric) {
		m := a.Composite()
		return &m
	}
	for i := range a.Metrics {
		name := a.Metrics[i].Name
		if a.KEDA != nil {
			name = "s" + strconv.Itoa(i) + "-"
		}
		if name != "" && strings.Contains(message, name) {
			return &a.Metrics[i]
		}
	}
	return nil
}

// ReadyPods counts the workload's pods that are Ready, and all that there are.
func (s *Snapshot) ReadyPods(w *Workload) (ready, all int) {
	for _, pod := range s.Pods(w) {
		all++
		if _, ok := readySince(pod); ok && pod.Status.Phase == corev1.PodRunning {
			ready++
		}
	}
	return ready, all
}

// LimitedSince says from when on ScalingLimited has surely had its reason. The
// condition keeps its time while only the reason changes (from ScaleUpLimit or
// TooFewReplicas), but then the HPA has scaled in between.
func LimitedSince(hpa *autoscalingv2.HorizontalPodAutoscaler, c Condition) time.Time {
	if last := hpa.Status.LastScaleTime; last != nil && last.After(c.Since) && !c.Since.IsZero() {
		return last.Time
	}
	return c.Since
}

// ServingSince says since when a pod of the workload has been Ready, of those
// that are now: the earliest. False where none is.
func (s *Snapshot) ServingSince(w *Workload) (earliest time.Time, serves bool) {
	for _, pod := range s.Pods(w) {
		if since, ok := readySince(pod); ok && (!serves || since.Before(earliest)) {
			earliest, serves = since, true
		}
	}
	return earliest, serves
}

// HighestUse returns the largest share of its target that a metric with a value
// has reached, below zero when none has a value.
func HighestUse(hpa *autoscalingv2.HorizontalPodAutoscaler) float64 {
	highest := -1.0
	for i := range hpa.Spec.Metrics {
		if value, target, ok := MetricValue(hpa, i); ok && target > 0 {
			highest = max(highest, value/target)
		}
	}
	return highest
}

// FallenPods counts the workload's pods that run and are not Ready though they
// were: the condition has turned since the engine's container started.
func (s *Snapshot) FallenPods(w *Workload) int {
	if w.Recognition == nil || w.Container == nil {
		return 0
	}
	fallen := 0
	for _, pod := range s.Pods(w) {
		if status := containerStatus(pod, w.Container.Name); status != nil && fell(pod, status) {
			fallen++
		}
	}
	return fallen
}

// fell says whether a pod that is not Ready was so since its container started.
func fell(pod *corev1.Pod, status *corev1.ContainerStatus) bool {
	if status.State.Running == nil || status.Started == nil || !*status.Started {
		return false
	}
	const first = 5 * time.Second // the condition of a new pod turns False about when its container starts
	return slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionFalse && c.LastTransitionTime.Sub(status.State.Running.StartedAt.Time) > first
	})
}
