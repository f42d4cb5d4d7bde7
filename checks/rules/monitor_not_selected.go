package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: prometheus-operator, pkg/prometheus/resource_selector.go, and the
// fields' comments in pkg/apis/monitoring/v1/prometheus_types.go.
var monitorNotSelected = &checks.Check{
	ID:       "monitor-not-selected",
	Severity: checks.Warning, // a PrometheusAgent or a collector that is not seen may scrape it
	Section:  checks.MetricPath,
	Doc: checks.Doc{
		Title: "No Prometheus selects the workload's ServiceMonitor or PodMonitor",
		Why: "A Prometheus object takes the monitors that its serviceMonitorSelector (podMonitorSelector) matches, in the namespaces of the selector beside it: no selector takes none, an empty one takes all. " +
			"kube-prometheus-stack asks for the label release=NAME unless it is told not to. A monitor that is left out is ignored without a word, and the autoscaler has no series to go by.",
		Remedy: "Give the monitor the label that Prometheus asks for, or widen the selector of Prometheus (in the chart: serviceMonitorSelectorNilUsesHelmValues: false).",
		Ignore: "Another Prometheus, which is not in the input, selects it.",
		Sources: []string{
			"https://github.com/prometheus-operator/prometheus-operator/blob/main/pkg/prometheus/resource_selector.go",
			"https://prometheus-operator.dev/docs/platform/troubleshooting/",
			"https://github.com/prometheus-community/helm-charts/issues/1631",
		},
	},
	Needs: checks.Needs{
		Kinds:    checks.Kinds(checks.Workloads(), checks.Only(inventory.Service, inventory.ServiceMonitor, inventory.PodMonitor, inventory.Prometheus)),
		Sharpens: checks.Only(inventory.ConfigMap, inventory.PodMonitoring, inventory.VMPodScrape, inventory.VMServiceScrape),
	},
	Run: func(pass *checks.Pass) {
		for _, m := range pass.Monitors() {
			choices, left := pass.Unselected(m)
			if !left {
				continue
			}
			for _, w := range pass.Workloads() {
				if len(pass.Scrapes(m, w)) > 0 && !unselectedCovered(pass, w) {
					unselectedReport(pass, m, w, choices)
					break // the monitor is left out once
				}
			}
		}
	},
}

// unselectedCovered says whether something else collects the workload's metrics:
// a monitor that is not left out, or no monitor at all.
func unselectedCovered(pass *checks.Pass, w *inventory.Workload) bool {
	for _, scrape := range pass.ScrapesOf(w) {
		if _, left := pass.Unselected(scrape.Monitor); !left {
			return true
		}
	}
	return pass.ScrapedOtherwise(w)
}

func unselectedReport(pass *checks.Pass, m inventory.Monitor, w *inventory.Workload, choices []inventory.Choice) {
	f := checks.Finding{At: m.Object.At("metadata", "labels"), Workload: w}
	var said []string
	for _, c := range choices {
		said = append(said, c.Object.Short()+" "+c.Text)
		f.Evidence = append(f.Evidence, checks.Evidence{Path: c.Object.Short() + " spec." + c.Field, Value: c.Value, Basis: checks.Observed})
	}
	f.Message = fmt.Sprintf("no Prometheus selects %s: %s", m.Object.Short(), strings.Join(said, ", "))
	f.Fix = &checks.Fix{Title: "let a Prometheus select the monitor", Safety: checks.Manual, Object: m.Object}
	if at := slices.IndexFunc(choices, func(c inventory.Choice) bool { return len(c.Labels) > 0 }); at >= 0 {
		lacks := choices[at].Labels
		f.Fix.Title, f.Fix.Safety = "give the monitor the label that "+choices[at].Object.Short()+" asks for", checks.Safe
		for _, key := range slices.Sorted(maps.Keys(lacks)) {
			f.Fix.Edits = append(f.Fix.Edits, checks.Set(lacks[key], "metadata", "labels", key))
		}
	}
	pass.Report(f)
}
