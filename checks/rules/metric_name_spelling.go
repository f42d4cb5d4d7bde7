package rules

import (
	"fmt"
	"strings"
	"sync"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/promql"
)

// The engines' names are theirs (vllm/v1/metrics/loggers.py, sglang's
// metrics_collector.py, llama.cpp's server README); those of the custom metrics
// API are what prometheus-adapter's rules make of them (docs/config.md).
var metricNameSpelling = &checks.Check{
	ID:       "metric-name-spelling",
	Severity: checks.Error,
	Section:  checks.MetricPath,
	Doc: checks.Doc{
		Title: "A metric is asked for by a name that it has somewhere else",
		Why: "vLLM, SGLang and llama.cpp put a colon after their prefix, and PromQL has to do the same. The custom metrics API of an HPA is another world: " +
			"there a metric has the name that a rule of the adapter gives it, often with an underscore. A name of the one world finds nothing in the other: " +
			"KEDA then reads 0 and the HPA holds the count, and both look as if nothing were waiting.",
		Remedy: "Write vllm:num_requests_waiting in queries and in an adapter rule's seriesQuery. In an HPA write what name.as of the rule says.",
		Ignore: "When a recording rule, relabelling or a collector that is not part of the manifests provides the series under that name.",
		Sources: []string{
			"https://docs.vllm.ai/en/latest/usage/metrics/",
			"https://github.com/kubernetes-sigs/prometheus-adapter/blob/master/docs/config.md#naming",
			"https://github.com/volcano-sh/kthena/pull/868",
			"https://github.com/vllm-project/production-stack/issues/341",
		},
	},
	Needs: checks.Needs{Kinds: checks.Autoscalers(), Sharpens: checks.Only(inventory.ConfigMap)},
	Run: func(p *checks.Pass) {
		// Seldom needed, and a look at everything.
		rewritten := sync.OnceValue(func() bool { return promql.ColonsRewritten(p.Snapshot) })
		rules := promql.CustomRules(p.Snapshot)
		told := map[string]bool{} // a rule serves several autoscalers
		for _, a := range p.Autoscalers() {
			for _, m := range a.Metrics {
				switch m.Source {
				case inventory.SourcePrometheus:
					spellingInQuery(p, a, m, rewritten)
				case inventory.SourceExternal:
					spellingInRule(p, a, m, rewritten, told)
				case inventory.SourcePods, inventory.SourceObject:
					spellingInRule(p, a, m, rewritten, told)
					spellingInHPA(p, a, m, rules)
				}
			}
		}
	},
}

func spellingInQuery(p *checks.Pass, a *inventory.Autoscaler, m inventory.ScalingMetric, rewritten func() bool) {
	q, err := promql.ParseIn(p.Snapshot, m.Query)
	if err != nil || len(q.Misspelt()) == 0 || rewritten() {
		return
	}
	wrong := q.Misspelt()
	fix := &checks.Fix{Title: "write the colon of " + wrong[0].Exported(), Safety: checks.Manual}
	if text, ok := q.Respell(); ok {
		fix.Safety, fix.Object, fix.Edits = checks.Safe, a.Object, []checks.Edit{checks.Set(text, m.QueryPath...)}
	}
	p.Report(checks.Finding{
		At: a.Object.At(m.QueryPath...), Workload: a.Workload,
		Message:  fmt.Sprintf("the query reads %s, but the series is exported as %s", wrong[0].Name, wrong[0].Exported()),
		Evidence: []checks.Evidence{{Path: m.QueryPath.String(), Value: strings.TrimSpace(m.Query), Basis: checks.Observed}},
		Fix:      fix,
	})
}

func spellingInRule(p *checks.Pass, a *inventory.Autoscaler, m inventory.ScalingMetric, rewritten func() bool, told map[string]bool) {
	rule, _, _ := promql.RuleOfMetric(p.Snapshot, m)
	written, named := promql.WrittenSeries(rule)
	if !named || !written.Misspelt() || rewritten() {
		return
	}
	place := rule.Location.Object.Ref.String() + rule.Location.Path.String()
	if told[place] {
		return
	}
	told[place] = true
	p.Report(checks.Finding{
		At: rule.Location, Workload: a.Workload,
		Message:  fmt.Sprintf("the rule's seriesQuery looks for %s, but the series is exported as %s", written.Name, written.Exported()),
		Evidence: []checks.Evidence{{Path: rule.Location.Path.Join("seriesQuery").String(), Value: rule.SeriesQuery, Basis: checks.Observed}},
		Fix:      &checks.Fix{Title: "write the colon of " + written.Exported(), Safety: checks.Manual},
	})
}

// spellingInHPA compares the name with what the rules make, where the rules are
// there to read.
func spellingInHPA(p *checks.Pass, a *inventory.Autoscaler, m inventory.ScalingMetric, rules []inventory.AdapterRule) {
	if len(rules) == 0 || promql.CouldMake(rules, m.Name) {
		return
	}
	message := fmt.Sprintf("no rule of prometheus-adapter in %s makes a metric named %s", rules[0].Location.Object.Short(), m.Name)
	fix := &checks.Fix{Title: "ask for a metric that a rule makes", Safety: checks.Manual}
	if names := promql.RenamedTo(rules, m.Name); len(names) > 0 {
		message += ": of that series they make " + strings.Join(names, " and ")
		if len(names) == 1 && a.GeneratedBy.IsZero() {
			fix.Safety, fix.Object, fix.Edits = checks.Safe, a.Object, []checks.Edit{checks.Set(names[0], promql.NamePath(m)...)}
		}
	}
	p.Report(checks.Finding{
		At: a.Object.At(promql.NamePath(m)...), Workload: a.Workload, Message: message,
		Evidence: []checks.Evidence{{Path: promql.NamePath(m).String(), Value: m.Name, Basis: checks.Observed}},
		Fix:      fix,
	})
}
