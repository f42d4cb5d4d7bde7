package inventory

import (
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
)

// Lowest returns the fewest replicas that the autoscaler goes down to without
// load, and the field that says so: KEDA's idleReplicaCount, which works only
// as 0, else the minimum.
func (a *Autoscaler) Lowest() (replicas int32, at Path) {
	if a.KEDA != nil && a.KEDA.Spec.IdleReplicaCount != nil && *a.KEDA.Spec.IdleReplicaCount == 0 {
		return 0, Path{"spec", "idleReplicaCount"}
	}
	return a.Min, a.MinPath
}

// Moves says whether the bounds leave the autoscaler anything to decide.
func (a *Autoscaler) Moves() bool {
	lowest, _ := a.Lowest()
	return lowest < a.Max
}

// Defaults of kube-controller-manager (--horizontal-pod-autoscaler-downscale-stabilization)
// and of KEDA (cooldownPeriod).
const (
	defaultScaleInWindow = 5 * time.Minute
	defaultCooldown      = 5 * time.Minute
)

// Patience is how long the load has to be gone before the autoscaler takes the
// first replica away; never says that it takes none. KEDA goes to zero, or to
// idle, when the cooldown is over, whatever the HPA's behavior says.
func (a *Autoscaler) Patience() (wait time.Duration, never bool) {
	wait = defaultScaleInWindow
	if a.Behavior != nil && a.Behavior.ScaleDown != nil {
		down := a.Behavior.ScaleDown
		never = down.SelectPolicy != nil && *down.SelectPolicy == autoscalingv2.DisabledPolicySelect
		if down.StabilizationWindowSeconds != nil {
			wait = time.Duration(*down.StabilizationWindowSeconds) * time.Second
		}
	}
	if lowest, _ := a.Lowest(); a.KEDA == nil || lowest > 0 {
		return wait, never
	}
	cooldown := defaultCooldown
	if a.KEDA.Spec.CooldownPeriod != nil {
		cooldown = time.Duration(*a.KEDA.Spec.CooldownPeriod) * time.Second
	}
	if never {
		return cooldown, false
	}
	return min(wait, cooldown), false
}
