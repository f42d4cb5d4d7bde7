package inventory

import (
	"strconv"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
)

// Count writes a number with its noun: "1 replica", "2 replicas".
func Count(n int32, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(int(n)) + " " + noun + "s"
}

// holdWindow is a stabilization window after which a lull is no longer a lull.
const holdWindow = 1800 // seconds

// HoldsScaleDown says whether the autoscaler never scales in by itself, or only
// after half an hour of low load.
func (a *Autoscaler) HoldsScaleDown() bool {
	if a.Behavior == nil || a.Behavior.ScaleDown == nil {
		return false
	}
	down := a.Behavior.ScaleDown
	disabled := down.SelectPolicy != nil && *down.SelectPolicy == autoscalingv2.DisabledPolicySelect
	return disabled || down.StabilizationWindowSeconds != nil && *down.StabilizationWindowSeconds >= holdWindow
}
