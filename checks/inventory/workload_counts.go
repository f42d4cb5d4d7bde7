package inventory

import (
	"time"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Bounds are the fewest and the most replicas a workload is meant to run. By
// names the objects that say so.
type Bounds struct {
	Min, Max int32
	Known    bool // false for a fragment, or when nobody could look for autoscalers
	Scaled   bool // by an autoscaler; otherwise both bounds are spec.replicas
}

// Bounds returns the replica range of a workload: its autoscaler's, else its
// own spec.replicas.
func (s *Snapshot) Bounds(w *Workload) Bounds {
	all := s.AutoscalersOf(w)
	if len(all) == 0 {
		known := !w.Object.Fragment && s.Saw(HorizontalPodAutoscaler, w.Object.Namespace) && s.Saw(ScaledObject, w.Object.Namespace)
		replicas := int32(1)
		if w.Replicas != nil {
			replicas = *w.Replicas
		}
		return Bounds{Min: replicas, Max: replicas, Known: known}
	}
	b := Bounds{Min: all[0].Min, Max: all[0].Max, Known: true, Scaled: true}
	for _, a := range all[1:] {
		b.Min, b.Max = min(b.Min, a.Min), max(b.Max, a.Max)
	}
	return b
}

// Percent rules of the API: a Deployment's maxUnavailable rounds down and its
// maxSurge up; a budget's percentages round up.

// ScaledValue turns a number or a percentage of total into a count. It returns
// false for text that is neither.
func ScaledValue(v intstr.IntOrString, total int32, roundUp bool) (int32, bool) {
	value, err := intstr.GetScaledValueFromIntOrPercent(&v, int(total), roundUp)
	return int32(value), err == nil
}

// Rolling is how a Deployment replaces its pods.
type Rolling struct {
	Recreate       bool
	MaxUnavailable intstr.IntOrString
	MaxSurge       intstr.IntOrString
	Written        bool // false: the API's defaults of 25 % each
}

// RollingUpdate returns a Deployment's strategy, and false for other kinds.
func (w *Workload) RollingUpdate() (Rolling, bool) {
	deployment := As[appsv1.Deployment](w.Object)
	if deployment == nil {
		return Rolling{}, false
	}
	quarter := intstr.FromString("25%")
	r := Rolling{MaxUnavailable: quarter, MaxSurge: quarter}
	strategy := deployment.Spec.Strategy
	r.Recreate = strategy.Type == appsv1.RecreateDeploymentStrategyType
	if strategy.RollingUpdate != nil {
		if strategy.RollingUpdate.MaxUnavailable != nil {
			r.MaxUnavailable, r.Written = *strategy.RollingUpdate.MaxUnavailable, true
		}
		if strategy.RollingUpdate.MaxSurge != nil {
			r.MaxSurge, r.Written = *strategy.RollingUpdate.MaxSurge, true
		}
	}
	return r, true
}

// defaultProgressDeadline is apps/v1's.
const defaultProgressDeadline = 600 * time.Second

// ProgressDeadline is how long a Deployment's rollout may make no progress
// before it is reported failed; false for other kinds.
func (w *Workload) ProgressDeadline() (time.Duration, bool) {
	deployment := As[appsv1.Deployment](w.Object)
	if deployment == nil {
		return 0, false
	}
	if deployment.Spec.ProgressDeadlineSeconds != nil {
		return time.Duration(*deployment.Spec.ProgressDeadlineSeconds) * time.Second, true
	}
	return defaultProgressDeadline, true
}
