package rules

import (
	"fmt"
	"strconv"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: Karpenter, pkg/apis/v1/nodepool.go (defaults), pkg/utils/pod/scheduling.go
// (do-not-disrupt; durations since 1.12) and pkg/utils/pdb/pdb.go (a budget that
// has nothing left keeps the node, but for pods that AlwaysAllow leaves out);
// Cluster Autoscaler, FAQ (safe-to-evict).
var nodeAutoscalerMayEvict = &checks.Check{
	ID:       "node-autoscaler-may-evict",
	Severity: checks.Warning,
	Section:  checks.Disruption,
	Doc: checks.Doc{
		Title:  "A node autoscaler may evict replicas to save a node",
		Why:    "Karpenter's default is to empty a node as soon as its pods would fit elsewhere or on a cheaper one, and the policy Balanced does so where the node costs much for the pods on it; the Cluster Autoscaler does so when less than half of a node's accelerators are asked for. The replica then loads its model again somewhere else, and that may happen minutes after it has loaded, or while it does. A PodDisruptionBudget spreads the evictions, of replicas that still load too, unless its unhealthyPodEvictionPolicy is AlwaysAllow.",
		Remedy: "Annotate the pods with karpenter.sh/do-not-disrupt: \"true\", or, since Karpenter 1.12, with a duration from the start of a pod that covers its load; or give the NodePool consolidationPolicy: WhenEmpty and a consolidateAfter of minutes. For the Cluster Autoscaler it is cluster-autoscaler.kubernetes.io/safe-to-evict: \"false\". An annotated pod also keeps its node from being replaced: one that has drifted stays, and one that has expired waits for the pod without end, unless the NodePool has a terminationGracePeriod, which overrides annotations and budgets.",
		Ignore: "Replicas load in seconds, or cheaper nodes are worth the reloads.",
		Sources: []string{
			"https://github.com/kubernetes-sigs/karpenter/blob/main/pkg/apis/v1/nodepool.go",
			"https://karpenter.sh/docs/concepts/disruption/",
			"https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md",
			"https://github.com/kubernetes-sigs/karpenter/blob/main/pkg/utils/pdb/pdb.go",
		},
	},
	Needs: checks.Needs{
		Kinds:    checks.Workloads(),
		Sharpens: checks.Kinds(inventory.AutoscalerKinds(), checks.Only(inventory.NodePool, inventory.Node, inventory.Pod, inventory.PodDisruptionBudget)),
	},
	Params: []checks.Param{{
		Name: "calmMinutes", Value: 10, Min: 0, Max: 1440,
		Doc: "a consolidateAfter from here on is taken for a considered one, and the finding for a hint: the time that a model takes to load",
	}},
	Run: func(pass *checks.Pass) {
		for _, w := range pass.Workloads() {
			if w.Template == nil || w.Object.Fragment || !w.HasAccelerators() || !pass.Evictable(w) {
				continue
			}
			if pools := pass.PoolsBehind(w); len(pools) > 0 {
				evictByKarpenter(pass, w, pools)
				continue
			}
			evictByClusterAutoscaler(pass, w)
		}
	},
}

func evictByKarpenter(pass *checks.Pass, w *inventory.Workload, pools []inventory.Pool) {
	const annotation = "karpenter.sh/do-not-disrupt"
	note := w.Template.Annotations[annotation]
	if d, err := time.ParseDuration(note); err == nil && d > 0 || note == "true" {
		return
	}
	for _, p := range pools {
		c, consolidates := p.Consolidates()
		if !consolidates {
			continue
		}
		when := "is taken away when its pods fit elsewhere"
		if c.Policy == "Balanced" {
			when = "is taken away when its pods fit elsewhere and that saves enough"
		}
		f := checks.Finding{
			At: w.Blame(w.TemplatePath.Join("metadata", "annotations")...), Workload: w,
			Message: fmt.Sprintf("a node of %s %s (%s, after %s), and nothing keeps these pods from being moved", p.Object.Short(), when, c.Policy, c.After),
			Evidence: []checks.Evidence{
				{Path: p.Object.Short() + " spec.disruption.consolidationPolicy", Value: c.Policy, Basis: checks.Observed},
				{Path: annotation, Value: strconv.Quote(note), Basis: checks.Observed},
			},
			Fix: checks.AnnotatePods(w, annotation, "true"),
		}
		if !c.PolicySet {
			f.Evidence[0].Basis = checks.Assumed
		}
		if c.After.Minutes() >= pass.Param("calmMinutes") {
			f.Severity = checks.Info
		}
		pass.Report(f)
		return
	}
}

func evictByClusterAutoscaler(pass *checks.Pass, w *inventory.Workload) {
	ref, deployment, found := pass.ClusterAutoscaler()
	note := w.Template.Annotations[inventory.SafeToEvict]
	kept := len(w.LocalVolumes()) > 0 && note != "true" && !inventory.TakesLocalStorage(deployment)
	if sparse, _ := pass.Sparse(w); !found || note == "false" || kept || !sparse {
		return
	}
	pass.Report(checks.Finding{
		Severity: checks.Info, // whether it manages these nodes is not to be seen
		At:       w.Blame(w.TemplatePath.Join("metadata", "annotations")...), Workload: w,
		Message:  fmt.Sprintf("the autoscaler %s may take a node away of which less than half of the accelerators are asked for, and move the pod on it", ref.Short()),
		Evidence: []checks.Evidence{{Path: inventory.SafeToEvict, Value: strconv.Quote(note), Basis: checks.Observed}},
		Fix:      checks.AnnotatePods(w, inventory.SafeToEvict, "false"),
	})
}
