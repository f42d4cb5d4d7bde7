package rules

import (
	"fmt"
	"strings"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: Kubernetes, pkg/controller/deployment/util ResolveFenceposts: of a
// Deployment's percentages maxSurge rounds up and maxUnavailable down.
var rolloutNeedsSpareGPU = &checks.Check{
	ID:       "rollout-needs-spare-gpu",
	Severity: checks.Error,
	Section:  checks.Rollout,
	Doc: checks.Doc{
		Title:  "A rollout starts a new replica before it stops an old one, and needs accelerators for both",
		Why:    "With maxUnavailable at 0, which is what the default of 25 % rounds down to below four replicas, a rollout can only begin with one more pod. Where no accelerator is free that pod stays Pending, no old one may stop, and the rollout hangs until progressDeadlineSeconds reports it failed. The old version keeps serving, and no fix to the pod template ever arrives.",
		Remedy: "Set strategy.rollingUpdate to maxSurge: 0 and maxUnavailable: 1, which restarts nothing by itself and costs one replica during a rollout. A single replica then is away for one model load; strategy Recreate says the same.",
		Ignore: "There are accelerators to spare, or a node autoscaler has some.",
		Sources: []string{
			"https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/deployment/util/deployment_util.go",
			"https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-update-deployment",
		},
	},
	Needs: checks.Needs{
		Kinds:    checks.Workloads(),
		Sharpens: checks.Kinds(inventory.AutoscalerKinds(), checks.Only(inventory.Node, inventory.NodePool, inventory.Pod)),
	},
	Run: func(pass *checks.Pass) {
		for _, w := range pass.Workloads() {
			rolling, ok := w.RollingUpdate()
			replicas := rolloutReplicas(pass, w)
			if ok && !rolling.Recreate && !w.Object.Fragment && w.HasAccelerators() && replicas > 0 && surges(rolling, replicas) {
				reportSurge(pass, w, rolling, replicas)
			}
		}
	},
}

// rolloutReplicas is the count at which a rollout is judged: the present one on
// a cluster, else the fewest that are meant to run. Where an autoscaler may be
// out of sight it is so many that no percentage but 0 rounds to 0.
func rolloutReplicas(pass *checks.Pass, w *inventory.Workload) int32 {
	const many = 100
	bounds := pass.Bounds(w)
	switch {
	case pass.IsLive() && w.Replicas != nil:
		return *w.Replicas
	case bounds.Max == 0:
		return 0
	case !bounds.Known:
		return many
	}
	return max(bounds.Min, 1)
}

// surges says whether a rollout can only start with another pod. When both
// numbers come to 0, the controller takes one pod away.
func surges(rolling inventory.Rolling, replicas int32) bool {
	surge, _ := inventory.ScaledValue(rolling.MaxSurge, replicas, true)
	unavailable, ok := inventory.ScaledValue(rolling.MaxUnavailable, replicas, false)
	return ok && unavailable == 0 && surge > 0
}

func reportSurge(pass *checks.Pass, w *inventory.Workload, rolling inventory.Rolling, replicas int32) {
	limit := rolling.MaxUnavailable.String()
	if strings.HasSuffix(limit, "%") {
		limit += fmt.Sprintf(" of %d", replicas)
	}
	at, basis := w.Owner.At("spec"), checks.Observed
	if w.Owner == w.Object {
		at = w.Object.At("spec", "strategy")
	}
	if !rolling.Written {
		basis = checks.Assumed
	}
	f := checks.Finding{
		Severity: checks.Info, At: at, Workload: w,
		Message:  fmt.Sprintf("maxUnavailable %s is 0 pods: a rollout needs %s for one more pod before it stops an old one", limit, acceleratorText(w)),
		Evidence: []checks.Evidence{{Path: "spec.strategy.rollingUpdate", Value: "maxUnavailable " + rolling.MaxUnavailable.String() + ", maxSurge " + rolling.MaxSurge.String(), Basis: basis}},
		Fix:      &checks.Fix{Title: "set maxSurge: 0 and maxUnavailable: 1, if a rollout may take one replica away", Safety: checks.Manual, Object: w.Owner},
	}
	if resource, room, full := noRoom(pass, w); full {
		growth := pass.GrowthFor(pass.AsRun(w))
		f.Evidence = append(f.Evidence, checks.Evidence{Path: resource, Value: fmt.Sprintf("%d on %d nodes, %d taken by known pods", room.Devices, room.Nodes, room.Taken), Basis: checks.Derived})
		f.Message += fmt.Sprintf(", and none of the %d nodes that could take it has that free%s", room.Nodes, growth)
		switch {
		case growth.Presence == inventory.Present: // a hint
		case growth.Presence == inventory.Unseen || growth.Spent != "" || w.Template.Spec.PriorityClassName != "":
			f.Severity = checks.Warning // a cloud may add a node, a limit be raised, or a pod of less weight give way
		default:
			f.Severity = checks.Error
		}
	}
	pass.Report(f)
}

// noRoom finds a device of which no node has enough left for one more pod,
// whatever pods there are beside those that were listed.
func noRoom(pass *checks.Pass, w *inventory.Workload) (resource string, room inventory.Room, full bool) {
	for _, a := range w.Accelerators {
		if room = pass.RoomFor(w, a.Resource); room.Known && room.Nodes > 0 && room.Most < a.Count {
			return a.Resource, room, true
		}
	}
	return "", room, false
}

func acceleratorText(w *inventory.Workload) string {
	a := w.Accelerators[0]
	if a.Resource == "" {
		return "a claimed device"
	}
	return fmt.Sprintf("%d %s", a.Count, a.Resource)
}
