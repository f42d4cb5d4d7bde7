package rules

import (
	"fmt"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/promql"
)

// The proof is GetExternalPerPodMetricReplicas in Kubernetes'
// replica_calculator.go, ceil(value / target), with the largest value that the
// engine or exporter documents for the series.
var ratioTargetCannotGrow = &checks.Check{
	ID:       "ratio-target-cannot-grow",
	Severity: checks.Error,
	Section:  checks.MetricPath,
	Doc: checks.Doc{
		Title: "A ratio compared per replica stops the fleet at a few replicas",
		Why: "AverageValue, KEDA's default, asks for value / target replicas, rounded up. The mean of a ratio is at most 1 (of a percentage at most 100), " +
			"so that this number has a ceiling that no load lifts: with a target of 0.8 it is 2, and the GPUs between there and the maximum are never used.",
		Remedy: "Set metricType: Value on the trigger, or type: Value on the HPA's metric: the ratio is then compared as it is, and the replicas grow by value / target.",
		Ignore: "When another metric of the same autoscaler is meant to do all the growing.",
		Sources: []string{
			"https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/podautoscaler/replica_calculator.go",
			"https://github.com/kedacore/keda/blob/main/pkg/scalers/scaler.go",
			"https://docs.vllm.ai/en/latest/usage/metrics/",
			"https://github.com/NVIDIA/nvkind/issues/3",
		},
	},
	Needs:    checks.Needs{Kinds: checks.Autoscalers(), Sharpens: checks.Only(inventory.ConfigMap)},
	CausedBy: []string{"threshold-unit-mismatch"},
	Run: func(p *checks.Pass) {
		for _, a := range p.Autoscalers() {
			if a.Max <= a.Min {
				continue
			}
			for _, c := range promql.Comparisons(p.Snapshot, a) {
				if most, capped := c.Ceiling(a); capped {
					ratioFinding(p, a, c, int32(most))
				}
			}
		}
	},
}

func ratioFinding(p *checks.Pass, a *inventory.Autoscaler, c promql.Compared, most int32) {
	m := c.Metric
	bound, _ := c.Query.Bound()
	evidence := append(checks.EvidenceOf(c, a),
		checks.Evidence{Path: c.Query.ShapeWhy(), Value: "at most " + inventory.Decimal(bound), Basis: checks.Derived},
		checks.Evidence{Path: "replicas asked for", Value: fmt.Sprintf("at most %d", most), Basis: checks.Derived})
	p.Report(checks.Finding{
		At: a.Object.At(m.TargetPath...), Workload: a.Workload,
		Message: fmt.Sprintf("%s is at most %s and is compared per replica (AverageValue): with %s %s this metric never asks for more than %s (%s, %s)",
			c.Query.ShapeWhy(), inventory.Decimal(bound), m.TargetPath.Last(), inventory.Decimal(m.Target),
			inventory.Count(most, "replica"), a.MinText(), a.MaxText()),
		Evidence: evidence,
		Fix:      checks.Retarget(a, m, "Value"),
	})
}
