package promql

import "testing"

func TestOverEngines(t *testing.T) {
	for query, want := range map[string]string{
		`avg(vllm:num_requests_waiting) by (pod)`:                               "avg",
		`sum(avg_over_time(vllm:num_requests_waiting[1m])) by (pod)`:            "sum",
		`max(max_over_time((vllm:num_requests_waiting)[1m:])) without (engine)`: "max",
		`avg(sum(vllm:num_requests_waiting) by (pod)) by (pod)`:                 "sum",
		`avg(vllm:num_requests_waiting) by (pod, engine)`:                       "",
		`avg(vllm:num_requests_waiting) without (pod)`:                          "",
		`avg(vllm:num_requests_waiting{engine="0"}) by (pod)`:                   "",
		`avg(2 * vllm:num_requests_waiting) by (pod)`:                           "",
		`avg(rate(vllm:request_success_total[1m])) by (pod)`:                    "",
		`avg(vllm:num_requests_waiting) + sum(vllm:num_requests_running)`:       "",
		`vllm:num_requests_waiting`:                                             "",
		`avg(absent(vllm:num_requests_waiting))`:                                "",
	} {
		if got := mustParse(t, query).OverEngines(); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
}
