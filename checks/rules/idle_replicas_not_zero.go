package rules

import (
	"fmt"
	"strconv"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: KEDA apis/keda/v1alpha1 scaledobject_types.go,
// CheckReplicaCountBoundsAreValid, and pkg/scaling/executor
// scale_scaledobjects.go, scaleToZeroOrIdle. Kubernetes horizontal.go lifts
// whatever is below minReplicas, save zero.
var idleReplicasNotZero = &checks.Check{
	ID:       "idle-replicas-not-zero",
	Severity: checks.Error,
	Section:  checks.Schedules,
	Doc: checks.Doc{
		Title:  "idleReplicaCount has a value that KEDA cannot keep",
		Why:    "Only 0 works: an HPA leaves a target alone at zero replicas and nowhere else. With any other count KEDA scales the idle target down to it, the generated HPA lifts it back to minReplicaCount at its next sync, and the two go on: each turn ends a replica that has its model loaded and starts one that has to load it again. A count that is not below minReplicaCount is refused as a whole, and then nothing of the ScaledObject works.",
		Remedy: "Set idleReplicaCount to 0, with a minReplicaCount of at least 1, or leave it out.",
		Ignore: "Never.",
		Sources: []string{
			"https://keda.sh/docs/latest/reference/scaledobject-spec/#idlereplicacount",
			"https://github.com/kedacore/keda/issues/2314",
			"https://github.com/kedacore/keda/blob/main/apis/keda/v1alpha1/scaledobject_types.go",
		},
	},
	Needs: checks.Needs{Kinds: checks.Autoscalers()},
	Run: func(pass *checks.Pass) {
		for _, a := range pass.Autoscalers() {
			if a.KEDA != nil && a.KEDA.Spec.IdleReplicaCount != nil && !a.Object.Fragment && a.BoundsKnown() {
				idleReport(pass, a, *a.KEDA.Spec.IdleReplicaCount)
			}
		}
	},
}

func idleReport(pass *checks.Pass, a *inventory.Autoscaler, idle int32) {
	message := fmt.Sprintf("idleReplicaCount is %d: the generated HPA lifts %s from there to its minimum of %d at each sync", idle, a.Target.Short(), a.Min)
	switch least := idleBelow(a); {
	case idle >= least:
		message = fmt.Sprintf("idleReplicaCount is %d and has to be less than %s: KEDA refuses %s", idle, a.MinText(), a.Object.Short())
	case idle == 0:
		return
	}
	at := inventory.Path{"spec", "idleReplicaCount"}
	pass.Report(checks.Finding{
		At: a.Object.At(at...), Workload: a.Workload, Message: message,
		Evidence: []checks.Evidence{
			{Path: at.String(), Value: strconv.Itoa(int(idle)), Basis: checks.Observed},
			idleMinimum(a),
		},
		Fix: &checks.Fix{Title: "leave idleReplicaCount out", Safety: checks.Safe, Object: a.Object, Edits: []checks.Edit{checks.Remove(at...)}},
	})
}

// idleBelow is what KEDA compares idleReplicaCount with: a minimum of 0 counts
// as the 1 that the HPA has, but only where it is written.
func idleBelow(a *inventory.Autoscaler) int32 {
	if a.MinSet {
		return a.Floor()
	}
	return a.Min
}

func idleMinimum(a *inventory.Autoscaler) checks.Evidence {
	e := checks.Evidence{Path: a.MinPath.String(), Value: strconv.Itoa(int(a.Min)), Basis: checks.Observed}
	if !a.MinSet {
		e.Basis = checks.Assumed
	}
	return e
}
