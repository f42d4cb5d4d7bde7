package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: vertical-pod-autoscaler/docs/quickstart.md of kubernetes/autoscaler, on
// the modes; the default is Recreate, and the updater leaves single replicas alone.
// pkg/updater/restriction/pods_restriction_factory.go, on how many it evicts: what
// is not Pending counts as running.
var vpaOnGPUPods = &checks.Check{
	ID:       "vpa-on-gpu-pods",
	Severity: checks.Warning,
	Section:  checks.Policy,
	Doc: checks.Doc{
		Title:  "A VerticalPodAutoscaler evicts pods that hold a model",
		Why:    "To give a pod other cpu or memory requests the VerticalPodAutoscaler evicts it, and the next one loads the model again, for minutes. It evicts up to half of the replicas at once, and counts pods that run, not pods that are ready: at its next look, a minute later, the other half goes while the first still loads. A server of models reads its weights through host memory once, so what it uses at the start and later differ widely, and the recommendations follow. The accelerators, which decide on capacity, are no resource that it sizes.",
		Remedy: "Set updateMode to Off and take over its recommendations with the next rollout, or to Initial. InPlaceOrRecreate (Kubernetes 1.33) resizes pods as they run, if they have requests of cpu or memory and the engine's container no resizePolicy RestartContainer. As long as pods are evicted, a PodDisruptionBudget with maxUnavailable: 1 makes it wait until the model of the one before is loaded. Where an HPA scales on the utilisation of the same resource, the two chase each other: keep one.",
		Ignore: "Pods are resized as they run, and evictions were never seen.",
		Sources: []string{
			"https://github.com/kubernetes/autoscaler/blob/master/vertical-pod-autoscaler/docs/quickstart.md",
			"https://github.com/kubernetes/autoscaler/blob/master/vertical-pod-autoscaler/pkg/updater/restriction/pods_restriction_factory.go",
			"https://kubernetes.io/docs/concepts/workloads/autoscaling/vertical-pod-autoscale/",
		},
	},
	Needs: checks.Needs{Kinds: checks.Kinds(checks.Workloads(), checks.Only(inventory.VerticalPodAutoscaler)), Sharpens: checks.Kinds(inventory.AutoscalerKinds(), checks.Only(inventory.Pod))},
	Run: func(pass *checks.Pass) {
		for _, w := range pass.Workloads() {
			if !w.HasAccelerators() || w.Template == nil {
				continue
			}
			for _, r := range pass.Resizers(w) {
				var resources []string
				for i := range w.Template.Spec.Containers {
					resources = append(resources, r.Resizes(w.Template.Spec.Containers[i].Name)...)
				}
				if r.Evicts() && len(resources) > 0 {
					vpaReport(pass, w, r, resources)
				}
			}
		}
	},
}

func vpaReport(pass *checks.Pass, w *inventory.Workload, r inventory.Resizer, resources []string) {
	mode, written := r.Mode()
	at := r.Object.At("spec", "updatePolicy", "updateMode")
	f := checks.Finding{
		At: at, Workload: w,
		Message:  fmt.Sprintf("updateMode %s of %s evicts pods of %s to resize them, and each loads its model again", mode, r.Object.Short(), w.Ref().Short()),
		Evidence: []checks.Evidence{{Path: at.Path.String(), Value: mode, Basis: checks.Observed}},
		Fix:      &checks.Fix{Title: "set updateMode to Off and roll its recommendations out", Safety: checks.Manual},
	}
	switch {
	case !written:
		f.Evidence[0].Basis = checks.Assumed
	case mode == "InPlaceOrRecreate":
		vpaInPlace(pass, &f, w, r)
	}
	if bounds := pass.Bounds(w); bounds.Known && !w.Operated && bounds.Max < r.Fewest() {
		f.Severity = checks.Info
		f.Message += fmt.Sprintf(", once %d of them run", r.Fewest())
	}
	for _, a := range pass.AutoscalersOf(w) {
		for _, m := range a.Metrics {
			if m.Source == inventory.SourceResource && m.TargetType == "Utilization" && slices.Contains(resources, m.Name) {
				f.Message += fmt.Sprintf("; %s scales on the utilisation of the same %s", a.Object.Short(), m.Name)
				f.Evidence = append(f.Evidence, checks.Evidence{Path: a.Object.Short() + " " + m.TargetPath.String(), Value: m.TargetText, Basis: checks.Observed})
			}
		}
	}
	pass.Report(f)
}

// vpaInPlace words the finding where pods are resized as they run. A few never
// can; of the others some are evicted, when a node has no room left for one.
func vpaInPlace(pass *checks.Pass, f *checks.Finding, w *inventory.Workload, r inventory.Resizer) {
	who := fmt.Sprintf("updateMode InPlaceOrRecreate of %s", r.Object.Short())
	var restarts []string
	if w.Container != nil {
		restarts = r.Restarts(w.Container)
	}
	switch {
	case pass.BestEffort(w):
		f.Message = fmt.Sprintf("%s evicts pods of %s to resize them, since without requests of cpu and memory they cannot be resized as they run, and each loads its model again", who, w.Ref().Short())
	case len(restarts) > 0:
		f.Message = fmt.Sprintf("%s restarts container %s of %s to resize its %s, and each time it loads its model again", who, w.Container.Name, w.Ref().Short(), strings.Join(restarts, " and "))
		f.Evidence = append(f.Evidence, checks.Evidence{Path: w.AtEngine("resizePolicy").Path.String(), Value: "RestartContainer", Basis: checks.Observed})
	default:
		f.Severity = checks.Info
		f.Message = fmt.Sprintf("%s evicts pods of %s that cannot be resized as they run, and each loads its model again", who, w.Ref().Short())
	}
}
