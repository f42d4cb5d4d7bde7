package rules

import (
	"fmt"
	"strconv"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: KEDA apis/keda/v1alpha1 scaledobject_types.go, defaultHPAMaxReplicas.
var maxReplicasUnsetOrHuge = &checks.Check{
	ID:       "max-replicas-unset-or-huge",
	Severity: checks.Warning,
	Section:  checks.Policy,
	Doc: checks.Doc{
		Title:  "The upper bound of replicas is no bound",
		Why:    "A ScaledObject without maxReplicaCount may grow to 100 replicas, and every one of them wants its accelerators. A signal that runs away (a wrong query, a queue that grows while new pods load) then takes all GPUs that quota and node autoscaler will give, and other teams' with them.",
		Remedy: "Set the maximum to what the load was seen to need, within the GPUs that there are.",
		Ignore: "The fleet really runs at that size at peak, and the GPUs are reserved for it.",
		Sources: []string{
			"https://keda.sh/docs/latest/reference/scaledobject-spec/#maxreplicacount",
			"https://github.com/kedacore/keda/blob/main/apis/keda/v1alpha1/scaledobject_types.go",
		},
	},
	Needs: checks.Needs{Kinds: checks.Autoscalers()},
	Run: func(pass *checks.Pass) {
		for _, a := range pass.Autoscalers() {
			if a.Object.Fragment || !a.BoundsKnown() {
				continue
			}
			if !a.MaxSet {
				maxUnset(pass, a)
			} else if a.Max > maxHuge(a) && (a.Workload == nil || a.Workload.HasAccelerators() || a.Workload.Operated) {
				maxTooFar(pass, a)
			}
		}
	},
}

// maxHuge is the largest maximum that is taken for meant: 8 times the minimum,
// 16, or as many replicas as there are.
func maxHuge(a *inventory.Autoscaler) int32 {
	const times, fewest = 8, 16
	most := max(fewest, times*a.Min)
	if a.Workload != nil && a.Workload.Replicas != nil {
		most = max(most, *a.Workload.Replicas)
	}
	return most
}

func maxUnset(pass *checks.Pass, a *inventory.Autoscaler) {
	bound := maxHuge(a)
	pass.Report(checks.Finding{
		At: a.Object.At(a.MaxPath...), Workload: a.Workload,
		Message:  fmt.Sprintf("maxReplicaCount is not set, so %s may grow %s to KEDA's default of %d replicas%s", a.Object.Short(), a.Target.Short(), a.Max, maxGPUs(a)),
		Evidence: []checks.Evidence{{Path: a.MaxPath.String(), Value: strconv.Itoa(int(a.Max)) + " by default", Basis: checks.Assumed}},
		Fix: &checks.Fix{
			Title: fmt.Sprintf("set maxReplicaCount to %d", bound), Safety: checks.Safe, Object: a.Object,
			Edits: []checks.Edit{checks.Set(int(bound), a.MaxPath...)},
		},
	})
}

func maxTooFar(pass *checks.Pass, a *inventory.Autoscaler) {
	pass.Report(checks.Finding{
		At: a.Object.At(a.MaxPath...), Workload: a.Workload,
		Message: fmt.Sprintf("%s against %s: a signal that runs away may ask for %d replicas%s", a.MaxText(), a.MinText(), a.Max, maxGPUs(a)),
		Evidence: []checks.Evidence{
			{Path: a.MaxPath.String(), Value: strconv.Itoa(int(a.Max)), Basis: checks.Observed},
			{Path: a.MinPath.String(), Value: strconv.Itoa(int(a.Min)), Basis: checks.Derived},
		},
		Fix: &checks.Fix{Title: fmt.Sprintf("lower %s to what the GPUs allow", a.MaxPath.Last()), Safety: checks.Manual},
	})
}

// maxGPUs adds what the maximum means in devices, where the count is known.
func maxGPUs(a *inventory.Autoscaler) string {
	if a.Workload == nil || a.Workload.GPUs() == 0 {
		return ""
	}
	return fmt.Sprintf(" with %d accelerators", int64(a.Max)*a.Workload.GPUs())
}
