package inventory_test

import "testing"

func TestMetricsOff(t *testing.T) {
	const (
		sglang = "{name: e, image: 'lmsysorg/sglang:v0.5.3', command: [python3, -m, sglang.launch_server, --model-path=m"
		llama  = "{name: e, image: 'ghcr.io/ggml-org/llama.cpp:server-b6000', args: [-m, m.gguf"
		vllm   = "{name: e, image: 'vllm/vllm-openai:v0.18.1', args: [--model=m"
		triton = "{name: e, image: 'nvcr.io/nvidia/tritonserver:25.08-py3', args: [tritonserver, --model-repository=/m"
		dynamo = "{name: e, image: 'nvcr.io/nvidia/ai-dynamo/vllm-runtime:1.0.0', command: [python3, -m, dynamo.vllm, --model=m]"
		first  = "nv_inference_first_response_histogram_ms_bucket"
	)
	for _, test := range []struct{ container, series, want string }{
		{sglang + "]}", "", "metrics without --enable-metrics"},
		{sglang + ", --enable-metrics]}", "", ""},
		{sglang + ", --enable_metrics]}", "", ""},
		{sglang + ", $(MORE)]}", "", ""},
		{llama + "]}", "", "metrics without --metrics"},
		{llama + ", --metrics]}", "", ""},
		{llama + "], env: [{name: LLAMA_ARG_ENDPOINT_METRICS, value: '1'}]}", "", ""},
		{llama + "], env: [{name: LLAMA_ARG_ENDPOINT_METRICS, value: '0'}]}", "", "metrics without --metrics"},
		{llama + "], envFrom: [{secretRef: {name: s}}]}", "", ""},
		{sglang + "], envFrom: [{secretRef: {name: s}}]}", "", "metrics without --enable-metrics"},
		{vllm + "]}", "", ""},
		{vllm + ", --disable-log-stats]}", "", "metrics with --disable-log-stats"},
		{vllm + ", --disable-log-stats=false]}", "", ""},
		{vllm + ", --disable-log-requests]}", "", ""},
		{triton + "]}", "nv_inference_pending_request_count", ""},
		{triton + ", --allow-metrics=true]}", "", ""},
		{triton + ", --allow-metrics, 'false']}", "", "metrics with --allow-metrics=false"},
		{triton + "]}", first, first + " without --metrics-config=histogram_latencies=true"},
		{triton + ", --metrics-config=summary_latencies=true, --metrics-config=x=y]}", first, first + " without --metrics-config=histogram_latencies=true"},
		{triton + ", --metrics-config, histogram_latencies=true, --metrics-config=x=y]}", first, ""},
		{triton + ", --metrics-config=$(CONFIG)]}", first, ""},
		{triton + ", $(MORE)]}", first, ""},
		{triton + "]}", "nv_inference_queue_summary_us", "nv_inference_queue_summary_us without --metrics-config=summary_latencies=true"},
		{dynamo + "}", "", "metrics without DYN_SYSTEM_PORT"},
		{dynamo + ", env: [{name: DYN_SYSTEM_PORT, value: '8081'}]}", "", ""},
		{dynamo + ", env: [{name: DYN_SYSTEM_ENABLED, value: 'true'}]}", "", ""},
		{dynamo + ", envFrom: [{secretRef: {name: s}}]}", "", ""},
		{"{name: e, image: 'ghcr.io/huggingface/text-generation-inference:3.3.0', args: [--model-id=m]}", "", ""},
	} {
		w := recognised(t, deploymentOf(test.container))
		off, is := w.MetricsOff(test.series)
		got := ""
		if is {
			got = off.What + " " + off.Setting
		}
		if got != test.want {
			t.Errorf("%s\n  %q, want %q", test.container, got, test.want)
		}
	}
}
