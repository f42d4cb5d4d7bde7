package rules

import (
	"fmt"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: kubelet's prober restarts a container after failureThreshold failures
// in a row (pkg/kubelet/prober/worker.go); reports of servers killed while they
// compile kernels or are busy: the issues among the sources.
var livenessKillsUnderLoad = &checks.Check{
	ID:       "liveness-kills-under-load",
	Severity: checks.Warning,
	Section:  checks.Startup,
	Doc: checks.Doc{
		Title:  "A busy server fails its liveness probe and is killed",
		Why:    "A server under full load answers its health endpoint late: long prompts, kernel compilation and a busy event loop hold it up for 30 to 70 seconds at times. A liveness probe with a timeout of one second, or one that gives up within a minute, then kills a replica that works, with every request in it; its load falls on the others, which are next, and it takes minutes to be back.",
		Remedy: "Give the livenessProbe a timeoutSeconds of 5 to 15 and a failureThreshold that makes two to five minutes, and let it ask a health endpoint, no completion. SGLang's /health generates a token, too, unless SGLANG_ENABLE_HEALTH_ENDPOINT_GENERATION is false, and waits 20 seconds for it. Leave quick reactions to the readinessProbe.",
		Ignore: "The endpoint is answered by a process of its own, which load does not slow down.",
		Sources: []string{
			"https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/prober/worker.go",
			"https://github.com/llm-d/llm-d-benchmark/pull/1734",
			"https://github.com/scaleapi/llm-engine/pull/255",
			"https://github.com/sgl-project/sglang/issues/22511",
		},
	},
	Needs: checks.Needs{Kinds: checks.Workloads()},
	Params: []checks.Param{
		{Name: "shortestSeconds", Value: 60, Min: 1, Max: 3600, Doc: "how long a busy server may give no answer, at the least: stalls of 30 to 70 seconds were reported"},
		{Name: "shortestHastySeconds", Value: 120, Min: 1, Max: 3600, Doc: "the same where each try lasts one second, or waits for generated tokens"},
	},
	Run: func(pass *checks.Pass) {
		for _, w := range pass.Workloads() {
			if w.Container == nil || w.Object.Fragment || w.Operated {
				continue
			}
			asks := w.Asks(w.Container.LivenessProbe)
			if asks == inventory.AsksNothing {
				continue
			}
			patience, timeout := inventory.ProbePatience(w.Container.LivenessProbe), inventory.ProbeTimeout(w.Container.LivenessProbe)
			least := pass.Param("shortestSeconds")
			if timeout <= time.Second || asks == inventory.AsksTokens {
				least = max(least, pass.Param("shortestHastySeconds"))
			}
			if patience.Seconds() >= least {
				continue
			}
			place := w.ContainerPath.Join("livenessProbe")
			message := fmt.Sprintf("the liveness probe kills %s after %s without an answer within %s", w.EngineName(), patience, timeout)
			if asks == inventory.AsksTokens {
				message = fmt.Sprintf("the liveness probe kills %s after %s without generated tokens within %s", w.EngineName(), patience, timeout)
			}
			pass.Report(checks.Finding{
				At: w.Blame(place...), Workload: w, Message: message, Fix: underLoadFix(w, timeout),
				Evidence: []checks.Evidence{
					{Path: place.String(), Value: "patience " + patience.String(), Basis: checks.Derived},
					{Path: place.Join("timeoutSeconds").String(), Value: timeout.String(), Basis: checks.Observed},
				},
			})
		}
	},
}

// underLoadFix makes the probe patient: three minutes, in tries of ten seconds
// or more.
func underLoadFix(w *inventory.Workload, timeout time.Duration) *checks.Fix {
	const patience, shortest = 3 * time.Minute, 10 * time.Second
	timeout = max(timeout, shortest)
	fix := &checks.Fix{
		Title:  fmt.Sprintf("let the liveness probe wait %s, and %s for each answer", patience, timeout),
		Safety: checks.Manual, Object: w.Owner,
	}
	if w.Generated() {
		return fix
	}
	place := w.ContainerPath.Join("livenessProbe")
	fix.Safety, fix.Restarts = checks.Unsafe, true
	fix.Edits = []checks.Edit{
		checks.Set(int(timeout.Seconds()), place.Join("timeoutSeconds")...),
		checks.Set(inventory.ProbeThreshold(w.Container.LivenessProbe, patience, timeout), place.Join("failureThreshold")...),
	}
	return fix
}
