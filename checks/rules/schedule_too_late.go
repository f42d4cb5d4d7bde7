package rules

import (
	"fmt"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: kaito-project/kaito#2325, the one start that was published phase by
// phase. Kubernetes horizontal.go: a raised minimum is met at once, whatever the
// behavior says; a cron trigger's metric is not.
var scheduleTooLate = &checks.Check{
	ID:       "schedule-too-late",
	Severity: checks.Warning,
	Section:  checks.Schedules,
	Doc: checks.Doc{
		Title:  "The scheduled replicas are not Ready when the hour begins",
		Why:    "A schedule says when replicas are asked for, and what counts is when they are Ready: behavior.scaleUp spreads the creation over its periods, a GPU node may have to be ordered first, and then every replica loads its model. A raise at half past for the full hour is late as soon as that takes more than half an hour; a raise on the hour is late by all of it. A schedule between two full hours is taken to be meant for the next one.",
		Remedy: "Begin earlier by the time that the slowest start took, with a node's on top where no spare one stands ready. Let behavior.scaleUp add all scheduled replicas in one step.",
		Ignore: "The hour already is the time of the peak less the start, or the replicas serve from a warm cache in seconds.",
		Sources: []string{
			"https://github.com/kaito-project/kaito/issues/2325",
			"https://keda.sh/docs/latest/scalers/cron/",
			"https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/podautoscaler/horizontal.go",
		},
	},
	Needs: checks.Needs{Kinds: checks.Kinds(checks.Autoscalers(), checks.Only(inventory.CronJob)), Sharpens: checks.Only(inventory.ConfigMap, inventory.Pod)},
	Params: checks.LoadParams(
		checks.Param{
			Name: "nodeMinutes", Value: 7, Min: 0, Max: 120,
			Doc: "minutes until a new GPU node can run a pod, added to slow starts; 284 s to order one and 126 s to set it up in kaito#2325; 0 where nodes stand ready",
		},
	),
	CausedBy: []string{"schedule-broken", "schedule-fights-autoscaler", "autoscaler-paused"},
	Run: func(pass *checks.Pass) {
		node := time.Duration(pass.Param("nodeMinutes") * float64(time.Minute))
		for _, r := range pass.ScheduledRaises() {
			if start, ok := pass.StartTime(r.Workload); ok {
				lateReport(pass, r, start, node)
			}
		}
	},
}

// lateReport warns where the fastest start misses the hour that a raise between
// two hours is meant for. Where only the slowest may, and where the hour of the
// raise itself is meant, it tells the arithmetic.
func lateReport(pass *checks.Pass, r inventory.ScheduledRaise, start inventory.StartTime, node time.Duration) {
	const little = 5 * time.Minute // a start that needs no lead
	f := checks.Finding{Severity: checks.Info, At: r.Object.At(r.Path...), Workload: r.Workload}
	lead, fast, slow := r.Lead(), r.Ramp+start.Fast, r.Ramp+node+start.Slow
	asks := fmt.Sprintf("asks for %s of %s at %s", inventory.Count(r.To, "replica"), r.Workload.Owner.Short(), r.Clock(0))
	switch {
	case lead == 0 && fast > little:
		f.Message = fmt.Sprintf("%s, and the last is Ready at %s at the earliest: %s", asks, r.Clock(fast), lateSum(r, start.Fast, start))
	case lead > 0 && fast > lead:
		f.Severity = checks.Warning
		f.Message = fmt.Sprintf("%s, %s before the hour, and the last is Ready at %s at the earliest: %s", asks, lead, r.Clock(fast), lateSum(r, start.Fast, start))
	case lead > 0 && slow > lead:
		f.Message = fmt.Sprintf("%s, %s before the hour, and with a new node the last may be Ready at %s: %s, and %s for the node", asks, lead, r.Clock(slow), lateSum(r, start.Slow, start), node)
	default:
		return
	}
	basis := checks.Derived
	if start.Measured == 0 {
		basis = checks.Assumed
	}
	f.Evidence = []checks.Evidence{
		{Path: r.Path.String(), Value: r.Text, Basis: checks.Observed},
		{Path: "start", Value: fmt.Sprintf("%s to %s", start.Fast.Round(time.Second), start.Slow.Round(time.Second)), Basis: basis},
		{Path: "behavior", Value: r.Ramp.String(), Basis: checks.Derived},
	}
	f.Fix = lateFix(r, slow, lead)
	pass.Report(f)
}

// lateSum writes what adds up.
func lateSum(r inventory.ScheduledRaise, took time.Duration, start inventory.StartTime) string {
	sum := took.Round(time.Second).String()
	if start.Measured > 0 {
		sum += " to load, measured"
	} else {
		sum += fmt.Sprintf(" to load %.0f GiB, by estimate", start.GiB)
	}
	if r.Ramp > 0 {
		sum = r.Ramp.String() + " until it is created, " + sum
	}
	return sum
}

// lateFix begins early enough for the slowest start, a new node included.
func lateFix(r inventory.ScheduledRaise, slow, lead time.Duration) *checks.Fix {
	fix := &checks.Fix{Title: fmt.Sprintf("begin %s earlier", (slow - lead).Round(time.Minute)), Safety: checks.Manual, Object: r.Object}
	if text, ok := r.Earlier(slow); ok {
		fix.Title, fix.Safety = fmt.Sprintf("begin at %q", text), checks.Safe
		fix.Edits = []checks.Edit{checks.Set(text, r.Path...)}
	}
	return fix
}
