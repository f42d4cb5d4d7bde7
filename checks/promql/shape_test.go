package promql

import "testing"

func TestShape(t *testing.T) {
	for _, test := range []struct {
		query string
		shape Shape
		agg   string
	}{
		// What one aggregation makes of a count of each replica.
		{`avg(vllm:num_requests_waiting)`, Intensive, "avg"},
		{`avg(vllm:num_requests_waiting{pod=~"vllm-llama3.*"})`, Intensive, "avg"},
		{`max(vllm:num_requests_waiting)`, Intensive, "max"},
		{`min(vllm:num_requests_waiting)`, Intensive, "min"},
		{`quantile(0.9, vllm:num_requests_waiting)`, Intensive, "quantile"},
		{`sum(vllm:num_requests_waiting)`, Extensive, "sum"},
		{`sum by (namespace) (vllm:num_requests_waiting)`, Extensive, "sum"},
		{`avg by (namespace) (vllm:num_requests_waiting)`, Intensive, "avg"},
		{`avg by (model_name) (vllm:num_requests_waiting)`, Intensive, "avg"},
		{`sum(max by (pod) (vllm:num_requests_waiting))`, Extensive, "sum"},
		{`avg(sum by (pod) (vllm:num_requests_waiting))`, Intensive, "avg"},
		{`max(sum by (pod) (vllm:num_requests_waiting))`, Intensive, "max"},
		{`max(sum(vllm:num_requests_waiting))`, Extensive, "sum"},
		{`sum(avg(vllm:num_requests_waiting))`, Intensive, "avg"},
		{`max(sum by (model_name) (vllm:num_requests_waiting))`, Unknown, "max"},
		{`count(vllm:num_requests_waiting)`, Extensive, "count"},
		{`count(vllm:num_requests_waiting > 5)`, Extensive, "count"},
		{`count(up)`, Extensive, "count"},
		{`count(up{job="vllm"} == 1)`, Extensive, "count"},
		{`stddev(vllm:num_requests_waiting)`, Intensive, "stddev"},
		{`group(vllm:num_requests_waiting)`, Unknown, "group"},
		{`topk(1, vllm:num_requests_waiting)`, Intensive, "topk"},
		{`topk(3, vllm:num_requests_waiting)`, Extensive, "topk"},

		// Nothing aggregates, or the replicas are kept apart.
		{`vllm:num_requests_waiting`, Extensive, ""},
		{`{__name__="vllm:num_requests_waiting"}`, Extensive, ""},
		{`vllm:kv_cache_usage_perc`, Intensive, ""},
		{`avg by (pod) (vllm:num_requests_waiting)`, Extensive, "avg"},
		{`sum by (pod) (vllm:num_requests_waiting)`, Extensive, "sum"},
		{`sum by (engine) (vllm:num_requests_waiting)`, Extensive, "sum"},
		{`sum without (pod) (vllm:num_requests_waiting)`, Extensive, "sum"},
		{`sum without (pod, instance) (vllm:num_requests_waiting)`, Extensive, "sum"},
		{`avg without (pod, instance) (vllm:num_requests_waiting)`, Intensive, "avg"},
		{`avg without (pod) (vllm:num_requests_waiting)`, Unknown, "avg"},
		{`avg without (engine) (vllm:num_requests_waiting)`, Extensive, "avg"},
		{`sum({__name__=~"vllm:num_requests_(waiting|running)"})`, Extensive, "sum"},

		// Wrappers that hand the value on.
		{`(avg(vllm:num_requests_waiting))`, Intensive, "avg"},
		{`avg(vllm:num_requests_waiting) or vector(0)`, Intensive, "avg"},
		{`sum(vllm:num_requests_waiting) or on() vector(0)`, Extensive, "sum"},
		{`vector(0) or avg(vllm:num_requests_waiting)`, Intensive, "avg"},
		{`avg(vllm:num_requests_waiting or vector(0))`, Intensive, "avg"},
		{`clamp_max(avg(vllm:num_requests_waiting), 10)`, Intensive, "avg"},
		{`clamp_min(sum(vllm:num_requests_waiting), 1)`, Extensive, "sum"},
		{`clamp(sum(vllm:num_requests_waiting), 0, 100)`, Extensive, "sum"},
		{`ceil(avg(vllm:num_requests_waiting))`, Intensive, "avg"},
		{`scalar(avg(vllm:num_requests_waiting))`, Intensive, "avg"},
		{`vector(scalar(sum(vllm:num_requests_waiting)))`, Extensive, "sum"},
		{`label_replace(avg(vllm:num_requests_waiting), "a", "b", "", "")`, Intensive, "avg"},
		{`label_join(sum(vllm:num_requests_waiting), "a", ",", "b")`, Extensive, "sum"},
		{`+avg(vllm:num_requests_waiting)`, Intensive, "avg"},
		{`-avg(vllm:num_requests_waiting)`, Unknown, ""},
		{`sort(sum(vllm:num_requests_waiting))`, Extensive, "sum"},
		{`avg(vllm:num_requests_waiting) and on() (count(up) > 1)`, Intensive, "avg"},
		{`sum(vllm:num_requests_waiting) unless on() (count(up) < 1)`, Extensive, "sum"},
		{`avg(vllm:num_requests_waiting) > 5`, Intensive, "avg"},
		{`5 < avg(vllm:num_requests_waiting)`, Intensive, "avg"},
		{`avg(vllm:num_requests_waiting) > bool 5`, Unknown, ""},
		{`sum(vllm:num_requests_waiting > bool 5)`, Extensive, "sum"},
		{`avg(vllm:num_requests_waiting > bool 5)`, Intensive, "avg"},

		// Time.
		{`avg_over_time(sum(vllm:num_requests_waiting)[5m:])`, Extensive, "sum"},
		{`sum(avg_over_time(vllm:num_requests_waiting[5m]))`, Extensive, "sum"},
		{`avg(avg_over_time(vllm:num_requests_waiting[5m]))`, Intensive, "avg"},
		{`max_over_time(avg(vllm:num_requests_waiting)[5m:30s])`, Intensive, "avg"},
		{`quantile_over_time(0.9, sum(vllm:num_requests_waiting)[5m:])`, Extensive, "sum"},
		{`sum(rate(vllm:prompt_tokens_total[1m]))`, Extensive, "sum"},
		{`avg(rate(vllm:prompt_tokens_total[1m]))`, Intensive, "avg"},
		{`sum(rate(vllm:prompt_tokens_total[1m]) + rate(vllm:generation_tokens_total[1m]))`, Extensive, "sum"},
		{`deriv(sum(vllm:num_requests_waiting)[5m:])`, Extensive, "sum"},
		{`sum(count_over_time(vllm:num_requests_waiting[5m]))`, Unknown, "sum"},

		// Arithmetic.
		{`avg(vllm:num_requests_waiting) * 100`, Intensive, "avg"},
		{`100 * avg(vllm:kv_cache_usage_perc)`, Intensive, "avg"},
		{`sum(vllm:num_requests_waiting) / 5`, Extensive, "sum"},
		{`sum(vllm:num_requests_waiting) + 1`, Extensive, "sum"},
		{`1 - avg(vllm:kv_cache_usage_perc)`, Intensive, "avg"},
		{`100 - sum(vllm:num_requests_waiting)`, Unknown, ""},
		{`avg(vllm:num_requests_waiting) * count(vllm:num_requests_waiting)`, Extensive, ""},
		{`count(up{job="vllm"}) * avg(vllm:num_requests_waiting)`, Extensive, ""},
		{`avg(vllm:num_requests_waiting) * scalar(kube_deployment_status_replicas{deployment="vllm"})`, Extensive, ""},
		{`sum(vllm:num_requests_waiting) / count(vllm:num_requests_waiting)`, Intensive, ""},
		{`sum(vllm:num_requests_waiting) / scalar(kube_deployment_status_replicas_ready{deployment="vllm"})`, Intensive, ""},
		{`sum(vllm:num_requests_waiting) / sum(kube_deployment_spec_replicas{deployment="vllm"})`, Intensive, ""},
		{`sum(a) / sum(b)`, Intensive, ""},
		{`sum(a) / count(a)`, Intensive, ""},
		{`sum(vllm:prefix_cache_hits_total) / sum(vllm:prefix_cache_queries_total)`, Intensive, ""},
		{`sum(vllm:num_requests_running) + sum(vllm:num_requests_waiting)`, Extensive, "sum"},
		{`avg(vllm:num_requests_running) + avg(vllm:num_requests_waiting)`, Intensive, "avg"},
		{`sum(vllm:num_requests_running) + avg(vllm:num_requests_waiting)`, Unknown, ""},
		{`sum(vllm:num_requests_running + vllm:num_requests_waiting)`, Extensive, "sum"},
		{`avg(vllm:num_requests_running + vllm:num_requests_waiting)`, Intensive, "avg"},
		{`sum(vllm:num_requests_running) * sum(vllm:num_requests_waiting)`, Unknown, ""},
		{`sum(vllm:num_requests_running) * avg(vllm:kv_cache_usage_perc)`, Extensive, ""},
		{`avg(vllm:num_requests_waiting) or avg(vllm:num_requests_running)`, Intensive, "avg"},
		{`avg(vllm:num_requests_waiting) or sum(vllm:num_requests_running)`, Unknown, ""},
		{`sum(vllm:num_requests_waiting) % 3`, Unknown, ""},

		// Latencies.
		{`histogram_quantile(0.95, sum by (le) (rate(vllm:time_to_first_token_seconds_bucket[5m])))`, Intensive, "histogram_quantile"},
		{`histogram_quantile(0.95, rate(vllm:time_to_first_token_seconds_bucket[5m]))`, Intensive, "histogram_quantile"},
		{`histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))`, Intensive, "histogram_quantile"},
		{`histogram_quantile(0.95, sum(rate(vllm:time_to_first_token_seconds[5m])))`, Intensive, "histogram_quantile"},
		{`max(histogram_quantile(0.95, rate(vllm:time_to_first_token_seconds_bucket[5m])))`, Intensive, "max"},
		{`rate(vllm:time_to_first_token_seconds_sum[5m]) / rate(vllm:time_to_first_token_seconds_count[5m])`, Intensive, ""},
		{`sum(rate(x_seconds_sum[5m])) / sum(rate(x_seconds_count[5m]))`, Intensive, ""},
		{`rate(x_seconds_sum[5m]) / rate(x_seconds_count[5m])`, Intensive, ""},
		{`sum(rate(vllm:time_to_first_token_seconds_count[5m]))`, Extensive, "sum"},
		{`avg(nv_inference_request_summary_us{quantile="0.9"})`, Intensive, "avg"},

		// Ratios and devices.
		{`avg(vllm:kv_cache_usage_perc)`, Intensive, "avg"},
		{`max(sglang:token_usage)`, Intensive, "max"},
		{`sum(vllm:kv_cache_usage_perc)`, Extensive, "sum"},
		{`avg(DCGM_FI_DEV_GPU_UTIL)`, Intensive, "avg"},
		{`avg(DCGM_FI_DEV_FB_USED / (DCGM_FI_DEV_FB_USED + DCGM_FI_DEV_FB_FREE))`, Intensive, "avg"},
		{`sum(DCGM_FI_DEV_GPU_UTIL)`, Extensive, "sum"},

		// Replica counts are neither.
		{`wva_desired_replicas{variant_name="x"}`, ReplicaCount, ""},
		{`sum(wva_desired_replicas{variant_name="x"})`, ReplicaCount, "sum"},
		{`max(inferno_desired_replicas) or vector(1)`, ReplicaCount, "max"},
		{`my_own_desired_replicas`, ReplicaCount, ""},

		// Gateways measure the load in one place, whatever the fleet is.
		{`sum(inference_extension_flow_control_queue_size)`, Extensive, "sum"},
		{`max(inference_extension_flow_control_queue_size)`, Unknown, "max"},
		{`avg(dynamo_frontend_queued_requests)`, Unknown, "avg"},
		{`inference_pool_average_queue_size{name="pool"}`, Intensive, ""},
		{`avg(inference_pool_average_kv_cache_utilization)`, Intensive, "avg"},

		// Nobody knows.
		{`job:vllm_waiting:avg`, Unknown, ""},
		{`avg(job:vllm_waiting:sum)`, Unknown, "avg"},
		{`sum(job:vllm_waiting:avg)`, Unknown, "sum"},
		{`my_metric`, Unknown, ""},
		{`sum(my_metric)`, Extensive, "sum"},
		{`max(rabbitmq_queue_messages_ready{queue="prompts"})`, Unknown, "max"},
		{`avg(my_metric{pod=~"vllm-.*"})`, Intensive, "avg"},
		{`avg(vllm:something_new)`, Intensive, "avg"},
		{`vllm:something_new`, Unknown, ""},
		{`vector(1)`, Unknown, ""},
		{`absent(vllm:num_requests_waiting)`, Unknown, ""},
		{`time()`, Unknown, ""},
		{`{job="vllm"}`, Unknown, ""},

		// Other spellings of the same series.
		{`avg(vllm_num_requests_waiting)`, Intensive, "avg"},
		{`sum(ray_vllm_num_requests_running)`, Extensive, "sum"},
		{`AVG(vllm:num_requests_waiting)`, Intensive, "avg"},
	} {
		q := mustParse(t, test.query)
		if got := q.Shape(); got != test.shape {
			t.Errorf("%s\n  shape %v, want %v (%s)", test.query, got, test.shape, q.ShapeWhy())
		}
		if got := q.Aggregation(); got != test.agg {
			t.Errorf("%s\n  aggregation %q, want %q", test.query, got, test.agg)
		}
	}
}

