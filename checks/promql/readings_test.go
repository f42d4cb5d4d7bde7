package promql

import (
	"testing"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func prometheusTrigger(query string) inventory.ScalingMetric {
	return inventory.ScalingMetric{Source: inventory.SourcePrometheus, TriggerType: "prometheus", Query: query}
}

func TestReadings(t *testing.T) {
	waiting := func(u Use) bool { return u.Metric.Meaning == inventory.MeansWaiting }
	queue := prometheusTrigger("sum(vllm:num_requests_waiting)")
	cpu := inventory.ScalingMetric{Source: inventory.SourceResource, Name: "cpu"}
	pods := inventory.ScalingMetric{Source: inventory.SourcePods, Name: "vllm_num_requests_waiting"}
	for _, test := range []struct {
		name    string
		metrics []inventory.ScalingMetric
		only    bool
		says    string
	}{
		{"the queue alone", []inventory.ScalingMetric{queue}, true, "the only signal is vllm:num_requests_waiting"},
		{"a cron trigger is no signal", []inventory.ScalingMetric{queue, {Source: inventory.SourceTrigger, TriggerType: "cron"}}, true, "the only signal is vllm:num_requests_waiting"},
		{"joined for its labels", []inventory.ScalingMetric{prometheusTrigger(`sum(vllm:num_requests_waiting * on(pod) group_left() kube_pod_labels{label_app="a"})`)}, true, "the only signal is vllm:num_requests_waiting"},
		{"two names of it", []inventory.ScalingMetric{queue, pods, queue}, true, "the only signals are vllm:num_requests_waiting and vllm_num_requests_waiting"},
		{"two series in one query", []inventory.ScalingMetric{prometheusTrigger("sum(vllm:num_requests_waiting) + sum(vllm:num_requests_running)")}, false, "the only signals are vllm:num_requests_waiting and vllm:num_requests_running"},
		{"a series that nobody knows", []inventory.ScalingMetric{prometheusTrigger("sum(vllm:num_requests_waiting) + sum(our_gateway_queue)")}, false, ""},
		{"a count of replicas", []inventory.ScalingMetric{prometheusTrigger("sum(vllm:num_requests_waiting) / sum(kube_deployment_status_replicas)")}, false, ""},
		{"processors", []inventory.ScalingMetric{queue, pods, cpu}, false, "the only signals are vllm:num_requests_waiting, vllm_num_requests_waiting and cpu"},
		{"another trigger", []inventory.ScalingMetric{queue, {Source: inventory.SourceTrigger, TriggerType: "kafka"}}, false, ""},
		{"a trigger of that name", []inventory.ScalingMetric{{Source: inventory.SourceTrigger, TriggerType: "kafka", Name: "vllm:num_requests_waiting"}}, false, ""},
		{"a name that nobody asks by", []inventory.ScalingMetric{{Source: inventory.SourcePrometheus, Name: "vllm:num_requests_waiting", Query: "sum("}}, false, ""},
		{"cron alone", []inventory.ScalingMetric{{Source: inventory.SourceTrigger, TriggerType: "cron"}}, false, ""},
		{"labels alone", []inventory.ScalingMetric{prometheusTrigger("sum(target_info)")}, false, ""},
	} {
		s := inventory.NewBuilder().Build()
		all, _ := Readings(s, &inventory.Autoscaler{Object: &inventory.Object{}, Metrics: test.metrics})
		if got := Only(all, waiting); got != test.only {
			t.Errorf("%s: only the queue = %v", test.name, got)
		}
		if test.says != "" && OnlySignal(all) != test.says {
			t.Errorf("%s: %s", test.name, OnlySignal(all))
		}
	}
}

func TestReadingOfName(t *testing.T) {
	const adapter = `apiVersion: v1
kind: ConfigMap
metadata: {name: adapter}
data:
  config.yaml: |
    rules:
    - seriesQuery: 'vllm:num_requests_waiting'
      name: {as: "vllm_num_requests_waiting"}
      metricsQuery: 'sum(<<.Series>> + <<.Nobody>>) by (<<.GroupBy>>)'
`
	b := inventory.NewBuilder()
	objects, _, _ := inventory.Documents([]byte(adapter))[0].Read("adapter.yaml")
	b.Add(objects[0])
	for _, test := range []struct {
		s      *inventory.Snapshot
		source inventory.MetricSource
		name   string
		want   inventory.Meaning // "": not known
	}{
		{inventory.NewBuilder().Build(), inventory.SourcePods, "vllm_num_requests_waiting", inventory.MeansWaiting},
		{b.Build(), inventory.SourcePods, "vllm_num_requests_waiting", ""}, // the rule says what it is, and cannot be read
		{inventory.NewBuilder().Build(), inventory.SourceExternal, "prometheus.googleapis.com|dcgm_fi_dev_gpu_util|unknown", inventory.MeansGPUUtil},
		{inventory.NewBuilder().Build(), inventory.SourceExternal, "prometheus.googleapis.com|vllm:kv_cache_usage_perc|gauge", inventory.MeansKVCache},
		{inventory.NewBuilder().Build(), inventory.SourceExternal, "kubernetes.io|container|accelerator|duty_cycle", inventory.MeansGPUUtil},
		{inventory.NewBuilder().Build(), inventory.SourceExternal, "kubernetes.io|container|accelerator|memory_used", inventory.MeansGPUMemory},
		{inventory.NewBuilder().Build(), inventory.SourceObject, "DCGM_FI_DEV_FB_USED", inventory.MeansGPUMemory},
		{inventory.NewBuilder().Build(), inventory.SourceExternal, "our_queue", ""},
	} {
		r := ReadingOf(test.s, inventory.ScalingMetric{Source: test.source, Name: test.name})
		meaning := inventory.Meaning("")
		if r.Known {
			meaning = r.Uses[0].Metric.Meaning
		}
		if meaning != test.want {
			t.Errorf("%s: means %q, want %q", test.name, meaning, test.want)
		}
		if r.Rule.Location.Object != nil != (test.s.AdapterRules() != nil) {
			t.Errorf("%s: rule %v", test.name, r.Rule)
		}
	}
}
