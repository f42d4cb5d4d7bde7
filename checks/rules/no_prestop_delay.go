package rules

import (
	"fmt"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: Kubernetes, pod lifecycle: a terminating pod's endpoints are taken
// out while the kubelet already stops it; KEP-3960 for the sleep action.
var noPrestopDelay = &checks.Check{
	ID:       "no-prestop-delay",
	Severity: checks.Warning,
	Section:  checks.Shutdown,
	Doc: checks.Doc{
		Title:  "The engine is told to stop while requests are still sent to it",
		Why:    "When a pod is deleted, the kubelet sends SIGTERM at once, and the endpoints are updated beside it: in kube-proxy, gateways and load balancers that takes seconds. Requests that come in the meantime reach a server that refuses them, or that has gone. Each scale-in and rollout costs some.",
		Remedy: "Let a preStop hook wait 10 to 15 seconds: lifecycle.preStop.sleep.seconds on Kubernetes 1.30 and newer, else exec of sleep. It is part of terminationGracePeriodSeconds. A load balancer outside of the cluster needs its own deregistration delay on top.",
		Ignore: "Clients or the gateway repeat requests that were refused.",
		Sources: []string{
			"https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination",
			"https://github.com/kubernetes/enhancements/blob/master/keps/sig-node/3960-pod-lifecycle-sleep-action/kep.yaml",
			"https://github.com/kserve/kserve/pull/5485",
			"https://github.com/kubernetes-sigs/gateway-api-inference-extension/issues/549",
		},
	},
	Needs: checks.Needs{Kinds: checks.Kinds(checks.Workloads(), checks.Only(inventory.Service)), Sharpens: inventory.AutoscalerKinds()},
	Params: []checks.Param{
		{Name: "leastSeconds", Value: 5, Min: 1, Max: 300, Doc: "how long a preStop hook waits, at the least; endpoints are updated within a few seconds in a cluster"},
	},
	Run: func(pass *checks.Pass) {
		for _, w := range pass.Workloads() {
			if w.Container == nil || w.Object.Fragment || w.Operated || w.EngineID() == inventory.RayServe {
				continue
			}
			hook, place := w.PreStop(), w.ContainerPath.Join("lifecycle", "preStop")
			by, routed := pass.RoutedBy(w)
			if !routed || hook.Open || hook.Sleep.Seconds() >= pass.Param("leastSeconds") {
				continue
			}
			what, value := "no preStop hook", "absent"
			if hook.Hook {
				what, value = fmt.Sprintf("the preStop hook takes %s", hook.Sleep), hook.Sleep.String()
			}
			f := checks.Finding{
				At: w.Blame(place...), Workload: w, Fix: prestopFix(pass, w),
				Message: fmt.Sprintf("%s: %s gets SIGTERM while %s may still send requests to it", what, w.EngineName(), by),
				Evidence: []checks.Evidence{
					{Path: place.String(), Value: value, Basis: checks.Observed},
					{Path: "requests", Value: "by " + by, Basis: checks.Observed},
				},
			}
			if pass.Bounds(w).Max <= 1 {
				f.Severity = checks.Info // there is no other replica that could take the requests
			}
			pass.Report(f)
		}
	},
}

// prestopFix adds a hook, and what it takes to the grace period of an engine
// that uses the whole of it.
func prestopFix(pass *checks.Pass, w *inventory.Workload) *checks.Fix {
	const seconds = 15
	if w.PreStop().Hook || w.Generated() {
		return &checks.Fix{Title: fmt.Sprintf("let a preStop hook wait %d seconds", seconds), Safety: checks.Manual, Object: w.Owner}
	}
	var hook any = map[string]any{"exec": map[string]any{"command": []any{"sleep", fmt.Sprint(seconds)}}}
	if sleeps, _ := pass.Holds(inventory.PreStopSleeps); sleeps {
		hook = map[string]any{"sleep": map[string]any{"seconds": seconds}}
	}
	fix := &checks.Fix{
		Title: fmt.Sprintf("add a preStop hook of %d seconds", seconds), Safety: checks.Unsafe, Restarts: true, Object: w.Object,
		Edits: []checks.Edit{checks.Set(hook, w.ContainerPath.Join("lifecycle", "preStop")...)},
	}
	if grace, chosen := pass.Grace(w); chosen {
		fix.Edits = append(fix.Edits, checks.Set(int(grace.Seconds())+seconds, w.GracePath()...))
	}
	return fix
}
