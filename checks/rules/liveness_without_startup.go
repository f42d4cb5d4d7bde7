package rules

import (
	"fmt"
	"strings"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: kubelet's prober starts the liveness probe with the container unless
// a startup probe holds it back (pkg/kubelet/prober/worker.go).
var livenessWithoutStartup = &checks.Check{
	ID:       "liveness-without-startup",
	Severity: checks.Error,
	Section:  checks.Startup,
	Doc: checks.Doc{
		Title:  "A liveness probe counts while the model is still loading",
		Why:    "Without a startup probe the liveness probe runs from the first second. A server that does not answer before its model is loaded is killed after initialDelaySeconds + failureThreshold × periodSeconds, loads again, and is killed again. A delay that fits today does not fit a cold cache or a bigger model.",
		Remedy: "Add a startupProbe with a window of at least twice the slowest start, and drop the liveness probe's initialDelaySeconds.",
		Ignore: "The liveness endpoint answers before the model is loaded.",
		Sources: []string{
			"https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/#startup-probe",
			"https://github.com/kserve/kserve/issues/5062",
		},
	},
	Needs:    checks.Needs{Kinds: checks.Workloads(), Sharpens: checks.Only(inventory.Pod)},
	CausedBy: []string{"probe-wrong-port-or-path"},
	Params:   checks.LoadParams(),
	Run: func(pass *checks.Pass) {
		for _, w := range pass.Workloads() {
			if w.Container == nil || w.Object.Fragment || w.Operated || w.Container.StartupProbe != nil || !livenessWaitsForModel(w) {
				continue
			}
			pass.Report(livenessFinding(pass, w))
		}
	},
}

// livenessWaitsForModel says whether the liveness probe asks something that
// answers only when the model is loaded. A command that asks no server may pass
// at once, and so does the live endpoint of engines that open it early.
func livenessWaitsForModel(w *inventory.Workload) bool {
	probe := w.Container.LivenessProbe
	if probe == nil || w.PostStartWaits() || probe.TCPSocket != nil && w.OpensPortEarly() {
		return false
	}
	if probe.Exec != nil {
		command := strings.Join(probe.Exec.Command, " ")
		return strings.Contains(command, "curl") || strings.Contains(command, "wget")
	}
	early := w.EngineID() == inventory.Dynamo || w.EngineID() == inventory.NIM
	return !(early && probe.HTTPGet != nil && strings.HasPrefix(probe.HTTPGet.Path, w.Engine.LivePath) && w.Engine.LivePath != w.Engine.ReadyPath)
}

func livenessFinding(pass *checks.Pass, w *inventory.Workload) checks.Finding {
	window := inventory.ProbeWindow(w.Container.LivenessProbe)
	at := w.AtEngine("livenessProbe")
	f := checks.Finding{
		Severity: checks.Warning, At: at, Workload: w,
		Message:  fmt.Sprintf("no startupProbe: the liveness probe kills the container %s after its start if the model is not loaded by then", window),
		Evidence: []checks.Evidence{{Path: at.Path.String(), Value: "window " + window.String(), Basis: checks.Derived}, {Path: w.AtEngine("startupProbe").Path.String(), Value: "absent", Basis: checks.Observed}},
	}
	load := window                  // where nothing is known
	_, outlived := pass.Outlived(w) // a fact against an estimate
	if loads := pass.LoadTimes(w); len(loads) > 0 {
		load = loads[0].Took
		f.Evidence = append(f.Evidence, checks.Evidence{Path: "pod/" + loads[0].Pod, Value: "Ready after " + load.String(), Basis: checks.Derived})
		switch {
		case 2*load <= window:
			f.Severity = checks.Info
		case load > window && outlived:
			load = window // it was Ready before
		case load > window:
			f.Severity = checks.Error
			f.Message = fmt.Sprintf("no startupProbe: the liveness probe kills the container after %s, and the fastest measured start took %s", window, load)
		}
	} else if e, ok := pass.EstimateLoad(w); ok {
		load = e.Slow
		f.Evidence = append(f.Evidence, checks.Evidence{Path: "load time", Value: e.Fast.String() + " to " + e.Slow.String(), Basis: checks.Assumed})
		if window >= e.Slow {
			f.Severity = checks.Info
		}
		if e.Least > window && !outlived {
			f.Severity = checks.Error
			f.Message = fmt.Sprintf("no startupProbe: the liveness probe kills the container after %s, and loading %.0f GiB takes %s to %s by estimate", window, e.GiB, e.Fast, e.Slow)
		}
	}
	if load == window && window >= 10*time.Minute {
		f.Severity = checks.Info // nothing is known of the model, and its author waits
	}
	f.Fix = livenessFix(w, load)
	return f
}

// livenessFix asks the liveness probe's own question at start-up, for twice
// the load time and ten minutes at the least.
func livenessFix(w *inventory.Workload, load time.Duration) *checks.Fix {
	fix := &checks.Fix{Title: "add a startupProbe that holds the liveness probe back", Safety: checks.Unsafe, Restarts: true, Object: w.Object}
	get := w.Container.LivenessProbe.HTTPGet
	if get == nil {
		fix.Safety = checks.Manual
		return fix
	}
	const period = 10 // seconds
	window := max(2*load, 10*time.Minute)
	var port any = get.Port.IntValue()
	if get.Port.StrVal != "" {
		port = get.Port.StrVal
	}
	request := map[string]any{"path": get.Path, "port": port}
	if get.Scheme != "" && get.Scheme != "HTTP" {
		request["scheme"] = string(get.Scheme)
	}
	fix.Edits = []checks.Edit{checks.Set(map[string]any{
		"httpGet": request, "periodSeconds": period, "failureThreshold": int(window.Seconds()) / period,
	}, w.AtEngine("startupProbe").Path...)}
	return fix
}
