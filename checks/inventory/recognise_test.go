package inventory_test

import (
	"strings"
	"testing"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// world reads a file of manifests.
func world(t testing.TB, text string) *inventory.Snapshot {
	t.Helper()
	b := inventory.NewBuilder()
	for _, doc := range inventory.Documents([]byte(text)) {
		objects, _, problems := doc.Read("world.yaml")
		for _, p := range problems {
			t.Errorf("%v", p)
		}
		for _, o := range objects {
			if b.Add(o) != nil {
				t.Errorf("%s is there twice", o.Ref)
			}
		}
	}
	return b.Build()
}

// deploymentOf wraps containers, one YAML flow mapping or block each, into a
// Deployment.
func deploymentOf(containers ...string) string {
	var b strings.Builder
	b.WriteString("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  selector: {matchLabels: {a: b}}\n  template:\n    metadata: {labels: {a: b}}\n    spec:\n      containers:\n")
	for _, c := range containers {
		for i, line := range strings.Split(strings.TrimSpace(c), "\n") {
			if i == 0 {
				b.WriteString("      - " + line + "\n")
			} else {
				b.WriteString("        " + line + "\n")
			}
		}
	}
	return b.String()
}

const oneGPU = "resources: {limits: {nvidia.com/gpu: 1}}"

// recognised returns the only workload of a world, nil when there is none.
func recognised(t testing.TB, text string) *inventory.Workload {
	t.Helper()
	all := world(t, text).Workloads()
	if len(all) > 1 {
		t.Fatalf("%d workloads", len(all))
	}
	if len(all) == 0 {
		return nil
	}
	return all[0]
}

func TestEngineByImageAndCommand(t *testing.T) {
	for _, test := range []struct{ name, container, engine, by, version, model string }{
		{"vllm", "image: vllm/vllm-openai:v0.11.0\nargs: [--model, meta-llama/Llama-3.1-8B]", "vllm", `image "vllm/vllm-openai"`, "0.11.0", "meta-llama/Llama-3.1-8B"},
		{"vllm positional", "image: vllm/vllm-openai:v0.18.1\nargs: [Qwen/Qwen3-8B, --port, '8000']", "vllm", "image", "0.18.1", "Qwen/Qwen3-8B"},
		{"vllm mirror with port and digest", "image: registry.local:5000/mirror/vllm-openai:v0.9.1-cu128@sha256:abc\ncommand: [vllm, serve, /models/x]", "vllm", `image "mirror/vllm-openai"`, "0.9.1", "/models/x"},
		{"vllm latest", "image: vllm/vllm-openai\nargs: [--model=a/b]", "vllm", "image", "unknown", "a/b"},
		{"vllm nightly", "image: vllm/vllm-openai:nightly-0123abc", "vllm", "image", "unknown", ""},
		{"vllm digest", "image: vllm/vllm-openai@sha256:abc", "vllm", "image", "unknown", ""},
		{"rocm", "image: rocm/vllm:rocm6.4.1_vllm_0.9.1_20250702\ncommand: [python3, -m, vllm.entrypoints.openai.api_server]", "vllm", "image", "0.9.1", ""},
		{"nvidia's vllm", "image: nvcr.io/nvidia/vllm:25.09-py3\ncommand: [vllm, serve, a/b]", "vllm", "image", "unknown", "a/b"},
		{"lmcache's tag is lmcache's", "image: lmcache/vllm-openai:v0.3.7\nargs: [a/b]", "vllm", "image", "unknown", "a/b"},
		{"fork", "image: vllm/vllm-omni:v0.12.0\ncommand: [vllm, serve, a/b, --omni]", "vllm", "image", "unknown", "a/b"},
		{"tpu", "image: vllm/vllm-tpu:nightly\ncommand: [vllm, serve, a/b]", "vllm", "image", "unknown", "a/b"},
		{"llm-d", "image: ghcr.io/llm-d/llm-d-cuda:v0.6.0\ncommand: [vllm, serve]\nargs: [a/b]", "vllm", "image", "unknown", "a/b"},
		{"google's vertex tgi", "image: us-docker.pkg.dev/vertex-ai/x/pytorch-hf-tgi-serve:20240220_0936_RC01\nargs: [--model-id=a/b, --num-shard=2]", "tgi", "image", "unknown", "a/b"},
		{"google's vllm", "image: us-docker.pkg.dev/vertex-ai/x/pytorch-vllm-serve:20250101_1\ncommand: [python, -m, vllm.entrypoints.api_server]\nargs: [--model=a/b]", "vllm", "image", "unknown", "a/b"},
		{"kserve's server", "image: kserve/huggingfaceserver:v0.15.0-gpu\nargs: [--model_id=a/b]", "vllm", "image", "unknown", "a/b"},
		{"own build with accelerator", "image: registry/my-vllm-build:7\n" + oneGPU, "vllm", "image", "unknown", ""},
		{"neuron", "image: registry/neuron-sdk2.20-vllm0.5.0:v8\nresources: {limits: {aws.amazon.com/neuron: 1}}", "vllm", "image", "unknown", ""},
		{"command alone", "image: python:3.12\ncommand: [python3, -u, -m, vllm.entrypoints.openai.api_server, --model, a/b]", "vllm", `command "vllm.entrypoints.openai.api_server"`, "unknown", "a/b"},
		{"script file", "image: python:3.12\ncommand: [python3, /opt/vllm/entrypoints/openai/api_server.py, --model, a/b]", "vllm", "command", "unknown", "a/b"},
		{"wrapper", "image: python:3.12\ncommand: [/usr/bin/tini, --, numactl, -N, '0', /venv/bin/vllm, serve, a/b]", "vllm", `command "vllm serve"`, "unknown", "a/b"},
		{"fragment without image", "name: x\ncommand: [vllm, serve, a/b]", "vllm", "command", "unknown", "a/b"},
		{"sglang", "image: lmsysorg/sglang:v0.5.3.post1-cu126\ncommand: [python3, -m, sglang.launch_server]\nargs: [--model-path, a/b]", "sglang", "image", "0.5.3", "a/b"},
		{"sglang serve", "image: x\ncommand: [sglang, serve, --model-path=a/b]", "sglang", "command", "unknown", "a/b"},
		{"tgi", "image: ghcr.io/huggingface/text-generation-inference:3.0.1\nenv: [{name: MODEL_ID, value: a/b}]", "tgi", "image", "3.0.1", "a/b"},
		{"google's tgi", "image: us-docker.pkg.dev/x/huggingface-text-generation-inference-cu124.2-3.ubuntu2204.py311:v1\nargs: [--model-id, a/b]", "tgi", "image", "unknown", "a/b"},
		{"triton", "image: nvcr.io/nvidia/tritonserver:24.08-py3\nargs: [tritonserver, --model-repository=s3://b/m]", "triton", "image", "24.08", "s3://b/m"},
		{"triton's launcher", "image: x\ncommand: [python3, /tensorrtllm_backend/scripts/launch_triton_server.py, --model_repo, /m]", "triton", "command", "unknown", "/m"},
		{"trtllm", "image: nvcr.io/nvidia/tensorrt-llm/release:1.0.0\ncommand: [trtllm-serve, a/b, --tp_size, '2']", "trtllm-serve", "image", "1.0.0", "a/b"},
		{"trtllm under mpi", "image: x\ncommand: [mpirun, -n, '2', trtllm-llmapi-launch, trtllm-serve, a/b]", "trtllm-serve", "command", "unknown", "a/b"},
		{"nim", "image: nvcr.io/nim/meta/llama-3.1-8b-instruct:1.8.3", "nim", "image", "1.8.3", "meta/llama-3.1-8b-instruct"},
		{"nim for any model", "image: mirror.local/nim/nvidia/llm-nim:1.12\nenv: [{name: NIM_MODEL_NAME, value: 'hf://a/b'}]", "nim", "image", "1.12.0", "hf://a/b"},
		{"llama.cpp", "image: ghcr.io/ggml-org/llama.cpp:server-cuda-b4719\nargs: [-hf, 'a/b-GGUF:Q4_K_M']", "llama.cpp", "image", "b4719", "a/b-GGUF:Q4_K_M"},
		{"llama.cpp downloads into a file", "image: ghcr.io/ggml-org/llama.cpp:server\nargs: [--hf-repo, a/b, --hf-file, x.gguf, --model, /models/x.gguf]", "llama.cpp", "image", "unknown", "a/b"},
		{"llama.cpp full", "image: ghcr.io/ggml-org/llama.cpp:full\nargs: [--server, -m, /m.gguf]", "llama.cpp", "image", "unknown", "/m.gguf"},
		{"llama-server", "image: x\ncommand: [/app/llama-server]\nenv: [{name: LLAMA_ARG_MODEL, value: /m.gguf}]", "llama.cpp", "command", "unknown", "/m.gguf"},
		{"ray-llm", "image: rayproject/ray-llm:2.52.0-py311-cu128\ncommand: [serve, run, 'app:app']", "ray-serve", "image", "unknown", ""},
		{"dynamo", "image: nvcr.io/nvidia/ai-dynamo/vllm-runtime:1.3.1\ncommand: [python3, -m, dynamo.vllm]\nargs: [--model, a/b]\n" + oneGPU, "dynamo", "image", "1.3.1", "a/b"},
		{"vllm in dynamo's image", "image: nvcr.io/nvidia/ai-dynamo/vllm-runtime:1.3.1\ncommand: [vllm, serve, a/b]\n" + oneGPU, "vllm", "command", "unknown", "a/b"},
		{"torchserve", "image: pytorch/torchserve:0.12.0-gpu", "other", "image", "unknown", ""},
		{"tensorflow serving", "image: tensorflow/serving:2.18.0-gpu", "other", "image", "unknown", ""},
		{"embeddings", "image: ghcr.io/huggingface/text-embeddings-inference:1.7\nargs: [--model-id, a/b]", "other", "image", "unknown", "a/b"},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := deploymentOf(test.container)
			w := recognised(t, text)
			if w == nil {
				t.Fatal("not recognised")
			}
			if got := string(w.EngineID()); got != test.engine || !strings.HasPrefix(w.By, test.by) {
				t.Errorf("engine %s by %s, want %s by %s", got, w.By, test.engine, test.by)
			}
			if got := w.Version.String(); got != test.version && !(test.engine == "other" && !w.Version.Known) {
				t.Errorf("version %s, want %s", got, test.version)
			}
			if w.Model != test.model {
				t.Errorf("model %q, want %q", w.Model, test.model)
			}
			if !inventory.MayBeInference([]byte(text)) {
				t.Error("MayBeInference says no")
			}
		})
	}
}

