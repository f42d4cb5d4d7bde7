package rules

import (
	"fmt"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/promql"
)

// GetExternalMetricReplicas and GetObjectMetricReplicas in Kubernetes'
// replica_calculator.go multiply the Ready replicas by value / target.
var sumWithValueTarget = &checks.Check{
	ID:       "sum-with-value-target",
	Severity: checks.Error,
	Section:  checks.MetricPath,
	Doc: checks.Doc{
		Title: "A total over the fleet is compared without dividing it by the replicas",
		Why: "A target of type Value asks for the Ready replicas times value / target. A total does not fall when replicas are added before the queue has drained, " +
			"so each batch that becomes Ready multiplies the next request: the fleet runs away to its maximum, and takes that many GPUs.",
		Remedy: "Set metricType: AverageValue on the trigger, or type: AverageValue with averageValue on the HPA's metric: the same number then is the load of one replica.",
		Ignore: "When the target is a limit for the whole fleet by design, and the maximum is small enough for every overrun of it.",
		Sources: []string{
			"https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/podautoscaler/replica_calculator.go",
			"https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details",
			"https://github.com/llm-d/llm-d-workload-variant-autoscaler/pull/1019",
			"https://github.com/grafana/tempo/issues/7376",
		},
	},
	Needs: checks.Needs{Kinds: checks.Autoscalers(), Sharpens: checks.Only(inventory.ConfigMap)},
	Run: func(p *checks.Pass) {
		for _, a := range p.Autoscalers() {
			if a.Max <= 1 || a.Max <= a.Min {
				continue
			}
			for _, c := range promql.Comparisons(p.Snapshot, a) {
				shape := c.Query.Shape()
				total := shape == promql.Extensive || shape == promql.ReplicaCount
				if total && c.Metric.Value() && c.Metric.Target > 0 {
					sumFinding(p, a, c)
				}
			}
		}
	},
}

func sumFinding(p *checks.Pass, a *inventory.Autoscaler, c promql.Compared) {
	m := c.Metric
	subject := c.Query.ShapeWhy()
	severity := checks.Error
	if c.Assumed && c.Query.Shape() == promql.Extensive {
		subject, severity = m.Name+" (a sum, unless a rule of the adapter says otherwise)", checks.Warning
	}
	if sumMeantForFleet(a, m) {
		severity = checks.Warning
	}
	p.Report(checks.Finding{
		Severity: severity, At: a.Object.At(m.TargetTypePath...), Workload: a.Workload,
		Message:  fmt.Sprintf("%s grows with the load of the fleet but is compared as it is (Value): %s", subject, sumExample(a, m)),
		Evidence: checks.EvidenceOf(c, a),
		Fix:      checks.Retarget(a, m, "AverageValue"),
	})
}

// sumMeantForFleet says whether the target reads like a limit for the fleet:
// every one of the most replicas would still have ten requests of it.
func sumMeantForFleet(a *inventory.Autoscaler, m inventory.ScalingMetric) bool {
	const each = 10
	return m.Target >= each*float64(a.Max)
}

// sumExample reckons with twice the target on each of a few replicas.
func sumExample(a *inventory.Autoscaler, m inventory.ScalingMetric) string {
	few := max(int64(a.Min), 2)
	value := 2 * m.Target * float64(few)
	text := fmt.Sprintf("a value of %s asks for %d replicas with %d Ready", inventory.Decimal(value), inventory.DesiredByValue(value, m.Target, few), few)
	if most := int64(a.Max); most > few {
		text += fmt.Sprintf(" and for %d with %d", inventory.DesiredByValue(value, m.Target, most), most)
	}
	return text + fmt.Sprintf(", where AverageValue asks for %d", inventory.DesiredByAverage(value, m.Target))
}
