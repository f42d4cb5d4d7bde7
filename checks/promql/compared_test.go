package promql

import (
	"strings"
	"testing"

	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

const scaler = `apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: llm, namespace: ai}
spec:
  scaleTargetRef: {name: llm}
  maxReplicaCount: 8
  ADVANCED
  triggers:
  - {type: prometheus, name: mean, metadata: {query: "avg(vllm:num_requests_waiting) # of all", threshold: "5"}}
  - {type: prometheus, name: size, metricType: Value, metadata: {query: "count(vllm:num_requests_waiting)", threshold: "5"}}
  - {type: prometheus, name: bare, metadata: {query: "vllm:num_requests_waiting", threshold: "5"}}
  - {type: prometheus, name: broken, metadata: {query: "avg(", threshold: "5"}}
  - {type: cron, name: clock, metadata: {desiredReplicas: "2"}}
`

func comparisons(t *testing.T, documents ...string) []Compared {
	t.Helper()
	s := snapshot(t, documents...)
	list := s.Autoscalers()
	if len(list) != 1 {
		t.Fatalf("%d autoscalers", len(list))
	}
	return Comparisons(s, list[0])
}

func TestComparisonsOfTriggers(t *testing.T) {
	all := comparisons(t, strings.Replace(scaler, "ADVANCED", "", 1))
	if len(all) != 2 {
		t.Fatalf("%d comparisons, want the two triggers of one series", len(all))
	}
	mean, size := all[0], all[1]
	if !mean.DividedTwice() || size.DividedTwice() {
		t.Error("the mean alone is divided twice")
	}
	place, text := mean.Source()
	if sum, _ := mean.SumInstead(); sum != "sum(vllm:num_requests_waiting) # of all" {
		t.Errorf("sum instead: %s", sum)
	}
	if place != "spec.triggers[0].metadata.query" || text != "avg(vllm:num_requests_waiting) # of all" {
		t.Errorf("source %s: %s", place, text)
	}
}

func TestComparisonsOfFormula(t *testing.T) {
	for _, test := range []struct {
		modifiers string
		shape     Shape // Unknown: not read
		divided   bool
	}{
		{`{formula: mean, target: "5"}`, Intensive, true},
		{`{formula: " 2*(mean + 1.5) ", target: "5"}`, Intensive, true},
		{`{formula: mean, target: "5", metricType: AverageValue}`, Intensive, true},
		{`{formula: mean, target: "5", metricType: Value}`, Intensive, false},
		{`{formula: mean * size, target: "5"}`, Extensive, false},
		{`{formula: size / size, target: "5"}`, Intensive, true},
		{`{formula: mean, target: ""}`, Intensive, false},
		{`{formula: mean, target: "0"}`, Intensive, false},
		{`{formula: mean * bare, target: "5"}`, Unknown, false},
		{`{formula: mean + broken, target: "5"}`, Unknown, false},
		{`{formula: mean + clock, target: "5"}`, Unknown, false},
		{`{formula: mean + other, target: "5"}`, Unknown, false},
		{`{formula: "mean > 2 ? mean : 0", target: "5"}`, Unknown, false},
		{`{formula: "max(mean, size)", target: "5"}`, Unknown, false},
		{`{formula: mean mean, target: "5"}`, Unknown, false},
		{`{formula: mean ** 2, target: "5"}`, Unknown, false},
		{`{formula: "mean > 2", target: "5"}`, Unknown, false},
	} {
		all := comparisons(t, strings.Replace(scaler, "ADVANCED", "advanced: {scalingModifiers: "+test.modifiers+"}", 1))
		if len(all) != 1 && test.shape != Unknown || len(all) > 0 && test.shape == Unknown {
			t.Errorf("%s: %d comparisons", test.modifiers, len(all))
			continue
		}
		if len(all) == 0 {
			continue
		}
		if got := all[0].Query.Shape(); got != test.shape || all[0].DividedTwice() != test.divided {
			t.Errorf("%s: %v, divided twice %v", test.modifiers, got, all[0].DividedTwice())
		}
		if _, ok := all[0].SumInstead(); ok {
			t.Errorf("%s: a formula is no query to rewrite", test.modifiers)
		}
		if c := all[0]; c.Metric.HasTarget != (c.Metric.TargetText != "") {
			t.Errorf("%s: has a target %v", test.modifiers, c.Metric.HasTarget)
		}
		if place, _ := all[0].Source(); place != "spec.advanced.scalingModifiers.formula" {
			t.Errorf("source %s", place)
		}
	}
}

func TestComparisonsOfHPA(t *testing.T) {
	const hpa = `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: llm, namespace: ai}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: llm}
  maxReplicas: 8
  metrics:
  - {type: Pods, pods: {metric: {name: vllm_queue}, target: {type: AverageValue, averageValue: "5"}}}
  - {type: External, external: {metric: {name: queue_mean}, target: {type: AverageValue, averageValue: "5"}}}
  - {type: External, external: {metric: {name: vllm_num_requests_waiting}, target: {type: Value, value: "5"}}}
  - {type: External, external: {metric: {name: nobody_knows}, target: {type: Value, value: "5"}}}
`
	all := comparisons(t, hpa, adapterConfig)
	if len(all) != 2 {
		t.Fatalf("%d comparisons, want the two external metrics with a meaning", len(all))
	}
	for i, want := range []struct {
		place, text string
		assumed     bool
	}{
		{
			"ConfigMap/adapter-config data[config.yaml].externalRules[0].metricsQuery",
			`avg(<<.Series>>{namespace="<<index .LabelValuesByName "namespace">>"})`, false,
		},
		{"spec.metrics[2].external.metric.name", "vllm_num_requests_waiting", true},
	} {
		place, text := all[i].Source()
		if _, ok := all[i].SumInstead(); ok {
			t.Error("a rule is no trigger's query")
		}
		if place != want.place || text != want.text || all[i].Assumed != want.assumed {
			t.Errorf("%d: %s: %s, assumed %v", i, place, text, all[i].Assumed)
		}
	}
	fragment := strings.Replace(hpa, "maxReplicas: 8", "minReplicas: 1", 1)
	if got := comparisons(t, fragment, adapterConfig); len(got) != 0 {
		t.Errorf("a patch has %d comparisons", len(got))
	}
}

func TestCeiling(t *testing.T) {
	a := &inventory.Autoscaler{Max: 5}
	for _, test := range []struct {
		query      string
		metricType string
		target     float64
		most       int64
		capped     bool
	}{
		{`avg(vllm:kv_cache_usage_perc)`, "AverageValue", 0.8, 2, true},
		{`avg(vllm:kv_cache_usage_perc)`, "AverageValue", 0.25, 4, true},
		{`avg(vllm:kv_cache_usage_perc)`, "AverageValue", 0.2, 5, false},
		{`avg(vllm:kv_cache_usage_perc)`, "Value", 0.8, 0, false},
		{`sum(vllm:kv_cache_usage_perc)`, "AverageValue", 0.8, 0, false},
		{`avg(vllm:num_requests_waiting)`, "AverageValue", 5, 0, false},
		{`clamp_max(sum(vllm:num_requests_waiting), 8)`, "AverageValue", 5, 0, false},
		{`avg(vllm:kv_cache_usage_perc)`, "AverageValue", 0, 0, false},
	} {
		c := Compared{Query: mustParse(t, test.query)}
		c.Metric.Target, c.Metric.HasTarget = test.target, true
		c.Metric.TargetType = autoscalingv2.MetricTargetType(test.metricType)
		if most, capped := c.Ceiling(a); most != test.most || capped != test.capped {
			t.Errorf("%s %s %v: %d, %v", test.query, test.metricType, test.target, most, capped)
		}
	}
}

func TestSumUp(t *testing.T) {
	for _, test := range []struct{ query, metricType, want string }{
		{`vllm:num_requests_waiting`, "AverageValue", `sum(vllm:num_requests_waiting)`},
		{`sum by (pod) (vllm:num_requests_waiting)`, "AverageValue", `sum(sum by (pod) (vllm:num_requests_waiting))`},
		{`vllm:num_requests_waiting`, "Value", ""},
		{`vllm:kv_cache_usage_perc`, "AverageValue", ""},
		{`vllm:brand_new`, "AverageValue", ""},
		{`{__name__=~"vllm:num_requests_(waiting|running)"}`, "AverageValue", ""},
		{`rate(vllm:time_to_first_token_seconds_bucket[1m])`, "AverageValue", ""},
		{`rate(vllm:time_to_first_token_seconds_count[1m])`, "AverageValue", `sum(rate(vllm:time_to_first_token_seconds_count[1m]))`},
		{`sum by (engine) (vllm:brand_new)`, "AverageValue", ""},
	} {
		c := Compared{Query: mustParse(t, test.query)}
		c.Metric.TargetType = autoscalingv2.MetricTargetType(test.metricType)
		if got, ok := c.SumUp(); got != test.want || ok != (test.want != "") {
			t.Errorf("%s %s: %q, want %q", test.query, test.metricType, got, test.want)
		}
	}
}