func TestNoEngine(t *testing.T) {
	for _, test := range []struct{ name, container string }{
		{"production stack's router", "image: lmcache/lmstack-router:latest\nargs: [--static-models, a/b]"},
		{"vllm-router", "image: ghcr.io/vllm-project/vllm-router:v0.1\n" + oneGPU},
		{"router module", "image: vllm/vllm-openai:v0.9.0\ncommand: [python3, -m, vllm_router.app]"},
		{"sglang-router", "image: lmsysorg/sglang-router:v0.2"},
		{"router in the engine's image", "image: lmsysorg/sglang:v0.5.0\ncommand: [python3, -m, sglang_router.launch_router]"},
		{"endpoint picker", "image: registry.k8s.io/gateway-api-inference-extension/epp:v1"},
		{"llm-d's picker", "image: ghcr.io/llm-d/llm-d-inference-scheduler:v0.7.0"},
		{"llm-d's sidecar", "image: ghcr.io/llm-d/llm-d-routing-sidecar:v0.3.0\nargs: [--vllm-port=8200]"},
		{"llm-d's simulator", "image: ghcr.io/llm-d/llm-d-inference-sim:v0.5.0\nargs: [--model, a/b]"},
		{"simulator with accelerator", "image: x/vllm-simulator:1\n" + oneGPU},
		{"mock", "image: x/mock-vllm-openai:1\n" + oneGPU},
		{"litellm", "image: ghcr.io/berriai/litellm:main"},
		{"lmcache's server", "image: lmcache/standalone:latest\ncommand: [lmcache_server, 0.0.0.0, '65432']"},
		{"lmcache's server in the engine's image", "image: lmcache/vllm-openai:latest\ncommand: [lmcache_server, 0.0.0.0, '65432']"},
		{"genai-perf", "image: nvcr.io/nvidia/tritonserver:24.12-py3-sdk\ncommand: [sleep, infinity]\n" + oneGPU},
		{"triton's client tools", "image: nvcr.io/nvidia/tritonserver:24.12-py3-sdk\n" + oneGPU},
		{"benchmark", "image: vllm/vllm-openai:v0.9.0\ncommand: [vllm, bench, serve]"},
		{"benchmark script", "image: vllm/vllm-openai:v0.9.0\ncommand: [python3, /vllm-workspace/benchmarks/benchmark_serving.py]"},
		{"idle engine image", "image: vllm/vllm-openai:v0.9.0\ncommand: [sleep, infinity]\n" + oneGPU},
		{"idle in a loop", "image: vllm/vllm-openai:v0.9.0\ncommand: [/bin/bash, -c, --]\nargs: ['while true; do sleep 30; done;']\n" + oneGPU},
		{"idle shell", "image: vllm/vllm-openai:v0.9.0\ncommand: [/bin/bash]\n" + oneGPU},
		{"ray worker of a group", "image: vllm/vllm-openai:v0.9.0\ncommand: [sh, -c, 'ray start --address=$LEADER:6379 --block']\n" + oneGPU},
		{"dynamo's frontend", "image: nvcr.io/nvidia/ai-dynamo/vllm-runtime:1.3.1\ncommand: [python3, -m, dynamo.frontend]"},
		{"dynamo's frontend by default", "image: nvcr.io/nvidia/ai-dynamo/vllm-runtime:1.3.1"},
		{"llama.cpp's other tools", "image: ghcr.io/ggml-org/llama.cpp:full\nargs: [--convert, /m]"},
		{"llama.cpp light", "image: ghcr.io/ggml-org/llama.cpp:light"},
		{"ollama", "image: ollama/ollama:0.5.0\n" + oneGPU},
		{"own build without accelerator", "image: registry/my-vllm-build:7"},
		{"variable on a sidecar", "image: aibrix/runtime:v0.2\nenv: [{name: INFERENCE_ENGINE, value: vllm}]\n" + oneGPU},
		{"name and label", "name: vllm\nimage: nginx"},
		{"installs it", "image: python:3.12\ncommand: [sh, -c, 'pip install vllm && sleep infinity']\n" + oneGPU},
		{"talks of it", "image: python:3.12\ncommand: [sh, -c, 'echo vllm serve a/b; python client.py']"},
		{"accelerator without engine", "image: nvidia/cuda:12\ncommand: [python3, train.py]\n" + oneGPU},
		{"placeholder image", "image: $VLLM_IMAGE\n" + oneGPU},
		{"static files", "image: node:20\ncommand: [serve, run, x]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if w := recognised(t, deploymentOf(test.container)); w != nil {
				t.Errorf("recognised as %s by %s", w.EngineID(), w.By)
			}
		})
	}
}

func TestEngineContainer(t *testing.T) {
	w := recognised(t, deploymentOf(
		"name: proxy\nimage: ghcr.io/llm-d/llm-d-routing-sidecar:v0.3.0",
		"name: metrics\nimage: x/y\nenv: [{name: INFERENCE_ENGINE, value: vllm}]",
		"name: main\nimage: vllm/vllm-openai:v0.11.0\nargs: [a/b]\n"+oneGPU,
	))
	if w == nil || w.Index != 2 || w.Container.Name != "main" || w.ContainerPath.String() != "spec.template.spec.containers[2]" {
		t.Fatalf("got %+v", w)
	}
	init := strings.Replace(deploymentOf("image: nginx"), "      containers:", "      initContainers:\n      - image: vllm/vllm-openai\n        command: [vllm, serve, a/b]\n      containers:", 1)
	if w := recognised(t, init); w != nil {
		t.Errorf("an init container was taken for the engine: %s", w.By)
	}
}

func TestFragmentKeepsItsMark(t *testing.T) {
	w := recognised(t, "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  template:\n    spec:\n      containers: [{name: main, command: [vllm, serve, a/b]}]\n")
	if w == nil || !w.Object.Fragment {
		t.Fatalf("got %+v", w)
	}
}
