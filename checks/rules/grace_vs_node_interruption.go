package rules

import (
	"fmt"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: the clouds' documentation of Spot capacity; Karpenter's terminator
// deletes pods with what is left of the node's terminationGracePeriod
// (pkg/controllers/node/termination/terminator).
var graceVsNodeInterruption = &checks.Check{
	ID:       "grace-vs-node-interruption",
	Severity: checks.Info,
	Section:  checks.Shutdown,
	Doc: checks.Doc{
		Title:  "The node may be gone before the grace period ends",
		Why:    "A grace period holds on scale-in and rollouts. A Spot node that its cloud takes back is switched off after 15 seconds to two minutes, and Karpenter ends a drain when the NodePool's terminationGracePeriod is over. Requests that were to finish break off then, and nothing that is written on the pod can help.",
		Remedy: "Keep replicas whose requests have to finish on nodes that stay, raise the NodePool's terminationGracePeriod above that of the pods (Karpenter then replaces its nodes, by the former time once more), and let clients repeat what a lost node was computing.",
		Ignore: "Requests are short, or are repeated elsewhere.",
		Sources: []string{
			"https://docs.cloud.google.com/kubernetes-engine/docs/concepts/spot-vms",
			"https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html",
			"https://github.com/kubernetes-sigs/karpenter/blob/main/pkg/controllers/node/termination/terminator/terminator.go",
		},
	},
	Needs: checks.Needs{Kinds: checks.Workloads(), Sharpens: checks.Only(inventory.Pod, inventory.Node, inventory.NodePool)},
	Run: func(pass *checks.Pass) {
		for _, w := range pass.Workloads() {
			grace, chosen := pass.Grace(w)
			by, seen := pass.Interruption(w)
			if w.Object.Fragment || !chosen || !seen || grace <= by.Notice {
				continue
			}
			pass.Report(checks.Finding{
				At: w.Blame(w.GracePath()...), Workload: w,
				Message: fmt.Sprintf("the grace period is %s, and %s may leave only %s of it", grace, by.By, by.Notice),
				Evidence: []checks.Evidence{
					{Path: w.GracePath().String(), Value: grace.String(), Basis: checks.Observed},
					{Path: by.Where, Value: by.Notice.String(), Basis: checks.Observed},
				},
			})
		}
	},
}
