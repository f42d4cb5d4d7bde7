package plugin

import (
	"strings"
	"testing"

	"github.com/infscale/kubectl-infscale/checks"
)

// TestTraceCauses finds at a hop what the checks say of the metric that is followed,
// and not what they say of another one.
func TestTraceCauses(t *testing.T) {
	frame := frameOf(t, simulatedVLLM("Deployment", 2, "")+twoTriggers(`vllm:num_requests_running{namespace="a"}`)+`---
{apiVersion: v1, kind: Service, metadata: {name: vllm, namespace: a, labels: {app: vllm}}, spec: {selector: {app: vllm}, ports: [{name: http, port: 80}]}}
---
{apiVersion: monitoring.coreos.com/v1, kind: ServiceMonitor, metadata: {name: vllm, namespace: a}, spec: {selector: {matchLabels: {app: vllm}}, endpoints: [{port: metrics}]}}
`, 2, 2)
	w := frame.Objects.Workloads()[0]
	a := frame.Objects.AutoscalersOf(w)[0]
	traced := &tracer{objects: frame.Objects, workload: w, judged: checks.Run(frame, causeChecks()).Findings}
	for _, c := range []struct {
		hop     string
		trigger int
		check   string
		says    string
	}{
		{"prometheus", 0, "monitor-selects-nothing", "port metrics of ServiceMonitor/vllm: Service/vllm names http"},
		{"prometheus", 1, "monitor-selects-nothing", "Service/vllm names http"},
		{"query", 0, "", ""},
		{"query", 1, "keda-query-many-series", "more than one"},
		{"replicas", 1, "", ""},
	} {
		causes := traced.causes(c.hop, a, a.Metrics[c.trigger])
		switch {
		case c.check == "" && len(causes) > 0:
			t.Errorf("%s of trigger %d: %v", c.hop, c.trigger, causes)
		case c.check != "" && (len(causes) != 1 || causes[0].Check != c.check || !strings.Contains(causes[0].Message, c.says)):
			t.Errorf("%s of trigger %d: %v, expected one of %s", c.hop, c.trigger, causes, c.check)
		}
	}
}
