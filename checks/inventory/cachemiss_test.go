package inventory

import "testing"

func TestMovingTag(t *testing.T) {
	for reference, want := range map[string]string{
		"vllm/vllm-openai":                      "latest",
		"vllm/vllm-openai:latest":               "latest",
		"registry:5000/vllm":                    "latest",
		"registry:5000/vllm:v0.18.1":            "",
		"vllm/vllm-openai:nightly-abc":          "nightly-abc",
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
