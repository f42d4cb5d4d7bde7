package inventory

// Source: Triton, docs/user_guide/metrics.md, and the TensorRT-LLM backend's
// batch manager statistics (nv_trt_llm_*). One series of nv_trt_llm_* holds
// several things, told apart by a label: request_type waiting, context,
// scheduled, active and max; kv_cache_block_type fraction, used, free, max and
// tokens_per. So these two rows say nothing about unit and bound. The latencies
// in microseconds are counters of accumulated time.
func tritonMetrics() []Metric {
	return []Metric{
		requests(Triton, MeansWaiting, "nv_inference_pending_request_count"),
		requests(Triton, MeansOther, "nv_trt_llm_request_metrics"),
		gauge(Triton, MeansKVCache, "", "nv_trt_llm_kv_cache_block_metrics"),
		latency(Triton, "milliseconds", "nv_inference_first_response_histogram_ms"),
		summary(Triton, "microseconds", "nv_inference_request_summary_us"),
		summary(Triton, "microseconds", "nv_inference_queue_summary_us"),
		summary(Triton, "microseconds", "nv_inference_compute_infer_summary_us"),
		spent(Triton, "microseconds", "nv_inference_request_duration_us"),
		spent(Triton, "microseconds", "nv_inference_queue_duration_us"),
		spent(Triton, "microseconds", "nv_inference_compute_input_duration_us"),
		spent(Triton, "microseconds", "nv_inference_compute_infer_duration_us"),
		spent(Triton, "microseconds", "nv_inference_compute_output_duration_us"),
		counter(Triton, "requests", "nv_inference_request_success"),
		counter(Triton, "requests", "nv_inference_request_failure"),
		counter(Triton, "requests", "nv_inference_count"),
		counter(Triton, "", "nv_inference_exec_count"),
		share(Triton, MeansGPUUtil, "nv_gpu_utilization"),
		gauge(Triton, MeansGPUMemory, "bytes", "nv_gpu_memory_used_bytes"),
		gauge(Triton, MeansOther, "bytes", "nv_gpu_memory_total_bytes"),
	}
}

// summary is a Prometheus summary of durations; without a suffix its series
// are quantiles.
func summary(engine EngineID, unit, name string) Metric {
	return Metric{Name: name, Engine: engine, Meaning: MeansLatency, Type: Summary, Unit: unit}
}

// spent is a counter of accumulated time.
func spent(engine EngineID, unit, name string) Metric {
	return Metric{Name: name, Engine: engine, Meaning: MeansLatency, Type: Counter, Unit: unit}
}

// Source: TensorRT-LLM, tensorrt_llm/metrics/collector.py.
func trtllmMetrics() []Metric {
	return []Metric{
		requests(TRTLLM, MeansWaiting, "trtllm_num_requests_waiting"),
		requests(TRTLLM, MeansRunning, "trtllm_num_requests_running"),
		requests(TRTLLM, MeansOther, "trtllm_max_num_active_requests"),
		share(TRTLLM, MeansKVCache, "trtllm_kv_cache_utilization"),
		share(TRTLLM, MeansOther, "trtllm_kv_cache_host_utilization"),
		share(TRTLLM, MeansOther, "trtllm_kv_cache_hit_rate"),
		latency(TRTLLM, "seconds", "trtllm_time_to_first_token_seconds"),
		latency(TRTLLM, "seconds", "trtllm_time_per_output_token_seconds"),
		latency(TRTLLM, "seconds", "trtllm_e2e_request_latency_seconds"),
		latency(TRTLLM, "seconds", "trtllm_request_queue_time_seconds"),
		latency(TRTLLM, "seconds", "trtllm_request_prefill_time_seconds"),
		latency(TRTLLM, "seconds", "trtllm_request_decode_time_seconds"),
		latency(TRTLLM, "seconds", "trtllm_request_inference_time_seconds"),
		counter(TRTLLM, "tokens", "trtllm_prompt_tokens_total"),
		counter(TRTLLM, "tokens", "trtllm_generation_tokens_total"),
		counter(TRTLLM, "requests", "trtllm_request_success_total"),
		counter(TRTLLM, "requests", "trtllm_num_requests_completed_total"),
	}
}

