package promql

import (
	"testing"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func TestGoneWith(t *testing.T) {
	own := workload(inventory.Deployment, "ai", "vllm-llama3", inventory.VLLM)
	router := workload(inventory.Deployment, "gateway", "chat-router-llama", inventory.VLLM)
	other := workload(inventory.Deployment, "ai", "unknown", "")
	for _, test := range []struct {
		w        *inventory.Workload
		selector string
		want     bool
	}{
		{own, `vllm:num_requests_waiting`, true},
		{own, `vllm:num_requests_waiting{namespace="ai"}`, true},
		{own, `vllm:num_requests_waiting{pod=~"vllm-llama3-.*"}`, true},
		{own, `vllm:num_requests_waiting{job="vllm-llama3",model_name="the-router"}`, true},
		{own, `vllm:brand_new`, true},
		{own, `vllm:num_requests_waiting{namespace="other"}`, false},
		{own, `vllm:num_requests_waiting{job="vllm-router"}`, false},
		{own, `vllm:num_requests_waiting{service=~".*-router-service"}`, false},
		{own, `vllm:num_requests_waiting{container="router"}`, false}, // the engine's is called server
		{own, `vllm:num_requests_waiting{server=~"http://.+"}`, false},
		{own, `vllm:num_requests_waiting{server=""}`, true},
		{own, `vllm:num_requests_waiting{job!~".*router.*"}`, true},
		{own, `vllm:num_requests_waiting{job=~"vllm-eppendorf"}`, true},
		{own, `sglang:num_queue_reqs`, false},
		{own, `vllm:num_incoming_requests_total`, false},
		{own, `inference_extension_flow_control_queue_size`, false},
		{own, `my_requests_total`, false},
		{own, `my_requests_total{namespace="ai"}`, false},
		{own, `my_requests_total{pod=~"vllm-llama3-.*"}`, true},
		{own, `my_requests_total{pod=~"nginx-.*"}`, false},
		{own, `DCGM_FI_DEV_GPU_UTIL`, false},
		{own, `DCGM_FI_DEV_GPU_UTIL{Hostname="n1"}`, false},
		{own, `DCGM_FI_DEV_GPU_UTIL{exported_pod=~"vllm-llama3-.*"}`, true},
		{own, `DCGM_FI_DEV_GPU_UTIL{pod=~"vllm-llama3-.*"}`, true},
		{own, `DCGM_FI_DEV_GPU_UTIL{exported_namespace="ai"}`, true},
		{own, `DCGM_FI_DEV_GPU_UTIL{exported_container="server"}`, true},
		{own, `DCGM_FI_DEV_GPU_UTIL{exported_pod=~"other-.*"}`, false},
		{router, `vllm:num_requests_waiting{namespace="gateway",pod=~"chat-router-llama-.*",job="vllm"}`, true},
		{other, `my_requests_total`, false},

		{nil, `vllm:num_requests_waiting{pod=~"vllm-llama3-.*"}`, true},
		{nil, `vllm:num_requests_waiting{pod=~"vllm-router-.*"}`, false},
		{nil, `vllm:num_requests_waiting{namespace="gateway"}`, true},
		{nil, `inference_pool_average_queue_size`, false},
		{nil, `ray_serve_num_ongoing_http_requests`, false},
		{nil, `my_requests_total{pod=~"vllm-llama3-.*"}`, false},
	} {
		if got := mustParse(t, test.selector).Uses()[0].GoneWith(test.w); got != test.want {
			t.Errorf("%s: gone %v", test.selector, got)
		}
	}
}
