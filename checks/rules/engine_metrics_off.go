package rules

import (
	"fmt"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/promql"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

// What turns metrics on and off stands in each engine's documentation of its
// server; vLLM makes no stat loggers without log stats (vllm/v1/engine/async_llm.py).
var engineMetricsOff = &checks.Check{
	ID:       "engine-metrics-off",
	Severity: checks.Error,
	Section:  checks.MetricPath,
	Doc: checks.Doc{
		Title: "The autoscaler needs metrics that the engine does not export as it is started",
		Why: "SGLang and llama.cpp export nothing unless they are told to, vLLM nothing with --disable-log-stats, Triton no latency histograms by default. " +
			"The endpoint is missing or empty then, no series ever reaches Prometheus, and the autoscaler stays where it is: KEDA at its minimum, an HPA at its present count.",
		Remedy: "Start the engine with the setting that the finding names. The pods are replaced for that, and load their model again.",
		Ignore: "When the image's own entrypoint, or a plugin, turns the metrics on.",
		Sources: []string{
			"https://docs.sglang.io/references/production_metrics.html",
			"https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md",
			"https://github.com/vllm-project/vllm/issues/11987",
			"https://github.com/triton-inference-server/server/blob/main/docs/user_guide/metrics.md",
			"https://docs.nvidia.com/dynamo/latest/backends/sglang/prometheus.html",
		},
	},
	Needs: checks.Needs{
		Kinds: checks.Autoscalers(), Sharpens: checks.Only(inventory.ConfigMap),
		Numbers: []signals.Metric{signals.TriggerSeries},
	},
	Run: func(p *checks.Pass) {
		told := map[*inventory.Workload]bool{}
		for _, a := range p.Autoscalers() {
			w := a.Workload
			if w == nil || w.Object.Fragment || told[w] || w.Operated && !w.Generated() {
				continue // of an operator's own object, the operator completes the template
			}
			if r, u, off := metricsOff(p, a); off != nil {
				told[w] = true
				metricsOffFinding(p, a, r, u, *off)
			}
		}
	},
}

// metricsOff returns the first series that the autoscaler waits for in vain.
func metricsOff(p *checks.Pass, a *inventory.Autoscaler) (promql.Reading, promql.Use, *inventory.MetricsOff) {
	for _, m := range a.Metrics {
		r := promql.ReadingOf(p.Snapshot, m)
		if series, measured := p.Signals.Part(signals.TriggerSeries, a.Object.Ref, m.Path.String()); measured && series.Value > 0 {
			continue
		}
		for _, u := range r.Uses {
			if u.ByPattern || u.Engine != a.Workload.EngineID() || !u.GoneWith(a.Workload) {
				continue
			}
			if off, is := a.Workload.MetricsOff(u.Name); is {
				return r, u, &off
			}
		}
	}
	return promql.Reading{}, promql.Use{}, nil
}

func metricsOffFinding(p *checks.Pass, a *inventory.Autoscaler, r promql.Reading, u promql.Use, off inventory.MetricsOff) {
	w := a.Workload
	f := checks.Finding{
		At: w.Blame(w.ContainerPath.Join(off.Path...)...), Workload: w,
		Message: fmt.Sprintf("%s %s exports no %s, and %s scales on %s", off.Setting, w.EngineName(), off.What, a.Object.Short(), u.Name),
		Evidence: append(checks.ReadingEvidence(r),
			checks.Evidence{Path: w.ContainerPath.Join(off.Path...).String(), Value: off.Setting, Basis: checks.Observed}),
		Fix: metricsOffFix(w, off),
	}
	if !off.Sure {
		f.Severity = checks.Warning
	}
	p.Report(f)
}

func metricsOffFix(w *inventory.Workload, off inventory.MetricsOff) *checks.Fix {
	fix := &checks.Fix{Title: off.Remedy, Safety: checks.Manual}
	path, words, ok := w.DropSwitch(off.Drop)
	if off.Add != "" {
		path, words, ok = w.AddWord(off.Add)
	}
	if ok && !w.Generated() {
		fix.Safety, fix.Restarts, fix.Object = checks.Unsafe, true, w.Object
		fix.Edits = []checks.Edit{checks.Set(words, w.ContainerPath.Join(path...)...)}
	}
	return fix
}
