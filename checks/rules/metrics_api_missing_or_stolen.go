package rules

import (
	"fmt"
	"strings"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: Kubernetes API aggregation: one APIService owns a group and version,
// and one Service answers for it; KEDA, README and pkg/provider: it answers for
// its own ScaledObjects alone.
var metricsAPIMissingOrStolen = &checks.Check{
	ID:       "metrics-api-missing-or-stolen",
	Severity: checks.Error,
	Section:  checks.MetricPath,
	Doc: checks.Doc{
		Title:  "Nobody, or somebody else, serves the metrics API that the autoscaler asks",
		Why:    "The HPA controller reads Pods and Object metrics from custom.metrics.k8s.io and External ones from external.metrics.k8s.io. Each of these APIs has one server at a time: prometheus-adapter, KEDA and the adapters of clouds push each other out, and the last one installed wins. The autoscalers of the others then get no value.",
		Remedy: "Install the server that the metric is meant for, or repair its APIService. Where KEDA and an adapter are both needed, let KEDA have external.metrics.k8s.io and the adapter custom.metrics.k8s.io.",
		Ignore: "The server is being replaced at this moment.",
		Sources: []string{
			"https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/",
			"https://keda.sh/docs/latest/faq/",
			"https://github.com/kedacore/keda/issues/470",
		},
	},
	Needs: checks.Needs{Kinds: checks.Kinds(checks.Autoscalers(), checks.Only(inventory.APIService)), Live: true},
	Run: func(pass *checks.Pass) {
		for _, a := range pass.Autoscalers() {
			seen := map[string]bool{}
			for _, m := range a.Metrics {
				group := m.API()
				if said := apiFault(pass, a, group); said != "" && !seen[group] {
					seen[group] = true
					pass.Report(checks.Finding{
						At: a.Object.At(m.Path...), Workload: a.Workload, Message: said,
						Evidence: []checks.Evidence{
							{Path: m.Path.String(), Value: string(m.Source), Basis: checks.Observed},
							{Path: "APIService " + group, Value: said, Basis: checks.Observed},
						},
					})
				}
			}
		}
	},
}

// apiFault says why a metrics API does not answer an autoscaler; empty when it
// does, or nobody could look.
func apiFault(pass *checks.Pass, a *inventory.Autoscaler, group string) string {
	if group == "" {
		return ""
	}
	api, presence := pass.MetricsAPI(group)
	switch {
	case presence == inventory.Absent:
		return "no APIService serves " + group + ", from which the HPA controller reads the metric"
	case api == nil:
		return ""
	case !api.Available:
		return fmt.Sprintf("the APIService %s is not available (%s), and the HPA controller reads the metric from there", api.Name, api.Why)
	}
	if active, said := pass.ScalingActive(a); said && active.Status == "True" {
		return "" // whoever serves it, the HPA got its values: some servers pass on to others
	}
	namespace, name, _ := strings.Cut(api.Service, "/")
	keda := strings.Contains(name, "keda")
	switch {
	case group != inventory.ExternalMetricsAPI || api.Service == "":
		return ""
	case a.KEDA != nil && !keda && !strings.Contains(namespace, "keda"):
		return fmt.Sprintf("%s is served by Service %s, not by KEDA, whose metrics the autoscaler is to read there", group, api.Service)
	case a.KEDA == nil && keda:
		return fmt.Sprintf("%s is served by KEDA (Service %s), which knows the metrics of its ScaledObjects alone", group, api.Service)
	}
	return ""
}
