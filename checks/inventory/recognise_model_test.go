package inventory_test

import (
	"math"
	"testing"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func TestModelIsHubID(t *testing.T) {
	for model, want := range map[string]bool{
		"meta-llama/Llama-3.1-8B": true, "hf://a/b": true, "a/b-GGUF:Q4_K_M": true, "Qwen/Qwen2.5-VL-7B-Instruct": true,
		"": false, "gpt2": false, "/models/a/b": false, "./a/b": false, "~/a": false, "s3://bucket/key": false, "gs://b/k": false, "pvc://claim/dir": false,
		"oci://r/m": false, "models/a/b": false, "a/b.gguf": false, "$ORG/model": false, "<org>/model": false, "hf://a": false, "/mnt/models": false,
	} {
		if got := inventory.ModelIsHubID(model); got != want {
			t.Errorf("%q: %v", model, got)
		}
	}
}

func TestModelBillions(t *testing.T) {
	for model, want := range map[string]float64{
		"meta-llama/Llama-3.1-70B-Instruct": 70, "Qwen/Qwen3-0.6B": 0.6, "mistralai/Mixtral-8x7B-v0.1": 46.7, "mistralai/Mixtral-8x22B": 146.7, "facebook/opt-125m": 0.125,
		"Qwen/Qwen3-30B-A3B": 30, "openai/gpt-oss-120b": 120, "deepseek-ai/DeepSeek-R1-Distill-Llama-8B": 8, "/models/llama-2-13b-chat": 13, "pvc://p/llama-31-8b-instruct": 8, "microsoft/phi_2.7b": 2.7,
		"deepseek-ai/DeepSeek-R1": 0, "meta-llama/Llama-4-Scout-17B-16E": 0, "google/gemma-4-E2B-it": 0, "Qwen/Qwen2.5": 0, "": 0, "m": 0, "b": 0, "org-7c/model": 0,
	} {
		got, ok := inventory.ModelBillions(model)
		if math.Abs(got-want) > 0.1 || ok != (want > 0) {
			t.Errorf("%q: %v, %v", model, got, ok)
		}
	}
}

func TestWeightsGiB(t *testing.T) {
	for _, test := range []struct {
		model, quantisation string
		want                float64
	}{
		{"a/Llama-8B", "", 14.9},
		{"a/Llama-70B", "", 130.4},
		{"a/Llama-70B", "fp8", 68.5},
		{"a/Llama-70B-AWQ", "", 37.2},
		{"a/Llama-70B-GPTQ-Int4", "", 37.2},
		{"openai/gpt-oss-120b", "", 63.7},
		{"a/Llama-70B-FP8", "", 68.5},
		{"a/Llama-8B-quantized.w8a8", "", 7.8},
		{"a/x-7B-GGUF:Q4_K_M", "", 3.7},
		{"a/x-7B-GGUF", "", 3.7}, // what llama.cpp takes of it
		{"a/Llama", "", 0},
	} {
		got, ok := inventory.WeightsGiB(test.model, test.quantisation)
		if math.Abs(got-test.want) > 0.1 || ok != (test.want > 0) {
			t.Errorf("%s %s: %.1f, %v", test.model, test.quantisation, got, ok)
		}
	}
}
