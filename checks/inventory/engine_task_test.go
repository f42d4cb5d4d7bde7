package inventory

import "testing"

func TestGenerates(t *testing.T) {
	const head = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {selector: {matchLabels: {a: b}}, template: {spec: {containers: [{name: c, "
	for containers, want := range map[string]bool{
		`image: vllm/vllm-openai:v0.18.1, args: [--model=Qwen/Qwen3-8B]`:                                         true,
		`image: vllm/vllm-openai:v0.18.1, args: [--model=EmbeddedLLM/Qwen2.5-1.5B-Instruct]`:                     true,
		`image: vllm/vllm-openai:v0.18.1, args: [--model=/models/ours]`:                                          true,
		`image: vllm/vllm-openai:v0.18.1, args: [--model=Qwen/Qwen3-8B, --task=generate, --runner, auto]`:        true,
		`image: vllm/vllm-openai:v0.18.1, args: [--model=Qwen/Qwen3-8B, --task=embed]`:                           false,
		`image: vllm/vllm-openai:v0.18.1, args: [--model=Qwen/Qwen3-8B, --runner, pooling]`:                      false,
		`image: vllm/vllm-openai:v0.18.1, args: [--model=Qwen/Qwen3-8B, --convert=classify]`:                     false,
		`image: vllm/vllm-openai:v0.18.1, args: [--model=Qwen/Qwen3-Embedding-8B]`:                               false,
		`image: vllm/vllm-openai:v0.18.1, args: [--model=BAAI/bge-m3]`:                                           false,
		`image: vllm/vllm-openai:v0.18.1, args: [--model=intfloat/e5-mistral-7b-instruct]`:                       false,
		`image: "lmsysorg/sglang:v0.5.2", command: [python3, -m, sglang.launch_server, --model-path=a/b]`:        true,
		`image: "lmsysorg/sglang:v0.5.2", command: [python3, -m, sglang.launch_server, --is-embedding]`:          false,
		`image: "ghcr.io/ggml-org/llama.cpp:server", args: [-m, /m.gguf, --reranking]`:                           false,
		`image: "nvcr.io/nim/nvidia/nv-rerankqa-mistral-4b-v3:1.0.0"`:                                            false,
		`image: "nvcr.io/nim/meta/llama-3.1-8b-instruct:1.8.3"`:                                                  true,
		`image: "ghcr.io/huggingface/text-embeddings-inference:1.7", args: [--model-id, BAAI/bge-large-en-v1.5]`: false,
	} {
		b := NewBuilder()
		objects, _, _ := Documents([]byte(head + containers + "}]}}}"))[0].Read("test.yaml")
		b.Add(objects[0])
		workloads := b.Build().Workloads()
		if len(workloads) != 1 {
			t.Errorf("%s: %d workloads", containers, len(workloads))
			continue
		}
		if got := workloads[0].Generates(); got != want {
			t.Errorf("%s: generates %v", containers, got)
		}
	}
	if !new(Workload).Generates() {
		t.Error("an engine that nobody recognised may do anything")
	}
}
