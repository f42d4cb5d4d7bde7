package rules

import (
	"fmt"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/promql"
)

// Source: prometheus-operator, pkg/prometheus/promcfg.go (the labels job,
// service and endpoint of a target); vLLM production-stack,
// src/vllm_router/services/metrics_service; vLLM, vllm/v1/metrics/loggers.py.
var doubleCountedSeries = &checks.Check{
	ID:       "double-counted-series",
	Severity: checks.Warning,
	Section:  checks.MetricPath,
	Doc: checks.Doc{
		Title: "The query counts the same load twice",
		Why: "A sum takes every series that its selector matches. Where two monitors, or one monitor by two Services, scrape the same port, each replica is there twice under another job or service; " +
			"the router of vLLM's production-stack publishes the engines' gauges once more under the same names; and a pattern for the name may take a series and its parts. The load reads double, and so does the fleet.",
		Remedy: "Scrape the pods once, or sum over one copy: match job or service, write server=\"\" to leave the router out, or sum(max by (pod, engine) (…)). Of a monitor that is deleted Prometheus keeps the series for another five minutes.",
		Ignore: "The target was chosen for the doubled number.",
		Sources: []string{
			"https://github.com/prometheus-operator/prometheus-operator/blob/main/pkg/prometheus/promcfg.go",
			"https://github.com/vllm-project/production-stack/blob/main/src/vllm_router/services/metrics_service/__init__.py",
			"https://docs.vllm.ai/en/latest/usage/metrics/",
		},
	},
	Needs: checks.Needs{
		Kinds:    checks.Autoscalers(),
		Sharpens: checks.Only(inventory.ConfigMap, inventory.Service, inventory.ServiceMonitor, inventory.PodMonitor, inventory.Prometheus),
	},
	Run: func(pass *checks.Pass) {
		for _, a := range pass.Autoscalers() {
			for _, m := range a.Metrics {
				r := promql.ReadingOf(pass.Snapshot, m)
				if r.Query == nil || a.Workload == nil || !a.Moves() {
					continue
				}
				if f, found := doubledVerdict(pass, a, r); found {
					f.At, f.Workload = a.Object.At(r.At()...), a.Workload
					f.Evidence = append(checks.ReadingEvidence(r), f.Evidence...)
					pass.Report(f)
				}
			}
		}
	},
}

// doubledVerdict names the first reason why a series counts twice.
func doubledVerdict(pass *checks.Pass, a *inventory.Autoscaler, r promql.Reading) (f checks.Finding, found bool) {
	f.Fix = &checks.Fix{Title: "count each series once", Safety: checks.Manual, Object: a.Object}
	waiting := ""
	for _, u := range r.Query.SumsEach() {
		if u.ByPattern && u.Name == "vllm:num_requests_waiting" {
			waiting = u.Selector.String()
		}
		if u.ByPattern && u.Name == "vllm:num_requests_waiting_by_reason" && u.Selector.String() == waiting {
			f.Message = "the pattern on __name__ sums up vllm:num_requests_waiting and its parts, vllm:num_requests_waiting_by_reason"
			return f, true
		}
		if first, second, twice := pass.ScrapedTwice(a.Workload); twice && u.Engine == a.Workload.EngineID() && !doubledApart(u) {
			f.Message = fmt.Sprintf("the query counts each replica twice: port %d of its pods is scraped by %s and by %s", first.Port, first, second)
			for _, scrape := range []inventory.Scrape{first, second} {
				f.Evidence = append(f.Evidence, checks.Evidence{Path: scrape.String(), Value: fmt.Sprintf("port %d", scrape.Port), Basis: checks.Derived})
			}
			return f, true
		}
		for _, router := range pass.ScrapedRouters() {
			if promql.RouterPublishes(u.Name) && u.Selector.TakesRouter(router.Namespace) && r.Decides() {
				f.Message = fmt.Sprintf("the query adds up %s of the engines and of %s, which publishes it once more for each of them", u.Name, router.Short())
				f.Evidence = []checks.Evidence{{Path: router.Short(), Value: "is scraped", Basis: checks.Derived}}
				f.Fix = doubledFix(a, r)
				return f, true
			}
		}
	}
	return f, false
}

// doubledApart says whether the matchers may leave one of two copies out.
func doubledApart(u promql.Use) bool {
	return u.Selector.Has("job") || u.Selector.Has("service") || u.Selector.Has("endpoint")
}

func doubledFix(a *inventory.Autoscaler, r promql.Reading) *checks.Fix {
	fix := &checks.Fix{Title: "leave the router's series out", Safety: checks.Manual, Object: a.Object}
	if text, ok := r.Query.WithoutRouter(); ok && r.Source == inventory.SourcePrometheus {
		fix.Safety, fix.Edits = checks.Safe, []checks.Edit{checks.Set(text, r.QueryPath...)}
	}
	return fix
}
