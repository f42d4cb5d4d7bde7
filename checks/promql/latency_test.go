package promql

import (
	"fmt"
	"testing"
)

func TestLatencyFlaw(t *testing.T) {
	const ttft = "vllm:time_to_first_token_seconds"
	for text, want := range map[string]LatencyFlaw{
		"histogram_quantile(0.95, sum by (le) (rate(" + ttft + "_bucket[5m])))":                       NoFlaw,
		"histogram_quantile(0.95, sum without (pod) (rate(" + ttft + "_bucket[5m])))":                 NoFlaw,
		"histogram_quantile(0.95, rate(" + ttft + "_bucket[5m]))":                                     NoFlaw,
		"histogram_quantile(0.95, sum(rate(" + ttft + "_bucket[5m])))":                                BucketsLost,
		"histogram_quantile(0.95, sum by (pod) (rate(unheard_of_bucket[5m])))":                        BucketsLost,
		"histogram_quantile(0.95, sum without (le) (rate(" + ttft + "_bucket[5m])))":                  BucketsLost,
		"histogram_quantile(0.95, sum by (le) (max(rate(" + ttft + "_bucket[5m]))))":                  BucketsLost,
		"histogram_quantile(0.95, topk(5, sum by (le) (rate(" + ttft + "_bucket[5m]))))":              NoFlaw,
		"histogram_quantile(0.95, sum(rate(" + ttft + "_bucket[5m])) * 2)":                            BucketsLost,
		"histogram_quantile(0.95, 2 * sum by (le) (rate(" + ttft + "_bucket[5m])))":                   NoFlaw,
		"histogram_quantile(0.95, label_replace(sum(rate(x_bucket[5m])), \"le\", \"1\", \"\", \"\"))": NoFlaw,
		"histogram_quantile(0.95, sum by (le) (avg_over_time(rate(" + ttft + "_bucket[5m])[10m:])))":  NoFlaw,
		"histogram_quantile(0.95, sum(rate(" + ttft + "[5m])))":                                       NoFlaw,
		"histogram_quantile(0.95, sum by (le) (" + ttft + "_bucket))":                                 SinceStart,
		"histogram_quantile(0.95, sum by (le) (job:ttft:rate5m))":                                     NoFlaw,
		"histogram_quantile(0.95, sum by (le) (job:ttft_bucket))":                                     NoFlaw,
		"sum(" + ttft + "_sum) / sum(" + ttft + "_count)":                                             SinceStart,
		"sum(rate(" + ttft + "_sum[5m])) / sum(rate(" + ttft + "_count[5m]))":                         NoFlaw,
		"sum(" + ttft + "_sum)":                                                      OnlyGrows,
		"sum(" + ttft + "_count) or vector(0)":                                       OnlyGrows,
		"sum(" + ttft + "_count) - sum(" + ttft + "_count offset 5m)":                NoFlaw,
		"count(" + ttft + "_count)":                                                  NoFlaw,
		"sum(rate(" + ttft + "_count[5m]))":                                          NoFlaw,
		"absent(" + ttft + "_count)":                                                 NoFlaw,
		"avg(histogram_quantile(0.95, rate(" + ttft + "_bucket[5m])))":               QuantilesTogether,
		"avg(histogram_quantile(0.95, sum by (le) (rate(" + ttft + "_bucket[5m]))))": NoFlaw,
		"sum(histogram_quantile(0.95, rate(" + ttft + "_bucket[5m])))":               QuantilesTogether,
		"max(histogram_quantile(0.95, rate(" + ttft + "_bucket[5m])))":               NoFlaw,
		"quantile(0.95, rate(" + ttft + "_sum[5m]) / rate(" + ttft + "_count[5m]))":  QuantilesTogether,
		"quantile(0.95, vllm:num_requests_waiting)":                                  NoFlaw,
		"sum(rate(" + ttft + "_sum[5m])) * sum(rate(" + ttft + "_count[5m]))":        NoFlaw,
		"sum(vllm:num_requests_waiting) / sum(vllm:num_requests_running)":            NoFlaw,
		`sum({__name__=~"vllm:time_to_first_token_seconds_(sum|count)"})`:            NoFlaw,
	} {
		if flaw, _ := mustParse(t, text).LatencyFlaw(); flaw != want {
			t.Errorf("%s: %d, want %d", text, flaw, want)
		}
	}
}

