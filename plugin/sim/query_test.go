package sim

import (
	"math"
	"testing"
)

// What is evaluated here comes out as it does of Prometheus' own engine; the
// rest is the engine's.
func TestQueries(t *testing.T) {
	w := demo(t)
	for range 50 {
		next(t, w)
	}
	for _, q := range []struct {
		text   string
		fast   bool
		series int
	}{
		{`sum(vllm:num_requests_waiting{namespace="inference"})`, true, 1},
		{`avg(vllm:num_requests_waiting{namespace="inference",pod=~"vllm-llama3.*"})`, true, 1},
		{`max(vllm:num_requests_running{pod!~"vllm-llama3.*"})`, true, 1},
		{`min(vllm:kv_cache_usage_perc)`, true, 1},
		{`count(vllm:num_requests_running)`, true, 1},
		{`(sum(vllm:num_requests_running) + sum(vllm:num_requests_waiting)) / 2`, true, 1},
		{`sum(sglang:num_running_reqs) or vector(0)`, true, 1},
		{`sum(nothing_of_the_kind) or vector(7)`, true, 1},
		{`sum(nothing_of_the_kind)`, true, 0},
		{`sum(nothing_of_the_kind) + sum(vllm:num_requests_running)`, true, 0},
		{`avg(DCGM_FI_DEV_GPU_UTIL{namespace="chat"})`, true, 1},
		{`sum(up{namespace="inference"})`, true, 1},
		{`vllm:num_requests_waiting{pod=~"vllm-llama3.*"}`, false, 4},
		{`sum by (namespace) (vllm:num_requests_running)`, false, 2},
		{`sum(rate(vllm:generation_tokens_total{namespace="inference"}[2m]))`, false, 1},
		{`histogram_quantile(0.95, sum by (le) (rate(vllm:time_to_first_token_seconds_bucket{namespace="inference"}[5m])))`, false, 1},
		{`sum(max_over_time(vllm:num_requests_waiting[10m]))`, false, 1},
		{`scalar(sum(vllm:num_requests_running))`, false, 1},
	} {
		e := newExpression(q.text)
		value, count, err := e.one(w)
		if err != nil || count != q.series || (e.fast != nil) != q.fast {
			t.Errorf("%s: %v in %d series, %v (fast: %v)", q.text, value, count, err, e.fast != nil)
			continue
		}
		points, err := w.instant(q.text)
		if err != nil || len(points) != count || count > 0 && math.Abs(points[0].value-value) > 1e-9 {
			t.Errorf("%s: %v, the engine says %v, %v", q.text, value, points, err)
		}
		if count > 0 && value == 0 && q.fast {
			t.Errorf("%s: 0 tells nothing", q.text)
		}
	}
	if _, _, err := newExpression("sum(").one(w); err == nil {
		t.Error("a query that cannot be parsed has a value")
	}
}
