package inventory

import (
	"strings"
	"testing"
)

func TestLookupMetric(t *testing.T) {
	for series, want := range map[string]string{
		"vllm:num_requests_waiting":                   "vllm:num_requests_waiting",
		"vllm:time_to_first_token_seconds_bucket":     "vllm:time_to_first_token_seconds",
		"vllm:time_to_first_token_seconds_sum":        "vllm:time_to_first_token_seconds",
		"nv_inference_queue_summary_us_count":         "nv_inference_queue_summary_us",
		"nv_inference_queue_summary_us_bucket":        "", // a summary has no buckets
		"vllm:num_requests_waiting_sum":               "",
		"tgi_request_count":                           "tgi_request_count", // a counter's own name
		"vllm:iteration_tokens_total_bucket":          "vllm:iteration_tokens_total",
		"vllm:prompt_tokens":                          "", // counters have _total
		"vllm_num_requests_waiting":                   "",
		"num_requests_waiting":                        "num_requests_waiting",
		"llm_d_epp_average_kv_cache_utilization":      "llm_d_epp_average_kv_cache_utilization",
		"inference_extension_flow_control_queue_size": "inference_extension_flow_control_queue_size",
	} {
		if m, ok := LookupMetric(series); m.Name != want || ok != (want != "") {
			t.Errorf("%s: %q, want %q", series, m.Name, want)
		}
	}
}

func TestRespeltMetric(t *testing.T) {
	for series, want := range map[string]string{
		"vllm_num_requests_waiting":     "vllm vllm:num_requests_waiting",
		"sglang_token_usage":            "sglang sglang:token_usage",
		"ray_vllm_num_requests_running": "ray-serve vllm:num_requests_running",
		"ray_vllm:num_requests_running": "ray-serve vllm:num_requests_running",
		"tgi_queue_size":                " ",
		"ray_serve_x":                   " ",
		"x":                             " ",
	} {
		m, _ := RespeltMetric(series)
		if got := string(m.Engine) + " " + m.Name; got != want {
			t.Errorf("%s: %q, want %q", series, got, want)
		}
	}
}

func TestMetricFamily(t *testing.T) {
	for series, want := range map[string]struct {
		engine          EngineID
		family, gateway bool
	}{
		"vllm:new":             {VLLM, true, false},
		"vllm_new":             {VLLM, true, false},
		"vllm_router_new":      {"", true, true},
		"nv_gpu_power_usage":   {Triton, true, false},
		"dynamo_frontend_new":  {"", true, true},
		"dynamo_component_new": {Dynamo, true, false},
		"DCGM_FI_DEV_GPU_TEMP": {"", true, false},
		"ray_vllm_new":         {RayServe, true, false},
		"num_requests_running": {"", false, false}, // NIM's names have no prefix
		"job:vllm_waiting:avg": {"", false, false},
		"http_requests_total":  {"", false, false},
	} {
		engine, family := MetricFamily(series)
		if engine != want.engine || family != want.family || GatewayFamily(series) != want.gateway {
			t.Errorf("%s: %q %v %v", series, engine, family, GatewayFamily(series))
		}
	}
}

func TestIsReplicaCount(t *testing.T) {
	for series, want := range map[string]bool{
		"wva_desired_replicas":      true,
		"inferno_desired_replicas":  true,
		"llm_desired_replicas_max":  true,
		"wva_desired_ratio":         false,
		"wva_current_replicas":      false,
		"vllm:num_requests_waiting": false,
	} {
		if got := IsReplicaCount(series); got != want {
			t.Errorf("%s: %v", series, got)
		}
	}
}

// The rows must not contradict themselves or each other.
func TestMetricTable(t *testing.T) {
	all := KnownMetrics()
	if len(all) < 150 {
		t.Fatalf("only %d rows", len(all))
	}
	for i, m := range all {
		if i > 0 && all[i-1].Name >= m.Name {
			t.Errorf("%s is not sorted or twice there", m.Name)
		}
		if m.Unit == "ratio" && !m.Averaged && m.Max != 1 || m.Unit == "percent" && m.Max != 100 {
			t.Errorf("%s: unit %s and maximum %v", m.Name, m.Unit, m.Max)
		}
		if engine, family := MetricFamily(m.Name); family && m.Engine != "" && engine != m.Engine {
			t.Errorf("%s belongs to %s, by its prefix to %s", m.Name, m.Engine, engine)
		}
		if m.Gateway && m.Engine != "" && m.Engine != RayServe {
			t.Errorf("%s: a gateway of engine %s", m.Name, m.Engine)
		}
		if _, known := LookupMetric(m.Replacement); m.Replacement != "" && !known {
			t.Errorf("%s: replacement %s is not in the table", m.Name, m.Replacement)
		}
		if m.HiddenIn != "" && m.RetiredIn == "" || m.Replacement != "" && m.RetiredIn == "" {
			t.Errorf("%s: hidden or replaced and never retired", m.Name)
		}
		if m.Type == Counter && m.Engine == VLLM && !strings.HasSuffix(m.Name, "_total") {
			t.Errorf("%s: vLLM's counters end in _total", m.Name)
		}
	}
}
