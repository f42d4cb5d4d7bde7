package sim

import (
	"fmt"
	"math"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// scalerOf finds the autoscaler that an object is.
func (w *World) scalerOf(ref inventory.Ref) *scaler {
	for _, s := range w.scalers {
		if s.ref == ref {
			return s
		}
	}
	return nil
}

func (w *World) showHPA(o *inventory.Object) *inventory.Object {
	s := w.scalerOf(o.Ref)
	if s == nil || s.keda != nil {
		return o
	}
	return replaced(o, s.withStatus())
}

// showGenerated is KEDA's HPA.
func (w *World) showGenerated(s *scaler) *inventory.Object {
	hpa := s.withStatus()
	meta := inventory.Meta{
		Name: hpa.Name, Namespace: hpa.Namespace, UID: uid("hpa/" + hpa.Namespace + "/" + hpa.Name), CreationTimestamp: s.owner.Object.Meta.CreationTimestamp,
		Labels:          map[string]string{"scaledobject.keda.sh/name": s.ref.Name, "app.kubernetes.io/managed-by": "keda-operator"},
		OwnerReferences: controlledBy("keda.sh/v1alpha1", "ScaledObject", s.ref.Name),
		ResourceVersion: s.owner.Object.Meta.ResourceVersion,
	}
	return inventory.FromTyped(inventory.HorizontalPodAutoscaler, meta, hpa)
}

// withStatus is the HPA as its controller left it at the last sync.
func (s *scaler) withStatus() *autoscalingv2.HorizontalPodAutoscaler {
	hpa := *s.hpa
	d := &s.decision
	hpa.Status = autoscalingv2.HorizontalPodAutoscalerStatus{
		CurrentReplicas: s.moment.Status, DesiredReplicas: d.To, Conditions: s.conditions(),
	}
	if !s.rescaled.IsZero() {
		hpa.Status.LastScaleTime = pointer(metav1.NewTime(s.rescaled))
	}
	for i, p := range d.Proposals {
		if p.Err == "" && i < len(hpa.Spec.Metrics) {
			hpa.Status.CurrentMetrics = append(hpa.Status.CurrentMetrics, currentMetric(hpa.Spec.Metrics[i], p, s.moment.Status))
		}
	}
	return &hpa
}

func currentMetric(spec autoscalingv2.MetricSpec, p Proposal, replicas int32) autoscalingv2.MetricStatus {
	value := p.Value
	perReplica := p.PerReplica && spec.Type != autoscalingv2.PodsMetricSourceType && replicas > 0
	if perReplica {
		value /= float64(replicas)
	}
	quantity := resource.NewMilliQuantity(int64(math.Ceil(value*milli)), resource.DecimalSI)
	current := autoscalingv2.MetricValueStatus{AverageValue: quantity}
	if !p.PerReplica {
		current = autoscalingv2.MetricValueStatus{Value: quantity}
	}
	m := autoscalingv2.MetricStatus{Type: spec.Type}
	switch {
	case spec.Pods != nil:
		m.Pods = &autoscalingv2.PodsMetricStatus{Metric: spec.Pods.Metric, Current: current}
	case spec.Object != nil:
		m.Object = &autoscalingv2.ObjectMetricStatus{Metric: spec.Object.Metric, DescribedObject: spec.Object.DescribedObject, Current: current}
	case spec.External != nil:
		m.External = &autoscalingv2.ExternalMetricStatus{Metric: spec.External.Metric, Current: current}
	case spec.Resource != nil:
		if spec.Resource.Target.AverageUtilization != nil {
			current = autoscalingv2.MetricValueStatus{AverageUtilization: pointer(int32(value))}
		}
		m.Resource = &autoscalingv2.ResourceMetricStatus{Name: spec.Resource.Name, Current: current}
	}
	return m
}

// conditions are the controller's, in its words.
func (s *scaler) conditions() []autoscalingv2.HorizontalPodAutoscalerCondition {
	d := &s.decision
	build := func(kind autoscalingv2.HorizontalPodAutoscalerConditionType, holds bool, reason, message string) autoscalingv2.HorizontalPodAutoscalerCondition {
		status := corev1.ConditionTrue
		if !holds {
			status = corev1.ConditionFalse
		}
		return autoscalingv2.HorizontalPodAutoscalerCondition{Type: kind, Status: status, Reason: reason, Message: message, LastTransitionTime: metav1.NewTime(s.changed)}
	}
	able := build(autoscalingv2.AbleToScale, true, string(ReadyForNewScale), "recommended size matches current size")
	switch {
	case s.synced.IsZero():
		return nil
	case s.memory.rests(s.moment.Spec):
		return []autoscalingv2.HorizontalPodAutoscalerCondition{
			build(autoscalingv2.AbleToScale, true, "SucceededGetScale", "the HPA controller was able to get the target's current scale"),
			build(autoscalingv2.ScalingActive, false, "ScalingDisabled", "scaling is disabled since the replica count of the target is zero"),
		}
	case d.Failed != "":
		able.Reason, able.Message = "SucceededGetScale", "the HPA controller was able to get the target's current scale"
		reason, message := s.failure()
		return []autoscalingv2.HorizontalPodAutoscalerCondition{able, build(autoscalingv2.ScalingActive, false, reason, message)}
	}
	if d.Stabilisation == ScaleUpStabilized || d.Stabilisation == ScaleDownStabilized {
		able.Reason, able.Message = string(d.Stabilisation), "recent recommendations were applied, and the window holds"
	}
	if d.To != d.From {
		able.Reason, able.Message = "SucceededRescale", fmt.Sprintf("the HPA controller was able to update the target scale to %d", d.To)
	}
	active := build(autoscalingv2.ScalingActive, true, "ValidMetricFound", "the HPA was able to successfully calculate a replica count")
	limited := build(autoscalingv2.ScalingLimited, d.Limit != DesiredWithinRange && d.Limit != "", string(d.Limit), limitText(d.Limit))
	return []autoscalingv2.HorizontalPodAutoscalerCondition{able, active, limited}
}

func limitText(limit Reason) string {
	switch limit {
	case TooManyReplicas:
		return "the desired replica count is more than the maximum replica count"
	case TooFewReplicas:
		return "the desired replica count is less than the minimum replica count"
	case ScaleUpLimit:
		return "the desired replica count is increasing faster than the maximum scale rate"
	case ScaleDownLimit:
		return "the desired replica count is decreasing faster than the maximum scale rate"
	}
	return "the desired count is within the acceptable range"
}

// failure is the reason of ScalingActive=False.
func (s *scaler) failure() (reason, message string) {
	if s.decision.Failed == ambiguous {
		return "AmbiguousSelector", "pods by selector are controlled by multiple HPAs"
	}
	for i, p := range s.decision.Proposals {
		if p.Err == "" {
			continue
		}
		switch m := s.view.Metrics[i]; m.Source {
		case inventory.SourcePods:
			return "FailedGetPodsMetric", fmt.Sprintf("the HPA was unable to compute the replica count: unable to get metric %s: %s", m.Name, p.Err)
		case inventory.SourceObject:
			return "FailedGetObjectMetric", fmt.Sprintf("the HPA was unable to compute the replica count: unable to get metric %s: %s", m.Name, p.Err)
		case inventory.SourceResource:
			return "FailedGetResourceMetric", fmt.Sprintf("the HPA was unable to compute the replica count: failed to get %s utilization: %s", m.Name, p.Err)
		default:
			return "FailedGetExternalMetric", fmt.Sprintf("the HPA was unable to compute the replica count: unable to get external metric %s/%s: %s", s.hpa.Namespace, m.Name, p.Err)
		}
	}
	return "FailedComputeMetricsReplicas", s.decision.Failed
}

func (w *World) showScaledObject(o *inventory.Object, content *inventory.ScaledObjectContent) *inventory.Object {
	s := w.scalerOf(o.Ref)
	if s == nil {
		return o
	}
	so := *content
	so.Status.HPAName = s.hpa.Name
	so.Status.Conditions = nil
	for i := range s.hpa.Spec.Metrics {
		if e := s.hpa.Spec.Metrics[i].External; e != nil {
			so.Status.ExternalMetricNames = append(so.Status.ExternalMetricNames, e.Metric.Name)
		}
	}
	set := func(kind string, holds bool, reason, message string) {
		status := "False"
		if holds {
			status = "True"
		}
		so.Status.Conditions = append(so.Status.Conditions, struct {
			Type    string `json:"type"`
			Status  string `json:"status"`
			Reason  string `json:"reason,omitempty"`
			Message string `json:"message,omitempty"`
		}{kind, status, reason, message})
	}
	s.tell(set)
	return replaced(o, &so)
}

// tell are KEDA's conditions.
func (s *scaler) tell(set func(kind string, holds bool, reason, message string)) {
	k := s.keda
	if k.failing && !k.active && s.owner.KEDA.Spec.Fallback == nil {
		set("Ready", false, "TriggerError", "Triggers defined in ScaledObject are not working correctly")
	} else {
		set("Ready", true, "ScaledObjectReady", "ScaledObject is defined correctly and is ready for scaling")
	}
	switch {
	case k.active:
		set("Active", true, "ScalerActive", "Scaling is performed because triggers are active")
	case k.cooling:
		set("Active", false, "ScalerCooldown", "Scaler cooling down because triggers are not active")
	default:
		set("Active", false, "ScalerNotActive", "Scaling is not performed because triggers are not active")
	}
	if k.fallen {
		set("Fallback", true, "FallbackExists", "At least one trigger is falling back on this scaled object")
	} else {
		set("Fallback", false, "NoFallbackFound", "No fallbacks are active on this scaled object")
	}
	set("Paused", s.paused(), "ScaledObjectPaused", "")
}

// noteChange notes when the state that the conditions tell has changed last.
func (s *scaler) noteChange(now time.Time, before Decision) {
	d := &s.decision
	if s.changed.IsZero() || d.Failed != before.Failed || d.Limit != before.Limit || d.Stabilisation != before.Stabilisation {
		s.changed = now
	}
}
