package inventory

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestMovingTag(t *testing.T) {
	for reference, want := range map[string]string{
		"vllm/vllm-openai":                      "latest",
		"vllm/vllm-openai:latest":               "latest",
		"registry:5000/vllm":                    "latest",
		"registry:5000/vllm:v0.18.1":            "",
		"vllm/vllm-openai:nightly-abc":          "nightly-abc",
		"vllm/vllm-openai:nightly-aarch64":      "nightly-aarch64",
		"vllm/vllm-openai:nightly-d223c90":      "",
		"lmsysorg/sglang:nightly-dev-20260102":  "",
		"lmsysorg/sglang:dev-2026-01-02":        "",
		"lmsysorg/sglang:dev-2026-01":           "dev-2026-01",
		"lmsysorg/sglang:dev-1.2-cu-12345":      "dev-1.2-cu-12345",
		"lmsysorg/sglang:dev-acceded-cu129":     "dev-acceded-cu129",
		"ghcr.io/ggml-org/llama.cpp:server":     "server",
		"vllm/vllm-openai:v0.18.1-dev":          "v0.18.1-dev",
		"nvcr.io/nvidia/tritonserver:24.08-py3": "",
		"vllm/vllm-openai:latest@sha256:00":     "",
		"vllm/vllm-openai:$TAG":                 "",
		"":                                      "",
	} {
		tag, moving := MovingTag(reference)
		if !moving {
			tag = ""
		}
		if tag != want {
			t.Errorf("%q: %q, want %q", reference, tag, want)
		}
	}
}

func TestWhereBound(t *testing.T) {
	in := func(key string, values ...string) corev1.NodeSelectorTerm {
		return corev1.NodeSelectorTerm{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: key, Operator: corev1.NodeSelectorOpIn, Values: values}}}
	}
	not := corev1.NodeSelectorTerm{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "zone", Operator: corev1.NodeSelectorOpNotIn, Values: []string{"a"}}}}
	for want, terms := range map[string][]corev1.NodeSelectorTerm{
		"some nodes": {not},
		"zone b":     {not, in("zone", "b")},
		"zone a, b":  {in("zone", "a"), in("host", "x"), in("zone", "b")},
	} {
		if got := whereBound(terms); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
