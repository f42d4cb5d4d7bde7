package rules

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: Kubernetes documentation, Horizontal Pod Autoscaling: without one
// spec.replicas is a constant.
var noAutoscalerOnGPUWorkload = &checks.Check{
	ID:       "no-autoscaler-on-gpu-workload",
	Severity: checks.Info,
	Section:  checks.Policy,
	Doc: checks.Doc{
		Title:  "Several GPU replicas that no autoscaler scales",
		Why:    "A fixed number of replicas is sized for the peak and keeps its accelerators through the night, or it is sized for the average and queues at the peak. Accelerators are most of what serving a model costs.",
		Remedy: "Add a ScaledObject or an HPA on requests running and waiting, with the present number as its maximum to begin with.",
		Ignore: "The load is flat, or the accelerators are reserved and nobody else could use them.",
		Sources: []string{
			"https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/",
			"https://cloud.google.com/kubernetes-engine/docs/best-practices/machine-learning/inference/autoscaling",
		},
	},
	Needs:  checks.Needs{Kinds: checks.Kinds(checks.Autoscalers(), checks.Only(inventory.PodAutoscaler)), Sharpens: checks.Only(inventory.Pod)},
	Params: checks.LoadParams(),
	Run: func(pass *checks.Pass) {
		scalers, others := pass.Scalers(), pass.OtherScalers()
		for _, w := range pass.Workloads() {
			ns := w.Object.Namespace
			if fixedFleet(w) && !fixedByEngine(w) &&
				pass.Saw(inventory.HorizontalPodAutoscaler, ns) && pass.Saw(inventory.ScaledObject, ns) &&
				!slices.ContainsFunc(scalers, func(a *inventory.Autoscaler) bool { return a.Workload == w || fixedMayScale(a, w) }) &&
				!slices.ContainsFunc(others, func(o inventory.Ref) bool { return fixedSameNamespace(o.Namespace, ns) }) {
				fixedReport(pass, w)
			}
		}
	},
}

// fixedFleet says whether several replicas with accelerators are written, by
// somebody who also decides how many. What an operator owns is the operator's to
// scale; of those only NIMService says whether it does.
func fixedFleet(w *inventory.Workload) bool {
	if w.Object.Fragment || !w.HasAccelerators() || w.Replicas == nil || *w.Replicas < 2 {
		return false
	}
	if w.Owner != w.Object && inventory.As[inventory.NIMServiceContent](w.Owner) == nil {
		return false
	}
	switch w.Object.Type {
	case inventory.InferenceService, inventory.RayService: // both bring their own scaling
		return false
	}
	// Somebody writes through the scale subresource, and it is no human hand.
	return !slices.ContainsFunc(w.Object.Meta.ManagedFields, func(m inventory.ManagedField) bool {
		return m.Subresource == "scale" && m.Manager != "kubectl"
	})
}

// fixedByEngine says whether the pods are the nodes of one engine: their number
// is part of its configuration.
func fixedByEngine(w *inventory.Workload) bool {
	return w.PodsPerReplica <= 1 && w.NodesOfEngine() // of a group, the whole is a replica
}

// fixedMayScale says whether the autoscaler's target may be the workload.
func fixedMayScale(a *inventory.Autoscaler, w *inventory.Workload) bool {
	ref := w.Object.Ref
	return a.Target.Kind == ref.Kind && a.Target.Name == ref.Name && fixedSameNamespace(a.Target.Namespace, ref.Namespace)
}

// fixedSameNamespace counts a namespace that is left out, for kustomize to set,
// as any.
func fixedSameNamespace(a, b string) bool { return a == b || a == "" || b == "" }

func fixedReport(pass *checks.Pass, w *inventory.Workload) {
	replicas := int64(*w.Replicas)
	holds := "accelerators"
	if w.GPUs() > 0 {
		holds = fmt.Sprintf("%d accelerators", replicas*w.GPUs())
	}
	at := w.Owner.At("spec", "replicas")
	pass.Report(checks.Finding{
		At: at, Workload: w,
		Message:  fmt.Sprintf("%d replicas of %s hold %s at any load: no HorizontalPodAutoscaler or ScaledObject scales them", replicas, w.Owner.Short(), holds),
		Evidence: []checks.Evidence{{Path: at.Path.String(), Value: strconv.FormatInt(replicas, 10), Basis: checks.Observed}},
		Fix:      fixedFix(pass, w, int32(replicas)),
	})
}

// fixedFix is a plan: how few replicas may do, and from what load on one more is
// needed, is for people to say. The present number stays the maximum.
func fixedFix(pass *checks.Pass, w *inventory.Workload, replicas int32) *checks.Fix {
	fix := &checks.Fix{Title: "add a ScaledObject on requests running and waiting", Safety: checks.Manual}
	if w.Generated() || w.Recognition == nil {
		return fix
	}
	stack := pass.StackOf(w)
	stack.Min, stack.Max = max(1, replicas/2), replicas
	fix.Object, fix.New = w.Object, stack.ScaledObject()
	return fix
}
