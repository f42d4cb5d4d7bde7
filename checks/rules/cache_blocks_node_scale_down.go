package rules

import (
	"fmt"
	"strings"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: Cluster Autoscaler, utils/drain (HasBlockingLocalStorage) and the flag
// --skip-nodes-with-local-storage, which is true by default.
var cacheBlocksNodeScaleDown = &checks.Check{
	ID:       "cache-blocks-node-scale-down",
	Severity: checks.Info,
	Section:  checks.Disruption,
	Doc: checks.Doc{
		Title:  "A volume on the node's disk keeps the Cluster Autoscaler from removing the node",
		Why:    "The Cluster Autoscaler leaves a node alone on which a pod has an emptyDir on disk or a hostPath, because their content would be lost. A scratch cache is enough. Replicas that are spread thinly over large nodes then stay there, and their idle accelerators are paid for.",
		Remedy: "Name the volumes whose content may be lost in the annotation cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes of the pods, separated by commas. An emptyDir in memory does not count.",
		Ignore: "Replicas shall not be moved: the volume is what keeps them now, and safe-to-evict: \"false\" would say so.",
		Sources: []string{
			"https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md",
			"https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/utils/drain/drain.go",
			"https://github.com/kubernetes/autoscaler/pull/5594",
			"https://github.com/kubernetes/autoscaler/pull/5551",
		},
	},
	Needs: checks.Needs{Kinds: checks.Workloads(), Sharpens: checks.Only(inventory.Node, inventory.Pod)},
	Run: func(pass *checks.Pass) {
		ref, deployment, found := pass.ClusterAutoscaler()
		if !found || inventory.TakesLocalStorage(deployment) {
			return
		}
		for _, w := range pass.Workloads() {
			local := w.LocalVolumes()
			if len(local) == 0 || w.Object.Fragment || !w.HasAccelerators() || w.Template.Annotations[inventory.SafeToEvict] != "" {
				continue
			}
			if sparse, known := pass.Sparse(w); known && !sparse {
				continue // the node is never thought idle while the pod runs
			}
			reportLocalVolumes(pass, w, ref, local, deployment != nil)
		}
	},
}

func reportLocalVolumes(pass *checks.Pass, w *inventory.Workload, ref inventory.Ref, local []int, known bool) {
	var names []string
	for _, i := range local {
		names = append(names, w.Template.Spec.Volumes[i].Name)
	}
	list, safe := strings.Join(names, ","), w.Template.Annotations[inventory.SafeToEvictVolumes]
	f := checks.Finding{
		At: w.Blame(w.TemplatePath.Join("spec", "volumes", local[0])...), Workload: w,
		Message: fmt.Sprintf("the autoscaler %s leaves the nodes of these pods alone: they keep %s on the node's disk", ref.Short(), list),
		Evidence: []checks.Evidence{
			{Path: "volumes on the node's disk", Value: list, Basis: checks.Observed},
			{Path: "--skip-nodes-with-local-storage", Value: "true", Basis: checks.Assumed},
		},
		Fix: checks.AnnotatePods(w, inventory.SafeToEvictVolumes, strings.TrimPrefix(safe+","+list, ",")),
	}
	if !known {
		f.Message = fmt.Sprintf("unless it was told otherwise, %s", f.Message)
	}
	pass.Report(f)
}
