package inventory

import (
	"math"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
)

// Defaults of autoscaling/v2 (pkg/apis/autoscaling/v2/defaults.go of
// Kubernetes) and of kube-controller-manager.
const (
	defaultScaleUpPods    = 4
	defaultScalePercent   = 100
	defaultScalePeriod    = 15              // seconds
	defaultDownWindow     = 5 * time.Minute // --horizontal-pod-autoscaler-downscale-stabilization
	hpaSyncPeriod         = 15 * time.Second
	plainScaleUpFactor    = 2 // without any behavior: horizontal.go, scaleUpLimitFactor
	plainScaleUpMinimum   = 4 // and scaleUpLimitMinimum
	mostReplicas          = math.MaxInt32
	annotationHPABehavior = "autoscaling.alpha.kubernetes.io/behavior"
	annotationHPAMetrics  = "autoscaling.alpha.kubernetes.io/metrics"
)

// ScalingRules is one direction of an autoscaler's behavior, with the API's
// defaults filled in: how fast the HPA may follow its metrics.
type ScalingRules struct {
	// Window is the stabilization window; WindowSet says whether it is written.
	// Unwritten, scaling down has the window of kube-controller-manager's flag,
	// 300 s unless somebody changed it.
	Window    time.Duration
	WindowSet bool
	// Policies are those in force; PoliciesSet says whether any is written.
	Policies    []autoscalingv2.HPAScalingPolicy
	PoliciesSet bool
	// Select chooses among the policies: Max unless written.
	Select autoscalingv2.ScalingPolicySelect
	// Path leads to the rules from the autoscaler's root, written or not.
	Path Path

	up bool
	// plain says that the autoscaler has no behavior at all, which is not the
	// same as one with defaults: the controller then doubles, or goes to 4.
	plain bool
}

// Plain says whether the autoscaler has no behavior at all.
func (r ScalingRules) Plain() bool { return r.plain }

// ScaleUp returns the rules for adding replicas.
func (a *Autoscaler) ScaleUp() ScalingRules {
	r := ScalingRules{up: true, plain: a.Behavior == nil, Path: a.BehaviorPath.Join("scaleUp"), Policies: []autoscalingv2.HPAScalingPolicy{
		{Type: autoscalingv2.PodsScalingPolicy, Value: defaultScaleUpPods, PeriodSeconds: defaultScalePeriod},
		{Type: autoscalingv2.PercentScalingPolicy, Value: defaultScalePercent, PeriodSeconds: defaultScalePeriod},
	}}
	if a.Behavior == nil {
		return r.filled(nil)
	}
	return r.filled(a.Behavior.ScaleUp)
}

// ScaleDown returns the rules for taking replicas away.
func (a *Autoscaler) ScaleDown() ScalingRules {
	r := ScalingRules{Window: defaultDownWindow, plain: a.Behavior == nil, Path: a.BehaviorPath.Join("scaleDown"), Policies: []autoscalingv2.HPAScalingPolicy{
		{Type: autoscalingv2.PercentScalingPolicy, Value: defaultScalePercent, PeriodSeconds: defaultScalePeriod},
	}}
	if a.Behavior == nil {
		return r.filled(nil)
	}
	return r.filled(a.Behavior.ScaleDown)
}

// filled puts what is written over the defaults, field by field.
func (r ScalingRules) filled(written *autoscalingv2.HPAScalingRules) ScalingRules {
	r.Select = autoscalingv2.MaxChangePolicySelect
	if written == nil {
		return r
	}
	if written.StabilizationWindowSeconds != nil {
		r.Window, r.WindowSet = time.Duration(*written.StabilizationWindowSeconds)*time.Second, true
	}
	if written.SelectPolicy != nil {
		r.Select = *written.SelectPolicy
	}
	if len(written.Policies) > 0 {
		r.Policies, r.PoliciesSet = written.Policies, true
	}
	return r
}

// Disabled says that the autoscaler never goes in this direction.
func (r ScalingRules) Disabled() bool { return r.Select == autoscalingv2.DisabledPolicySelect }

// Step returns the most replicas that one change may add to a fleet of that
// size, or take from it, and the period of the policy that allows it.
func (r ScalingRules) Step(replicas int32) (change int32, period time.Duration) {
	if r.plain {
		return r.plainLimit(replicas), hpaSyncPeriod
	}
	if r.Disabled() {
		return 0, 0
	}
	for i, policy := range r.Policies {
		step, every := r.change(policy, replicas), time.Duration(policy.PeriodSeconds)*time.Second
		better := step > change
		if r.Select == autoscalingv2.MinChangePolicySelect {
			better = step < change
		}
		if i == 0 || better || step == change && every < period {
			change, period = step, every
		}
	}
	return change, period
}

