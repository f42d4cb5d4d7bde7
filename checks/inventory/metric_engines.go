package inventory

// Source: vLLM, vllm/v1/metrics/loggers.py and docs/usage/metrics (to v0.32);
// counters appear with _total, which the Python client adds. What was taken
// away and when: the versions in which the pull requests #29330 and #32661
// landed and the project's policy (deprecated in X.Y, hidden in X.Y+1, removed
// in X.Y+2). The router of vLLM's production-stack exports several of these
// names as well, with a label "server".
func vllmMetrics() []Metric {
	return []Metric{
		requests(VLLM, MeansWaiting, "vllm:num_requests_waiting"),
		requests(VLLM, MeansWaiting, "vllm:num_requests_waiting_by_reason"), // sums up to num_requests_waiting
		requests(VLLM, MeansRunning, "vllm:num_requests_running"),
		share(VLLM, MeansKVCache, "vllm:kv_cache_usage_perc"),
		gauge(VLLM, MeansOther, "", "vllm:engine_sleep_state"),
		gauge(VLLM, MeansOther, "", "vllm:cache_config_info"),
		gauge(VLLM, MeansOther, "", "vllm:lora_requests_info"),
		latency(VLLM, "seconds", "vllm:time_to_first_token_seconds"),
		latency(VLLM, "seconds", "vllm:inter_token_latency_seconds"),
		latency(VLLM, "seconds", "vllm:request_time_per_output_token_seconds"),
		latency(VLLM, "seconds", "vllm:e2e_request_latency_seconds"),
		latency(VLLM, "seconds", "vllm:request_queue_time_seconds"),
		latency(VLLM, "seconds", "vllm:request_inference_time_seconds"),
		latency(VLLM, "seconds", "vllm:request_prefill_time_seconds"),
		latency(VLLM, "seconds", "vllm:request_decode_time_seconds"),
		counter(VLLM, "tokens", "vllm:prompt_tokens_total"),
		counter(VLLM, "tokens", "vllm:prompt_tokens_cached_total"),
		counter(VLLM, "tokens", "vllm:prompt_tokens_by_source_total"),
		counter(VLLM, "tokens", "vllm:generation_tokens_total"),
		counter(VLLM, "tokens", "vllm:prefix_cache_queries_total"),
		counter(VLLM, "tokens", "vllm:prefix_cache_hits_total"),
		counter(VLLM, "tokens", "vllm:external_prefix_cache_queries_total"),
		counter(VLLM, "tokens", "vllm:external_prefix_cache_hits_total"),
		counter(VLLM, "requests", "vllm:request_success_total"),
		counter(VLLM, "requests", "vllm:num_preemptions_total"),
		sizes(VLLM, "tokens", "vllm:iteration_tokens_total"),
		sizes(VLLM, "tokens", "vllm:request_prompt_tokens"),
		sizes(VLLM, "tokens", "vllm:request_generation_tokens"),
		sizes(VLLM, "tokens", "vllm:request_max_num_generation_tokens"),
		sizes(VLLM, "tokens", "vllm:request_params_max_tokens"),
		sizes(VLLM, "", "vllm:request_params_n"),

		hidden(share(VLLM, MeansKVCache, "vllm:gpu_cache_usage_perc"), "0.11", "0.12", "vllm:kv_cache_usage_perc"),
		hidden(counter(VLLM, "tokens", "vllm:gpu_prefix_cache_queries_total"), "0.11", "0.12", "vllm:prefix_cache_queries_total"),
		hidden(counter(VLLM, "tokens", "vllm:gpu_prefix_cache_hits_total"), "0.11", "0.12", "vllm:prefix_cache_hits_total"),
		hidden(latency(VLLM, "seconds", "vllm:time_per_output_token_seconds"), "0.12", "0.13", "vllm:inter_token_latency_seconds"),
		hidden(requests(VLLM, MeansOther, "vllm:num_requests_swapped"), "0.9", "0.10", ""),
		hidden(share(VLLM, MeansOther, "vllm:cpu_cache_usage_perc"), "0.9", "0.10", ""),
		hidden(share(VLLM, MeansOther, "vllm:gpu_prefix_cache_hit_rate"), "0.9", "0.10", ""),
		hidden(share(VLLM, MeansOther, "vllm:cpu_prefix_cache_hit_rate"), "0.9", "0.10", ""),
		hidden(latency(VLLM, "seconds", "vllm:time_in_queue_requests"), "0.9", "0.10", "vllm:request_queue_time_seconds"),
		hidden(latency(VLLM, "milliseconds", "vllm:model_forward_time_milliseconds"), "0.9", "0.10", ""),
		hidden(latency(VLLM, "milliseconds", "vllm:model_execute_time_milliseconds"), "0.9", "0.10", ""),

		// Only the production-stack router has these names
		// (src/vllm_router/services/metrics_service).
		gateway(gauge("", MeansGatewayLoad, "", "vllm:current_qps")),
		gateway(requests("", MeansGatewayLoad, "vllm:num_prefill_requests")),
		gateway(requests("", MeansGatewayLoad, "vllm:num_decoding_requests")),
		gateway(counter("", "requests", "vllm:num_incoming_requests_total")),
		averaged(gauge("", MeansLatency, "seconds", "vllm:avg_latency")),
		averaged(gauge("", MeansLatency, "seconds", "vllm:avg_itl")),
		gateway(latency("", "seconds", "vllm:request_latency_seconds")),
	}
}

