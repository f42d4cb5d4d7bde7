package rules

import (
	"fmt"
	"strings"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: kube-scheduler, framework/types.go FitError: the condition
// PodScheduled says of how many nodes each reason holds.
var pendingGPUPods = &checks.Check{
	ID:       "pending-gpu-pods",
	Severity: checks.Error,
	Section:  checks.Capacity,
	Doc: checks.Doc{
		Title:  "Pods wait for a node that can take them",
		Why:    "A replica that the scheduler finds no node for serves nothing, and nobody is told: the Deployment counts it as unavailable, the autoscaler as scaled. The message names the reason. Free accelerators that are spread over nodes do not help a pod that needs them on one.",
		Remedy: "By the reason: add nodes or lower the maximum where a resource is short; add the toleration or correct the selector where nodes are ruled out; free a whole node, by moving small pods, where accelerators are scattered.",
		Ignore: "A node is on its way, or the pods shall wait until a batch job ends.",
		Sources: []string{
			"https://github.com/kubernetes/kubernetes/blob/master/pkg/scheduler/framework/types.go",
			"https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-conditions",
			"https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md",
			"https://karpenter.sh/docs/troubleshooting/",
		},
	},
	Needs: checks.Needs{
		Kinds:    checks.Kinds(checks.Workloads(), checks.Only(inventory.Pod)),
		Sharpens: checks.Only(inventory.Event, inventory.NodeClaim, inventory.Node, inventory.NodePool),
		Live:     true,
	},
	CausedBy: []string{"max-exceeds-gpu-capacity", "unschedulable-by-construction", "rollout-needs-spare-gpu", "quota-caps-scale-up"},
	Params: []checks.Param{{
		Name: "waitMinutes", Value: 2, Min: 0, Max: 1440,
		Doc: "a pod that waits less is not spoken of: the scheduler tries again, and a rollout frees its devices",
	}, {
		Name: "nodeMinutes", Value: 15, Min: 1, Max: 1440,
		Doc: "a new node that takes longer is not coming: the default of --max-node-provision-time, and of Karpenter's registration",
	}},
	Run: func(pass *checks.Pass) {
		for _, w := range pass.Workloads() {
			waiting := pass.WaitingPods(w)
			if len(waiting) == 0 || !w.HasAccelerators() {
				continue
			}
			if wait := pass.Now.Sub(waiting[0].Since); wait.Minutes() >= pass.Param("waitMinutes") {
				reportWaiting(pass, w, waiting, wait)
			}
		}
	},
}

func reportWaiting(pass *checks.Pass, w *inventory.Workload, waiting []inventory.Waiting, wait time.Duration) {
	first := waiting[0]
	var reasons []string
	for _, r := range first.Reasons {
		reasons = append(reasons, r.String())
	}
	why := "the scheduler finds none"
	switch {
	case len(reasons) > 0 && first.Reasons[0].Nodes == 0: // the most of all
		why = strings.Join(reasons, ", ")
	case len(reasons) > 0:
		why = fmt.Sprintf("of %d nodes %s", first.Nodes, strings.Join(reasons, ", "))
	}
	count := "1 pod waits"
	if len(waiting) > 1 {
		count = fmt.Sprintf("%d pods wait", len(waiting))
	}
	patience := time.Duration(pass.Param("nodeMinutes")) * time.Minute
	f := checks.Finding{
		At: w.Owner.At("metadata", "name"), Workload: w,
		Message:  fmt.Sprintf("%s for a node, the longest for %s: %s%s", count, wait.Round(time.Second), why, pendingScattered(pass, w, first)),
		Evidence: []checks.Evidence{{Path: "pod/" + first.Pod.Name + " PodScheduled", Value: why, Basis: checks.Observed}},
	}
	sign, coming := pass.NodeComing(w, waiting, pass.Now, patience)
	growth := pass.GrowthFor(pass.AsRun(w))
	switch {
	case coming:
		f.Severity = checks.Info
		f.Message += "; a node is on its way"
		f.Evidence = append(f.Evidence, checks.Evidence{Path: sign, Value: "younger than " + patience.String(), Basis: checks.Observed})
	case growth.Spent != "":
		f.Message += growth.String()
		f.Evidence = append(f.Evidence, checks.Evidence{Path: growth.By + " spec.limits", Value: growth.Spent, Basis: checks.Observed})
	case growth.Presence != inventory.Absent && wait < patience:
		f.Severity = checks.Warning // something that adds nodes may still be at it
	}
	pass.Report(f)
}

// pendingScattered says that there would be devices enough, on several nodes. Pods that
// serve no model are not listed: it may be less.
func pendingScattered(pass *checks.Pass, w *inventory.Workload, first inventory.Waiting) string {
	for _, a := range w.Accelerators {
		room := pass.RoomFor(pass.AsRun(w), a.Resource)
		if free := room.Devices - room.Taken; first.Short(a.Resource) && room.Known && room.Most < a.Count && free >= a.Count {
			return fmt.Sprintf("; as far as the listed pods tell, %d %s are free, and at most %d on one node for a pod of %d", free, a.Resource, room.Most, a.Count)
		}
	}
	return ""
}