func TestShapeWhy(t *testing.T) {
	for _, test := range []struct{ query, want string }{
		{`avg(vllm:num_requests_waiting{pod=~"a.*"})`, "avg over vllm:num_requests_waiting"},
		{`clamp_max(avg(vllm:num_requests_waiting), 9) or vector(0)`, "avg over vllm:num_requests_waiting"},
		{`sum(a) / count(b)`, "sum over a divided by count over b"},
		{`avg(a:b:c)`, "recording rule a:b:c"},
		{`vllm:num_requests_waiting`, "vllm:num_requests_waiting of each replica"},
		{`avg(vllm:num_requests_waiting + vllm:num_requests_running)`, "avg over vllm:num_requests_waiting and vllm:num_requests_running"},
		{
			`histogram_quantile(0.9, sum by (le) (rate(vllm:time_to_first_token_seconds_bucket[5m])))`,
			"histogram_quantile over vllm:time_to_first_token_seconds_bucket",
		},
	} {
		if got := mustParse(t, test.query).ShapeWhy(); got != test.want {
			t.Errorf("%s\n  %q, want %q", test.query, got, test.want)
		}
	}
}

func TestSumInstead(t *testing.T) {
	for _, test := range []struct{ query, want string }{
		{`avg(vllm:num_requests_waiting{pod=~"vllm-.*"})`, `sum(vllm:num_requests_waiting{pod=~"vllm-.*"})`},
		{"avg( # the mean\n  vllm:num_requests_waiting\n) or vector(0)\n", "sum( # the mean\n  vllm:num_requests_waiting\n) or vector(0)\n"},
		{`max by (namespace) (vllm:num_requests_waiting)`, `sum by (namespace) (vllm:num_requests_waiting)`},
		{`AVG(vllm:num_requests_waiting)`, `sum(vllm:num_requests_waiting)`},
		{`avg_over_time(avg(vllm:num_requests_waiting)[5m:])`, `avg_over_time(sum(vllm:num_requests_waiting)[5m:])`},
		{`avg(avg_over_time(vllm:num_requests_waiting[5m]))`, `sum(avg_over_time(vllm:num_requests_waiting[5m]))`},
		{`avg(vllm:num_requests_running) + avg(vllm:num_requests_waiting)`, `sum(vllm:num_requests_running) + sum(vllm:num_requests_waiting)`},
		{`avg(rate(vllm:generation_tokens_total[1m]))`, `sum(rate(vllm:generation_tokens_total[1m]))`},
		{`avg(sum by (pod) (vllm:num_requests_waiting))`, `sum(sum by (pod) (vllm:num_requests_waiting))`},
		{`max(avg(vllm:num_requests_waiting))`, `max(sum(vllm:num_requests_waiting))`},
		{`avg(vllm:num_requests_waiting) / 2`, `sum(vllm:num_requests_waiting) / 2`},

		{`sum(vllm:num_requests_waiting)`, ""},
		{`avg(vllm:kv_cache_usage_perc)`, ""},
		{`quantile(0.9, vllm:num_requests_waiting)`, ""},
		{`min(vllm:num_requests_waiting)`, ""},
		{`clamp_max(avg(vllm:num_requests_waiting), 10)`, ""},
		{`avg(vllm:num_requests_waiting) > 5`, ""},
		{`avg(vllm:num_requests_waiting) + 1`, ""},
		{`avg(DCGM_FI_DEV_GPU_UTIL)`, ""},
		{`avg(vllm:something_new)`, ""},
		{`avg by (pod) (vllm:num_requests_waiting)`, ""},
		{`sum(vllm:num_requests_waiting) / count(vllm:num_requests_waiting)`, ""},
		{`histogram_quantile(0.9, sum by (le) (rate(vllm:time_to_first_token_seconds_bucket[5m])))`, ""},
		{`avg(vllm:num_requests_running) + avg(vllm:kv_cache_usage_perc)`, ""},
		{`avg(a:b:c)`, ""},
	} {
		got, ok := mustParse(t, test.query).SumInstead()
		if got != test.want || ok != (test.want != "") {
			t.Errorf("%s\n  %q, want %q", test.query, got, test.want)
		}
		if ok && mustParse(t, got).Shape() != Extensive {
			t.Errorf("%s is not extensive", got)
		}
	}
}
