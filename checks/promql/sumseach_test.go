package promql

import (
	"strings"
	"testing"
)

func TestSumsEach(t *testing.T) {
	for text, want := range map[string]string{
		"sum(vllm:num_requests_waiting)":                                           "vllm:num_requests_waiting",
		"sum(vllm:num_requests_waiting) + sum(vllm:num_requests_running)":          "vllm:num_requests_waiting vllm:num_requests_running",
		"sum(avg_over_time(vllm:num_requests_waiting[1m])) or vector(0)":           "vllm:num_requests_waiting",
		"sum by (namespace) (vllm:num_requests_waiting)":                           "vllm:num_requests_waiting",
		"sum without (job) (vllm:num_requests_waiting)":                            "",
		"sum without (job, service, endpoint, server) (vllm:num_requests_waiting)": "vllm:num_requests_waiting",
		"sum by (job) (vllm:num_requests_waiting)":                                 "",
		"sum(max by (pod, engine) (vllm:num_requests_waiting))":                    "",
		"avg(vllm:num_requests_waiting)":                                           "",
		"vllm:num_requests_waiting":                                                "",
		"sum(vllm:num_requests_waiting) / sum(vllm:num_requests_running)":          "",
		`sum({__name__=~"vllm:num_requests_waiting.*"})`:                           "vllm:num_requests_waiting vllm:num_requests_waiting_by_reason",
	} {
		var got []string
		for _, u := range mustParse(t, text).SumsEach() {
			got = append(got, u.Name)
		}
		if names := strings.Join(got, " "); names != want {
			t.Errorf("%s: %q, want %q", text, names, want)
		}
	}
}

func TestWithoutRouter(t *testing.T) {
	for text, want := range map[string]string{
		"sum(vllm:num_requests_waiting)":                                                `sum(vllm:num_requests_waiting{server=""})`,
		`sum(vllm:num_requests_waiting{namespace="a"}) + sum(vllm:kv_cache_usage_perc)`: `sum(vllm:num_requests_waiting{namespace="a",server=""}) + sum(vllm:kv_cache_usage_perc)`,
		`sum(vllm:num_requests_waiting{server=""})`:                                     "",
		"sum(vllm:num_requests_waiting offset 1m)":                                      "",
		"sum(vllm:kv_cache_usage_perc)":                                                 "",
	} {
		if got, ok := mustParse(t, text).WithoutRouter(); ok != (want != "") || ok && got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestTakesRouter(t *testing.T) {
	for text, want := range map[string]bool{
		"vllm:num_requests_waiting":                               true,
		`vllm:num_requests_waiting{namespace="a"}`:                true,
		`vllm:num_requests_waiting{namespace="b"}`:                false,
		`vllm:num_requests_waiting{namespace="a",model_name="m"}`: false,
		`vllm:num_requests_waiting{server=""}`:                    false,
		`{__name__="vllm:num_requests_waiting"}`:                  true,
	} {
		if got := mustParse(t, text).Uses()[0].Selector.TakesRouter("a"); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}
