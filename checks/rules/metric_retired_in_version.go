package rules

import (
	"fmt"
	"slices"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/promql"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

// vLLM deprecates a metric in X.Y, hides it in X.Y+1 and removes it in X.Y+2
// (docs/usage/metrics; pull requests 24245, 29330 and 32661).
var metricRetiredInVersion = &checks.Check{
	ID:       "metric-retired-in-version",
	Severity: checks.Error,
	Section:  checks.MetricPath,
	Doc: checks.Doc{
		Title: "The autoscaler reads a metric that the engine has retired",
		Why: "Engines rename and drop metrics: vLLM's gpu_cache_usage_perc became kv_cache_usage_perc and is gone since 0.12, llama.cpp's KV cache gauges since May 2025. " +
			"An image that is updated takes the signal away without an error: KEDA reads 0 and goes to the minimum, an HPA keeps its count whatever the load.",
		Remedy: "Ask for the metric that took its place. While old and new images run side by side, write new or old.",
		Ignore: "When a recording rule or relabelling keeps the old name alive, or the image is older than its tag tells.",
		Sources: []string{
			"https://docs.vllm.ai/en/latest/usage/metrics/",
			"https://github.com/vllm-project/vllm/pull/24245",
			"https://github.com/vllm-project/vllm/pull/29330",
			"https://github.com/ggml-org/llama.cpp/pull/22879",
		},
	},
	Needs: checks.Needs{Kinds: checks.Autoscalers(), Sharpens: checks.Only(inventory.ConfigMap), Numbers: []signals.Metric{signals.TriggerSeries, signals.TriggerExported}},
	Run: func(p *checks.Pass) {
		for _, a := range p.Autoscalers() {
			for _, m := range a.Metrics {
				r := promql.ReadingOf(p.Snapshot, m)
				pods, asked := p.Signals.Part(signals.TriggerExported, a.Object.Ref, m.Path.String())
				series, measured := p.Signals.Part(signals.TriggerSeries, a.Object.Ref, m.Path.String())
				if measured && series.Value > 0 || asked && pods.Value > 0 {
					continue // it is there, whoever exports it
				}
				if i := slices.IndexFunc(r.Uses, func(u promql.Use) bool { return retiredHere(r, u, a.Workload) }); i >= 0 {
					retiredFinding(p, a, r, r.Uses[i], asked)
				}
			}
		}
	},
}

// retiredHere leaves names to other checks that no exporter ever had, and
// queries that ask for the new name as well.
func retiredHere(r promql.Reading, u promql.Use, w *inventory.Workload) bool {
	misspelt := u.Misspelt() && !r.Guessed(u)
	if u.Metric.RetiredIn == "" || u.ByPattern || misspelt || !u.GoneWith(w) {
		return false
	}
	if w != nil && (w.EngineID() != u.Engine || w.Exports(u.Metric) == inventory.Present) {
		return false
	}
	return !slices.ContainsFunc(r.Uses, func(other promql.Use) bool { return other.Metric.Name == u.Metric.Replacement })
}

func retiredFinding(p *checks.Pass, a *inventory.Autoscaler, r promql.Reading, u promql.Use, asked bool) {
	f := checks.Finding{
		Severity: checks.Warning, At: a.Object.At(r.At()...), Workload: a.Workload,
		Evidence: checks.ReadingEvidence(r), Fix: retiredFix(a, r, u),
	}
	says := fmt.Sprintf("%s does not export it since %s, and which version runs here could not be told", inventory.EngineOf(u.Engine).Name, u.Metric.RetiredIn)
	if w := a.Workload; w != nil {
		f.Evidence = append(f.Evidence, checks.Evidence{Path: w.AtEngine("image").Path.String(), Value: w.Container.Image, Basis: checks.Observed})
		if asked && !r.Guessed(u) {
			f.Severity, says = checks.Error, fmt.Sprintf("no pod of %s exports it, and %s has not since %s", w.Ref().Short(), w.EngineName(), u.Metric.RetiredIn)
		}
		if w.Exports(u.Metric) == inventory.Absent {
			if !r.Guessed(u) {
				f.Severity = checks.Error
			}
			says = fmt.Sprintf("%s %s does not export it any more", w.EngineName(), w.Version)
			if w.Version.Less(inventory.ParseVersion(u.Metric.RetiredIn)) {
				says = fmt.Sprintf("%s %s exports it only with %s=%s", w.EngineName(), w.Version, inventory.HiddenFlag, u.Metric.ShownFor())
			}
		}
	}
	f.Message = fmt.Sprintf("%s is retired: %s", u.Name, says)
	p.Report(f)
}

// retiredFix writes the new name into a trigger's query. What an HPA may ask for
// is up to the adapter's rules.
func retiredFix(a *inventory.Autoscaler, r promql.Reading, u promql.Use) *checks.Fix {
	now := u.Successor()
	if now == "" {
		return &checks.Fix{Title: "scale on another signal", Safety: checks.Manual}
	}
	fix := &checks.Fix{Title: "read " + now, Safety: checks.Manual}
	if r.Source != inventory.SourcePrometheus {
		return fix
	}
	if text, ok := r.Query.Rename(map[string]string{u.Name: now}); ok {
		fix.Safety, fix.Object, fix.Edits = checks.Safe, a.Object, []checks.Edit{checks.Set(text, r.QueryPath...)}
	}
	return fix
}
