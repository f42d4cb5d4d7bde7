package rules

import (
	"fmt"
	"strings"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/promql"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

// KEDA's ExecutePromQuery fails on more than one element
// (pkg/scalers/prometheus_scaler.go, "returned multiple elements").
var kedaQueryManySeries = &checks.Check{
	ID:       "keda-query-many-series",
	Severity: checks.Error,
	Section:  checks.MetricPath,
	Doc: checks.Doc{
		Title: "A KEDA query returns one series per replica instead of one number",
		Why: "KEDA's Prometheus trigger accepts one series. A query that keeps the replicas apart works while one replica runs and fails as soon as there are two: " +
			"the HPA gets no value any more and holds the count, however long the queue grows.",
		Remedy: "Aggregate to one series: sum(…) for requests and tokens. For ratios avg(…) or max(…), with metricType: Value. " +
			"After a sum by (…) write or on() vector(0), since a plain or keeps both sides.",
		Ignore: "When a label of the query is known to leave one series, whatever the number of replicas.",
		Sources: []string{
			"https://github.com/kedacore/keda/blob/main/pkg/scalers/prometheus_scaler.go",
			"https://keda.sh/docs/latest/scalers/prometheus/",
		},
	},
	Needs: checks.Needs{
		Kinds: checks.Autoscalers(), Sharpens: checks.Only(inventory.Pod),
		Numbers: []signals.Metric{signals.TriggerSeries},
	},
	Run: func(p *checks.Pass) {
		for _, a := range p.Autoscalers() {
			if a.Max <= 1 {
				continue
			}
			for _, m := range a.Metrics {
				q, err := promql.ParseIn(p.Snapshot, m.Query)
				if err != nil {
					continue
				}
				switch count, measured := p.Signals.Part(signals.TriggerSeries, a.Object.Ref, m.Path.String()); {
				case measured && count.Value > 1:
					said := fmt.Sprintf("the query returns %.0f series, and a Prometheus trigger fails on more than one", count.Value)
					manySeriesFinding(p, a, m, q, said, checks.Evidence{Path: "series", Value: fmt.Sprintf("%.0f by %s", count.Value, count.Source), Basis: checks.Observed})
				case measured && count.Value == 1 && a.Workload != nil && len(p.Pods(a.Workload)) > 1:
					// Several replicas and one series: it is aggregated somewhere.
				case q.Series() == promql.Many:
					said := fmt.Sprintf("the query can return several series (%s), and a Prometheus trigger fails on more than one", q.SeriesWhy())
					manySeriesFinding(p, a, m, q, said, checks.Evidence{Path: "series", Value: q.SeriesWhy(), Basis: checks.Derived})
				}
			}
		}
	},
}

func manySeriesFinding(p *checks.Pass, a *inventory.Autoscaler, m inventory.ScalingMetric, q *promql.Query, said string, series checks.Evidence) {
	p.Report(checks.Finding{
		At: a.Object.At(m.QueryPath...), Workload: a.Workload, Message: said,
		Evidence: []checks.Evidence{{Path: m.QueryPath.String(), Value: strings.TrimSpace(m.Query), Basis: checks.Observed}, series},
		Fix:      manySeriesFix(a, m, q),
	})
}

// manySeriesFix sums up what counts in each replica.
func manySeriesFix(a *inventory.Autoscaler, m inventory.ScalingMetric, q *promql.Query) *checks.Fix {
	sum, ok := promql.Compared{Query: q, Metric: m}.SumUp()
	if !ok {
		return &checks.Fix{Title: "aggregate the query to one series", Safety: checks.Manual}
	}
	return &checks.Fix{
		Title: "sum up the series", Safety: checks.Safe, Object: a.Object,
		Edits: []checks.Edit{checks.Set(sum, m.QueryPath...)},
	}
}
