package rules

import (
	"fmt"
	"strconv"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/promql"
)

// Source: Prometheus, scrape configuration, honor_labels; dcgm-exporter,
// deployment/values.yaml (serviceMonitor.honorLabels: false).
var dcgmLabelShadowed = &checks.Check{
	ID:       "dcgm-label-shadowed",
	Severity: checks.Warning,
	Section:  checks.MetricPath,
	Doc: checks.Doc{
		Title: "The query looks for the workload's GPUs under the GPU exporter's own labels",
		Why: "dcgm-exporter writes the pod that uses a GPU into the labels pod, namespace and container, and Prometheus writes the exporter's own pod into the same labels. With honorLabels: false, the default, Prometheus wins and the exporter's are renamed to exported_pod and so on; with true it is the other way round. " +
			"A query by the wrong ones matches nothing: KEDA reads 0, an HPA no value.",
		Remedy: "Match exported_pod, exported_namespace and exported_container, or set honorLabels: true on the exporter's monitor and match pod.",
		Ignore: "The series do not come by this monitor, or a recording rule renames the labels.",
		Sources: []string{
			"https://prometheus.io/docs/prometheus/latest/configuration/configuration/#scrape_config",
			"https://github.com/NVIDIA/dcgm-exporter/blob/main/deployment/values.yaml",
			"https://github.com/NVIDIA/dcgm-exporter/issues/27",
		},
	},
	Needs: checks.Needs{
		Kinds:    checks.Kinds(checks.Autoscalers(), checks.Only(inventory.ServiceMonitor, inventory.PodMonitor)),
		Sharpens: checks.Only(inventory.ConfigMap, inventory.Prometheus),
	},
	Run: func(pass *checks.Pass) {
		exporter, known := pass.GPUExporterLabels()
		if !known {
			return
		}
		for _, a := range pass.Autoscalers() {
			for _, m := range a.Metrics {
				r := promql.ReadingOf(pass.Snapshot, m)
				if label, wrong := r.Shadowed(exporter); wrong {
					shadowedReport(pass, a, r, exporter, label)
				}
			}
		}
	},
}

func shadowedReport(pass *checks.Pass, a *inventory.Autoscaler, r promql.Reading, exporter inventory.ExporterLabels, label promql.Shadowed) {
	monitor := exporter.Monitor
	at := monitor.EndpointAt(exporter.Endpoint, "honorLabels")
	holds := "is the exporter's own, and the workload's is in " + label.Instead
	if exporter.Honored {
		holds = "does not exist, and the workload's is in " + label.Instead
	}
	fix := &checks.Fix{Title: fmt.Sprintf("go by %s instead of %s", label.Instead, label.Label), Safety: checks.Manual, Object: a.Object}
	if r.Source == inventory.SourcePrometheus {
		if text, ok := r.Query.Unshadowed(exporter); ok {
			fix.Safety, fix.Edits = checks.Safe, []checks.Edit{checks.Set(text, r.QueryPath...)}
		}
	}
	pass.Report(checks.Finding{
		At: a.Object.At(r.At()...), Workload: a.Workload, Fix: fix,
		Message: fmt.Sprintf("the query looks for %s by the label %s, which by %s %s", label.Series, label.Label, monitor.Object.Short(), holds),
		Evidence: append(checks.ReadingEvidence(r),
			checks.Evidence{Path: monitor.Object.Short() + " " + at.Path.String(), Value: strconv.FormatBool(exporter.Honored), Basis: honorBasis(at)}),
	})
}

// honorBasis tells a default from what somebody wrote.
func honorBasis(at inventory.Location) checks.Basis {
	if at.Object.Written(at.Path...) {
		return checks.Observed
	}
	return checks.Assumed
}
