package rules

import (
	"fmt"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: kubelet's prober (pkg/kubelet/prober/worker.go): a startup probe that
// has failed failureThreshold times in a row kills the container.
var startupWindowTooShort = &checks.Check{
	ID:       "startup-window-too-short",
	Severity: checks.Error,
	Section:  checks.Startup,
	Doc: checks.Doc{
		Title:  "The startup probe kills the container before the model is loaded",
		Why:    "A startup probe allows initialDelaySeconds + failureThreshold × periodSeconds. A container that is still loading then is killed and starts over, for ever if loading never fits. A cold node cache, a slow hub or a bigger model is enough, and it shows first on scale-out, when load is highest.",
		Remedy: "Give the window at least twice the slowest start that was seen: raise failureThreshold of the startupProbe.",
		Ignore: "The measured load time is far below the window; the check is silent then.",
		Sources: []string{
			"https://docs.vllm.ai/en/latest/deployment/k8s/#troubleshooting",
			"https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/#startup-probe",
			"https://github.com/vllm-project/vllm/issues/17386",
		},
	},
	Needs:    checks.Needs{Kinds: checks.Workloads(), Sharpens: checks.Only(inventory.Pod, inventory.Event)},
	CausedBy: []string{"probe-wrong-port-or-path"},
	Params:   checks.LoadParams(),
	Run: func(pass *checks.Pass) {
		for _, w := range pass.Workloads() {
			if w.Container == nil || w.Container.StartupProbe == nil {
				continue
			}
			window := inventory.ProbeWindow(w.Container.StartupProbe)
			if f, found := startupVerdict(pass, w, window); found {
				f.At, f.Workload = w.AtEngine("startupProbe"), w
				f.Evidence = append(f.Evidence, checks.Evidence{Path: f.At.Path.String(), Value: "window " + window.String(), Basis: checks.Derived})
				pass.Report(f)
			}
		}
	},
}

// startupVerdict prefers what happened over what was measured, and that over
// an estimate, which never makes an error.
//
// The fix leaves time for the estimate, too: its own pods are new ones, of which
// nothing is measured, and whose cache may be colder.
func startupVerdict(pass *checks.Pass, w *inventory.Workload, window time.Duration) (checks.Finding, bool) {
	e, estimated := pass.EstimateLoad(w)
	if pod, killed := pass.KilledByStartupProbe(w); killed {
		return checks.Finding{
			Message:  fmt.Sprintf("the startup probe killed the container of pod %s after its window of %s", pod, window),
			Evidence: []checks.Evidence{{Path: "event Unhealthy", Value: "Startup probe failed", Basis: checks.Observed}},
			Fix:      startupFix(w, max(2*window, e.Slow)),
		}, true
	}
	const enough = 0.8 // of the window: a start that took more has next to no reserve
	if loads := pass.LoadTimes(w); len(loads) > 0 {
		fastest := loads[0]
		if fastest.Took.Seconds() <= enough*window.Seconds() {
			return checks.Finding{}, false
		}
		return checks.Finding{
			Message:  fmt.Sprintf("the startup probe allows %s, and the fastest of %d measured starts took %s", window, len(loads), fastest.Took),
			Evidence: []checks.Evidence{{Path: "pod/" + fastest.Pod, Value: "Ready after " + fastest.Took.String(), Basis: checks.Derived}},
			Fix:      startupFix(w, max(2*fastest.Took, e.Slow)),
		}, true
	}
	if !estimated || window >= e.Slow {
		return checks.Finding{}, false
	}
	f := checks.Finding{
		Severity: checks.Info,
		Message:  fmt.Sprintf("the startup probe allows %s; loading %.0f GiB %s takes %s to %s by estimate", window, e.GiB, startupFrom(e), e.Fast, e.Slow),
		Evidence: []checks.Evidence{{Path: "model", Value: w.Model, Basis: checks.Observed}, {Path: "load time", Value: e.Fast.String() + " to " + e.Slow.String(), Basis: checks.Assumed}},
		Fix:      startupFix(w, e.Slow),
	}
	if window < e.Least {
		f.Severity = checks.Warning
	}
	return f, true
}

func startupFrom(e inventory.LoadEstimate) string {
	if e.Hub {
		return "from the hub"
	}
	return "from a volume"
}

// startupFix raises failureThreshold; period and delay stay as they are.
func startupFix(w *inventory.Workload, window time.Duration) *checks.Fix {
	probe := w.Container.StartupProbe
	one := *probe
	one.FailureThreshold, one.InitialDelaySeconds = 1, 0
	step := inventory.ProbeWindow(&one)
	times := int((window-time.Duration(probe.InitialDelaySeconds)*time.Second)/step) + 1
	return &checks.Fix{
		Title:  fmt.Sprintf("raise failureThreshold to %d, a window of %s", times, time.Duration(probe.InitialDelaySeconds)*time.Second+time.Duration(times)*step),
		Safety: checks.Unsafe, Restarts: true, Object: w.Object,
		Edits: []checks.Edit{checks.Set(times, w.AtEngine("startupProbe", "failureThreshold").Path...)},
	}
}