// change is what one policy allows, rounded as horizontal.go does.
func (r ScalingRules) change(policy autoscalingv2.HPAScalingPolicy, replicas int32) int32 {
	switch {
	case policy.Type == autoscalingv2.PodsScalingPolicy:
		return policy.Value
	case r.up:
		return clampReplicas(math.Ceil(float64(replicas)*(1+float64(policy.Value)/100))) - replicas
	}
	return replicas - int32(float64(replicas)*(1-float64(policy.Value)/100))
}

func (r ScalingRules) plainLimit(replicas int32) int32 {
	if !r.up {
		return replicas
	}
	return clampReplicas(max(plainScaleUpFactor*float64(replicas), plainScaleUpMinimum)) - replicas
}

func clampReplicas(n float64) int32 { return int32(min(n, mostReplicas)) }

// PerMinute is the pace that the rules allow a fleet of that size to keep up.
func (r ScalingRules) PerMinute(replicas int32) float64 {
	if r.plain {
		return float64(r.plainLimit(replicas)) * 60 / hpaSyncPeriod.Seconds()
	}
	if r.Disabled() {
		return 0
	}
	pace := 0.0
	for i, policy := range r.Policies {
		if policy.PeriodSeconds <= 0 {
			continue // the API server refuses it
		}
		one := float64(r.change(policy, replicas)) * 60 / float64(policy.PeriodSeconds)
		if r.Select == autoscalingv2.MinChangePolicySelect && i > 0 {
			pace = min(pace, one)
		} else {
			pace = max(pace, one)
		}
	}
	return pace
}

// Reach returns how many replicas a fleet may have when the time has passed
// since the first step, if the metrics ask for the bound all the while: the
// controller's own arithmetic, every 15 s, without the stabilization window
// before the first step.
func (r ScalingRules) Reach(from, bound int32, after time.Duration) int32 {
	type event struct {
		at     time.Duration
		change int32
	}
	var events []event
	now := from
	for at := time.Duration(0); at <= after && now != bound; at += hpaSyncPeriod {
		start := func(period time.Duration) int32 {
			replicas := now
			for _, e := range events {
				if e.at > at-period {
					replicas -= e.change
				}
			}
			return replicas
		}
		next := r.Allowed(now, start)
		if r.up {
			next = min(max(next, now), bound)
		} else {
			next = max(min(next, now), bound)
		}
		if next != now {
			events = append(events, event{at, next - now})
		}
		now = next
	}
	return now
}

// Allowed is the replica count that the policies allow now; start tells the
// count at a period's beginning.
func (r ScalingRules) Allowed(now int32, start func(time.Duration) int32) int32 {
	sign := int32(1)
	if !r.up {
		sign = -1
	}
	if r.plain {
		return now + sign*r.plainLimit(now)
	}
	if r.Disabled() {
		return now
	}
	least := r.Select == autoscalingv2.MinChangePolicySelect
	var far int32
	for i, policy := range r.Policies {
		replicas := start(time.Duration(policy.PeriodSeconds) * time.Second)
		allowed := int64(sign) * (int64(replicas-now) + int64(sign)*int64(r.change(policy, replicas)))
		one := int32(max(0, min(allowed, mostReplicas-int64(now))))
		switch {
		case i == 0:
			far = one
		case least:
			far = min(far, one)
		default:
			far = max(far, one)
		}
	}
	return now + sign*far
}

// Floor is the fewest replicas that the HPA itself keeps: the step from one
// replica to none is KEDA's, and behavior has no say in it.
func (a *Autoscaler) Floor() int32 { return max(a.Min, 1) }

// BoundsKnown says whether both bounds are what stands there, or the default
// where nothing does. A template's placeholder stands there and tells nothing.
func (a *Autoscaler) BoundsKnown() bool {
	known := func(set bool, path Path) bool { return set || !a.Object.Written(path...) }
	return known(a.MinSet, a.MinPath) && known(a.MaxSet, a.MaxPath)
}

// BoundsCross says whether the minimum of an HPA or a ScaledObject is above its
// maximum.
func (a *Autoscaler) BoundsCross() bool {
	return a.Min > a.Max && a.Max > 0 && !a.Object.Fragment && a.BoundsKnown() && (a.HPA != nil || a.KEDA != nil)
}

// Hidden says whether metrics or behavior stand where nobody reads them: an
// object of autoscaling/v1 that was converted keeps them in annotations.
func (a *Autoscaler) Hidden() bool {
	_, behavior := a.Object.Meta.Annotations[annotationHPABehavior]
	_, metrics := a.Object.Meta.Annotations[annotationHPAMetrics]
	return behavior || metrics
}
