package rules

import (
	"fmt"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: k8s.io/api apps/v1 DeploymentSpec.ProgressDeadlineSeconds, 600 by
// default; a rollout progresses when a pod becomes available.
var progressDeadlineTooShort = &checks.Check{
	ID:       "progress-deadline-too-short",
	Severity: checks.Warning,
	Section:  checks.Startup,
	Doc: checks.Doc{
		Title:  "A rollout is reported failed while its pods are loading as they should",
		Why:    "A Deployment whose rollout makes no progress for progressDeadlineSeconds (600 unless written) gets Progressing=False with reason ProgressDeadlineExceeded. kubectl rollout status and CD tools then fail, abort or roll back, though the new replica is only loading its model. A rollback on GPUs is another round of cold starts.",
		Remedy: "Set spec.progressDeadlineSeconds above the start-up window plus image pull and node provisioning. Changing it restarts no pod.",
		Ignore: "Nobody waits for the rollout's status.",
		Sources: []string{
			"https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#progress-deadline-seconds",
		},
	},
	Needs:    checks.Needs{Kinds: checks.Workloads(), Sharpens: checks.Only(inventory.Pod)},
	CausedBy: []string{"unschedulable-by-construction", "pending-gpu-pods"},
	Params:   checks.LoadParams(),
	Run: func(pass *checks.Pass) {
		for _, w := range pass.Workloads() {
			deadline, ok := w.ProgressDeadline()
			if !ok || w.Container == nil || w.Object.Fragment || w.Operated {
				continue
			}
			if f, found := deadlineVerdict(pass, w, deadline); found {
				f.At, f.Workload = w.Object.At("spec", "progressDeadlineSeconds"), w
				f.Evidence = append(f.Evidence, checks.Evidence{Path: "spec.progressDeadlineSeconds", Value: deadline.String(), Basis: checks.Observed})
				pass.Report(f)
			}
		}
	},
}

// deadlineVerdict compares the deadline with measured starts, else with an
// estimate, else with the start that the author's own probe allows.
func deadlineVerdict(pass *checks.Pass, w *inventory.Workload, deadline time.Duration) (checks.Finding, bool) {
	window := inventory.ProbeWindow(w.Container.StartupProbe)
	if loads := pass.LoadTimes(w); len(loads) > 0 {
		fastest := loads[0]
		if fastest.Took <= deadline {
			return checks.Finding{}, false
		}
		return checks.Finding{
			Message:  fmt.Sprintf("the rollout is reported failed after %s without progress, and the fastest measured start took %s", deadline, fastest.Took),
			Evidence: []checks.Evidence{{Path: "pod/" + fastest.Pod, Value: "Ready after " + fastest.Took.String(), Basis: checks.Derived}},
			Fix:      deadlineFix(w, max(window, 2*fastest.Took)),
		}, true
	}
	if e, ok := pass.EstimateLoad(w); ok && e.Fast > deadline {
		severity := checks.Info
		if e.Least > deadline {
			severity = checks.Warning
		}
		return checks.Finding{
			Severity: severity,
			Message:  fmt.Sprintf("the rollout is reported failed after %s without progress, and loading %.0f GiB takes %s to %s by estimate", deadline, e.GiB, e.Fast, e.Slow),
			Evidence: []checks.Evidence{{Path: "load time", Value: e.Fast.String() + " to " + e.Slow.String(), Basis: checks.Assumed}},
			Fix:      deadlineFix(w, max(window, e.Slow)),
		}, true
	}
	if window > deadline {
		return checks.Finding{
			Severity: checks.Info,
			Message:  fmt.Sprintf("the startup probe allows a start of %s, but the rollout is reported failed after %s without progress", window, deadline),
			Evidence: []checks.Evidence{{Path: w.AtEngine("startupProbe").Path.String(), Value: "window " + window.String(), Basis: checks.Derived}},
			Fix:      deadlineFix(w, window),
		}, true
	}
	return checks.Finding{}, false
}

// deadlineFix leaves ten minutes above the start for image pull and a new
// node, in whole minutes.
func deadlineFix(w *inventory.Workload, start time.Duration) *checks.Fix {
	const reserve = 10 * time.Minute
	seconds := int((start + reserve + time.Minute - 1).Truncate(time.Minute).Seconds())
	return &checks.Fix{
		Title: fmt.Sprintf("set progressDeadlineSeconds to %d", seconds), Safety: checks.Safe, Object: w.Object,
		Edits: []checks.Edit{checks.Set(seconds, "spec", "progressDeadlineSeconds")},
	}
}
