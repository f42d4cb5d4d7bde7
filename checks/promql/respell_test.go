package promql

import (
	"testing"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func TestRespell(t *testing.T) {
	for _, test := range []struct{ query, want string }{ // want is empty where nothing can be written
		{`sum(vllm_num_requests_waiting{pod=~"vllm_.*"})`, `sum(vllm:num_requests_waiting{pod=~"vllm_.*"})`},
		{"vllm_num_requests_waiting +\n  vllm:num_requests_running + sglang_num_queue_reqs", "vllm:num_requests_waiting +\n  vllm:num_requests_running + sglang:num_queue_reqs"},
		{`rate(llamacpp_prompt_tokens_total[1m])`, `rate(llamacpp:prompt_tokens_total[1m])`},
		{`sum(vllm_num_requests_waiting) or sum(vllm_num_requests_waiting)`, `sum(vllm:num_requests_waiting) or sum(vllm:num_requests_waiting)`},
		{`sum({__name__="vllm_num_requests_waiting"})`, ""},
		{`sum({"vllm_num_requests_waiting"})`, ""},
		{`sum(vllm:num_requests_waiting)`, ""},
		{`sum(tgi_queue_size)`, ""},
		{`sum(vllm_brand_new)`, ""},
		{`sum(ray_vllm_num_requests_waiting)`, ""},
		{`sum({__name__=~"vllm_.*"})`, ""},
	} {
		got, ok := mustParse(t, test.query).Respell()
		if ok != (test.want != "") || ok && got != test.want {
			t.Errorf("%s\n  %q, want %q", test.query, got, test.want)
		}
		if ok && len(mustParse(t, got).Misspelt()) > 0 {
			t.Errorf("%s is misspelt still", got)
		}
	}
}

func TestWrittenSeries(t *testing.T) {
	for query, want := range map[string]string{
		`vllm:num_requests_waiting{namespace!=""}`:  "vllm:num_requests_waiting",
		`{__name__="vllm_num_requests_waiting"}`:    "vllm_num_requests_waiting",
		`{__name__=~"^vllm:num_requests_waiting$"}`: "",
		`{namespace!=""}`:                           "",
		`{{ .Values.series }}`:                      "",
	} {
		got, ok := WrittenSeries(inventory.AdapterRule{SeriesQuery: query})
		if got.Name != want || ok != (want != "") {
			t.Errorf("%s: %q, want %q", query, got.Name, want)
		}
	}
}

func TestColonsRewritten(t *testing.T) {
	const query = `apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: llm}
spec:
  scaleTargetRef: {name: llm}
  triggers: [{type: prometheus, metadata: {query: 'sum(vllm_num_requests_waiting{otel_scope_name="x"})', threshold: "5"}}]
`
	const rule = `apiVersion: v1
kind: ConfigMap
metadata: {name: adapter}
data:
  config.yaml: |
    rules:
    - seriesQuery: vllm_num_requests_waiting
      resources: {overrides: {k8s_pod_name: {resource: pod}}}
`
	if !ColonsRewritten(snapshot(t, query)) || !ColonsRewritten(snapshot(t, rule)) {
		t.Error("labels that a collector writes were not seen")
	}
	if ColonsRewritten(snapshot(t, adapterConfig)) {
		t.Error("there is no collector")
	}
}

func TestCouldMake(t *testing.T) {
	rules := CustomRules(snapshot(t, adapterConfig, `apiVersion: v1
kind: ConfigMap
metadata: {name: more}
data:
  config.yaml: |
    rules:
    - seriesQuery: '{__name__=~"^sglang:.*"}'
      name: {matches: "^sglang:(?P<rest>.*)$", as: "sg_${rest}_now"}
    - seriesQuery: 'sglang:token_usage'
    - seriesQuery: 'vllm:num_requests_waiting{job="other"}'
      name: {as: vllm_queue}
`))
	for name, want := range map[string]bool{
		"vllm_queue":                true,
		"llm_num_requests_running":  true, // by pattern
		"llm_something_new":         true,
		"sg_num_queue_reqs_now":     true,
		"sglang:token_usage":        true,  // a rule without a name
		"queue_mean":                false, // an external rule's
		"vllm_num_requests_waiting": false,
		"sg_num_queue_reqs":         false,
		"prometheus.googleapis.com|vllm:num_requests_waiting|gauge": false,
	} {
		if got := CouldMake(rules, name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	for _, name := range []string{"vllm:num_requests_waiting", "vllm_num_requests_waiting", "prometheus.googleapis.com|vllm:num_requests_waiting|gauge"} {
		if got := RenamedTo(rules, name); len(got) != 1 || got[0] != "vllm_queue" {
			t.Errorf("%s: renamed to %v", name, got)
		}
	}
	if got := RenamedTo(rules, "my_queue"); got != nil {
		t.Errorf("an unknown name is renamed to %v", got)
	}
	if !CouldMake([]inventory.AdapterRule{{SeriesQuery: "{{ broken", As: ""}}, "anything") {
		t.Error("a rule that cannot be read may make anything")
	}
}

func TestEmptyAtRest(t *testing.T) {
	for query, want := range map[string]bool{
		`sum(vllm:num_requests_waiting)`:              false,
		`sum(vllm:num_requests_waiting) / 2`:          false,
		`sum(a) / count(a)`:                           false,
		`sum(a) / scalar(count(a))`:                   false,
		`sum(a) > bool 5`:                             false,
		`rate(vllm:prompt_tokens_total[1m])`:          false,
		`sum(a) or vector(0)`:                         false,
		`sum(a) / sum(b)`:                             true,
		`sum(a) / scalar(sum(b))`:                     true,
		`sum(a) > 5`:                                  true,
		`sum(a) and on() sum(b)`:                      true,
		`sum(a) unless on() sum(b)`:                   true,
		`histogram_quantile(0.9, rate(a_bucket[1m]))`: true,
		`absent(a)`:                                   true,
		`sum(a) / ln(count(b))`:                       true,
	} {
		if got := mustParse(t, query).EmptyAtRest(); got != want {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
}

func TestSuccessor(t *testing.T) {
	for query, want := range map[string]string{
		`avg(vllm:gpu_cache_usage_perc)`:                   "vllm:kv_cache_usage_perc",
		`avg(ray_vllm_gpu_cache_usage_perc)`:               "ray_vllm_kv_cache_usage_perc",
		`rate(vllm:time_per_output_token_seconds_sum[1m])`: "vllm:inter_token_latency_seconds_sum",
		`sum(vllm:num_requests_swapped)`:                   "",
		`sum(vllm:num_requests_waiting)`:                   "",
	} {
		if got := mustParse(t, query).Uses()[0].Successor(); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
}
