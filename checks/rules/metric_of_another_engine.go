package rules

import (
	"fmt"
	"slices"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/promql"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

// Each engine has a prefix of its own: vllm/v1/metrics/loggers.py, SGLang's
// metrics_collector.py, TGI's metrics.md, llama.cpp's server README.
var metricOfAnotherEngine = &checks.Check{
	ID:       "metric-of-another-engine",
	Severity: checks.Error,
	Section:  checks.MetricPath,
	Doc: checks.Doc{
		Title: "The autoscaler asks for a metric of another engine",
		Why: "Engines name their metrics differently, and none exports another's: vllm:num_requests_waiting is sglang:num_queue_reqs in SGLang and tgi_queue_size in TGI. " +
			"An example that was copied from another engine's guide finds nothing: KEDA reads 0 and stays at the minimum, an HPA keeps its count. Nothing reports an error under load.",
		Remedy: "Ask for what the engine in the pods exports, and choose the target anew: the same word need not mean the same amount.",
		Ignore: "When a collector renames the series, or another workload's load is meant.",
		Sources: []string{
			"https://docs.vllm.ai/en/latest/usage/metrics/",
			"https://docs.sglang.io/references/production_metrics.html",
			"https://huggingface.co/docs/text-generation-inference/reference/metrics",
			"https://github.com/defilantech/LLMKube/issues/1373",
		},
	},
	Needs: checks.Needs{Kinds: checks.Autoscalers(), Sharpens: checks.Only(inventory.ConfigMap), Numbers: []signals.Metric{signals.TriggerSeries}},
	Run: func(p *checks.Pass) {
		for _, a := range p.Autoscalers() {
			if a.Workload == nil {
				continue
			}
			for _, m := range a.Metrics {
				r := promql.ReadingOf(p.Snapshot, m)
				if series, measured := p.Signals.Part(signals.TriggerSeries, a.Object.Ref, m.Path.String()); measured && series.Value > 0 {
					continue // somebody exports it
				}
				strange := func(u promql.Use) bool {
					return u.Strange(a.Workload) && !r.MayRead(u, a.Workload, p.Workloads())
				}
				if i := slices.IndexFunc(r.Uses, strange); i >= 0 {
					strangeFinding(p, a, r, r.Uses[i])
				}
			}
		}
	},
}

func strangeFinding(p *checks.Pass, a *inventory.Autoscaler, r promql.Reading, u promql.Use) {
	w := a.Workload
	f := checks.Finding{
		At: a.Object.At(r.At()...), Workload: w,
		Message: fmt.Sprintf("%s is a metric of %s, but the replicas run %s", u.Name, inventory.EngineOf(u.Engine).Name, w.EngineName()),
		Evidence: append(checks.ReadingEvidence(r),
			checks.Evidence{Path: "engine of " + w.Object.Short(), Value: w.By, Basis: checks.Derived}),
		Fix: &checks.Fix{Title: "read a metric of " + w.EngineName(), Safety: checks.Manual},
	}
	if own, ok := inventory.Counterpart(u.Metric, w.EngineID()); ok {
		f.Fix.Title = fmt.Sprintf("read %s, with a target of its own", own.Name)
	}
	// Beside the engine, a router or a proxy of another family may run, and of
	// Ray and Dynamo something in front of the replicas.
	framework := u.Engine == inventory.RayServe || u.Engine == inventory.Dynamo
	if framework || r.Guessed(u) || len(w.Template.Spec.Containers) > 1 {
		f.Severity = checks.Warning
	}
	p.Report(f)
}
