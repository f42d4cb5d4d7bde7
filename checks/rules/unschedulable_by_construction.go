package rules

import (
	"fmt"
	"strings"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: kube-scheduler's filters (NodeAffinity, TaintToleration,
// InterPodAffinity); the RuntimeClass admission plugin refuses unknown classes.
var unschedulableByConstruction = &checks.Check{
	ID:       "unschedulable-by-construction",
	Severity: checks.Error,
	Section:  checks.Capacity,
	Doc: checks.Doc{
		Title:  "No node can take the pods, however empty it is",
		Why:    "A selector for a label that no node has, a taint that nothing tolerates, a pod larger than every node, or pods that must keep apart on fewer nodes than there are replicas: waiting does not help, and no free accelerator does. It often shows at the last replica only, or at the first rollout.",
		Remedy: "Correct the selector or the affinity, add the toleration, or ask for what one node has. Prefer a topologySpreadConstraint with ScheduleAnyway to a required anti-affinity.",
		Ignore: "The nodes are added later.",
		Sources: []string{
			"https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/",
			"https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/",
			"https://kubernetes.io/docs/concepts/containers/runtime-class/",
		},
	},
	Needs: checks.Needs{
		Kinds:    checks.Autoscalers(),
		Sharpens: checks.Only(inventory.Node, inventory.NodePool, inventory.Pod, inventory.RuntimeClass),
	},
	Run: func(pass *checks.Pass) {
		for _, w := range pass.Workloads() {
			bounds := pass.Bounds(w)
			if w.Object.Fragment || w.Template == nil || !bounds.Known || bounds.Max == 0 || unschedulableManifest(pass, w, bounds.Max) {
				continue
			}
			if pass.Saw(inventory.Node, "") {
				unschedulableHere(pass, w, bounds.Max)
			}
		}
	},
}

// unschedulableManifest is what the manifests alone prove, and a runtime class
// that is not there.
func unschedulableManifest(pass *checks.Pass, w *inventory.Workload, most int32) bool {
	if c, found := w.Contradicts(); found && (!c.One || most*w.PodsPerReplica > 1) {
		f := checks.Finding{
			At: w.Blame(c.Path...), Workload: w, Message: c.Text,
			Evidence: []checks.Evidence{{Path: c.Path.String(), Value: c.Text, Basis: checks.Derived}},
		}
		if c.One {
			f.Message = fmt.Sprintf("%s: one of %d can be scheduled", c.Text, most*w.PodsPerReplica)
		}
		pass.Report(f)
		return true
	}
	class := w.Template.Spec.RuntimeClassName
	if class == nil {
		return false
	}
	info := inventory.RuntimeClass.Info()
	_, presence := pass.Find(inventory.Ref{Group: info.Group, Kind: info.Name, Name: *class})
	if presence != inventory.Absent {
		return false
	}
	pass.Report(checks.Finding{
		At: w.Blame(w.TemplatePath.Join("spec", "runtimeClassName")...), Workload: w,
		Message:  fmt.Sprintf("there is no RuntimeClass %s: the API server refuses every pod", *class),
		Evidence: []checks.Evidence{{Path: "RuntimeClass/" + *class, Value: "absent", Basis: checks.Observed}},
	})
	return true
}

// unschedulableHere compares with the nodes. A pod that runs proves that there
// is a place, but not for how many.
func unschedulableHere(pass *checks.Pass, w *inventory.Workload, most int32) {
	run := pass.AsRun(w)
	obstacles, fitting := pass.Obstacles(run)
	more := pass.MoreNodes()
	f := checks.Finding{At: w.Blame(w.TemplatePath.Join("spec")...), Workload: w}
	switch {
	case more == inventory.Unseen:
		return
	case fitting == 0 && len(obstacles) > 0 && len(pass.NodesUnder(w)) == 0 && len(pass.PoolsFor(run)) == 0:
		var reasons []string
		for _, o := range obstacles {
			reasons = append(reasons, o.String())
		}
		f.Message = fmt.Sprintf("no node can take a pod, however empty it is: %s", strings.Join(reasons, ", "))
		f.Evidence = []checks.Evidence{{Path: "nodes", Value: strings.Join(reasons, ", "), Basis: checks.Derived}}
		if more == inventory.Present {
			f.Severity = checks.Warning // as far as the NodePools tell
			f.Message += "; no NodePool orders another kind"
		}
	case more == inventory.Absent && fitting > 0 && w.KeepsApart("kubernetes.io/hostname") && int64(most)*w.AcceleratedPods() > int64(fitting):
		f.Message = fmt.Sprintf("the pods keep apart by node: %d nodes can take one each, and at most there are %d", fitting, int64(most)*w.AcceleratedPods())
		f.Evidence = []checks.Evidence{{Path: "nodes that can take a pod", Value: fmt.Sprint(fitting), Basis: checks.Derived}}
	default:
		return
	}
	pass.Report(f)
}