func TestWithBuckets(t *testing.T) {
	for text, want := range map[string]string{
		"histogram_quantile(0.95, sum(rate(x_bucket[5m])))":             "histogram_quantile(0.95, sum by (le) (rate(x_bucket[5m])))",
		"histogram_quantile(0.95, SUM (rate(x_bucket[5m]))) > 0":        "histogram_quantile(0.95, SUM by (le) (rate(x_bucket[5m]))) > 0",
		"histogram_quantile(0.95, sum by (pod) (rate(x_bucket[5m])))":   "",
		"histogram_quantile(0.95, sum(sum(rate(x_bucket[5m]))))":        "",
		"histogram_quantile(0.95, quantile(0.5, rate(x_bucket[5m])))":   "",
		"histogram_quantile(0.95, sum without () (rate(x_bucket[5m])))": "",
		"sum(vllm:num_requests_waiting)":                                "",
	} {
		if got, ok := mustParse(t, text).WithBuckets(); ok != (want != "") || ok && got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestLatencyWindow(t *testing.T) {
	const ttft = "vllm:time_to_first_token_seconds"
	for text, want := range map[string]string{
		"histogram_quantile(0.95, sum by (le) (rate(" + ttft + "_bucket[5m])))":                     "5m0s",
		"sum(rate(" + ttft + "_sum[1m])) / sum(rate(" + ttft + "_count[2m]))":                       "1m0s",
		"sum(rate(vllm:prompt_tokens_total[1m]))":                                                   "0s",
		"max_over_time(vllm:num_requests_waiting[1m])":                                              "0s",
		"avg_over_time(" + ttft + "_sum[1m])":                                                       "0s",
		"histogram_quantile(0.95, sum by (le) (avg_over_time(rate(" + ttft + "_bucket[5m])[1m:])))": "5m0s",
	} {
		if window, _ := mustParse(t, text).LatencyWindow(); window.String() != want {
			t.Errorf("%s: %s, want %s", text, window, want)
		}
	}
}

func TestNaNAtRest(t *testing.T) {
	for text, want := range map[string]bool{
		"histogram_quantile(0.95, sum by (le) (rate(x_bucket[5m])))":                                        true,
		"histogram_quantile(0.95, sum by (le) (rate(x_bucket[5m]))) or vector(0)":                           true,
		"1000 * histogram_quantile(0.95, sum by (le) (rate(x_bucket[5m])))":                                 true,
		"max(histogram_quantile(0.95, rate(x_bucket[5m])))":                                                 true,
		"clamp_max(histogram_quantile(0.95, rate(x_bucket[5m])), 5)":                                        true,
		"histogram_quantile(0.95, sum by (le) (rate(x_bucket[5m]))) != 0":                                   true,
		"histogram_quantile(0.95, sum by (le) (rate(x_bucket[5m]))) >= 0 or vector(0)":                      false,
		"histogram_quantile(0.95, sum by (le) (rate(x_bucket[5m]))) and sum(y) > 0":                         false,
		"count(histogram_quantile(0.95, rate(x_bucket[5m])))":                                               false,
		"histogram_quantile(0.95, sum by (le) (x_bucket))":                                                  false,
		"histogram_quantile(0.95, sum(rate(x_bucket[5m])))":                                                 false,
		"rate(vllm:e2e_request_latency_seconds_sum[5m]) / rate(vllm:e2e_request_latency_seconds_count[5m])": true,
		"vllm:e2e_request_latency_seconds_sum / vllm:e2e_request_latency_seconds_count":                     false,
		"vector(1) or histogram_quantile(0.95, rate(x_bucket[5m]))":                                         false,
		"sum(vllm:num_requests_waiting)":                                                                    false,
	} {
		if got := mustParse(t, text).NaNAtRest(); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

func TestQuantile(t *testing.T) {
	for text, want := range map[string]string{
		"histogram_quantile(0.5, sum by (le) (rate(vllm:request_queue_time_seconds_bucket[5m])))":                   "0.15 7680",
		"histogram_quantile(0.5, sum by (le) (rate(vllm:time_to_first_token_seconds_bucket[5m]))) * 1000":           "0.5 2.56e+06",
		"histogram_quantile(0.5, sum by (le) (rate(vllm:inter_token_latency_seconds_bucket[5m]))) > 0":              "0.005 80",
		"histogram_quantile(1, sum by (le) (rate(vllm:request_queue_time_seconds_bucket[5m])))":                     "",
		"histogram_quantile(0, sum by (le) (rate(vllm:request_queue_time_seconds_bucket[5m])))":                     "",
		"-histogram_quantile(0.5, sum by (le) (rate(vllm:request_queue_time_seconds_bucket[5m])))":                  "",
		"histogram_quantile(scalar(x), sum by (le) (rate(vllm:request_queue_time_seconds_bucket[5m])))":             "",
		"histogram_quantile(0.5, sum by (le) (rate(sglang:queue_time_seconds_bucket[5m])))":                         "",
		"histogram_quantile(0.5, sum by (le) (rate(vllm:request_queue_time_seconds_bucket[5m]))) + 1":               "",
		"sum(rate(vllm:request_queue_time_seconds_sum[5m])) / sum(rate(vllm:request_queue_time_seconds_count[5m]))": "",
	} {
		got := ""
		if quantile, ok := mustParse(t, text).Quantile(); ok {
			got = fmt.Sprint(quantile.Least, quantile.Most)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
