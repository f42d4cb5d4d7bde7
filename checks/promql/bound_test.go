package promql

import "testing"

func TestBound(t *testing.T) {
	const unbounded = -1
	for _, test := range []struct {
		query string
		want  float64
	}{
		{`avg(vllm:kv_cache_usage_perc)`, 1},
		{`max(vllm:kv_cache_usage_perc{pod=~"a.*"}) or vector(0)`, 1},
		{`quantile(0.9, vllm:kv_cache_usage_perc)`, 1},
		{`vllm:kv_cache_usage_perc`, 1},
		{`avg(sglang:token_usage) * 100`, 100},
		{`avg(DCGM_FI_DEV_GPU_UTIL)`, 100},
		{`avg(DCGM_FI_DEV_GPU_UTIL) / 100`, 1},
		{`avg(max_over_time(vllm:kv_cache_usage_perc[5m]))`, 1},
		{`max_over_time(avg(vllm:kv_cache_usage_perc)[5m:])`, 1},
		{`avg(nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type="fraction"})`, 1},
		{`1 - avg(vllm:kv_cache_usage_perc)`, 1},
		{`avg(vllm:kv_cache_usage_perc) + avg(vllm:kv_cache_usage_perc)`, 2},
		{`clamp_max(sum(vllm:num_requests_waiting), 8)`, 8},
		{`clamp_min(avg(vllm:kv_cache_usage_perc), 3)`, 3},
		{`clamp(sum(vllm:num_requests_waiting), 0, 8)`, 8},
		{`ceil(avg(vllm:kv_cache_usage_perc) * 2.5)`, 3},
		{`sum(vllm:kv_cache_usage_perc) / count(vllm:kv_cache_usage_perc)`, 1},
		{`sum(vllm:kv_cache_usage_perc) / scalar(count(vllm:kv_cache_usage_perc))`, 1},
		{`sum(DCGM_FI_DEV_FB_USED) / (sum(DCGM_FI_DEV_FB_USED) + sum(DCGM_FI_DEV_FB_FREE))`, 1},
		{`100 * avg(DCGM_FI_DEV_FB_USED / (DCGM_FI_DEV_FB_FREE + DCGM_FI_DEV_FB_USED))`, 100},
		{`sum(vllm:num_requests_waiting) > bool 5`, 1},
		{`sum(vllm:num_requests_waiting) < 5`, 5},
		{`avg(inference_pool_average_kv_cache_utilization)`, 1},
		{`avg(gpu_cache_usage_perc)`, 1},

		{`sum(vllm:kv_cache_usage_perc)`, unbounded},
		{`sum(vllm:kv_cache_usage_perc) / count(up)`, unbounded},
		{`count(vllm:kv_cache_usage_perc)`, unbounded},
		{`avg(vllm:num_requests_waiting)`, unbounded},
		{`avg(vllm:kv_cache_usage_perc) / avg(vllm:num_requests_running)`, unbounded},
		{`avg(vllm:kv_cache_usage_perc) or sum(vllm:num_requests_waiting)`, unbounded},
		{`avg(my_ratio)`, unbounded},
		{`avg(a:b:c)`, unbounded},
		{`sum(vllm:prefix_cache_hits_total) / sum(vllm:prefix_cache_queries_total)`, unbounded},
		{`a / (a + b)`, unbounded},
		{`wva_desired_replicas`, unbounded},
		{`histogram_quantile(0.9, sum by (le) (rate(vllm:time_to_first_token_seconds_bucket[5m])))`, unbounded},
	} {
		got, ok := mustParse(t, test.query).Bound()
		if !ok {
			got = unbounded
		}
		if got != test.want {
			t.Errorf("%s: bound %v, want %v", test.query, got, test.want)
		}
	}
}

func TestScaleAndMeasures(t *testing.T) {
	for _, test := range []struct {
		query string
		scale float64 // 0: no single one
		row   string  // "": no single one
	}{
		{`avg(vllm:kv_cache_usage_perc)`, 1, "vllm:kv_cache_usage_perc"},
		{`avg(vllm:kv_cache_usage_perc) * 100`, 100, "vllm:kv_cache_usage_perc"},
		{`avg(vllm:kv_cache_usage_perc * 100) or vector(0)`, 100, "vllm:kv_cache_usage_perc"},
		{`100 * sum(a) / sum(b)`, 100, ""},
		{`sum(a) / (sum(b) / 100)`, 100, ""},
		{`1000 * histogram_quantile(0.9, sum by (le) (rate(vllm:time_to_first_token_seconds_bucket[5m])))`, 1000, "vllm:time_to_first_token_seconds"},
		{`rate(vllm:time_to_first_token_seconds_sum[5m]) / rate(vllm:time_to_first_token_seconds_count[5m])`, 1, "vllm:time_to_first_token_seconds"},
		{`sum(rate(nv_inference_queue_duration_us[1m])) / 1e6`, 1e-6, ""},
		{`rate(vllm:time_to_first_token_seconds_count[5m])`, 1, ""},
		{`sum(rate(vllm:prompt_tokens_total[5m])) * 60`, 60, ""},
		{`sum(vllm:num_requests_running) + sum(vllm:num_requests_waiting)`, 1, ""},
		{`sum(vllm:num_requests_running) + 2 * sum(vllm:num_requests_waiting)`, 0, ""},
		{`sum(vllm:num_requests_running) + 2`, 0, ""},
		{`1 - avg(vllm:kv_cache_usage_perc)`, 0, ""},
		{`sum(vllm:num_requests_waiting) / count(vllm:num_requests_waiting)`, 1, "vllm:num_requests_waiting"},
		{`count(vllm:num_requests_waiting)`, 1, ""},
		{`sqrt(a)`, 0, ""},
		{`avg(vllm:num_requests_waiting > 2) * (1000 * 60)`, 60000, "vllm:num_requests_waiting"},
		{`clamp_max(avg(DCGM_FI_DEV_GPU_UTIL), 50) / 100`, 0.01, "DCGM_FI_DEV_GPU_UTIL"},
	} {
		q := mustParse(t, test.query)
		scale, ok := q.Scale()
		if !ok {
			scale = 0
		}
		if scale != test.scale {
			t.Errorf("%s: scale %v, want %v", test.query, scale, test.scale)
		}
		row, ok := q.Measures()
		if got := row.Name; ok != (test.row != "") || ok && got != test.row {
			t.Errorf("%s: measures %q %v, want %q", test.query, got, ok, test.row)
		}
	}
}
