package rules

import (
	"fmt"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

// Source: kubelet's killContainer (pkg/kubelet/kuberuntime): the preStop hook's
// time is taken from the grace period, of which at least 2 s are left for SIGTERM.
var graceBudgetInverted = &checks.Check{
	ID:       "grace-budget-inverted",
	Severity: checks.Error,
	Section:  checks.Shutdown,
	Doc: checks.Doc{
		Title:  "The kubelet kills the engine before it may finish its requests",
		Why:    "terminationGracePeriodSeconds covers everything between the order to stop and SIGKILL: the preStop hook first, then the engine's wait for running requests. Where the two together take longer, the wait that was asked for never happens, and requests break off in the middle. A long grace period is not free either: a terminating pod keeps its GPU.",
		Remedy: "Set terminationGracePeriodSeconds to the preStop hook's time plus the engine's drain limit plus some seconds to exit, or lower those two.",
		Ignore: "Requests never last as long as the shorter of the two times.",
		Sources: []string{
			"https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination",
			"https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/kuberuntime/kuberuntime_container.go",
			"https://github.com/vllm-project/vllm/pull/43208",
		},
	},
	Needs:    checks.Needs{Kinds: checks.Workloads(), Numbers: []signals.Metric{signals.EndToEndP99}},
	CausedBy: []string{"sigterm-swallowed"},
	Run: func(pass *checks.Pass) {
		for _, w := range pass.Workloads() {
			if w.Container == nil || w.Object.Fragment || w.Operated {
				continue
			}
			t := pass.Stopping(w)
			severity, message := graceVerdict(w, t)
			evidence := graceEvidence(w, t)
			slowest, measured := pass.Signals.Of(signals.EndToEndP99, w.Ref())
			if left := t.Grace - t.Sleep; measured && severity < checks.Warning && t.OnTerm == inventory.TermWaits && slowest.Value > left.Seconds() {
				severity = checks.Warning
				message = fmt.Sprintf("one request in a hundred takes more than %.0fs (p99), and %s is left after SIGTERM", slowest.Value, left)
				evidence = append(evidence, checks.Evidence{Path: string(slowest.Metric), Value: fmt.Sprintf("%.1fs by %s", slowest.Value, slowest.Source), Basis: checks.Observed})
			}
			if message != "" {
				pass.Report(checks.Finding{
					Severity: severity, At: w.Blame(t.At...), Workload: w, Message: message,
					Evidence: evidence, Fix: graceFix(w, t),
				})
			}
		}
	},
}

// graceVerdict: numbers that nobody wrote contradict nothing, and an engine that
// aborts its requests anyway loses none by a short grace period.
func graceVerdict(w *inventory.Workload, t inventory.Stopping) (checks.Severity, string) {
	const exit, long = 5 * time.Second, 30 * time.Minute
	waits, left, period, asked := t.OnTerm == inventory.TermWaits, t.Grace-t.Sleep, t.Grace.String(), t.By
	if !t.Chosen {
		period += ", the default"
	}
	if t.Sleep > 0 {
		asked = fmt.Sprintf("preStop %s and %s", t.Sleep, t.By)
	}
	switch {
	case t.Sleep > 0 && left <= 0:
		return checks.Error, fmt.Sprintf("the preStop hook takes %s of a grace period of %s: %s is killed 2s after SIGTERM at the latest", t.Sleep, period, w.EngineName())
	case waits && t.Lacks() > 0 && t.Set:
		return checks.Error, fmt.Sprintf("the kubelet kills %s %s before its time for running requests ends: %s in a grace period of %s", w.EngineName(), t.Lacks(), asked, period)
	case waits && t.Lacks() > 0 && (t.Chosen || t.Sleep > 0):
		return checks.Warning, fmt.Sprintf("%s is left after SIGTERM, and %s would wait %s for running requests", left, w.EngineName(), t.Limit)
	case waits && t.Lacks() > -exit && t.Set:
		return checks.Info, fmt.Sprintf("no more than %s are left for %s to exit: %s in a grace period of %s", -t.Lacks(), w.EngineName(), asked, period)
	case !t.Chosen && !w.Pooling() && (t.Open || waits && !t.Set && t.Limit != t.Grace):
		return checks.Info, fmt.Sprintf("running requests have %s to finish: the grace period is the default", left)
	case t.Grace > long && w.GPUs() > 0:
		return checks.Info, fmt.Sprintf("a pod that stops may keep its accelerators for %s", t.Grace)
	}
	return 0, ""
}

func graceEvidence(w *inventory.Workload, t inventory.Stopping) []checks.Evidence {
	basis := checks.Assumed
	if t.Chosen {
		basis = checks.Observed
	}
	all := []checks.Evidence{{Path: w.GracePath().String(), Value: t.Grace.String(), Basis: basis}}
	if t.Hook {
		all = append(all, checks.Evidence{Path: w.ContainerPath.Join("lifecycle", "preStop").String(), Value: t.Sleep.String(), Basis: checks.Derived})
	}
	if t.By != "" {
		all = append(all, checks.Evidence{Path: w.ContainerPath.Join(t.Path...).String(), Value: t.By, Basis: checks.Observed})
	}
	return all
}

// graceFix makes room for the engine's limit, or for two minutes where it has
// none.
func graceFix(w *inventory.Workload, t inventory.Stopping) *checks.Fix {
	limit := t.Limit
	if limit <= 0 {
		limit = 2 * time.Minute
	}
	need := inventory.GraceFor(t.Sleep, limit)
	if w.Generated() || need <= t.Grace {
		return &checks.Fix{Title: "choose how long a pod may take to stop", Safety: checks.Manual, Object: w.Owner}
	}
	return &checks.Fix{
		Title: fmt.Sprintf("set terminationGracePeriodSeconds to %.0f", need.Seconds()), Safety: checks.Unsafe, Restarts: true, Object: w.Object,
		Edits: []checks.Edit{checks.Set(int(need.Seconds()), w.GracePath()...)},
	}
}