// Source: NIM for LLMs, observability page. The names carry no prefix, so a
// series of this name may as well be another exporter's.
func nimMetrics() []Metric {
	return []Metric{
		requests(NIM, MeansWaiting, "num_requests_waiting"),
		requests(NIM, MeansRunning, "num_requests_running"),
		requests(NIM, MeansOther, "num_request_max"),
		share(NIM, MeansKVCache, "gpu_cache_usage_perc"),
		latency(NIM, "seconds", "time_to_first_token_seconds"),
		latency(NIM, "seconds", "time_per_output_token_seconds"),
		latency(NIM, "seconds", "e2e_request_latency_seconds"),
		counter(NIM, "tokens", "prompt_tokens_total"),
		counter(NIM, "tokens", "generation_tokens_total"),
		counter(NIM, "requests", "request_finish_total"),
		sizes(NIM, "tokens", "request_prompt_tokens"),
		sizes(NIM, "tokens", "request_generation_tokens"),
	}
}

// Source: Ray Serve, test_metrics.py and the Serve dashboard of the Ray
// repository. The proxy and the handles measure in front of the replicas.
func rayServeMetrics() []Metric {
	return []Metric{
		requests(RayServe, MeansWaiting, "ray_serve_deployment_queued_queries"),
		requests(RayServe, MeansRunning, "ray_serve_replica_processing_queries"),
		gateway(requests(RayServe, MeansGatewayLoad, "ray_serve_num_ongoing_http_requests")),
		gateway(requests(RayServe, MeansGatewayLoad, "ray_serve_num_ongoing_grpc_requests")),
		latency(RayServe, "milliseconds", "ray_serve_deployment_processing_latency_ms"),
		latency(RayServe, "milliseconds", "ray_serve_http_request_latency_ms"),
		counter(RayServe, "requests", "ray_serve_deployment_request_counter_total"),
		counter(RayServe, "requests", "ray_serve_num_http_requests_total"),
	}
}

// Source: NVIDIA Dynamo, metrics catalog (v1.0 to v1.6). The frontend is in
// front of the workers; its queued requests wait for their first token, so
// prefill counts as waiting there. The kvstats names were dropped in favour of
// the shorter ones, both are 0 to 1 in spite of "percent".
func dynamoMetrics() []Metric {
	return []Metric{
		gateway(requests("", MeansGatewayLoad, "dynamo_frontend_queued_requests")),
		gateway(requests("", MeansGatewayLoad, "dynamo_frontend_inflight_requests")),
		gateway(requests("", MeansGatewayLoad, "dynamo_frontend_active_requests")),
		gateway(latency("", "seconds", "dynamo_frontend_time_to_first_token_seconds")),
		gateway(latency("", "seconds", "dynamo_frontend_inter_token_latency_seconds")),
		gateway(latency("", "seconds", "dynamo_frontend_request_duration_seconds")),
		gateway(counter("", "requests", "dynamo_frontend_requests_total")),
		gateway(counter("", "tokens", "dynamo_frontend_output_tokens_total")),
		gateway(sizes("", "tokens", "dynamo_frontend_input_sequence_tokens")),
		gateway(sizes("", "tokens", "dynamo_frontend_output_sequence_tokens")),
		requests(Dynamo, MeansRunning, "dynamo_component_inflight_requests"),
		latency(Dynamo, "seconds", "dynamo_component_request_duration_seconds"),
		counter(Dynamo, "requests", "dynamo_component_requests_total"),
		share(Dynamo, MeansKVCache, "dynamo_component_gpu_cache_usage_percent"),
		share(Dynamo, MeansKVCache, "dynamo_component_kvstats_gpu_cache_usage_percent"),
		share(Dynamo, MeansOther, "dynamo_component_kvstats_gpu_prefix_cache_hit_rate"),
		gauge(Dynamo, MeansOther, "blocks", "dynamo_component_kvstats_active_blocks"),
		gauge(Dynamo, MeansOther, "blocks", "dynamo_component_kvstats_total_blocks"),
	}
}

