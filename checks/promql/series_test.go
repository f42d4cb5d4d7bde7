package promql

import "testing"

func TestSeries(t *testing.T) {
	for _, test := range []struct {
		query string
		want  Cardinality
		why   string // checked where given
	}{
		{`vllm:num_requests_waiting`, Many, "no aggregation over vllm:num_requests_waiting"},
		{`vllm:num_requests_waiting{model_name="m",namespace="n"}`, Many, ""},
		{`vllm:num_requests_waiting{pod="vllm-0"}`, UnknownCardinality, `pod="vllm-0"`},
		{`vllm_num_requests_waiting`, Many, ""},
		{`{__name__=~"vllm:num_requests_waiting.*"}`, Many, ""},
		{`DCGM_FI_DEV_GPU_UTIL`, Many, ""},
		{`rate(vllm:prompt_tokens_total[1m])`, Many, ""},
		{`avg_over_time(vllm:num_requests_waiting[5m])`, Many, ""},
		{`wva_desired_replicas{variant_name="x"}`, UnknownCardinality, ""},
		{`job:vllm_waiting:sum`, UnknownCardinality, "recording rule job:vllm_waiting:sum"},
		{`vllm:fleet_queue`, UnknownCardinality, "recording rule vllm:fleet_queue"},
		{`sum by (pod) (vllm:fleet_queue)`, UnknownCardinality, ""},
		{`topk(3, vllm:fleet_queue)`, UnknownCardinality, ""},
		{`sum(vllm:fleet_queue)`, One, ""},
		{`vllm:fleet_queue or vector(0)`, UnknownCardinality, ""},
		{`vllm:fleet_queue or vllm:num_requests_waiting`, Many, ""},
		{`sum by (pod) (vllm:fleet_queue + vllm:num_requests_waiting)`, Many, ""},
		{`my_metric`, UnknownCardinality, ""},
		{`inference_extension_flow_control_queue_size`, UnknownCardinality, ""},

		{`sum(vllm:num_requests_waiting)`, One, ""},
		{`avg(my_metric)`, One, ""},
		{`quantile(0.9, vllm:num_requests_waiting)`, One, ""},
		{`sum by () (vllm:num_requests_waiting)`, One, ""},
		{`sum by (pod) (vllm:num_requests_waiting)`, Many, "by (pod)"},
		{`sum by (engine) (vllm:num_requests_waiting)`, Many, "by (engine)"},
		{`sum by (namespace, pod) (vllm:num_requests_waiting{namespace="n"})`, Many, "by (namespace, pod)"},
		{`sum by (pod) (vllm:num_requests_waiting{pod="vllm-0"})`, One, ""},
		{`sum by (namespace) (vllm:num_requests_waiting)`, UnknownCardinality, "by (namespace)"},
		{`sum by (namespace) (vllm:num_requests_waiting{namespace="n"})`, One, ""},
		{`sum by (model_name) (vllm:num_requests_waiting{model_name=~"m.*"})`, UnknownCardinality, ""},
		{`sum without (pod) (vllm:num_requests_waiting)`, Many, "without (pod)"},
		{`sum without (engine) (vllm:num_requests_waiting)`, Many, ""},
		{`sum without (pod, instance) (vllm:num_requests_waiting)`, UnknownCardinality, ""},
		{`sum(max by (pod) (vllm:num_requests_waiting))`, One, ""},
		{`max by (pod) (sum(vllm:num_requests_waiting))`, One, ""},
		{`topk(1, vllm:num_requests_waiting)`, One, ""},
		{`topk(3, vllm:num_requests_waiting)`, Many, "topk"},
		{`topk(3, sum(vllm:num_requests_waiting))`, One, ""},
		{`count_values("v", vllm:num_requests_waiting)`, Many, ""},

		{`scalar(vllm:num_requests_waiting)`, One, ""},
		{`vector(1)`, One, ""},
		{`1 + 1`, One, ""},
		{`absent(vllm:num_requests_waiting)`, One, ""},
		{`time()`, One, ""},
		{`label_replace(sum(vllm:num_requests_waiting), "a", "b", "", "")`, One, ""},
		{`clamp_max(vllm:num_requests_waiting, 5)`, Many, ""},
		{`max_over_time(avg(vllm:num_requests_waiting)[5m:])`, One, ""},

		{`histogram_quantile(0.9, sum by (le) (rate(vllm:time_to_first_token_seconds_bucket[5m])))`, One, ""},
		{`histogram_quantile(0.9, sum by (le) (rate(a_bucket[5m])) + sum by (le) (rate(b_bucket[5m])))`, One, ""},
		{`histogram_quantile(0.9, sum by (le, pod) (rate(vllm:time_to_first_token_seconds_bucket[5m])))`, Many, "by (le, pod)"},
		{`histogram_quantile(0.9, sum by (le, namespace) (rate(a_bucket{namespace="n"}[5m])))`, One, ""},
		{`histogram_quantile(0.9, rate(vllm:time_to_first_token_seconds_bucket[5m]))`, Many, ""},
		{`sum by (le) (rate(vllm:time_to_first_token_seconds_bucket[5m]))`, Many, "by (le)"},

		{`sum(vllm:num_requests_waiting) * 100`, One, ""},
		{`vllm:num_requests_waiting > 5`, Many, ""},
		{`sum(a) / sum(b)`, One, ""},
		{`vllm:num_requests_waiting / scalar(count(up))`, Many, ""},
		{`vllm:num_requests_waiting / on() group_left() sum(vllm:num_requests_running)`, Many, ""},
		{`sum(a) / on() sum by (namespace) (b)`, One, ""},
		{`vllm:num_requests_waiting + vllm:num_requests_running`, Many, ""},
		{`sum(a) and on() vllm:num_requests_waiting`, One, ""},

		{`sum(vllm:num_requests_waiting) or vector(0)`, One, ""},
		{`sum(vllm:num_requests_waiting) or on() vector(0)`, One, ""},
		{`vllm:num_requests_waiting or vector(0)`, Many, ""},
		{`sum(a) or sum(b)`, One, ""},
		{`sum by (namespace) (a{namespace="n"}) or on() vector(0)`, One, ""},
		{
			`sum by (namespace) (a{namespace="n"}) or vector(0)`, Many,
			`vector(0) comes beside sum by (namespace) (a{namespace="n"}): their labels differ`,
		},
		{`wva_desired_replicas{variant_name="x"} or vector(0)`, Many, ""},
		{`wva_desired_replicas{variant_name="x"} or on() vector(0)`, UnknownCardinality, ""},
		{`a:b:c or vector(0)`, UnknownCardinality, ""},
	} {
		q := mustParse(t, test.query)
		if got := q.Series(); got != test.want {
			t.Errorf("%s\n  %v series, want %v (%s)", test.query, got, test.want, q.SeriesWhy())
		}
		if got := q.SeriesWhy(); test.why != "" && got != test.why {
			t.Errorf("%s\n  why %q, want %q", test.query, got, test.why)
		}
	}
}

func TestNullGuard(t *testing.T) {
	for query, want := range map[string]bool{
		`sum(a)`:                                    false,
		`sum(a) or vector(0)`:                       true,
		`(sum(a) or on() vector(0))`:                true,
		`sum(a or vector(0))`:                       true,
		`(sum(a) or vector(0)) * 2`:                 true,
		`clamp_min(sum(a) or vector(0), 1)`:         true,
		`max_over_time((sum(a) or vector(0))[5m:])`: true,
		`sum(a) or sum(b)`:                          false,
		`sum(a) or sum(b) or vector(0)`:             true,
		`(sum(a) or vector(0)) / sum(b)`:            false,
		`(sum(a) or vector(0)) > 0`:                 false,
		`vector(1)`:                                 true,
		`scalar(sum(a))`:                            false,
	} {
		if got := mustParse(t, query).NullGuard(); got != want {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
}
