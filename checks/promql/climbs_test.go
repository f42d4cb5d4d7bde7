package promql

import "testing"

func TestClimbs(t *testing.T) {
	for text, want := range map[string]string{
		`sum(vllm:generation_tokens_total)`:                                               "vllm:generation_tokens_total",
		`sum(avg_over_time(sglang:num_requests_total[5m])) / 60 * 60 + 1`:                 "",
		`sum(avg_over_time(sglang:num_requests_total[5m])) * 2`:                           "sglang:num_requests_total",
		`sum(rate(vllm:prompt_tokens_total[1m])) + sum(vllm:generation_tokens_total)`:     "vllm:generation_tokens_total",
		`sum(increase(vllm:request_success_total[1m]))`:                                   "",
		`sum(rate(vllm:request_success_total[1m]) or vector(0))`:                          "",
		`sum(deriv(vllm:request_success_total[5m]))`:                                      "",
		`max_over_time(rate(vllm:generation_tokens_total[1m])[5m:30s])`:                   "",
		`rate(sum(vllm:generation_tokens_total)[5m:30s])`:                                 "",
		`sum(vllm:generation_tokens_total) - sum(vllm:generation_tokens_total offset 5m)`: "",
		`sum(vllm:prefix_cache_hits_total) / sum(vllm:prefix_cache_queries_total)`:        "",
		`count(vllm:generation_tokens_total)`:                                             "",
		`sum(vllm:num_requests_waiting)`:                                                  "",
		`sum(my_tokens_total)`:                                                            "",
	} {
		q, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := q.Climbs(); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}
