package promql

import (
	"testing"

	"go.yaml.in/yaml/v3"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

const adapterConfig = `apiVersion: v1
kind: ConfigMap
metadata: {name: adapter-config, namespace: monitoring}
data:
  config.yaml: |
    rules:
    - seriesQuery: 'vllm:num_requests_waiting{namespace!="",pod!=""}'
      resources:
        overrides:
          namespace: {resource: namespace}
          kubernetes_pod_name: {resource: pod}
      name: {matches: "^vllm:num_requests_waiting$", as: vllm_queue}
      metricsQuery: 'avg(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'
    - seriesQuery: '{__name__=~"^vllm:.*",namespace!=""}'
      resources: {template: "<<.Resource>>"}
      name: {matches: "^vllm:(.*)$", as: "llm_$1"}
      metricsQuery: sum(<< .Series >>{<<- .LabelMatchers ->>}) by (<<.GroupBy>>)
    - seriesQuery: broken
      name: {as: broken}
      metricsQuery: <<if .Series>>x<<end>>
    externalRules:
    - seriesQuery: 'vllm:num_requests_waiting'
      name: {as: queue_mean}
      metricsQuery: avg(<<.Series>>{namespace="<<index .LabelValuesByName "namespace">>"})
    - seriesQuery: 'vllm:num_requests_waiting'
      name: {as: queue_bare}
      metricsQuery: <<.Series>>{<<.LabelMatchers>>}
`

func snapshot(t *testing.T, documents ...string) *inventory.Snapshot {
	t.Helper()
	b := inventory.NewBuilder()
	for _, text := range documents {
		var node yaml.Node
		if err := yaml.Unmarshal([]byte(text), &node); err != nil {
			t.Fatal(err)
		}
		o, fields, err := inventory.Read(&node, "adapter.yaml")
		if err != nil || len(fields) > 0 {
			t.Fatal(err, fields)
		}
		b.Add(o)
	}
	return b.Build()
}

func TestOfMetric(t *testing.T) {
	s := snapshot(t, adapterConfig)
	hpa := func(source inventory.MetricSource, name string) inventory.ScalingMetric {
		return inventory.ScalingMetric{Source: source, Name: name}
	}
	object := hpa(inventory.SourceObject, "llm_num_requests_running")
	object.DescribedObject = &autoscalingv2.CrossVersionObjectReference{Kind: "Namespace", Name: "ai"}
	selective := hpa(inventory.SourceExternal, "vllm_num_requests_waiting")
	selective.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"model_name": "m", "namespace": "ai"}}
	for _, test := range []struct {
		name   string
		metric inventory.ScalingMetric
		shape  Shape
		series Cardinality
		read   string // what is parsed; empty: no query
	}{
		{
			"a KEDA trigger's query",
			inventory.ScalingMetric{Source: inventory.SourcePrometheus, Query: `avg(vllm:num_requests_waiting)`},
			Intensive, One, `avg(vllm:num_requests_waiting)`,
		},
		{
			"a trigger's query that is none",
			inventory.ScalingMetric{Source: inventory.SourcePrometheus, Query: `avg(`},
			Unknown, 0, "",
		},
		{"a trigger of another type", inventory.ScalingMetric{Source: inventory.SourceTrigger, TriggerType: "cron"}, Unknown, 0, ""},
		{"cpu", hpa(inventory.SourceResource, "cpu"), Unknown, 0, ""},
		{
			"a Pods rule with its own labels", hpa(inventory.SourcePods, "vllm_queue"), Extensive, Many,
			`avg(vllm:num_requests_waiting{namespace!="",kubernetes_pod_name!=""}) by (kubernetes_pod_name)`,
		},
		{
			"a Pods rule by pattern", hpa(inventory.SourcePods, "llm_num_requests_running"), Extensive, Many,
			`sum(vllm:num_requests_running{namespace!="",pod!=""}) by (pod)`,
		},
		{
			"an Object rule", object, Extensive, One,
			`sum(vllm:num_requests_running{namespace="ai"}) by (namespace)`,
		},
		{
			"an external rule", hpa(inventory.SourceExternal, "queue_mean"), Intensive, One,
			`avg(vllm:num_requests_waiting{namespace=".+"})`,
		},
		{
			"an external rule of many series is summed up", hpa(inventory.SourceExternal, "queue_bare"), Extensive, One,
			"sum(vllm:num_requests_waiting{namespace!=\"\"}\n)",
		},
		{"a rule that cannot be read", hpa(inventory.SourcePods, "broken"), Unknown, 0, ""},
		{"a Pods name without a rule", hpa(inventory.SourcePods, "vllm:kv_cache_usage_perc"), Intensive, Many, `vllm:kv_cache_usage_perc`},
		{"a Pods name with an underscore", hpa(inventory.SourcePods, "vllm_num_requests_waiting"), Extensive, Many, `vllm_num_requests_waiting`},
		{
			"a name of Managed Prometheus", hpa(inventory.SourcePods, "prometheus.googleapis.com|vllm:num_requests_waiting|gauge"),
			Extensive, Many, `vllm:num_requests_waiting`,
		},
		{"an external name with a selector", selective, Extensive, Many, `vllm_num_requests_waiting{model_name="m",namespace="ai"}`},
		{"an external ratio: nobody knows how it was aggregated", hpa(inventory.SourceExternal, "vllm:kv_cache_usage_perc"), Unknown, 0, ""},
		{"an external replica count", hpa(inventory.SourceExternal, "inferno_desired_replicas"), ReplicaCount, UnknownCardinality, `inferno_desired_replicas`},
		{"a name that nobody knows", hpa(inventory.SourcePods, "my_queue"), Unknown, 0, ""},
	} {
		q, ok := OfMetric(s, test.metric)
		if ok != (test.read != "") {
			t.Errorf("%s: ok is %v", test.name, ok)
			continue
		}
		if !ok {
			continue
		}
		if q.fill.text != test.read {
			t.Errorf("%s: reads %s, want %s", test.name, q.fill.text, test.read)
		}
		if q.Shape() != test.shape || q.Series() != test.series {
			t.Errorf("%s: %v of %v series, want %v of %v", test.name, q.Shape(), q.Series(), test.shape, test.series)
		}
	}
}

