package rules

import (
	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: prometheus-operator, pkg/prometheus/promcfg.go: a ServiceMonitor keeps
// targets by the labels of Services and the names of their ports, a PodMonitor
// by those of pods and containers.
var monitorSelectsNothing = &checks.Check{
	ID:       "monitor-selects-nothing",
	Severity: checks.Error,
	Section:  checks.MetricPath,
	Doc: checks.Doc{
		Title: "The ServiceMonitor or PodMonitor scrapes nothing",
		Why: "A ServiceMonitor selects Services by the labels of the Service, in its own namespace unless namespaceSelector says otherwise, and its port is the name of a port of the Service. " +
			"A PodMonitor does the same with pods and the ports that containers name. What does not match is dropped without a word: Prometheus has no series, and the autoscaler nothing to go by.",
		Remedy: "Select the labels that the Service (or the pods) carries, name its namespace in namespaceSelector, write the port's name, and the path at which the engine serves its metrics.",
		Ignore: "Something that is not in the input collects the metrics.",
		Sources: []string{
			"https://prometheus-operator.dev/docs/platform/troubleshooting/",
			"https://github.com/prometheus-operator/prometheus-operator/blob/main/pkg/prometheus/promcfg.go",
			"https://docs.nvidia.com/nim/large-language-models/latest/observability.html",
		},
	},
	Needs: checks.Needs{
		Kinds: checks.Kinds(checks.Workloads(), checks.Only(inventory.Service, inventory.ServiceMonitor, inventory.PodMonitor)),
		Sharpens: checks.Only(inventory.ConfigMap, inventory.PodMonitoring, inventory.VMPodScrape, inventory.VMServiceScrape,
			inventory.LLMInferenceService, inventory.DynamoGraphDeployment),
	},
	Run: func(pass *checks.Pass) {
		for _, m := range pass.Monitors() {
			for _, fault := range pass.MonitorFaults(m) {
				monitorReport(pass, m, fault)
			}
		}
	},
}

func monitorReport(pass *checks.Pass, m inventory.Monitor, fault inventory.MonitorFault) {
	f := checks.Finding{
		At: m.Object.At(fault.At...), Workload: fault.Workload, Message: fault.Text,
		Evidence: []checks.Evidence{
			{Path: fault.At.String(), Value: fault.Value, Basis: checks.Observed},
			{Path: fault.SeenAt, Value: fault.Seen, Basis: checks.Observed},
		},
		Fix: &checks.Fix{Title: fault.Remedy, Safety: checks.Manual, Object: m.Object},
	}
	if fault.Doubtful {
		f.Severity = checks.Warning
	}
	if fault.Instead != nil {
		f.Fix.Safety, f.Fix.Edits = checks.Safe, []checks.Edit{checks.Set(fault.Instead, fault.InsteadAt...)}
	}
	pass.Report(f)
}
