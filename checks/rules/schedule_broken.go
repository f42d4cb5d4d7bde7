package rules

import (
	"fmt"
	"slices"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: Kubernetes pkg/apis/batch/validation/validation.go, validateScheduleFormat
// and validateTimeZone; KEDA pkg/scalers/cron_scaler.go, Validate and
// GetMetricsAndActivity.
var scheduleBroken = &checks.Check{
	ID:       "schedule-broken",
	Severity: checks.Error,
	Section:  checks.Schedules,
	Doc: checks.Doc{
		Title:  "A schedule that does not run, or not when it says",
		Why:    "A CronJob needs the rights to get and patch what it patches, a time zone when its hours are local ones, and a schedule that the API server takes. KEDA refuses a cron trigger that starts when it ends, that asks for 0 replicas or that leaves something out, and with one bad trigger it builds none of the ScaledObject's. It calls a window open whenever the next end comes before the next start: a start on weekdays only, with an end on every day, keeps the busy hours' GPUs through the weekend.",
		Remedy: "Give the CronJob a ServiceAccount with a Role for the verbs get and patch on what it changes, a timeZone, and a second job for the way back. Write start and end of a cron trigger for the same days, and desiredReplicas between minReplicaCount and maxReplicaCount.",
		Ignore: "The hours are meant in UTC, rights are granted elsewhere, or somebody resumes the job when it is needed.",
		Sources: []string{
			"https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/",
			"https://keda.sh/docs/latest/scalers/cron/",
			"https://github.com/kedacore/keda/blob/main/pkg/scalers/cron_scaler.go",
		},
	},
	Needs: checks.Needs{
		Kinds: checks.Autoscalers(),
		Sharpens: checks.Only(inventory.CronJob, inventory.ConfigMap, inventory.ServiceAccount, inventory.Role,
			inventory.RoleBinding, inventory.ClusterRole, inventory.ClusterRoleBinding),
	},
	Run: func(pass *checks.Pass) {
		for _, a := range pass.Autoscalers() {
			for _, fault := range a.WindowFaults() {
				brokenReport(pass, a.Object, a.Workload, fault, brokenWindowFix(a, fault))
			}
		}
		jobs := pass.ScheduledJobs()
		running := slices.DeleteFunc(slices.Clone(jobs), inventory.ScheduledJob.Suspended)
		for _, j := range jobs {
			for _, fault := range slices.Concat(pass.JobFaults(j, pass.Now), brokenRights(pass, j), brokenWayBack(pass, j, running)) {
				fault.Text = "the CronJob " + fault.Text
				brokenReport(pass, j.Object, j.Workload, fault, &checks.Fix{Title: "correct the CronJob", Safety: checks.Manual, Object: j.Object})
			}
		}
	},
}

func brokenReport(pass *checks.Pass, o *inventory.Object, w *inventory.Workload, fault inventory.ScheduleFault, fix *checks.Fix) {
	severity := map[inventory.FaultGrade]checks.Severity{
		inventory.FaultIdle: checks.Info, inventory.FaultLoose: checks.Warning, inventory.FaultRefused: checks.Error,
	}[fault.Grade]
	pass.Report(checks.Finding{
		Severity: severity, At: o.At(fault.At...), Workload: w, Message: fault.Text, Fix: fix,
		Evidence: []checks.Evidence{{Path: fault.At.String(), Value: fault.Value, Basis: checks.Observed}},
	})
}

// brokenWindowFix takes away a metricType that a cron trigger cannot have; what
// hours and counts were meant nobody knows.
func brokenWindowFix(a *inventory.Autoscaler, fault inventory.ScheduleFault) *checks.Fix {
	if fault.At.Last() != "metricType" {
		return &checks.Fix{Title: "correct the cron trigger", Safety: checks.Manual, Object: a.Object}
	}
	return &checks.Fix{Title: "leave metricType out", Safety: checks.Safe, Object: a.Object, Edits: []checks.Edit{checks.Remove(fault.At...)}}
}

// brokenRights is about commands that RBAC does not allow: an error where a
// cluster shows all bindings, a warning where manifests bring bindings of their
// own and these do not do. Elsewhere rights may come from anywhere.
func brokenRights(pass *checks.Pass, j inventory.ScheduledJob) []inventory.ScheduleFault {
	if j.Suspended() {
		return nil
	}
	for _, c := range j.Commands {
		lacks, access := pass.Lacks(j, c)
		fault := inventory.ScheduleFault{
			Grade: inventory.FaultRefused, At: c.Path, Value: c.Verb + " " + c.Target.Short(),
			Text: fmt.Sprintf("runs as ServiceAccount/%s, which may %s", j.Account(), lacks),
		}
		if access == inventory.AccessDenied {
			return []inventory.ScheduleFault{fault}
		}
		if access == inventory.AccessUngranted && pass.BringsRBAC(j.Account(), c.Target.Namespace) {
			fault.Grade = inventory.FaultLoose
			fault.Text += " by the bindings that come with it"
			return []inventory.ScheduleFault{fault}
		}
	}
	return nil
}

// brokenWayBack is about a minimum that goes up and does not come down.
func brokenWayBack(pass *checks.Pass, j inventory.ScheduledJob, running []inventory.ScheduledJob) []inventory.ScheduleFault {
	field, a, ok := pass.RaisesOnly(j, running)
	if !ok || j.Suspended() {
		return nil
	}
	text := fmt.Sprintf("raises %s of %s from %d to %s, and no other here lowers it", a.MinPath.Last(), a.Object.Short(), a.Min, field.Value)
	return []inventory.ScheduleFault{{Grade: inventory.FaultIdle, At: inventory.Path{"spec", "schedule"}, Value: j.Spec.Schedule, Text: text}}
}
