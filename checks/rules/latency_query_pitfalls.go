package rules

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/promql"
)

// Source: Prometheus, promql/quantile.go and the documentation of
// histogram_quantile and rate; vLLM, vllm/v1/metrics/loggers.py (buckets); KEDA,
// pkg/scalers/prometheus_scaler.go.
var latencyQueryPitfalls = &checks.Check{
	ID:       "latency-query-pitfalls",
	Severity: checks.Error,
	Section:  checks.MetricPath,
	Doc: checks.Doc{
		Title: "The latency that the autoscaler reads is not the latency of now",
		Why: "A histogram is a set of counters. Without rate() a quantile is about every request since the engines started and hardly moves; without the label le there is no result; a range of few scrapes is empty at times; " +
			"a quantile cannot leave the range of its buckets; and without requests it is not a number. Latency also rises late and steeply: it says that replicas are missing, not how many.",
		Remedy: "Write histogram_quantile(0.95, sum by (le) (rate(…_bucket[2m]))), with a range of at least four scrapes and a target between the buckets, and scale by waiting and running requests beside it.",
		Ignore: "A recording rule or the exporter has done this already.",
		Sources: []string{
			"https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile",
			"https://prometheus.io/docs/practices/histograms/",
			"https://github.com/vllm-project/vllm/blob/main/vllm/v1/metrics/loggers.py",
			"https://github.com/kedacore/keda/issues/7475",
		},
	},
	Needs: checks.Needs{
		Kinds: checks.Autoscalers(),
		Sharpens: checks.Only(inventory.ConfigMap, inventory.Service, inventory.ServiceMonitor, inventory.PodMonitor,
			inventory.PodMonitoring, inventory.Prometheus),
	},
	CausedBy: []string{"threshold-unit-mismatch"},
	Run: func(pass *checks.Pass) {
		for _, a := range pass.Autoscalers() {
			if !a.Moves() || a.Object.Fragment {
				continue
			}
			for _, m := range a.Metrics {
				if r := promql.ReadingOf(pass.Snapshot, m); r.Query != nil {
					latencyFlaw(pass, a, r)
					latencyRange(pass, a, r)
					latencyBuckets(pass, a, r)
					latencyAtRest(pass, a, r)
				}
			}
			readings, _ := promql.Readings(pass.Snapshot, a)
			if promql.Only(readings, func(u promql.Use) bool { return u.Metric.Meaning == inventory.MeansLatency }) {
				latencyReport(pass, a, readings[0], checks.Info, promql.OnlySignal(readings)+": a latency says that replicas are missing, not how many", nil)
			}
		}
	},
}

func latencyReport(pass *checks.Pass, a *inventory.Autoscaler, r promql.Reading, severity checks.Severity, said string, fix *checks.Fix, more ...checks.Evidence) {
	pass.Report(checks.Finding{
		Severity: severity, At: a.Object.At(r.At()...), Workload: a.Workload, Message: said, Fix: fix,
		Evidence: append(checks.ReadingEvidence(r), more...),
	})
}

// latencyFlaw is about the query alone.
func latencyFlaw(pass *checks.Pass, a *inventory.Autoscaler, r promql.Reading) {
	flaw, series := r.Query.LatencyFlaw()
	if flaw == promql.NoFlaw {
		return
	}
	severity := map[promql.LatencyFlaw]checks.Severity{promql.BucketsLost: checks.Error, promql.QuantilesTogether: checks.Info}[flaw]
	fix := &checks.Fix{Title: "rate, then sum by (le), then histogram_quantile", Safety: checks.Manual, Object: a.Object}
	if text, ok := r.Query.WithBuckets(); ok && r.Source == inventory.SourcePrometheus {
		fix.Title, fix.Safety, fix.Edits = "keep the label le", checks.Safe, []checks.Edit{checks.Set(text, r.QueryPath...)}
	}
	latencyReport(pass, a, r, cmp.Or(severity, checks.Warning), fmt.Sprintf(flaw.String(), series), fix)
}

// latencyRange compares the range of a rate with how often there is a sample.
func latencyRange(pass *checks.Pass, a *inventory.Autoscaler, r promql.Reading) {
	window, series := r.Query.LatencyWindow()
	pace, ok := pass.ScrapePace(a.Workload)
	if !ok || window == 0 || window >= 4*pace.Every { // room for a scrape that fails
		return
	}
	severity, said := checks.Info, "holds fewer than four samples"
	if window < 2*pace.Every {
		severity, said = checks.Warning, "may hold a single sample, of which there is no rate"
	}
	said = fmt.Sprintf("a range of %s over %s, scraped every %s, %s", slowText(window), series, slowText(pace.Every), said)
	fix := &checks.Fix{Title: "take a range of at least " + slowText(4*pace.Every), Safety: checks.Manual, Object: a.Object}
	latencyReport(pass, a, r, severity, said, fix, checks.Evidence{Path: pace.Source, Value: slowText(pace.Every), Basis: checks.Observed})
}

// latencyBuckets is about targets that the buckets keep out of reach.
func latencyBuckets(pass *checks.Pass, a *inventory.Autoscaler, r promql.Reading) {
	q, ok := r.Query.Quantile()
	severity, said := checks.Error, fmt.Sprintf("the target of %s is never exceeded: the largest finite bucket of %s ends at %gs", r.TargetText, q.Series, q.Largest)
	if r.Target < q.Most {
		severity, said = checks.Warning, fmt.Sprintf("the target of %s is exceeded whenever there are requests: the smallest bucket of %s ends at %gs", r.TargetText, q.Series, q.Smallest)
	}
	if ok && r.HasTarget && (r.Target < q.Least || r.Target >= q.Most) {
		fix := &checks.Fix{Title: "choose a target between the buckets", Safety: checks.Manual, Object: a.Object}
		latencyReport(pass, a, r, severity, said, fix, checks.Evidence{Path: r.TargetPath.String(), Value: r.TargetText, Basis: checks.Observed})
	}
}

// latencyAtRest is about KEDA's trigger while there are no requests.
func latencyAtRest(pass *checks.Pass, a *inventory.Autoscaler, r promql.Reading) {
	null, known := pass.Holds(inventory.KEDANaNIsNull)
	strict := r.Source == inventory.SourcePrometheus && strings.TrimSpace(r.Metadata["ignoreNullValues"]) == "false"
	if !strict || !r.Query.NaNAtRest() || known && !null {
		return
	}
	severity := map[bool]checks.Severity{true: checks.Warning, false: checks.Info}[null]
	const said = "without requests the result is not a number, which with ignoreNullValues false is an error from KEDA 2.20 on: the HPA does not scale down"
	latencyReport(pass, a, r, severity, said, &checks.Fix{Title: "put (…) >= 0 or vector(0) around the query", Safety: checks.Manual, Object: a.Object})
}
