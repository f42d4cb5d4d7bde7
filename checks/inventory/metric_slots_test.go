package inventory_test

import (
	"fmt"
	"testing"
)

func TestSlots(t *testing.T) {
	for container, want := range map[string]string{
		"image: 'vllm/vllm-openai:v0.18.1'\nargs: [--model=m, --max-num-seqs=64]":                                                       "64 of 1 by --max-num-seqs at args[1]",
		"image: 'vllm/vllm-openai:v0.18.1'\nargs: [--model=m, --max_num_seqs, '64', -dp, '4']":                                          "256 of 4 by --max-num-seqs at args[1]",
		"image: 'vllm/vllm-openai:v0.18.1'\nargs: [--model=m, --max-num-seqs=64, --data-parallel-size=8, --data-parallel-size-local=2]": "512 of 8 by --max-num-seqs at args[1]",
		"image: 'vllm/vllm-openai:v0.18.1'\nargs: [--model=m, --max-num-seqs=64, -dp=$(N)]":                                             "",
		"image: 'vllm/vllm-openai:v0.18.1'\nargs: [--model=m, --max-num-seqs=$(N)]":                                                     "",
		"image: 'vllm/vllm-openai:v0.18.1'\nargs: [--model=m]":                                                                          "",
		"image: 'ghcr.io/ggml-org/llama.cpp:server'\nargs: [-m, m.gguf, -np, '4']":                                                      "4 of 1 by -np at args[2]",
		"image: 'ghcr.io/ggml-org/llama.cpp:server'\nargs: [-m, m.gguf, --parallel, '-1']":                                              "",
		"image: 'ghcr.io/ggml-org/llama.cpp:server'\nargs: [-m, m.gguf]\nenv: [{name: LLAMA_ARG_N_PARALLEL, value: '2'}]":               "2 of 1 by --parallel at env[0].value",
		"image: 'nvcr.io/nvidia/tritonserver:25.08-py3'\nargs: [tritonserver, --model-repository=/m]":                                   "",
	} {
		s, ok := recognised(t, deploymentOf(container)).Slots()
		got := ""
		if ok {
			got = fmt.Sprintf("%d of %d by %s at %s", s.Count, s.Engines, s.Flag, s.Path)
		}
		if got != want {
			t.Errorf("%s\n  %q, want %q", container, got, want)
		}
	}
}

func TestEnginesHere(t *testing.T) {
	for args, want := range map[string]string{
		"":                              "1 at ",
		"--data-parallel-size=4":        "4 at args[1]",
		"-dp=2, -dpl=2":                 "2 at args[1]",
		"-dpl=3":                        "3 at args[1]",
		"-dp=4, --data-parallel-rank=0": "elsewhere",
		"-dp=8, -dpl=4, --data-parallel-address=x": "elsewhere",
		"-dp=$(N)": "elsewhere",
	} {
		count, at, known := recognised(t, deploymentOf("{name: v, image: 'vllm/vllm-openai:v0.18.1', args: [--model=m, "+args+"]}")).EnginesHere()
		got := fmt.Sprintf("%d at %s", count, at)
		if !known {
			got = "elsewhere"
		}
		if got != want {
			t.Errorf("%s: %q, want %q", args, got, want)
		}
	}
}
