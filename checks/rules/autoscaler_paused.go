package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: KEDA apis/keda/v1alpha1/scaledobject_types.go, getBoolAnnotation: what
// is no boolean counts as true; Kubernetes autoscaling/v2, selectPolicy.
var autoscalerPaused = &checks.Check{
	ID:       "autoscaler-paused",
	Severity: checks.Warning,
	Section:  checks.Policy,
	Doc: checks.Doc{
		Title:  "Scaling is switched off, in one direction or both",
		Why:    "A pause for a maintenance or an incident is one annotation or one field, and nothing reminds of it: the autoscaler is there, reads its metrics or looks as if it did, and adds no replica when the queue grows. A count that was fixed for the night is kept through the day.",
		Remedy: "Remove the annotation, or write selectPolicy: Max. A pause that has to last is better written as bounds.",
		Ignore: "The pause is meant and somebody ends it. An annotation beside it that names a ticket, an incident, a maintenance or a reason makes the finding an info.",
		Sources: []string{
			"https://keda.sh/docs/latest/concepts/scaling-deployments/#pausing-autoscaling",
			"https://github.com/kedacore/keda/blob/main/apis/keda/v1alpha1/scaledobject_types.go",
			"https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/#implicit-maintenance-mode-deactivation",
		},
	},
	Needs:  checks.Needs{Kinds: checks.Autoscalers(), Sharpens: checks.Only(inventory.CronJob, inventory.ConfigMap)},
	Params: []checks.Param{{Name: "recentHours", Value: 24, Min: 0, Max: 8760, Doc: "findings about objects younger than this are infos"}},
	Run: func(pass *checks.Pass) {
		commands := slices.DeleteFunc(pass.ScheduledCommands(), func(c inventory.ScheduledCommand) bool { return c.Suspended })
		for _, a := range pass.Autoscalers() {
			for _, hold := range a.Holds() {
				pausedHold(pass, a, hold)
			}
			if a.StandsAtZero() && !a.Released(commands) {
				message := fmt.Sprintf("at 0 replicas of %s, below its minimum of %d, %s stands still until somebody scales that up", a.Target.Short(), a.Min, a.Object.Short())
				pausedReport(pass, checks.Finding{
					At: a.Object.At("status", "conditions"), Workload: a.Workload, Message: message,
					Fix: &checks.Fix{Title: "scale the target to the minimum", Safety: checks.Manual},
				}, "ScalingActive=False ScalingDisabled", checks.Warning)
			}
		}
		for _, w := range pass.Workloads() {
			pausedWorkload(pass, w)
		}
	},
}

func pausedHold(pass *checks.Pass, a *inventory.Autoscaler, hold inventory.Hold) {
	what := hold.Path.Last()
	yes, known := pass.Holds(inventory.KEDAPausesOneWay)
	if strings.HasPrefix(what, "autoscaling.keda.sh/paused-scale-") && known && !yes {
		return // nobody reads it yet
	}
	severity, effect := checks.Info, "replicas are never taken away"
	switch {
	case hold.Zero:
		effect = a.Target.Short() + " never goes to 0 replicas"
	case hold.Up && hold.Down:
		severity, effect = checks.Warning, "KEDA keeps no HPA for "+a.Target.Short()+", whose replicas stay as they are"
		if count, err := strconv.Atoi(hold.Value); err == nil && strings.HasSuffix(what, "-replicas") {
			effect = fmt.Sprintf("KEDA keeps no HPA for %s, and its replicas at %d", a.Target.Short(), count)
		}
	case hold.Up:
		severity, effect = checks.Warning, "replicas are never added"
	}
	at := a.Object.At(hold.Path...)
	if hold.Path[0] == "spec" {
		what = hold.Path[len(hold.Path)-2:].String()
	}
	fix := &checks.Fix{Title: "let it scale again", Safety: checks.Safe, Object: a.Object, Edits: []checks.Edit{{Path: at.Path}}}
	if severity == checks.Info && hold.Path[0] == "spec" || !a.GeneratedBy.IsZero() {
		fix = &checks.Fix{Title: fix.Title, Safety: checks.Manual} // never down is often meant; what is generated comes back
	}
	f := checks.Finding{At: at, Workload: a.Workload, Message: fmt.Sprintf("%s %q of %s: %s", what, hold.Value, a.Object.Short(), effect), Fix: fix}
	pausedReport(pass, f, hold.Value, severity)
}

// pausedWorkload is about the workload itself: it is stopped, or does not follow
// its template. A stop takes all pods away, so it is no oversight.
func pausedWorkload(pass *checks.Pass, w *inventory.Workload) {
	if at, stopped := w.Stopped(); stopped {
		message := fmt.Sprintf("serving.kserve.io/stop: KServe runs no pods of %s", w.Owner.Short())
		pausedReport(pass, checks.Finding{At: at, Workload: w, Message: message, Fix: &checks.Fix{Title: "remove the annotation", Safety: checks.Manual}}, "true", checks.Info)
	}
	if !w.RolloutPaused() {
		return
	}
	f := checks.Finding{At: w.Blame("spec", "paused"), Workload: w, Message: fmt.Sprintf("the rollout of %s is paused: a changed pod template starts no pods", w.Ref().Short())}
	f.Fix = &checks.Fix{Title: "resume the rollout", Safety: checks.Manual}
	if !w.Generated() {
		f.Fix = &checks.Fix{Title: f.Fix.Title, Safety: checks.Unsafe, Restarts: true, Object: w.Object, Edits: []checks.Edit{checks.Remove("spec", "paused")}}
	}
	pausedReport(pass, f, "true", checks.Warning)
}

// pausedReport is milder where somebody is at it, or wrote down why.
func pausedReport(pass *checks.Pass, f checks.Finding, value string, severity checks.Severity) {
	f.Severity, f.Evidence = severity, []checks.Evidence{{Path: f.At.Path.String(), Value: value, Basis: checks.Observed}}
	age, known := f.At.Object.Age(pass.Now)
	if known && age < time.Duration(pass.Param("recentHours"))*time.Hour || f.At.Object.TellsWhy() {
		f.Severity = checks.Info
	}
	pass.Report(f)
}
