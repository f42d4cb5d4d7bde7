package rules

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: Kubernetes pkg/controller/podautoscaler/horizontal.go,
// normalizeDesiredReplicas: what the metrics ask for is cut to the bounds.
var minEqualsMax = &checks.Check{
	ID:       "min-equals-max",
	Severity: checks.Error,
	Section:  checks.Policy,
	Doc: checks.Doc{
		Title:  "The autoscaler's bounds leave it nothing to decide",
		Why:    "With the same minimum and maximum the autoscaler asks for one number, whatever the queue. It looks like autoscaling on every dashboard and adds no replica under load, and takes no accelerator back in a lull. A cron trigger does not change that: the maximum cuts it off as well. A minimum above the maximum is refused altogether.",
		Remedy: "Raise the maximum to what the accelerators allow, or take the autoscaler away and write the number into the workload.",
		Ignore: "The count is pinned on purpose for a while, as during a migration or a load test.",
		Sources: []string{
			"https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/podautoscaler/horizontal.go",
			"https://keda.sh/docs/latest/reference/scaledobject-spec/#maxreplicacount",
		},
	},
	Needs: checks.Needs{Kinds: checks.Autoscalers(), Sharpens: checks.Only(inventory.CronJob, inventory.ConfigMap)},
	Run: func(pass *checks.Pass) {
		commands := slices.DeleteFunc(pass.ScheduledCommands(), func(c inventory.ScheduledCommand) bool { return c.Suspended })
		for _, a := range slices.Concat(pass.Autoscalers(), pass.OperatedAutoscalers()) {
			lowest, _ := a.Lowest()
			if a.BoundsCross() {
				crossedReport(pass, a)
				continue
			}
			widened := slices.ContainsFunc(commands, func(c inventory.ScheduledCommand) bool { return equalWidens(pass, a, c) })
			if lowest == a.Max && a.Max > 0 && !a.Object.Fragment && a.BoundsKnown() && !a.PausedByAnnotation() && !widened {
				equalReport(pass, a)
			}
		}
		for _, w := range pass.Workloads() {
			equalWorkers(pass, w)
		}
	},
}

// crossedReport is about bounds that nobody accepts: Kubernetes,
// pkg/apis/autoscaling/validation; KEDA, CheckReplicaCountBoundsAreValid.
func crossedReport(pass *checks.Pass, a *inventory.Autoscaler) {
	by := map[bool]string{true: "KEDA", false: "the API server"}[a.KEDA != nil]
	pass.Report(checks.Finding{
		At: a.Object.At(a.MinPath...), Workload: a.Workload,
		Message:  fmt.Sprintf("%s is above %s: %s refuses %s, and nothing scales %s", a.MinText(), a.MaxText(), by, a.Short(), a.Target.Short()),
		Evidence: equalEvidence(a),
		Fix:      &checks.Fix{Title: "raise the maximum, or lower the minimum", Safety: checks.Manual},
	})
}

func equalEvidence(a *inventory.Autoscaler) []checks.Evidence {
	return []checks.Evidence{
		{Path: a.MinPath.String(), Value: strconv.Itoa(int(a.Min)), Basis: equalBasis(a.MinSet)},
		{Path: a.MaxPath.String(), Value: strconv.Itoa(int(a.Max)), Basis: equalBasis(a.MaxSet)},
	}
}

// equalWidens says whether a scheduled command writes to the autoscaler, or to
// the HPA that is made of it.
func equalWidens(pass *checks.Pass, a *inventory.Autoscaler, c inventory.ScheduledCommand) bool {
	itself := c.Target.Kind == a.Object.Kind && c.Target.Name == a.Object.Name
	made := c.Target.Kind == inventory.HorizontalPodAutoscaler.String() && c.Target.Name == a.HPAName()
	return (itself || made) && pass.SameNamespace(a.Object.Namespace, c.Target.Namespace)
}

func equalReport(pass *checks.Pass, a *inventory.Autoscaler) {
	f := checks.Finding{
		Severity: checks.Warning, At: a.Object.At(a.MaxPath...), Workload: a.Workload,
		Message:  fmt.Sprintf("%s and %s: %s keeps %s at %s, whatever its metrics say", a.MinText(), a.MaxText(), a.Short(), a.Target.Short(), inventory.Count(a.Max, "replica")),
		Evidence: equalEvidence(a),
		Fix:      &checks.Fix{Title: "raise the maximum, or remove the autoscaler", Safety: checks.Manual},
	}
	// KServe makes an autoscaler for everybody, and has no other way to write a
	// fixed number.
	if a.Workload != nil && inventory.As[inventory.InferenceServiceContent](a.Workload.Owner) != nil {
		f.Severity = checks.Info
	}
	pass.Report(f)
}

func equalBasis(written bool) checks.Basis {
	if written {
		return checks.Observed
	}
	return checks.Assumed
}

// equalWorkers is about Ray's own autoscaler, which decides on the pods of each
// worker group.
func equalWorkers(pass *checks.Pass, w *inventory.Workload) {
	ray := inventory.As[inventory.RayServiceContent](w.Object)
	if ray == nil || ray.Spec.RayClusterSpec.EnableInTreeAutoscaling == nil || !*ray.Spec.RayClusterSpec.EnableInTreeAutoscaling {
		return
	}
	path, workers := inventory.Path{"spec", "rayClusterConfig", "workerGroupSpecs"}, int32(0)
	for _, group := range ray.Spec.RayClusterSpec.WorkerGroupSpecs {
		if group.MinReplicas == nil || group.MaxReplicas == nil || *group.MinReplicas != *group.MaxReplicas {
			return
		}
		workers += *group.MaxReplicas
	}
	if workers == 0 {
		return
	}
	pass.Report(checks.Finding{
		Severity: checks.Warning, At: w.Object.At(path...), Workload: w,
		Message:  fmt.Sprintf("minReplicas and maxReplicas are the same in every worker group: the autoscaler of %s keeps %s, whatever Serve asks for", w.Object.Short(), inventory.Count(workers, "worker")),
		Evidence: []checks.Evidence{{Path: path.String(), Value: inventory.Count(workers, "worker"), Basis: checks.Derived}},
		Fix:      &checks.Fix{Title: "raise maxReplicas, or turn enableInTreeAutoscaling off", Safety: checks.Manual},
	})
}
