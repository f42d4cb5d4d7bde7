package inventory_test

import (
	"testing"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func TestLooksLike(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{"vllm-llama3", "vllm-lama3", true},
		{"vllm-llama3", "vllm_llama3", true},
		{"vllm-llama3", "VLLM-Llama3", true},
		{"vllm-llama3", "vllm-llana3", true},
		{"vllm-llama3", "vllm-llama3s", true},
		{"qwen-deployment", "qwen", true},
		{"qwen-deployment", "qwen-server", true},
		{"llama-8b", "llama-7b", false},
		{"llama-8b", "llama-80b", false},
		{"llama-3-8b", "llama-38b", true},
		{"vllm-llama3", "vllm-llama", false},
		{"vllm-a", "vllm-b", false},
		{"phi", "ph", false},
		{"vllm-llama3", "vllm-mistral", false},
		{"vllm-llama3", "vllm-llama3-xx", false},
		{"", "", true},
		{"", "a", false},
	} {
		if inventory.LooksLike(test.a, test.b) != test.want || inventory.LooksLike(test.b, test.a) != test.want {
			t.Errorf("%q and %q: want %v", test.a, test.b, test.want)
		}
	}
}
