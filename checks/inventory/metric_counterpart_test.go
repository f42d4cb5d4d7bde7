package inventory

import "testing"

func TestCounterpart(t *testing.T) {
	for _, test := range []struct {
		series string
		engine EngineID
		want   string
	}{
		{"vllm:num_requests_waiting", SGLang, "sglang:num_queue_reqs"},
		{"vllm:num_requests_running", TGI, "tgi_batch_current_size"},
		{"sglang:token_usage", VLLM, "vllm:kv_cache_usage_perc"},
		{"vllm:kv_cache_usage_perc", SGLang, "sglang:token_usage"},
		{"vllm:kv_cache_usage_perc", TGI, ""},
		{"vllm:kv_cache_usage_perc", LlamaCpp, ""},
		{"vllm:prompt_tokens_total", SGLang, ""},
		{"tgi_queue_size", LlamaCpp, "llamacpp:requests_deferred"},
	} {
		m, _ := LookupMetric(test.series)
		if got, _ := Counterpart(m, test.engine); got.Name != test.want {
			t.Errorf("%s for %s: %q, want %q", test.series, test.engine, got.Name, test.want)
		}
	}
}

func TestOwnSeries(t *testing.T) {
	for _, test := range []struct {
		engine, of EngineID
		want       bool
	}{
		{VLLM, SGLang, true},
		{Triton, VLLM, false},
		{Triton, TRTLLM, false},
		{Triton, TGI, true},
		{NIM, VLLM, false},
		{Dynamo, SGLang, false},
		{OtherEngine, VLLM, false},
	} {
		if got := EngineOf(test.engine).OwnSeries(test.of); got != test.want {
			t.Errorf("%s of %s: %v", test.engine, test.of, got)
		}
	}
}
