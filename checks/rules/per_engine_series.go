package rules

import (
	"fmt"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/promql"
)

// vLLM labels its series by engine, one for each rank of data parallelism
// (vllm/v1/metrics/loggers.py; pull request 21257).
var perEngineSeries = &checks.Check{
	ID:       "per-engine-series",
	Severity: checks.Warning,
	Section:  checks.MetricPath,
	Doc: checks.Doc{
		Title: "The engines of one pod are put together in the wrong way",
		Why: "With data parallelism a pod of vLLM runs several engines and exports each series once for every one of them. A mean over a pod's requests is the load of one engine, " +
			"a fraction of what the pod carries, so that the fleet grows too late; a sum over shares of KV cache is more than 1 for a pod that is not full, so that it grows too soon.",
		Remedy: "Sum up requests by pod. Of the KV cache take the maximum, or the mean.",
		Ignore: "When the target is meant for one engine, and is always changed along with the number of engines.",
		Sources: []string{
			"https://github.com/vllm-project/vllm/pull/21257",
			"https://github.com/volcano-sh/kthena/pull/1782",
			"https://github.com/kubernetes-sigs/gateway-api-inference-extension/issues/2950",
		},
	},
	Needs: checks.Needs{Kinds: checks.Autoscalers(), Sharpens: checks.Only(inventory.ConfigMap)},
	Run: func(p *checks.Pass) {
		for _, a := range p.Autoscalers() {
			if a.Workload == nil || a.Workload.EngineID() != inventory.VLLM {
				continue
			}
			engines, at, known := a.Workload.EnginesHere()
			if !known || engines < 2 {
				continue
			}
			for _, r := range promql.Numbers(p.Snapshot, a) {
				row, factor, ok := r.Measures()
				if !ok || r.Query == nil || row.Engine != inventory.VLLM {
					continue
				}
				target := r.TargetPath.Last() + " " + r.TargetText
				switch op := r.Query.OverEngines(); {
				case op != "" && op != "sum" && r.Source == inventory.SourcePods && row.PerPodCount():
					enginesFinding(p, a, r, at, fmt.Sprintf("%s is compared with the %s of %s over the %d engines of a pod, not with their sum", target, op, row.Name, engines), enginesFix("sum up by pod", r, op, "sum"))
				case op == "sum" && r.PerReplica() && row.Max == 1 && r.Target/factor <= 1:
					enginesFinding(p, a, r, at, fmt.Sprintf("%s is compared with the sum of %s over the %d engines of a pod, which goes up to %d", target, row.Name, engines, engines), enginesFix("take the maximum of a pod's engines", r, op, "max"))
				}
			}
		}
	},
}

func enginesFinding(p *checks.Pass, a *inventory.Autoscaler, r promql.Reading, at inventory.Path, says string, fix *checks.Fix) {
	w := a.Workload
	where := a.Object.At(r.At()...)
	if r.Rule.Location.Object != nil {
		where = r.Rule.Location
	}
	p.Report(checks.Finding{
		At: where, Workload: w, Message: says,
		Evidence: append(checks.ReadingEvidence(r),
			checks.Evidence{Path: r.TargetPath.String(), Value: r.TargetText, Basis: checks.Observed},
			checks.Evidence{Path: w.ContainerPath.Join(at...).String(), Value: "data parallelism", Basis: checks.Observed}),
		Fix: fix,
	})
}

// enginesFix puts another aggregation into the adapter's rule, whose text stands
// in a ConfigMap. The adapter reads it when it starts.
func enginesFix(title string, r promql.Reading, from, to string) *checks.Fix {
	fix := &checks.Fix{Title: title, Safety: checks.Manual}
	if edit, ok := r.Rule.Aggregated(from, to); ok {
		fix.Safety, fix.Object, fix.Edits = checks.Safe, r.Rule.Location.Object, []checks.Edit{checks.Set(edit.Text, edit.Path...)}
	}
	return fix
}
