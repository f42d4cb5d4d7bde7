package rules

import (
	"fmt"
	"slices"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/promql"
)

// The units are those of the exporters' own help texts: vLLM's "1 means 100
// percent usage" (vllm/v1/metrics/loggers.py), dcgm-exporter's default-counters.csv.
var thresholdUnitMismatch = &checks.Check{
	ID:       "threshold-unit-mismatch",
	Severity: checks.Error,
	Section:  checks.MetricPath,
	Doc: checks.Doc{
		Title: "The target is not in the unit of the metric",
		Why: "vLLM's kv_cache_usage_perc is a share between 0 and 1 in spite of its name, DCGM_FI_DEV_GPU_UTIL is a percentage, DCGM_FI_PROF_GR_ENGINE_ACTIVE a share again, and latencies are mostly in seconds. " +
			"A target of 80 for a share is never reached and the fleet never grows; one of 0.8 for a percentage is passed at once, and it grows to its maximum. " +
			"So it does with a counter whose rate nobody takes: it is the total since the engine's start.",
		Remedy: "Write the target in the metric's own unit, or convert in the query. Put rate() around a counter, and write the target per second.",
		Ignore: "When a rule that is not part of the manifests converts the metric before it is compared.",
		Sources: []string{
			"https://docs.vllm.ai/en/latest/usage/metrics/",
			"https://github.com/NVIDIA/dcgm-exporter/blob/main/etc/default-counters.csv",
			"https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/",
			"https://github.com/defilantech/LLMKube/pull/1386",
		},
	},
	Needs: checks.Needs{Kinds: checks.Autoscalers(), Sharpens: checks.Only(inventory.ConfigMap)},
	Params: []checks.Param{
		{Name: "longestTokenSeconds", Value: 50, Min: 1, Max: 3600, Doc: "from here on a target for the time to one token is taken for milliseconds; nobody waits that long"},
		{Name: "longestRequestSeconds", Value: 500, Min: 1, Max: 36000, Doc: "the same for a whole request, whose answer may be long"},
	},
	Run: func(p *checks.Pass) {
		longest := inventory.Lasting{Token: p.Param("longestTokenSeconds"), Request: p.Param("longestRequestSeconds")}
		for _, a := range p.Autoscalers() {
			for _, r := range promql.Numbers(p.Snapshot, a) {
				if r.Query != nil && r.Query.Climbs() != "" {
					unitCounter(p, a, r, r.Query.Climbs())
					continue
				}
				row, factor, ok := r.Measures()
				if !ok {
					continue
				}
				wrong, misfit := row.Misfit(r.Target/factor, r.Most(row, factor), longest)
				// A fleet's total may be compared with anything, and a mean of
				// counts with a part of one.
				total := r.Query != nil && r.Value() && r.Query.Shape() == promql.Extensive
				if misfit && !total && (row.Unit != "requests" || r.PerReplica()) {
					unitFinding(p, a, r, row, factor, wrong)
				}
			}
		}
	},
}

// unitCounter is about a total since the engines' start, which is in no unit that a
// target could be in.
func unitCounter(p *checks.Pass, a *inventory.Autoscaler, r promql.Reading, series string) {
	p.Report(checks.Finding{
		At: a.Object.At(r.At()...), Workload: a.Workload,
		Message: fmt.Sprintf("%s %s is passed sooner or later, and stays so: %s only goes up while the engines run, and nothing takes its rate", r.TargetPath.Last(), r.TargetText, series),
		Evidence: append(checks.ReadingEvidence(r),
			checks.Evidence{Path: r.TargetPath.String(), Value: r.TargetText, Basis: checks.Observed}),
		Fix: &checks.Fix{Title: "take its rate, and write the target per second", Safety: checks.Manual},
	})
}

func unitFinding(p *checks.Pass, a *inventory.Autoscaler, r promql.Reading, row inventory.Metric, factor float64, wrong inventory.Misfit) {
	written := r.TargetPath.Last() + " " + r.TargetText
	if factor != 1 {
		written += fmt.Sprintf(" (%s before the query's factor of %s)", inventory.Decimal(r.Target/factor), inventory.Decimal(factor))
	}
	f := checks.Finding{
		At: a.Object.At(r.TargetPath...), Workload: a.Workload,
		Message: fmt.Sprintf("%s is %s: %s is %s", written, wrong.Target, row.Name, wrong.Is),
		Evidence: append(checks.ReadingEvidence(r),
			checks.Evidence{Path: r.TargetPath.String(), Value: r.TargetText, Basis: checks.Observed},
			checks.Evidence{Path: "unit of " + row.Name, Value: row.Unit, Basis: checks.Derived}),
		Fix: &checks.Fix{Title: "write the target in " + row.Unit, Safety: checks.Manual},
	}
	if wrong.Meant > 0 {
		f.Fix.Title = fmt.Sprintf("write %s, if %s was meant", inventory.Decimal(wrong.Meant*factor), r.TargetText)
	}
	if !wrong.Sure || slices.ContainsFunc(r.Uses, r.Guessed) { // a rule that nobody sees may convert
		f.Severity = checks.Warning
	}
	p.Report(f)
}
