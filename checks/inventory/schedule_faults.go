package inventory

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// ScheduleFault is something that is wrong with a schedule.
type ScheduleFault struct {
	Grade FaultGrade
	At    Path   // the field at fault
	Value string // what stands there, or what was seen
	Text  string // for a message
}

// FaultGrade says how bad a fault is.
type FaultGrade uint8

// The grades, mildest first.
const (
	FaultIdle    FaultGrade = iota // without effect, or a doubt
	FaultLoose                     // does something else than it says at times
	FaultRefused                   // does not run at all, or far from what it says
)

// WindowFaults judges the cron triggers of a ScaledObject. Where a formula puts
// the triggers together, only what KEDA refuses is told.
func (a *Autoscaler) WindowFaults() []ScheduleFault {
	var all []ScheduleFault
	windows := a.CronWindows()
	for _, w := range windows {
		switch {
		case w.Refused != "":
			value := cmp.Or(w.Metric.Metadata[w.RefusedAt.Last()], "missing")
			all = append(all, ScheduleFault{FaultRefused, w.RefusedAt, value, "the cron trigger " + w.Refused})
		case a.Formula() == "":
			all = append(all, a.countFaults(w)...)
			all = append(all, a.hourFaults(w, windows)...)
		}
	}
	if len(windows) > 0 && len(windows) == len(a.Metrics) && a.Min == 0 && !a.MinSet && a.BoundsKnown() && a.KEDA.Spec.IdleReplicaCount == nil {
		all = append(all, ScheduleFault{FaultIdle, a.MinPath, "0", "the clock is the only trigger and minReplicaCount is left out: outside its hours there is no replica"})
	}
	return all
}

// countFaults compares the replicas that a window asks for with the bounds.
func (a *Autoscaler) countFaults(w CronWindow) []ScheduleFault {
	fault := func(grade FaultGrade, text string, args ...any) []ScheduleFault {
		return []ScheduleFault{{grade, w.Path.Join("desiredReplicas"), w.Metric.Metadata["desiredReplicas"], fmt.Sprintf(text, args...)}}
	}
	idle := a.KEDA.Spec.IdleReplicaCount != nil
	switch {
	case w.Metric.Value() && w.Desired > 1:
		all := fault(FaultRefused, "the cron trigger has metricType Value: the HPA multiplies its Ready replicas by %d every time it looks", w.Desired)
		all[0].At, all[0].Value = w.Metric.TargetTypePath, "Value"
		return all
	case !a.BoundsKnown():
	case w.Desired > a.Max:
		return fault(FaultLoose, "the cron trigger asks for %d replicas, and %s allows %d", w.Desired, a.MaxPath.Last(), a.Max)
	case w.Desired < a.Min || w.Desired == a.Min && !idle:
		return fault(FaultIdle, "the cron trigger asks for %s, which minReplicaCount %d keeps at any hour", Count(w.Desired, "replica"), a.Min)
	}
	return nil
}

// hourFaults looks at when a window is open, and at the pause before the next.
func (a *Autoscaler) hourFaults(w CronWindow, all []CronWindow) []ScheduleFault {
	var faults []ScheduleFault
	if from, until, ok := w.Lingers(); ok {
		const day = "Mon 15:04"
		faults = append(faults, ScheduleFault{FaultLoose, w.Path.Join("end"), w.EndText, fmt.Sprintf(
			"the cron trigger is open from %s to %s: it ends at both and starts at no time between, and KEDA calls it open when its next end comes before its next start", from.Format(day), until.Format(day))})
	}
	const short = 30 * time.Minute // longer is a pause that somebody wanted
	wait, never := a.Patience()
	for _, next := range all {
		gap, ok := w.GapBefore(next)
		middle := w.End.Next(aMonday).Add(gap / 2)
		held := func(other CronWindow) bool { return other.Zone != w.Zone || other.Open(middle) }
		if ok && !never && gap > wait && gap <= short && !slices.ContainsFunc(all, held) {
			faults = append(faults, ScheduleFault{FaultLoose, next.Path.Join("start"), next.StartText, fmt.Sprintf(
				"the cron trigger opens %s after another one ends, and replicas are let go after %s", gap, wait)})
		}
	}
	return faults
}
