package rules

import (
	"fmt"
	"strconv"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: Kubernetes pkg/controller/statefulset/stateful_set_control.go: with
// OrderedReady no pod is made before its predecessor is Running and Ready.
var orderedStatefulsetGrowth = &checks.Check{
	ID:       "ordered-statefulset-growth",
	Severity: checks.Warning,
	Section:  checks.Policy,
	Doc: checks.Doc{
		Title:  "A StatefulSet adds replicas one after another",
		Why:    "By default a StatefulSet starts a pod only when the one before is Ready, and with a model that takes minutes. An autoscaler that asks for four more gets the last one after four starts, when the peak is over, and a single pod that never gets Ready holds all later ones up.",
		Remedy: "Use a Deployment, or podManagementPolicy: Parallel. The field cannot be changed: delete the StatefulSet with --cascade=orphan and create it anew.",
		Ignore: "The pods depend on each other's order, or loads of several pods at once are more than the storage can serve.",
		Sources: []string{
			"https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#pod-management-policies",
			"https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/statefulset/stateful_set_control.go",
		},
	},
	Needs:  checks.Needs{Kinds: checks.Autoscalers(), Sharpens: checks.Only(inventory.Pod)},
	Params: checks.LoadParams(),
	Run: func(pass *checks.Pass) {
		for _, a := range pass.Autoscalers() {
			w, surplus := a.Workload, a.Max-a.Floor()
			if w == nil || surplus < 2 || a.Object.Fragment || w.Object.Fragment || !a.BoundsKnown() || !w.OneByOne() || w.NodesOfEngine() {
				continue
			}
			f := checks.Finding{
				At: w.Blame("spec", "podManagementPolicy"), Workload: w,
				Message: fmt.Sprintf("the %d replicas that %s may add to %s take %d starts in a row: each waits until the one before is Ready", surplus, a.Object.Short(), w.Ref().Short(), surplus),
				Evidence: []checks.Evidence{
					{Path: "spec.podManagementPolicy", Value: "OrderedReady", Basis: checks.Assumed},
					{Path: a.Object.Short() + " " + a.MaxPath.String(), Value: strconv.Itoa(int(a.Max)), Basis: checks.Observed},
				},
				Fix: &checks.Fix{Title: "create it anew with podManagementPolicy Parallel", Safety: checks.Manual},
			}
			if pass.IsLive() || w.Object.Written("spec", "podManagementPolicy") {
				f.Evidence[0].Basis = checks.Observed
			}
			if start, known := pass.StartTime(w); known {
				f.Message += "; " + start.String()
				f.Evidence = append(f.Evidence, checks.StartEvidence(w, start))
			}
			pass.Report(f)
		}
	},
}
