package inventory_test

import (
	"testing"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func TestArgs(t *testing.T) {
	w := recognised(t, deploymentOf(`
image: vllm/vllm-openai:v0.11.0
args: [--model, a/b, --tensor_parallel_size=2, --max-num-seq, "64", --enforce-eager, --no-enable-prefix-caching, --port, "8001", --port=8002,
  --served-model-name, one, two, --enable-chunked-prefill, "false", --dtype, $(DTYPE), --seed, "-1", -O3]
env: [{name: DTYPE, valueFrom: {secretKeyRef: {name: s, key: k}}}]`))
	for _, test := range []struct {
		flags []string
		value string
		ok    bool
		where string
	}{
		{[]string{"--model"}, "a/b", true, "args[0]"},
		{[]string{"--tensor-parallel-size", "-tp"}, "2", true, "args[2]"},
		{[]string{"-tp", "--tensor_parallel_size"}, "2", true, "args[2]"},
		{[]string{"--max-num-seqs"}, "64", true, "args[3]"}, // argparse takes unambiguous beginnings
		{[]string{"--port"}, "8002", true, "args[9]"},       // the last one wins
		{[]string{"--served-model-name"}, "one", true, "args[10]"},
		{[]string{"--dtype"}, "", true, "args[15]"},
		{[]string{"--seed"}, "-1", true, "args[17]"},
		{[]string{"--enforce-eager"}, "", true, "args[5]"},
		{[]string{"--max-model-len"}, "", false, ""},
		{[]string{"--max"}, "", false, ""},
	} {
		value, ok := w.Args.Get(test.flags...)
		at, found := w.Args.Where(test.flags...)
		if value != test.value || ok != test.ok || at.String() != test.where || found != test.ok {
			t.Errorf("%v is %q, %v at %s", test.flags, value, ok, at)
		}
	}
	for flag, want := range map[string]bool{"--enforce-eager": true, "--enable-prefix-caching": false, "--enable-chunked-prefill": false, "--headless": false, "--no-enable-prefix-caching": true} {
		if got := w.Args.Has(flag); got != want {
			t.Errorf("Has(%s) is %v", flag, got)
		}
	}
	if got := w.Args.Positional(); len(got) != 0 || !w.Args.Complete {
		t.Errorf("positional %q, complete %v", got, w.Args.Complete)
	}
	if loc := w.AtEngine("args", 2); loc.Line == 0 {
		t.Error("no line")
	}
}

func TestPositional(t *testing.T) {
	for args, want := range map[string]string{
		"[serve, a/b]":                          "",
		"[a/b, --port, '8000']":                 "a/b",
		"[--port, '8000', a/b]":                 "", // could be more of a list
		"[--enforce-eager, a/b]":                "a/b",
		"[--port=8000, a/b]":                    "a/b",
		"['$(MODEL)', --port, '8000']":          "",
		"[--port=8000, --, a/b]":                "a/b",
		"[--served-model-name, x, z, --port=1]": "",
	} {
		w := recognised(t, deploymentOf("image: vllm/vllm-openai:v0.11.0\nargs: "+args))
		if args == "[serve, a/b]" {
			continue // the entrypoint is vllm serve already: the model would be "serve"
		}
		if w.Model != want {
			t.Errorf("%s: model %q, want %q", args, w.Model, want)
		}
	}
}

func TestComplete(t *testing.T) {
	for _, test := range []struct {
		container string
		want      bool
	}{
		{"image: vllm/vllm-openai:v0.11.0", true},
		{"image: vllm/vllm-openai:v0.11.0\nargs: [a/b]", true},
		{"image: vllm/vllm-openai:v0.11.0\ncommand: [vllm, serve, a/b]", true},
		{"image: x\ncommand: [vllm, serve, a/b]", true},
		{"image: vllm/vllm-openai:v0.11.0\ncommand: [/opt/start.sh]", false},
		{"image: vllm/vllm-openai:v0.11.0\ncommand: [python3, serve.py]", false},
		{"image: my/vllm-server:1\nargs: [--model, a/b]\n" + oneGPU, false},
		{"image: rocm/vllm:latest", false},
		{"image: lmsysorg/sglang:v0.5.0", false},
		{"image: vllm/vllm-openai:v0.11.0\nargs: [a/b, --config, /etc/vllm.yaml]", false},
		{"image: vllm/vllm-openai:v0.11.0\nargs: ['$(MODEL)', --port, '$(PORT)']", true},
		{"image: vllm/vllm-openai:v0.11.0\nargs: [a/b, '$(FLAG)']", false},
	} {
		w := recognised(t, deploymentOf(test.container))
		if w == nil || w.Args.Complete != test.want {
			t.Errorf("%s: %+v", test.container, w)
		}
	}
}

func TestFlagsFromElsewhere(t *testing.T) {
	for _, test := range []struct {
		name, text, flag, value, where string
	}{
		{"tgi", deploymentOf("image: ghcr.io/huggingface/text-generation-inference:3.0.1\nenv: [{name: MODEL_ID, value: a/b}, {name: NUM_SHARD, value: '2'}]"), "--num-shard", "2", "env[1].value"},
		{"command line wins", deploymentOf("image: ghcr.io/huggingface/text-generation-inference:3.0.1\nargs: [--port=80]\nenv: [{name: PORT, value: '81'}]"), "--port", "80", "args[0]"},
		{"llama.cpp", deploymentOf("image: ghcr.io/ggml-org/llama.cpp:server\nenv: [{name: LLAMA_ARG_N_PARALLEL, value: '4'}]"), "--parallel", "4", "env[0].value"},
		{"nim", deploymentOf("image: nvcr.io/nim/meta/llama3-8b-instruct:1.0.0\nenv: [{name: NIM_TENSOR_PARALLEL_SIZE, value: '2'}]"), "--tensor-parallel-size", "2", "env[0].value"},
		{"nim's passthrough", deploymentOf("image: nvcr.io/nim/meta/llama3-8b-instruct:2.0.0\nenv: [{name: NIM_PASSTHROUGH_ARGS, value: '--max-num-seqs 32 --enforce-eager'}]"), "--max-num-seqs", "32", "env[0].value"},
		{"unseen entrypoint", deploymentOf("image: my/vllm:1\nenv: [{name: VLLM_ADDITIONAL_ARGS, value: '--shutdown-timeout 60'}]\n" + oneGPU), "--shutdown-timeout", "60", "env[0].value"},
		{"env from a ConfigMap", deploymentOf("image: ghcr.io/huggingface/text-generation-inference:3.0.1\nenvFrom: [{configMapRef: {name: c}}]") + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {NUM_SHARD: '8'}\n", "--num-shard", "8", ""},
		{"config file", withFiles(deploymentOf("image: vllm/vllm-openai:v0.11.0\nargs: [--config, /scripts/vllm.yaml]\n"+mounts), "vllm.yaml", "model: a/b\ntensor-parallel-size: 4\nenforce-eager: false"), "--tensor-parallel-size", "4", "args[0]"},
		{"command line before the file", withFiles(deploymentOf("image: vllm/vllm-openai:v0.11.0\nargs: [a/b, --config, /scripts/vllm.yaml, --port, '1234']\n"+mounts), "vllm.yaml", "port: 4321"), "--port", "1234", "args[3]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := recognised(t, test.text)
			if w == nil {
				t.Fatal("not recognised")
			}
			value, ok := w.Args.Get(test.flag)
			if at, _ := w.Args.Where(test.flag); !ok || value != test.value || at.String() != test.where {
				t.Errorf("%s is %q, %v at %s", test.flag, value, ok, at)
			}
		})
	}
	ignored := recognised(t, deploymentOf("image: vllm/vllm-openai:v0.18.0\nargs: [a/b]\nenv: [{name: VLLM_ADDITIONAL_ARGS, value: '--shutdown-timeout 60'}]"))
	if _, ok := ignored.Args.Get("--shutdown-timeout"); ok {
		t.Error("vLLM itself does not read VLLM_ADDITIONAL_ARGS")
	}
}

func TestPorts(t *testing.T) {
	for _, test := range []struct {
		container     string
		port, metrics int32
		known         bool
	}{
		{"image: vllm/vllm-openai:v0.11.0\nargs: [a/b]", 8000, 8000, true},
		{"image: vllm/vllm-openai:v0.11.0\nargs: [a/b, --port, '9']", 9, 9, true},
		{"image: vllm/vllm-openai:v0.11.0\nargs: [a/b, --port, $(PORT)]", 8000, 8000, false},
		{"image: nvcr.io/nvidia/tritonserver:24.08-py3\nargs: [tritonserver, --metrics-port=9]", 8000, 9, true},
		{"image: vllm/vllm-openai:v0.11.0\ncommand: [/start.sh]", 8000, 8000, false},
	} {
		w := recognised(t, deploymentOf(test.container))
		port, known := w.Port()
		metrics, _ := w.MetricsPort()
		if port != test.port || metrics != test.metrics || known != test.known {
			t.Errorf("%s: %d, %d, %v", test.container, port, metrics, known)
		}
	}
}

func TestEngineRows(t *testing.T) {
	seen := map[inventory.EngineID]bool{}
	for _, e := range inventory.Engines() {
		if seen[e.ID] || e.Name == "" || inventory.EngineOf(e.ID) != e {
			t.Errorf("row %s", e.ID)
		}
		seen[e.ID] = true
	}
	if len(seen) != 10 || inventory.EngineOf("?") != nil {
		t.Errorf("%d rows", len(seen))
	}
}
