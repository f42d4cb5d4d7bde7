package rules

import (
	"fmt"
	"strings"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: Kubernetes, replica_calculator.go: the pods of a scale target are
// those that its selector matches, whoever owns them (KEP-5325 is to change it).
var selectorOverlap = &checks.Check{
	ID:       "selector-overlap",
	Severity: checks.Error,
	Section:  checks.Policy,
	Doc: checks.Doc{
		Title:  "The target's selector matches pods of something else, and the autoscaler counts them",
		Why:    "The HPA controller takes every pod that the selector matches for a replica. A router, a canary or the other half of a split deployment with the same label is averaged in with the engines, and its ready pods are multiplied with a Value target: the replica count follows pods that carry none of the load.",
		Remedy: "Give the pods a label of their own and select by it. A Deployment's selector cannot be changed: it has to be made anew.",
		Ignore: "The other pods do the same work and are meant to be counted.",
		Sources: []string{
			"https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/podautoscaler/replica_calculator.go",
			"https://github.com/kubernetes/enhancements/tree/master/keps/sig-autoscaling/5325-hpa-pod-selection-accuracy",
			"https://github.com/kubernetes/kubernetes/issues/124307",
		},
	},
	Needs: checks.Needs{Kinds: checks.Autoscalers(), Sharpens: checks.Only(inventory.Pod)},
	Run: func(pass *checks.Pass) {
		for _, a := range pass.Autoscalers() {
			metric := overlapCounts(a)
			if a.Workload == nil || metric == nil {
				continue
			}
			foreign := pass.Foreign(a.Workload)
			if len(foreign) == 0 {
				continue
			}
			var names []string
			for _, ref := range foreign {
				names = append(names, ref.Short())
			}
			w := a.Workload
			pass.Report(checks.Finding{
				At: w.Object.At("spec", "selector"), Workload: w,
				Message: fmt.Sprintf("the selector also matches pods of %s, which %s counts as replicas", strings.Join(names, ", "), a.Short()),
				Evidence: []checks.Evidence{
					{Path: "spec.selector", Value: strings.Join(names, ", "), Basis: checks.Observed},
					{Path: metric.TargetTypePath.String(), Value: string(metric.TargetType), Basis: checks.Observed},
				},
				Fix: &checks.Fix{Title: "select by a label that only these pods have", Safety: checks.Manual, Object: w.Owner},
			})
		}
	},
}

// overlapCounts finds a metric whose arithmetic counts pods: a mean over pods, or
// a Value target. A total per replica (AverageValue) does not look at them.
func overlapCounts(a *inventory.Autoscaler) *inventory.ScalingMetric {
	if a.Max <= a.Min {
		return nil
	}
	for i, m := range a.Metrics {
		if m.Source == inventory.SourcePods || m.Source == inventory.SourceResource || m.Value() {
			return &a.Metrics[i]
		}
	}
	return nil
}
