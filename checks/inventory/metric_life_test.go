package inventory_test

import (
	"testing"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func TestExports(t *testing.T) {
	const (
		cache = "vllm:gpu_cache_usage_perc"     // hidden in 0.11, gone in 0.12
		swaps = "vllm:num_requests_swapped"     // hidden in 0.9, gone in 0.10
		ratio = "llamacpp:kv_cache_usage_ratio" // gone in May 2025
		shown = "--show-hidden-metrics-for-version="
	)
	for _, test := range []struct {
		image, args, series string
		want                inventory.Presence
	}{
		{"vllm/vllm-openai:v0.10.2", "", cache, inventory.Present},
		{"vllm/vllm-openai:v0.11.0", "", cache, inventory.Absent},
		{"vllm/vllm-openai:v0.11.0", shown + "0.10", cache, inventory.Present},
		{"vllm/vllm-openai:v0.11.0", shown + "0.9", cache, inventory.Absent},
		{"vllm/vllm-openai:v0.11.0", shown + "$(RELEASE)", cache, inventory.Unseen},
		{"vllm/vllm-openai:v0.11.0", "$(ARGS)", cache, inventory.Unseen},
		{"vllm/vllm-openai:v0.12.0", shown + "0.10", cache, inventory.Absent},
		{"vllm/vllm-openai:latest", "", cache, inventory.Unseen},
		{"vllm/vllm-openai:latest", shown + "0.10", cache, inventory.Present},
		{"vllm/vllm-openai:latest", shown + "0.12", cache, inventory.Unseen},
		{"vllm/vllm-openai:v0.9.1", shown + "0.8", swaps, inventory.Present},
		{"ghcr.io/ggml-org/llama.cpp:server-b4719", "", ratio, inventory.Present},
		{"ghcr.io/ggml-org/llama.cpp:server-b5450", "", ratio, inventory.Unseen},
		{"ghcr.io/ggml-org/llama.cpp:server-b6000", "", ratio, inventory.Absent},
		{"ghcr.io/ggml-org/llama.cpp:server", "", ratio, inventory.Unseen},
	} {
		w := recognised(t, deploymentOf("{name: v, image: '"+test.image+"', args: [--model=m, '"+test.args+"']}"))
		m, _ := inventory.LookupMetric(test.series)
		if got := w.Exports(m); got != test.want {
			t.Errorf("%s %s of %s: %v, want %v", test.image, test.args, test.series, got, test.want)
		}
	}
}
