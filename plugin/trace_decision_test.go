package plugin

import (
	"strings"
	"testing"

	"github.com/infscale/kubectl-infscale/plugin/sim"
)

// TestTraceOfCPU words an HPA on CPU: percentages, and no replicas that nobody
// has computed.
func TestTraceOfCPU(t *testing.T) {
	const metrics = `minReplicas: 1, maxReplicas: 4, metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}]}, status: `
	for _, c := range []struct{ status, hpa, replicas string }{
		{
			`{currentReplicas: 1, desiredReplicas: 1, currentMetrics: [{type: Resource, resource: {name: cpu, current: {averageValue: 1m, averageUtilization: 1}}}],
  conditions: [{type: ScalingActive, status: "True", reason: ValidMetricFound}]}`,
			"1% / 70% of the requests", "1 wanted, 1 ready of 1 pod",
		},
		{
			`{currentReplicas: 1, desiredReplicas: 0, currentMetrics: [{type: ""}],
  conditions: [{type: ScalingActive, status: "False", reason: FailedGetResourceMetric, message: no metrics returned from resource metrics API}]}`,
			"ScalingActive=False FailedGetResourceMetric: no metrics returned from resource metrics API", "1 ready of 1 pod",
		},
		{
			`{currentReplicas: 1, desiredReplicas: 0, currentMetrics: [{type: Resource, resource: {name: cpu, current: {averageUtilization: 0}}}],
  conditions: [{type: ScalingActive, status: "True", reason: ValidMetricFound}]}`,
			"0% / 70% of the requests", "0 wanted, 1 ready of 1 pod",
		},
	} {
		frame := frameOf(t, simulatedVLLM("Deployment", 1, "")+plainHPA("vllm", metrics+strings.TrimSuffix(c.status, "}")), 1, 1)
		traced := &tracer{objects: frame.Objects, workload: frame.Objects.Workloads()[0]}
		a := frame.Objects.AutoscalersOf(traced.workload)[0]
		hpa := frame.Objects.HPAOf(a)
		if got := traced.hpaHop(a, hpa, 0).Says; got != c.hpa {
			t.Errorf("%s\n%s, want %s", c.status, got, c.hpa)
		}
		if got := traced.replicas(a, sim.Decision{}).Says; got != c.replicas {
			t.Errorf("%s\n%s, want %s", c.status, got, c.replicas)
		}
	}
}
