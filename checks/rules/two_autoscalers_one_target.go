package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: Kubernetes pkg/controller/podautoscaler/horizontal.go,
// validateAndParseSelector; KEDA scaledobject_webhook.go, verifyHpas.
var twoAutoscalersOneTarget = &checks.Check{
	ID:       "two-autoscalers-one-target",
	Severity: checks.Error,
	Section:  checks.Policy,
	Doc: checks.Doc{
		Title:  "Two autoscalers decide on the replicas of one workload",
		Why:    "A ScaledObject is an HPA, too: KEDA keeps one for it. Since Kubernetes 1.27 HPAs that select the same pods all stop, with ScalingActive=False and reason AmbiguousSelector, and the fleet stays at its size whatever the load. Before, each set its own number in turn. KEDA's webhook refuses a ScaledObject on a target that has an HPA, but not the HPA that comes second.",
		Remedy: "Keep one. Several signals go into one autoscaler as several metrics or triggers; the highest wins. To move from an HPA to KEDA, name the HPA in advanced.horizontalPodAutoscalerConfig.name and set the annotation scaledobject.keda.sh/transfer-hpa-ownership: \"true\".",
		Ignore: "The files are alternatives that are never applied together; where the target is not among them, the finding is a warning for that reason.",
		Sources: []string{
			"https://github.com/kubernetes/kubernetes/pull/112011",
			"https://keda.sh/docs/latest/concepts/scaling-deployments/#transfer-ownership-of-an-existing-hpa",
			"https://github.com/kedacore/keda/issues/5825",
		},
	},
	Needs: checks.Needs{Kinds: checks.Autoscalers()},
	Run: func(pass *checks.Pass) {
		inScope := map[*inventory.Object]bool{}
		for _, a := range pass.Autoscalers() {
			inScope[a.Object] = true
		}
		rivals := map[inventory.Ref][]*inventory.Autoscaler{}
		for _, a := range pass.Scalers() {
			if !a.Object.Fragment && a.Object.Meta.DeletionTimestamp == nil && !a.PausedByAnnotation() {
				rivals[rivalTarget(a)] = append(rivals[rivalTarget(a)], a)
			}
		}
		for _, list := range rivals {
			list = slices.DeleteFunc(list, func(a *inventory.Autoscaler) bool { return a.Object.Apart(list[0].Object) })
			if len(list) > 1 && rivalsServe(list, inScope) {
				rivalReport(pass, list)
			}
		}
	},
}

// rivalTarget is what the autoscaler decides on, by one name.
func rivalTarget(a *inventory.Autoscaler) inventory.Ref {
	if a.Workload != nil {
		return a.Workload.Object.Ref
	}
	return a.Target
}

func rivalsServe(list []*inventory.Autoscaler, inScope map[*inventory.Object]bool) bool {
	for _, a := range list {
		if a.Workload != nil || inScope[a.Object] {
			return true
		}
	}
	return false
}

func rivalReport(pass *checks.Pass, list []*inventory.Autoscaler) {
	second := list[1]
	f := checks.Finding{
		At: second.Object.At(second.TargetPath...), Workload: second.Workload,
		Fix: &checks.Fix{Title: "keep one autoscaler and put its rivals' metrics into it", Safety: checks.Manual},
	}
	if second.Workload == nil && !pass.IsLive() {
		// Pieces without the whole may be alternatives, as in a tutorial's folder.
		f.Severity = checks.Warning
	}
	var names []string
	for _, a := range list {
		names = append(names, a.Short())
		f.Evidence = append(f.Evidence, checks.Evidence{Path: a.Object.Short() + " " + a.TargetPath.String(), Value: a.Target.Short(), Basis: checks.Observed})
		if reason := rivalCondition(a); reason != "" {
			f.Evidence = append(f.Evidence, checks.Evidence{Path: a.Object.Short() + " status.conditions", Value: reason, Basis: checks.Observed})
		}
	}
	last := len(names) - 1
	f.Message = fmt.Sprintf("%d autoscalers scale %s: %s and %s", len(list), second.Target.Short(), strings.Join(names[:last], ", "), names[last])
	pass.Report(f)
}

// rivalCondition is how a running cluster says the same.
func rivalCondition(a *inventory.Autoscaler) string {
	if a.HPA == nil {
		return ""
	}
	for _, c := range a.HPA.Status.Conditions {
		if c.Reason == "AmbiguousSelector" {
			return fmt.Sprintf("%s=%s %s", c.Type, c.Status, c.Reason)
		}
	}
	return ""
}
