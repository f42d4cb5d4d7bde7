package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: KEDA, controllers/keda/scaledobject_controller.go: a change of the
// generated HPA's spec is undone. Kubernetes, horizontal.go: replicas are too.
var scheduleFightsAutoscaler = &checks.Check{
	ID:       "schedule-fights-autoscaler",
	Severity: checks.Error,
	Section:  checks.Schedules,
	Doc: checks.Doc{
		Title:  "A CronJob sets replicas or bounds that something else sets back",
		Why:    "KEDA watches the HPA that it generates and writes its own bounds back at once. An HPA decides on its target's replicas at every sync, 15 s apart by default, so a scaled Deployment goes back to what the metrics ask for. A bound that a manifest also writes lasts until the manifest is applied again, which GitOps does by itself. The capacity for the busy hours is then not there when they begin, or stays when they end.",
		Remedy: "Put the schedule into the ScaledObject: a cron trigger beside the load trigger is a floor for its hours, and minReplicaCount the floor for the rest.",
		Ignore: "The manifest is never applied while the schedule's value should hold.",
		Sources: []string{
			"https://keda.sh/docs/latest/scalers/cron/",
			"https://github.com/kedacore/keda/blob/main/controllers/keda/hpa.go",
			"https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/#implicit-maintenance-mode-deactivation",
		},
	},
	Needs:  checks.Needs{Kinds: checks.Kinds(checks.Autoscalers(), checks.Only(inventory.CronJob)), Sharpens: checks.Only(inventory.ConfigMap, inventory.Pod)},
	Params: checks.LoadParams(),
	Run: func(pass *checks.Pass) {
		commands := slices.DeleteFunc(pass.ScheduledCommands(), func(c inventory.ScheduledCommand) bool { return c.Suspended })
		for _, c := range commands {
			impact := pass.Impact(c)
			if message, severity := scheduleFault(pass, c, impact, commands); message != "" {
				pass.Report(checks.Finding{
					Severity: severity, At: c.CronJob.At(c.Path...), Workload: impact.Workload, Message: message,
					Evidence: []checks.Evidence{{Path: c.Path.String(), Value: c.Verb + " " + c.Target.String(), Basis: checks.Observed}},
					Fix:      pass.ScheduleFix(c, impact.Workload, commands),
				})
			}
		}
	},
}

// scheduleFault says who sets back what a command sets; empty for nobody.
func scheduleFault(pass *checks.Pass, c inventory.ScheduledCommand, impact inventory.ScheduledImpact, commands []inventory.ScheduledCommand) (string, checks.Severity) {
	if impact.Part == inventory.PartNone && c.Verb == "patch" {
		return lostSchedule(pass, c), checks.Error
	}
	for _, field := range c.Sets {
		switch a := impact.Autoscaler; impact.Part {
		case inventory.PartGenerated:
			if field.Path[0] != "spec" {
				continue
			}
			return scheduledText(field, c.Target) + fmt.Sprintf(", but %s generates that HPA and sets it back", impact.Generator.Short()), checks.Error
		case inventory.PartBounds:
			if message, severity := boundsSetBack(pass, a, field); message != "" {
				return message, severity
			}
		case inventory.PartReplicas:
			if field.Path.String() == "spec.replicas" && field.Known && !a.Released(commands) {
				return replicasSetBack(c, a, field.Value), checks.Error
			}
		}
	}
	return "", 0
}

func scheduledText(field inventory.ScheduledField, target inventory.Ref) string {
	text := fmt.Sprintf("sets %s of %s", strings.TrimPrefix(field.Path.String(), "spec."), target.Short())
	if field.Known {
		text += " to " + field.Value
	}
	return text
}

// boundsSetBack is about an autoscaler whose manifest writes the same field with
// another value.
func boundsSetBack(pass *checks.Pass, a *inventory.Autoscaler, field inventory.ScheduledField) (string, checks.Severity) {
	value, bound := map[string]int32{a.MinPath.String(): a.Min, a.MaxPath.String(): a.Max}[field.Path.String()]
	if pass.IsLive() || !bound || !field.Known || field.Value == fmt.Sprint(value) || !a.Object.Written(field.Path...) {
		return "", 0
	}
	message := scheduledText(field, a.Object.Ref) + fmt.Sprintf("; its manifest says %d and restores that when it is applied again", value)
	for _, other := range pass.AutoscalersOf(a.Workload) {
		if a.Workload != nil && other != a {
			name := cmp.Or(other.GeneratedName(), other.Object.Name)
			return message + fmt.Sprintf(", and %s scales the same %s by the HPA %s, from a minimum of %d", other.Object.Short(), a.Target.Kind, name, other.Min), checks.Error
		}
	}
	return message, checks.Warning
}

// replicasSetBack is about the count that an autoscaler decides on.
func replicasSetBack(c inventory.ScheduledCommand, a *inventory.Autoscaler, value string) string {
	if value != "0" {
		return fmt.Sprintf("sets %s to %s replicas; %s sets the count that its metrics ask for at its next sync", c.Target.Short(), value, a.Object.Short())
	}
	if a.Min == 0 || a.KEDA != nil && a.KEDA.Spec.IdleReplicaCount != nil {
		return ""
	}
	return fmt.Sprintf("sets %s to 0 replicas; %s sets it back to its minimum of %d", c.Target.Short(), a.Object.Short(), a.Min)
}

// lostSchedule is about a patch of an HPA that is not there, beside a
// ScaledObject whose HPA has another name.
func lostSchedule(pass *checks.Pass, c inventory.ScheduledCommand) string {
	if _, presence := pass.Find(c.Target); presence != inventory.Absent || c.Target.Kind != inventory.HorizontalPodAutoscaler.String() {
		return ""
	}
	for _, a := range pass.Autoscalers() {
		if a.KEDA != nil && pass.SameNamespace(a.Object.Namespace, c.Target.Namespace) && (pass.IsLive() || a.SharesName(c.Target.Name)) {
			return fmt.Sprintf("patches %s, which does not exist: the HPA that KEDA generates for %s is %s", c.Target.Short(), a.Object.Short(), a.GeneratedName())
		}
	}
	return ""
}
