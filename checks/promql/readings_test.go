package promql

import (
	"testing"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func TestReadings(t *testing.T) {
	prometheus := func(query string) inventory.ScalingMetric {
		return inventory.ScalingMetric{Source: inventory.SourcePrometheus, TriggerType: "prometheus", Query: query}
	}
	waiting := func(u Use) bool { return u.Metric.Meaning == inventory.MeansWaiting }
	cases := []struct {
		name    string
		metrics []inventory.ScalingMetric
		only    bool
	}{
		{"the queue alone", []inventory.ScalingMetric{prometheus("sum(vllm:num_requests_waiting)")}, true},
		{"a cron trigger is no signal", []inventory.ScalingMetric{prometheus("sum(vllm:num_requests_waiting)"), {Source: inventory.SourceTrigger, TriggerType: "cron"}}, true},
		{"two series in one query", []inventory.ScalingMetric{prometheus("sum(vllm:num_requests_waiting) + sum(vllm:num_requests_running)")}, false},
		{"a series that nobody knows", []inventory.ScalingMetric{prometheus("sum(vllm:num_requests_waiting) + sum(our_gateway_queue)")}, false},
		{"another trigger", []inventory.ScalingMetric{prometheus("sum(vllm:num_requests_waiting)"), {Source: inventory.SourceTrigger, TriggerType: "kafka"}}, false},
		{"cron alone", []inventory.ScalingMetric{{Source: inventory.SourceTrigger, TriggerType: "cron"}}, false},
		{"no query that parses", []inventory.ScalingMetric{prometheus("sum(")}, false},
	}
	s := inventory.NewBuilder().Build()
	for _, c := range cases {
		all, _ := Readings(s, &inventory.Autoscaler{Object: &inventory.Object{}, Metrics: c.metrics})
		if got := Only(all, waiting); got != c.only {
			t.Errorf("%s: only the queue = %v", c.name, got)
		}
	}
}