// Source: dcgm-exporter etc/default-counters.csv and dcp-metrics-included.csv
// (DCGM_FI_*; GR_ENGINE_UTIL_RATIO is go-dcgm's newer name of
// GR_ENGINE_ACTIVE); nvidia_gpu_exporter (nvidia_smi_*); the older
// nvidia_gpu_prometheus_exporter (nvidia_gpu_*); cAdvisor and GKE
// (container_accelerator_*).
func hardwareMetrics() []Metric {
	return []Metric{
		percent("DCGM_FI_DEV_GPU_UTIL"),
		percent("DCGM_FI_DEV_MEM_COPY_UTIL"),
		share("", MeansGPUUtil, "DCGM_FI_PROF_GR_ENGINE_ACTIVE"),
		share("", MeansGPUUtil, "DCGM_FI_PROF_GR_ENGINE_UTIL_RATIO"),
		share("", MeansGPUUtil, "DCGM_FI_PROF_SM_ACTIVE"),
		share("", MeansGPUUtil, "DCGM_FI_PROF_SM_OCCUPANCY"),
		share("", MeansGPUUtil, "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE"),
		share("", MeansGPUUtil, "DCGM_FI_PROF_DRAM_ACTIVE"),
		gauge("", MeansGPUMemory, "MiB", "DCGM_FI_DEV_FB_USED"),
		gauge("", MeansGPUMemory, "MiB", "DCGM_FI_DEV_FB_FREE"),
		gauge("", MeansOther, "MiB", "DCGM_FI_DEV_FB_TOTAL"),
		gauge("", MeansOther, "MiB", "DCGM_FI_DEV_FB_RESERVED"),
		share("", MeansGPUMemory, "DCGM_FI_DEV_FB_USED_PERCENT"),
		share("", MeansGPUUtil, "nvidia_smi_utilization_gpu_ratio"),
		share("", MeansGPUUtil, "nvidia_smi_utilization_memory_ratio"),
		gauge("", MeansGPUMemory, "bytes", "nvidia_smi_memory_used_bytes"),
		gauge("", MeansOther, "bytes", "nvidia_smi_memory_total_bytes"),
		percent("nvidia_gpu_duty_cycle"),
		gauge("", MeansGPUMemory, "bytes", "nvidia_gpu_memory_used_bytes"),
		gauge("", MeansOther, "bytes", "nvidia_gpu_memory_total_bytes"),
		percent("container_accelerator_duty_cycle"),
		percent("kubernetes_io:container_accelerator_duty_cycle"),
		gauge("", MeansGPUMemory, "bytes", "container_accelerator_memory_used_bytes"),
		gauge("", MeansOther, "bytes", "container_accelerator_memory_total_bytes"),
	}
}

// percent is a GPU's duty cycle between 0 and 100.
func percent(name string) Metric {
	return Metric{Name: name, Meaning: MeansGPUUtil, Type: Gauge, Unit: "percent", Max: 100}
}

// Source: Gateway API Inference Extension, pkg/epp/metrics (inference_*), and
// llm-d's endpoint picker, which carries the same on under llm_d_epp_*.
func gatewayMetrics() []Metric {
	var all []Metric
	for _, prefix := range []string{"inference_pool_", "llm_d_epp_"} {
		kv := averaged(share("", MeansKVCache, prefix+"average_kv_cache_utilization"))
		queue := averaged(requests("", MeansGatewayLoad, prefix+"average_queue_size"))
		all = append(all, kv, queue)
	}
	for _, prefix := range []string{"inference_extension_", "llm_d_epp_"} {
		all = append(all,
			gateway(requests("", MeansGatewayLoad, prefix+"flow_control_queue_size")),
			gateway(gauge("", MeansGatewayLoad, "bytes", prefix+"flow_control_queue_bytes")),
			averaged(gauge("", MeansOther, "ratio", prefix+"flow_control_pool_saturation")), // may pass 1
		)
	}
	return append(all,
		gateway(requests("", MeansGatewayLoad, "inference_objective_running_requests")),
		gateway(requests("", MeansGatewayLoad, "inference_model_running_requests")),
		gateway(requests("", MeansGatewayLoad, "llm_d_epp_request_running")),
		gateway(requests("", MeansGatewayLoad, "inference_pool_per_pod_queue_size")),
		gateway(requests("", MeansGatewayLoad, "llm_d_epp_per_endpoint_queue_size")),
		gateway(counter("", "requests", "inference_objective_request_total")),
		gateway(counter("", "requests", "inference_model_request_total")),
		gateway(latency("", "seconds", "inference_objective_request_duration_seconds")),
		gateway(latency("", "seconds", "inference_model_request_duration_seconds")),
		gateway(latency("", "seconds", "llm_d_epp_request_ttft_seconds")),
		gateway(gauge("", MeansOther, "replicas", "inference_pool_ready_pods")),
		gateway(gauge("", MeansOther, "replicas", "llm_d_epp_ready_endpoints")),
		gateway(requests("", MeansGatewayLoad, "vllm_router_running_requests")),
	)
}

// Source: llm-d's workload variant autoscaler, internal/constants/metrics.go,
// and its name before, inferno.
func replicaMetrics() []Metric {
	return []Metric{
		gateway(gauge("", MeansReplicas, "replicas", "wva_desired_replicas")),
		gateway(gauge("", MeansReplicas, "replicas", "inferno_desired_replicas")),
		gateway(gauge("", MeansOther, "replicas", "wva_current_replicas")),
		gateway(gauge("", MeansOther, "replicas", "inferno_current_replicas")),
		averaged(gauge("", MeansOther, "ratio", "wva_desired_ratio")), // desired by current, may pass 1
	}
}
