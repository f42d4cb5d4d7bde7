package rules

import (
	"fmt"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/promql"
)

// KEDA's GetMetricTargetType makes every trigger an AverageValue target
// (pkg/scalers/scaler.go), and the HPA compares such a value with target times
// replicas (GetExternalPerPodMetricReplicas in replica_calculator.go).
var kedaMeanWithAveragevalue = &checks.Check{
	ID:       "keda-mean-with-averagevalue",
	Severity: checks.Error,
	Section:  checks.MetricPath,
	Doc: checks.Doc{
		Title: "A mean, maximum or ratio is divided by the replica count a second time",
		Why: "AverageValue, KEDA's default, asks for value / target replicas, which is right for a sum. A mean, maximum, quantile, ratio or latency " +
			"says the same at any size of the fleet: a mean of three times the target asks for 3 replicas, " +
			"whether 2 or 8 are running, so under overload the fleet stays too small or even shrinks, with GPUs to spare below the maximum.",
		Remedy: "For requests and tokens sum up the fleet (sum instead of avg or max) and keep AverageValue: the target then is the load of one replica. " +
			"For ratios and latencies set metricType: Value on the trigger, or type: Value on the HPA's metric.",
		Ignore: "When the target was worked out as a number for the whole fleet, and nothing but the first few replicas is meant to depend on it.",
		Sources: []string{
			"https://github.com/kedacore/keda/blob/main/pkg/scalers/scaler.go",
			"https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/podautoscaler/replica_calculator.go",
			"https://keda.sh/docs/latest/reference/scaledobject-spec/#triggers",
			"https://github.com/kedacore/keda/issues/5781",
		},
	},
	Needs: checks.Needs{Kinds: checks.Autoscalers(), Sharpens: checks.Only(inventory.ConfigMap)},
	Run: func(p *checks.Pass) {
		for _, a := range p.Autoscalers() {
			if a.Max <= 1 || a.Max <= a.Min {
				continue
			}
			for _, c := range promql.Comparisons(p.Snapshot, a) {
				if _, capped := c.Ceiling(a); c.DividedTwice() && !capped {
					meanFinding(p, a, c)
				}
			}
		}
	},
}

func meanFinding(p *checks.Pass, a *inventory.Autoscaler, c promql.Compared) {
	m := c.Metric
	few := max(a.Min, 1)
	at := m.QueryPath
	if at == nil {
		at = m.TargetPath
	}
	p.Report(checks.Finding{
		At: a.Object.At(at...), Workload: a.Workload,
		Message: fmt.Sprintf("%s is compared per replica (AverageValue), so %s %s acts as %s at %s and as %s at %s",
			c.Query.ShapeWhy(), m.TargetPath.Last(), inventory.Decimal(m.Target),
			inventory.Decimal(m.Target*float64(few)), inventory.Count(few, "replica"),
			inventory.Decimal(m.Target*float64(a.Max)), a.MaxText()),
		Evidence: checks.EvidenceOf(c, a),
		Fix:      meanFix(a, c),
	})
}

// meanFix sums where that is the fleet's load, and compares with Value
// elsewhere.
func meanFix(a *inventory.Autoscaler, c promql.Compared) *checks.Fix {
	sum, ok := c.SumInstead()
	if !ok {
		return checks.Retarget(a, c.Metric, "Value")
	}
	return &checks.Fix{
		Title: "sum up the fleet", Safety: checks.Safe, Object: a.Object,
		Edits: []checks.Edit{checks.Set(sum, c.Metric.QueryPath...)},
	}
}
