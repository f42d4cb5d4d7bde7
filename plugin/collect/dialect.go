package collect

import (
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

// reading says how a series becomes a number.
type reading uint8

const (
	gauge    reading = iota // its value, summed up over a pod's engines
	share                   // its value, the largest of a pod's engines
	rate                    // its increase per second
	quantile                // a quantile of a histogram of durations
)

// term is how an engine says one logical metric. Of several terms for one metric
// the first that has a series counts.
type term struct {
	metric signals.Metric
	read   reading
	// series are the names that the engine gave it over time, newest first:
	// the first that is there counts. Of a histogram it is the base name.
	series []string
	// label and value choose among the series of a name; empty: all of them.
	label, value string
	// q is the quantile, 0 to 1.
	q float64
	// scale turns the engine's unit into the metric's; 0 is 1.
	scale float64
}

func (t term) factor() float64 {
	if t.scale == 0 {
		return 1
	}
	return t.scale
}

// Quantiles of the logical metrics.
const (
	ttftQuantile = 0.95
	e2eQuantile  = 0.99
)

// dialect is how an engine says the logical metrics; scrape and PromQL read the
// same rows. The names are those of the metric table in checks/inventory, where
// their sources stand; a test compares them.
func dialect(engine inventory.EngineID) []term {
	switch engine {
	case inventory.VLLM:
		return vllmTerms("vllm:")
	case inventory.SGLang:
		return sglangTerms()
	case inventory.Dynamo: // its workers export their engine's names
		return append(vllmTerms("vllm:"), sglangTerms()...)
	case inventory.NIM:
		return nimTerms()
	case inventory.TGI:
		return []term{
			{metric: signals.QueueDepth, series: []string{"tgi_queue_size"}},
			{metric: signals.Running, series: []string{"tgi_batch_current_size"}},
			{metric: signals.EndToEndP99, read: quantile, series: []string{"tgi_request_duration"}, q: e2eQuantile},
		}
	case inventory.Triton:
		return tritonTerms()
	case inventory.TRTLLM:
		return []term{
			{metric: signals.QueueDepth, series: []string{"trtllm_num_requests_waiting"}},
			{metric: signals.Running, series: []string{"trtllm_num_requests_running"}},
			{metric: signals.KVCacheUsage, read: share, series: []string{"trtllm_kv_cache_utilization"}},
		}
	case inventory.LlamaCpp:
		return []term{
			{metric: signals.QueueDepth, series: []string{"llamacpp:requests_deferred"}},
			{metric: signals.Running, series: []string{"llamacpp:requests_processing"}},
			{metric: signals.GenerationTokens, read: rate, series: []string{"llamacpp:tokens_predicted_total"}},
			{metric: signals.PromptTokens, read: rate, series: []string{"llamacpp:prompt_tokens_total"}},
		}
	case inventory.RayServe: // passes vLLM's on under names of its own
		return vllmTerms("ray_vllm_")
	}
	return nil
}

func vllmTerms(prefix string) []term {
	return []term{
		{metric: signals.QueueDepth, series: []string{prefix + "num_requests_waiting"}},
		{metric: signals.Running, series: []string{prefix + "num_requests_running"}},
		{metric: signals.KVCacheUsage, read: share, series: []string{prefix + "kv_cache_usage_perc", prefix + "gpu_cache_usage_perc"}},
		{metric: signals.TTFTp95, read: quantile, series: []string{prefix + "time_to_first_token_seconds"}, q: ttftQuantile},
		{metric: signals.EndToEndP99, read: quantile, series: []string{prefix + "e2e_request_latency_seconds"}, q: e2eQuantile},
		{metric: signals.GenerationTokens, read: rate, series: []string{prefix + "generation_tokens_total"}},
		{metric: signals.PromptTokens, read: rate, series: []string{prefix + "prompt_tokens_total"}},
	}
}

func sglangTerms() []term {
	return []term{
		{metric: signals.QueueDepth, series: []string{"sglang:num_queue_reqs"}},
		{metric: signals.Running, series: []string{"sglang:num_running_reqs"}},
		{metric: signals.KVCacheUsage, read: share, series: []string{"sglang:token_usage"}},
		{metric: signals.TTFTp95, read: quantile, series: []string{"sglang:time_to_first_token_seconds"}, q: ttftQuantile},
		{metric: signals.EndToEndP99, read: quantile, series: []string{"sglang:e2e_request_latency_seconds"}, q: e2eQuantile},
		{metric: signals.GenerationTokens, read: rate, series: []string{"sglang:generation_tokens_total"}},
		{metric: signals.PromptTokens, read: rate, series: []string{"sglang:prompt_tokens_total"}},
	}
}

func nimTerms() []term {
	return []term{
		{metric: signals.QueueDepth, series: []string{"num_requests_waiting", "vllm:num_requests_waiting"}},
		{metric: signals.Running, series: []string{"num_requests_running", "vllm:num_requests_running"}},
		{metric: signals.KVCacheUsage, read: share, series: []string{"gpu_cache_usage_perc", "vllm:kv_cache_usage_perc"}},
		{metric: signals.TTFTp95, read: quantile, series: []string{"time_to_first_token_seconds", "vllm:time_to_first_token_seconds"}, q: ttftQuantile},
		{metric: signals.EndToEndP99, read: quantile, series: []string{"e2e_request_latency_seconds", "vllm:e2e_request_latency_seconds"}, q: e2eQuantile},
	}
}

func tritonTerms() []term {
	return []term{
		{metric: signals.QueueDepth, series: []string{"nv_trt_llm_request_metrics"}, label: "request_type", value: "waiting"},
		{metric: signals.QueueDepth, series: []string{"nv_inference_pending_request_count"}},
		{metric: signals.Running, series: []string{"nv_trt_llm_request_metrics"}, label: "request_type", value: "active"},
		{metric: signals.KVCacheUsage, read: share, series: []string{"nv_trt_llm_kv_cache_block_metrics"}, label: "kv_cache_block_type", value: "fraction"},
	}
}

// dcgmTerms are dcgm-exporter's names (etc/default-counters.csv).
func dcgmTerms() []term {
	return []term{
		{metric: signals.GPUUtilisation, series: []string{"DCGM_FI_DEV_GPU_UTIL"}},
		{metric: signals.GPUUtilisation, series: []string{"DCGM_FI_PROF_GR_ENGINE_ACTIVE"}, scale: 100}, // MIG slices have no other
		{metric: signals.GPUMemoryUsed, series: []string{"DCGM_FI_DEV_FB_USED"}},
	}
}
