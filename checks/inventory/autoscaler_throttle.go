package inventory

import "time"

// AtOnce says whether one step of scaling down may take the whole surplus above
// the minimum. Less than everything a minute, or slower, is a limit somebody
// chose.
func (r ScalingRules) AtOnce(bound, surplus int32) bool {
	step, period := r.Step(bound)
	return step >= surplus && (step >= bound || period < time.Minute)
}

// Unthrottled returns how many replicas a single low reading, or one step, may
// take away, 0 where something holds them back. It is silent on patches, on
// bounds that nobody sees and where there is one replica to take.
func (a *Autoscaler) Unthrottled() int32 {
	surplus, down := a.Max-a.Floor(), a.ScaleDown()
	if surplus <= 1 || a.Object.Fragment || !a.BoundsKnown() || a.Hidden() || down.Disabled() {
		return 0
	}
	if !down.AtOnce(a.Max, surplus) && down.Window > 0 {
		return 0
	}
	step, _ := down.Step(a.Max)
	return min(step, surplus)
}