// Source: SGLang, python/sglang/srt/observability/metrics_collector.py.
// time_per_output_token_seconds is the name before inter_token_latency_seconds.
func sglangMetrics() []Metric {
	return []Metric{
		requests(SGLang, MeansWaiting, "sglang:num_queue_reqs"),
		requests(SGLang, MeansOther, "sglang:num_grammar_queue_reqs"),
		requests(SGLang, MeansRunning, "sglang:num_running_reqs"),
		share(SGLang, MeansKVCache, "sglang:token_usage"),
		share(SGLang, MeansKVCache, "sglang:full_token_usage"),
		share(SGLang, MeansKVCache, "sglang:swa_token_usage"),
		share(SGLang, MeansKVCache, "sglang:mamba_usage"),
		share(SGLang, MeansOther, "sglang:cache_hit_rate"),
		gauge(SGLang, MeansOther, "tokens", "sglang:num_used_tokens"),
		gauge(SGLang, MeansOther, "tokens", "sglang:max_total_num_tokens"),
		gauge(SGLang, MeansThroughput, "tokens", "sglang:gen_throughput"), // per second
		latency(SGLang, "seconds", "sglang:time_to_first_token_seconds"),
		latency(SGLang, "seconds", "sglang:inter_token_latency_seconds"),
		latency(SGLang, "seconds", "sglang:time_per_output_token_seconds"),
		latency(SGLang, "seconds", "sglang:e2e_request_latency_seconds"),
		latency(SGLang, "seconds", "sglang:queue_time_seconds"),
		counter(SGLang, "tokens", "sglang:prompt_tokens_total"),
		counter(SGLang, "tokens", "sglang:generation_tokens_total"),
		counter(SGLang, "tokens", "sglang:cached_tokens_total"),
		counter(SGLang, "requests", "sglang:num_requests_total"),
		counter(SGLang, "requests", "sglang:num_aborted_requests_total"),
	}
}

// Source: text-generation-inference, docs/source/reference/metrics.md. Its
// counters have no _total.
func tgiMetrics() []Metric {
	return []Metric{
		requests(TGI, MeansWaiting, "tgi_queue_size"),
		requests(TGI, MeansRunning, "tgi_batch_current_size"),
		gauge(TGI, MeansOther, "tokens", "tgi_batch_current_max_tokens"),
		latency(TGI, "seconds", "tgi_request_duration"),
		latency(TGI, "seconds", "tgi_request_queue_duration"),
		latency(TGI, "seconds", "tgi_request_inference_duration"),
		latency(TGI, "seconds", "tgi_request_validation_duration"),
		latency(TGI, "seconds", "tgi_request_mean_time_per_token_duration"),
		latency(TGI, "seconds", "tgi_batch_inference_duration"),
		latency(TGI, "seconds", "tgi_batch_forward_duration"),
		latency(TGI, "seconds", "tgi_batch_decode_duration"),
		latency(TGI, "seconds", "tgi_batch_filter_duration"),
		counter(TGI, "requests", "tgi_request_count"),
		counter(TGI, "requests", "tgi_request_success"),
		counter(TGI, "", "tgi_batch_inference_count"),
		counter(TGI, "", "tgi_batch_inference_success"),
		sizes(TGI, "tokens", "tgi_request_generated_tokens"),
		sizes(TGI, "tokens", "tgi_request_input_length"),
		sizes(TGI, "tokens", "tgi_request_max_new_tokens"),
		sizes(TGI, "tokens", "tgi_request_skipped_tokens"),
		sizes(TGI, "requests", "tgi_batch_next_size"),
	}
}

// Source: llama.cpp, tools/server/README.md. The two KV cache gauges went in
// May 2025 (#13660); the README followed a year later (#22879).
func llamaCppMetrics() []Metric {
	return []Metric{
		requests(LlamaCpp, MeansWaiting, "llamacpp:requests_deferred"),
		requests(LlamaCpp, MeansRunning, "llamacpp:requests_processing"),
		gauge(LlamaCpp, MeansOther, "requests", "llamacpp:n_busy_slots_per_decode"),
		gauge(LlamaCpp, MeansThroughput, "tokens", "llamacpp:prompt_tokens_seconds"),    // per second
		gauge(LlamaCpp, MeansThroughput, "tokens", "llamacpp:predicted_tokens_seconds"), // per second
		counter(LlamaCpp, "tokens", "llamacpp:prompt_tokens_total"),
		counter(LlamaCpp, "tokens", "llamacpp:tokens_predicted_total"),
		counter(LlamaCpp, "seconds", "llamacpp:prompt_seconds_total"),
		counter(LlamaCpp, "seconds", "llamacpp:tokens_predicted_seconds_total"),
		counter(LlamaCpp, "", "llamacpp:n_decode_total"),
		hidden(share(LlamaCpp, MeansKVCache, "llamacpp:kv_cache_usage_ratio"), "", "2025-05", ""),
		hidden(gauge(LlamaCpp, MeansOther, "tokens", "llamacpp:kv_cache_tokens"), "", "2025-05", ""),
	}
}