// The text that a fix writes back is the rule's own, with its templates.
func TestSumInsteadOfRule(t *testing.T) {
	for _, test := range []struct{ rule, want string }{
		{`avg(<<.Series>>{<<.LabelMatchers>>})`, `sum(<<.Series>>{<<.LabelMatchers>>})`},
		{`1 * avg(<<.Series>>{<<.LabelMatchers>>}) + avg(<<.Series>>)`, `1 * sum(<<.Series>>{<<.LabelMatchers>>}) + sum(<<.Series>>)`},
		{`sum(<<.Series>>)`, ""},
	} {
		q, err := OfAdapterRule(inventory.AdapterRule{MetricsQuery: test.rule}, "vllm:num_requests_waiting", Asked{})
		if err != nil {
			t.Errorf("%s: %v", test.rule, err)
			continue
		}
		if got, _ := q.SumInstead(); got != test.want {
			t.Errorf("%s: %q, want %q", test.rule, got, test.want)
		}
		if q.Text() != test.rule {
			t.Errorf("%s: text %q", test.rule, q.Text())
		}
	}
}

func TestAdapterScopes(t *testing.T) {
	for rule, want := range map[string]bool{
		`sum(<<.Series>>{<<.LabelMatchers>>})`:                                   true,
		`sum(<<.Series>>{namespace="<<index .LabelValuesByName "namespace">>"})`: true,
		`sum(<<.Series>>)`: false,
	} {
		q, err := OfAdapterRule(inventory.AdapterRule{MetricsQuery: rule}, "vllm:num_requests_waiting", Asked{})
		if err != nil || q.Scoped() != want {
			t.Errorf("%s: scoped %v, %v", rule, !want, err)
		}
	}
}

func TestUnreadableTemplates(t *testing.T) {
	for _, rule := range []string{``, `<<.Series`, `<<if .GroupBy>>a<<end>>`, `<</* none */>>a`, `avg(<<.Series>>`} {
		if _, err := OfAdapterRule(inventory.AdapterRule{MetricsQuery: rule}, "a", Asked{}); err == nil {
			t.Errorf("%q has no error", rule)
		}
	}
}
