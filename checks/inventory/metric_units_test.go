package inventory

import (
	"fmt"
	"testing"
)

func TestMisfit(t *testing.T) {
	longest := Lasting{Token: 50, Request: 500}
	for _, test := range []struct {
		series       string
		target, most float64
		want         string
	}{
		{"vllm:kv_cache_usage_perc", 80, 1, "never passed: a share between 0 and 1, sure, 0.8"},
		{"vllm:kv_cache_usage_perc", 1, 1, "never passed: a share between 0 and 1, sure, 0.01"},
		{"vllm:kv_cache_usage_perc", 0.8, 1, ""},
		{"vllm:kv_cache_usage_perc", 5, 16, ""},
		{"vllm:kv_cache_usage_perc", -1, 1, ""},
		{"vllm:kv_cache_usage_perc", 0, 0, ""},
		{"wva_desired_ratio", 80, 0, ""},
		{"DCGM_FI_DEV_GPU_UTIL", 0.8, 100, "one percent or less: a percentage between 0 and 100, sure, 80"},
		{"DCGM_FI_DEV_GPU_UTIL", 1, 100, "one percent or less: a percentage between 0 and 100, sure, 100"},
		{"DCGM_FI_DEV_GPU_UTIL", 1.5, 100, ""},
		{"DCGM_FI_DEV_GPU_UTIL", 100, 100, "never passed: a percentage between 0 and 100, sure, 0"},
		{"DCGM_FI_DEV_FB_USED", 100, 0, "less than an engine takes before the first request: in MiB, sure, 0"},
		{"DCGM_FI_DEV_FB_USED", 101, 0, ""},
		{"DCGM_FI_DEV_FB_USED", 9e6, 0, ""},
		{"DCGM_FI_DEV_FB_USED", 1e7, 0, "more than any GPU has: in MiB, sure, 9.537"},
		{"DCGM_FI_DEV_FB_FREE", 50, 0, ""},
		{"DCGM_FI_DEV_FB_TOTAL", 50, 0, ""},
		{"nvidia_gpu_memory_used_bytes", 80, 0, "less than an engine takes before the first request: in bytes, sure, 0"},
		{"nvidia_gpu_memory_used_bytes", 4e10, 0, ""},
		{"vllm:num_requests_waiting", 0.5, 0, "less than one: a count of requests, 0"},
		{"vllm:num_requests_waiting", 1, 0, ""},
		{"vllm:prompt_tokens_total", 0.5, 0, ""},
		{"vllm:time_to_first_token_seconds", 50, 0, "50s: in seconds, sure, 0.05"},
		{"vllm:time_to_first_token_seconds", 49, 0, ""},
		{"vllm:time_to_first_token_seconds", 1e30, 0, "1281023h53m38.427387904s: in seconds, sure, 1000000000000000000000000000"},
		{"vllm:e2e_request_latency_seconds", 60, 0, ""},
		{"vllm:e2e_request_latency_seconds", 500, 0, "8m20s: in seconds, 0.5"},
		{"llamacpp:prompt_seconds_total", 500, 0, ""},
		{"nv_inference_first_response_histogram_ms", 1, 0, "1ms: in milliseconds, 1000"},
		{"nv_inference_first_response_histogram_ms", 1.5, 0, ""},
		{"nv_inference_queue_summary_us", 100, 0, "100µs: in microseconds, 100000"},
		{"nv_inference_queue_summary_us", 101, 0, ""},
	} {
		m, ok := LookupMetric(test.series)
		if !ok {
			t.Fatal(test.series)
		}
		f, misfit := m.Misfit(test.target, test.most, longest)
		got := ""
		if misfit {
			got = f.Target + ": " + f.Is
			if f.Sure {
				got += ", sure"
			}
			got += ", " + fmt.Sprint(Decimal(f.Meant))
		}
		if got != test.want {
			t.Errorf("%s of %v: %q, want %q", test.series, test.target, got, test.want)
		}
	}
}
