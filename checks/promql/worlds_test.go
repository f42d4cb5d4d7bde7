package promql

import (
	"fmt"
	"testing"
)

func TestWorlds(t *testing.T) {
	for _, test := range []struct{ query, atZero, without string }{
		{`sum(vllm:num_requests_waiting)`, "0", "empty"},
		{`vllm:num_requests_waiting`, "0", "empty"},
		{`avg_over_time(vllm:num_requests_waiting[5m])`, "0", "empty"},
		{`max_over_time(sum(vllm:num_requests_waiting)[5m:])`, "0", "empty"},
		{`sum(rate(vllm:prompt_tokens_total[1m])) * 60`, "0", "empty"},
		{`sum(a) / count(a)`, "0", "empty"},
		{`sum(a) / scalar(count(b))`, "0", "empty"},
		{`0.5 * sum(a) + sum(b)`, "0", "empty"},
		{`count(a) * sum(b)`, "0", "empty"},
		{`sum(a) + 10`, "10", "empty"},
		{`sum(a + 10)`, "?", "empty"},
		{`avg(a + 10)`, "10", "empty"},
		{`quantile(0.9, a - 1)`, "-1", "empty"},
		{`rate((a + 10)[5m:])`, "?", "empty"},
		{`count(a)`, "?", "empty"},
		{`clamp_min(sum(a), 3)`, "3", "empty"},
		{`clamp_min(sum(a) or vector(0), 3)`, "3", "3"},
		{`clamp_max(sum(a) or vector(9), 3)`, "0", "3"},
		{`clamp(sum(a) or vector(9), 1, 3)`, "1", "3"},
		{`clamp_min(sum(a), scalar(count(a)))`, "?", "empty"},
		{`sum(a) or vector(0)`, "0", "0"},
		{`sum(a) or on() vector(1)`, "0", "1"},
		{`sum(a or vector(0))`, "0", "0"},
		{`sum(a or vector(2))`, "0", "?"},
		{`max(a or vector(2)) / 2`, "0", "1"},
		{`(sum(a) or vector(0)) + (sum(b) or vector(0))`, "0", "0"},
		{`(sum(a) or vector(0)) + sum(b)`, "0", "empty"},
		{`sum(a) or absent(a) * 0`, "0", "0"},
		{`absent(a)`, "0", "1"},
		{`absent_over_time(a[5m])`, "0", "1"},
		{`absent(count(a))`, "?", "1"},
		{`sum(a) > 5`, "0", "empty"},
		{`sum(a) >= 0`, "0", "empty"},
		{`sum(a) + 7 > 5`, "7", "empty"},
		{`5 < sum(a) + 7`, "7", "empty"},
		{`sum(a) < bool 5`, "1", "empty"},
		{`sum(a) > bool 5`, "0", "empty"},
		{`sum(a) == bool 0`, "1", "empty"},
		{`sum(a) != bool 0`, "0", "empty"},
		{`sum(a) <= bool 0`, "1", "empty"},
		{`sum(a) + 1 and sum(b)`, "1", "empty"},
		{`sum(a) unless sum(b)`, "?", "empty"},
		{`vector(1) unless sum(b)`, "?", "1"},
		{`histogram_quantile(0.9, sum by (le) (rate(a_bucket[5m])))`, "?", "empty"},
		{`-sum(a)`, "?", "?"},
		{`sum(a) + time()`, "?", "empty"},
		{`vector(4)`, "4", "4"},
		{`0 / sum(a)`, "0", "empty"},
		{`2 ^ sum(a)`, "1", "empty"},
		{`sum(a) atan2 sum(b)`, "?", "empty"},
	} {
		q := mustParse(t, test.query)
		atZero, without := "?", "?"
		if value, ok := q.AtZero(); ok {
			atZero = fmt.Sprint(value)
		}
		if value, empty, ok := q.WithoutSeries(); empty {
			without = "empty"
		} else if ok {
			without = fmt.Sprint(value)
		}
		if atZero != test.atZero || without != test.without {
			t.Errorf("%s: at zero %s, without series %s", test.query, atZero, without)
		}
	}
}

func TestReadingAtZero(t *testing.T) {
	if value, ok := new(Reading).AtZero(); value != 0 || !ok {
		t.Errorf("a name: %v %v", value, ok)
	}
	if value, ok := (Reading{Query: mustParse(t, "sum(a) + 2")}).AtZero(); value != 2 || !ok {
		t.Errorf("a query: %v %v", value, ok)
	}
}
