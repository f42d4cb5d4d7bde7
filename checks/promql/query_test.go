package promql

import (
	"strings"
	"testing"
)

func mustParse(t *testing.T, text string) *Query {
	t.Helper()
	q, err := Parse(text)
	if err != nil {
		t.Fatalf("Parse(%q): %v", text, err)
	}
	return q
}

func TestWrapSum(t *testing.T) {
	for query, want := range map[string]string{
		"vllm:num_requests_waiting\n": "sum(vllm:num_requests_waiting)",
		"a or vector(0)":              "sum(a or vector(0))",
		"a # why":                     "sum(a # why\n)",
	} {
		got := mustParse(t, query).WrapSum()
		if got != want {
			t.Errorf("%q: %q, want %q", query, got, want)
		}
		if mustParse(t, got).Series() != One {
			t.Errorf("%q is not one series", got)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for _, query := range []string{"", " \n", "sum(", "avg(<<.Series>>)", "{{ .Values.query }}", "rate(x)"} {
		if _, err := Parse(query); err == nil {
			t.Errorf("Parse(%q) has no error", query)
		}
	}
}

// Long and deeply nested queries take polynomial time.
func TestNested(t *testing.T) {
	const depth = 60
	for _, level := range []string{
		`sum(%)`, `a / (a + %)`, `vllm:kv_cache_usage_perc / (vllm:kv_cache_usage_perc + %)`,
		`avg(a) or (%)`, `clamp_max(a, scalar(%))`, `a * on() group_left() (%)`,
	} {
		query := "vllm:num_requests_waiting"
		for range depth {
			query = strings.ReplaceAll(level, "%", query)
		}
		askAll(mustParse(t, query))
	}
}

func askAll(q *Query) {
	q.Shape()
	q.ShapeWhy()
	q.Aggregation()
	q.SumInstead()
	q.WrapSum()
	q.Series()
	q.SeriesWhy()
	q.Bound()
	q.Scale()
	q.Measures()
	q.NullGuard()
	q.Scoped()
	for _, u := range q.Uses() {
		_ = u.Selector.String()
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`avg(vllm:num_requests_waiting{pod=~"a.*"}) * 100 or on() vector(0)`,
		`histogram_quantile(0.9, sum by (le) (rate({__name__=~"vllm.*_bucket"}[5m])))`,
		`sum(a) / scalar(count(a)) > bool 2`, `topk(1, a) unless b`, `clamp(a, 1, 2) % 3 ^ -a`,
		`sum without (pod) (a) and on(x) group_left() b offset 5m @ start()`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if q, err := Parse(text); err == nil {
			askAll(q)
		}
	})
}
