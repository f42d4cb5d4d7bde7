package rules

import (
	"fmt"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: Kubernetes, a container without a readiness probe is ready as soon as
// it runs (pkg/kubelet/prober/results, default Success).
var noReadinessProbe = &checks.Check{
	ID:       "no-readiness-probe",
	Severity: checks.Error,
	Section:  checks.Startup,
	Doc: checks.Doc{
		Title:  "The pod counts as Ready before the model is loaded",
		Why:    "Without a readiness probe a pod is Ready the moment its process starts. A Service then sends requests to a server that is still loading, a rollout removes the replica that works, a disruption budget counts the new one as healthy, and Value metrics multiply by it. On GPUs that lasts minutes per scale-out, not seconds.",
		Remedy: "Add a readinessProbe that asks the engine's health endpoint.",
		Ignore: "Nothing sends traffic by readiness, as with workers that pull from a queue.",
		Sources: []string{
			"https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/#readiness-probe",
			"https://docs.vllm.ai/en/latest/deployment/k8s/",
		},
	},
	Needs: checks.Needs{Kinds: checks.Workloads(), Sharpens: append(inventory.AutoscalerKinds(), inventory.Service)},
	Run: func(pass *checks.Pass) {
		for _, w := range pass.Workloads() {
			if w.Container == nil || w.Object.Fragment || w.Operated || w.Container.ReadinessProbe != nil || readinessMeantAbsent(w) {
				continue
			}
			many := pass.Bounds(w).Max > 1 || len(pass.Services(w)) > 0 && readinessReplaces(w)
			f := checks.Finding{
				Severity: checks.Warning, At: w.AtEngine("readinessProbe"), Workload: w,
				Message:  fmt.Sprintf("container %s has no readinessProbe: its pods are Ready while %s is still loading", w.Container.Name, w.EngineName()),
				Evidence: []checks.Evidence{{Path: w.AtEngine("readinessProbe").Path.String(), Value: "absent", Basis: checks.Observed}},
				Fix:      readinessFix(w),
			}
			switch {
			case w.Container.StartupProbe != nil:
				f.Message = fmt.Sprintf("container %s has no readinessProbe: once its startup probe has passed, it stays in the Service whatever happens", w.Container.Name)
			case many:
				f.Severity = checks.Error
			}
			pass.Report(f)
		}
	},
}

// readinessMeantAbsent: the nodes of one engine wait for each other, which those
// of a StatefulSet never could if each had to be Ready before the next; a node
// that serves no requests has no endpoint to ask, and one template for the leader
// and the workers of a group makes such nodes (SGLang's answer all the same,
// launch_dummy_health_check_server); and a postStart hook that waits for the
// engine is as good as a probe.
func readinessMeantAbsent(w *inventory.Workload) bool {
	group := inventory.As[inventory.LeaderWorkerSetContent](w.Object)
	alike := group != nil && w.PodsPerReplica > 1 && group.Spec.LeaderWorkerTemplate.LeaderTemplate == nil
	switch {
	case w.Args.Has("--headless"), alike && w.EngineID() != inventory.SGLang:
		return true
	}
	return w.Object.Type == inventory.StatefulSet && w.NodesOfEngine() || w.PostStartWaits()
}

// readinessReplaces says whether a rollout starts a new pod beside the old one,
// and ends that when the new one counts as Ready.
func readinessReplaces(w *inventory.Workload) bool {
	rolling, ok := w.RollingUpdate()
	return ok && !rolling.Recreate
}

// readinessFix writes the engine's own health endpoint, where port and path
// are known.
func readinessFix(w *inventory.Workload) *checks.Fix {
	fix := &checks.Fix{Title: "add a readinessProbe on the engine's health endpoint", Safety: checks.Unsafe, Restarts: true, Object: w.Object}
	port, known := w.Port()
	if !known || w.Engine.ReadyPath == "" {
		fix.Safety = checks.Manual
		return fix
	}
	probe := map[string]any{
		"httpGet":        map[string]any{"path": w.Engine.ReadyPath, "port": int(port)},
		"periodSeconds":  10,
		"timeoutSeconds": 5,
	}
	fix.Edits = []checks.Edit{checks.Set(probe, w.AtEngine("readinessProbe").Path...)}
	return fix
}
