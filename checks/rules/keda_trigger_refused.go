package rules

import (
	"fmt"
	"strings"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/promql"
)

// Source: KEDA, pkg/scalers/prometheus_scaler.go (what prometheusMetadata does
// not call optional) and pkg/scalers/scaler.go (GetMetricTargetType).
var kedaTriggerRefused = &checks.Check{
	ID:       "keda-trigger-refused",
	Severity: checks.Error,
	Section:  checks.MetricPath,
	Doc: checks.Doc{
		Title:  "KEDA cannot use a Prometheus trigger as it is written",
		Why:    "A Prometheus trigger needs serverAddress, query and a threshold that is a number, and Prometheus has to understand the query. The API server and most pipelines take the ScaledObject without them. KEDA then makes no HPA of it, or one that never gets a value, and says so in a condition of the ScaledObject alone.",
		Remedy: "Write what is missing, and try the query where it will run.",
		Ignore: "The server behind serverAddress speaks more than PromQL, such as MetricsQL, and answers the query.",
		Sources: []string{
			"https://github.com/kedacore/keda/blob/main/pkg/scalers/prometheus_scaler.go",
			"https://keda.sh/docs/latest/scalers/prometheus/#trigger-specification",
		},
	},
	Needs: checks.Needs{Kinds: checks.Autoscalers()},
	Run: func(pass *checks.Pass) {
		for _, a := range pass.Autoscalers() {
			if a.KEDA == nil || a.Object.Fragment {
				continue
			}
			for _, m := range a.Metrics {
				if m.Source == inventory.SourcePrometheus {
					refusedTrigger(pass, a, m)
				}
			}
		}
	},
}

// refusedTrigger reports the first thing that is wrong with a trigger. What is
// written and is not known, such as a placeholder, may be right.
func refusedTrigger(pass *checks.Pass, a *inventory.Autoscaler, m inventory.ScalingMetric) {
	metadata := m.Path.Join("metadata")
	for _, key := range [...]string{"serverAddress", "query", "threshold"} {
		byFormula := key == "threshold" && a.Formula() != "" // older versions do without
		if m.Metadata[key] == "" && !a.Object.Written(metadata.Join(key)...) && !byFormula {
			refusedReport(pass, a, metadata, checks.Error, "left out", fmt.Sprintf("the trigger has no %s, without which KEDA does not take it", key))
			return
		}
	}
	text := strings.TrimSpace(m.TargetText)
	switch _, err := promql.Parse(m.Query); {
	case text != "" && !m.HasTarget && !refusedFilledIn(text):
		refusedReport(pass, a, m.TargetPath, checks.Error, text, fmt.Sprintf("threshold %q is no number: KEDA does not take the trigger", text))
	case m.TargetType == "Utilization":
		refusedReport(pass, a, m.TargetTypePath, checks.Error, string(m.TargetType), "metricType Utilization is for cpu and memory alone: KEDA does not take the trigger")
	case err != nil && m.Query != "" && !refusedFilledIn(m.Query):
		refusedReport(pass, a, m.QueryPath, checks.Warning, m.Query, fmt.Sprintf("the query is no PromQL: %v", err))
	}
}

// refusedFilledIn says whether a later step may put something else there.
func refusedFilledIn(text string) bool {
	return strings.ContainsAny(text, "$<") || strings.Contains(text, "{{")
}

func refusedReport(pass *checks.Pass, a *inventory.Autoscaler, path inventory.Path, severity checks.Severity, is, message string) {
	pass.Report(checks.Finding{
		Severity: severity, At: a.Object.At(path...), Workload: a.Workload, Message: message,
		Evidence: []checks.Evidence{{Path: path.String(), Value: is, Basis: checks.Observed}},
		Fix:      &checks.Fix{Title: "write the trigger as KEDA and Prometheus read it", Safety: checks.Manual},
	})
}
