package sim

import (
	"slices"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Observe explains what a running controller decided last: what the metrics ask
// for is computed from the readings, what became of it is read off the HPA's
// conditions and counts, since nobody else knows the controller's memory. The
// autoscaler may be the ScaledObject over the HPA.
func Observe(a *inventory.Autoscaler, hpa *autoscalingv2.HorizontalPodAutoscaler, m Moment) Decision {
	h := NewHPA(targeted(a, hpa), m.Now, m.Spec)
	d := Decision{From: m.Spec, To: hpa.Status.DesiredReplicas, By: -1}
	active := condition(hpa, autoscalingv2.ScalingActive)
	switch {
	case m.Spec == 0:
		d.To, d.Failed = m.Spec, "the target has no replicas: scaling is disabled"
		return d
	case active != nil && active.Status == "False" && active.Reason != "ScalingDisabled" && !anyReading(m):
		d.To, d.Failed = m.Spec, active.Reason // status.desiredReplicas keeps what it was, 0 at first
		return d
	}
	h.propose(m, &d)
	if d.Failed != "" {
		d.To = m.Spec
		return d
	}
	d.Stabilised, d.Stabilisation, d.Limit = d.Asked, ReadyForNewScale, DesiredWithinRange
	if able := condition(hpa, autoscalingv2.AbleToScale); able != nil {
		if r := Reason(able.Reason); r == ScaleUpStabilized || r == ScaleDownStabilized {
			d.Stabilisation, d.Stabilised = r, d.To
		}
	}
	if limited := condition(hpa, autoscalingv2.ScalingLimited); limited != nil && limited.Status == "True" {
		d.Limit = Reason(limited.Reason)
	}
	return d
}

// targeted fills in the targets that only KEDA knows, as of a cron trigger: they
// stand in the HPA that it made.
func targeted(a *inventory.Autoscaler, hpa *autoscalingv2.HorizontalPodAutoscaler) *inventory.Autoscaler {
	filled := *a
	filled.Metrics = slices.Clone(a.Metrics)
	for i := range filled.Metrics {
		m := &filled.Metrics[i]
		if _, target, ok := inventory.MetricValue(hpa, a.InHPA(hpa, i)); ok && m.Source == inventory.SourceTrigger {
			m.Target, m.HasTarget = target, true
		}
	}
	return &filled
}

func anyReading(m Moment) bool {
	for _, r := range m.Readings {
		if r.Err == "" {
			return true
		}
	}
	return false
}

func condition(hpa *autoscalingv2.HorizontalPodAutoscaler, of autoscalingv2.HorizontalPodAutoscalerConditionType) *autoscalingv2.HorizontalPodAutoscalerCondition {
	for i := range hpa.Status.Conditions {
		if hpa.Status.Conditions[i].Type == of {
			return &hpa.Status.Conditions[i]
		}
	}
	return nil
}

// Agrees says whether the decision follows from what it says: the count that the
// metrics ask for, within the window, the policies and the bounds that the
// controller named. A doubt is a sample that has moved since the last sync.
func (d Decision) Agrees(a *inventory.Autoscaler) bool {
	switch {
	case d.Failed != "":
		return d.To == d.From
	case d.Bounds:
		return d.To == a.Min || d.To == a.Max
	}
	switch d.Limit {
	case TooManyReplicas:
		return d.To == a.Max && d.Asked >= d.To
	case TooFewReplicas:
		return d.To == a.Min && (d.Asked <= d.To || d.Stabilisation == ScaleUpStabilized)
	case ScaleUpLimit:
		return d.Asked > d.To && d.To >= d.From && d.To < a.Max
	case ScaleDownLimit:
		return d.Asked < d.To && d.To <= d.From && d.To > a.Min
	}
	switch d.Stabilisation {
	case ScaleUpStabilized:
		return d.To <= d.Asked
	case ScaleDownStabilized:
		return d.To >= d.Asked
	}
	return d.To == d.Asked
}

// Since is how long ago the autoscaler last changed the count, and false when it
// never did.
func Since(hpa *autoscalingv2.HorizontalPodAutoscaler, now time.Time) (time.Duration, bool) {
	if hpa.Status.LastScaleTime == nil {
		return 0, false
	}
	return now.Sub(hpa.Status.LastScaleTime.Time), true
}
