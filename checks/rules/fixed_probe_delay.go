package rules

import (
	"fmt"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: kubelet's prober sends no probe before initialDelaySeconds have
// passed since the container's start (pkg/kubelet/prober/worker.go).
var fixedProbeDelay = &checks.Check{
	ID:       "fixed-probe-delay",
	Severity: checks.Info,
	Section:  checks.Startup,
	Doc: checks.Doc{
		Title:  "A fixed delay keeps a loaded replica out of service",
		Why:    "initialDelaySeconds is waited out on every start, however fast the model was loaded. When a queue calls for replicas, a GPU that could serve stands idle for the rest of it, and the autoscaler, which sees no relief, may add more.",
		Remedy: "Drop initialDelaySeconds and let a startupProbe with a short period and a high failureThreshold find out when the server is up.",
		Ignore: "The server answers its health endpoint before it can serve, and the delay covers that.",
		Sources: []string{
			"https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/#startup-probe",
			"https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/prober/worker.go",
		},
	},
	Needs: checks.Needs{Kinds: checks.Workloads(), Sharpens: checks.Only(inventory.Pod)},
	Params: checks.LoadParams(
		checks.Param{Name: "leastSeconds", Value: 60, Min: 1, Max: 3600, Doc: "the shortest delay that is worth a word; GPU time below it is cheap beside a load"},
	),
	Run: func(pass *checks.Pass) {
		for _, w := range pass.Workloads() {
			d := w.ReadyDelay()
			if d.Delay.Seconds() < pass.Param("leastSeconds") {
				continue
			}
			message, fact := delayVerdict(pass, w, d)
			if message == "" {
				continue
			}
			place := w.ContainerPath.Join(d.Field, "initialDelaySeconds")
			pass.Report(checks.Finding{
				At: w.Blame(place...), Workload: w, Message: message, Fix: delayFix(w, d),
				Evidence: []checks.Evidence{{Path: place.String(), Value: d.Delay.String(), Basis: checks.Observed}, fact},
			})
		}
	},
}

// delayVerdict: a measured start ends at the first try after the delay or
// later. If at the first, the delay decided, and the server was up before.
func delayVerdict(pass *checks.Pass, w *inventory.Workload, d inventory.ProbeDelay) (string, checks.Evidence) {
	if loads := pass.LoadTimes(w); len(loads) > 0 {
		fastest := loads[0]
		fact := checks.Evidence{Path: "pod/" + fastest.Pod, Value: "Ready after " + fastest.Took.String(), Basis: checks.Derived}
		if fastest.Took > d.FirstTry {
			return "", fact
		}
		return fmt.Sprintf("the %s waits %s, and the first try after it found %s up: pod %s was Ready after %s", d.Field, d.Delay, w.EngineName(), fastest.Pod, fastest.Took), fact
	}
	e, ok := pass.EstimateLoad(w)
	fact := checks.Evidence{Path: "load time", Value: e.Fast.String() + " to " + e.Slow.String(), Basis: checks.Assumed}
	if !ok || d.Delay <= e.Slow {
		return "", fact
	}
	return fmt.Sprintf("the %s waits %s on every start; loading %.0f GiB takes %s to %s by estimate", d.Field, d.Delay, e.GiB, e.Fast, e.Slow), fact
}

// delayFix drops the delay. A startup probe keeps its window, and a readiness
// probe behind it does not wait either.
func delayFix(w *inventory.Workload, d inventory.ProbeDelay) *checks.Fix {
	place := w.ContainerPath.Join(d.Field)
	fix := &checks.Fix{
		Title: "drop initialDelaySeconds of the " + d.Field, Safety: checks.Unsafe, Restarts: true, Object: w.Object,
		Edits: []checks.Edit{checks.Remove(place.Join("initialDelaySeconds")...)},
	}
	if d.Field == "startupProbe" {
		times := inventory.ProbeThreshold(d.Probe, inventory.ProbeWindow(d.Probe), inventory.ProbeTimeout(d.Probe))
		fix.Title += fmt.Sprintf(" and raise its failureThreshold to %d", times)
		fix.Edits = append(fix.Edits, checks.Set(times, place.Join("failureThreshold")...))
	}
	if d.Behind != "" {
		fix.Edits = append(fix.Edits, checks.Remove(w.ContainerPath.Join(d.Behind, "initialDelaySeconds")...))
	}
	if w.Generated() {
		fix.Safety, fix.Restarts, fix.Object, fix.Edits = checks.Manual, false, w.Owner, nil
	}
	return fix
}
