package rules

import (
	"fmt"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: KEDA, controllers/keda/scaledobject_controller.go (it watches the spec
// of its HPA) and hpa.go, updateHPAIfNeeded.
var generatedHPAEdited = &checks.Check{
	ID:       "generated-hpa-edited",
	Severity: checks.Warning,
	Section:  checks.Policy,
	Doc: checks.Doc{
		Title:  "Somebody edits an HPA that another object generates",
		Why:    "The HPA of a ScaledObject or an InferenceService is written by its controller. What somebody else writes there is taken back, at once or when the owner is next reconciled, so the change that seemed to work is gone when it is needed.",
		Remedy: "Make the change in the object that owns the HPA: minReplicaCount, maxReplicaCount and advanced.horizontalPodAutoscalerConfig of a ScaledObject.",
		Ignore: "The field is one that the controller never writes.",
		Sources: []string{
			"https://github.com/kedacore/keda/blob/main/controllers/keda/hpa.go",
			"https://github.com/kedacore/keda/blob/main/controllers/keda/scaledobject_controller.go",
			"https://github.com/kedacore/keda/issues/6061",
		},
	},
	Needs: checks.Needs{Kinds: checks.Autoscalers(), Live: true},
	Run: func(pass *checks.Pass) {
		for _, o := range pass.List(inventory.HorizontalPodAutoscaler) {
			a := inventory.ReadAutoscaler(o)
			if a == nil || a.GeneratedBy.IsZero() || pass.WorkloadOf(a.Target) == nil {
				continue
			}
			owner, _ := pass.Find(a.GeneratedBy)
			for _, manager := range o.Managers("spec") {
				if manager.Class() == inventory.ByController || editedBefore(manager, owner) {
					continue
				}
				pass.Report(checks.Finding{
					At: o.At("spec"), Workload: pass.WorkloadOf(a.Target),
					Message:  fmt.Sprintf("%s wrote the spec of %s, which %s generates and writes anew", manager.Manager, o.Short(), a.GeneratedBy.Short()),
					Evidence: []checks.Evidence{{Path: o.Short() + " metadata.managedFields", Value: manager.Manager, Basis: checks.Observed}},
					Fix:      &checks.Fix{Title: "make the change in " + a.GeneratedBy.Short(), Safety: checks.Manual},
				})
			}
		}
	},
}

// editedBefore: KEDA can take over an HPA that somebody had written
// (scaledobject.keda.sh/transfer-hpa-ownership).
func editedBefore(manager inventory.ManagedField, owner *inventory.Object) bool {
	return owner != nil && !manager.Time.IsZero() && manager.Time.Before(owner.Meta.CreationTimestamp)
}
