package inventory_test

import "testing"

func TestCacheDir(t *testing.T) {
	for _, test := range []struct {
		container, dir string
		known          bool
	}{
		{"image: vllm/vllm-openai:v0.11.0\nargs: [a/b]", "/root/.cache/huggingface/hub", true},
		{"image: vllm/vllm-openai:v0.11.0\nargs: [a/b]\nsecurityContext: {runAsUser: 0}", "/root/.cache/huggingface/hub", true},
		{"image: vllm/vllm-openai:v0.11.0\nargs: [a/b]\nsecurityContext: {runAsUser: 1000}", "/root/.cache/huggingface/hub", false},
		{"image: my/vllm:1\nargs: [a/b]\n" + oneGPU, "/root/.cache/huggingface/hub", false},
		{"image: vllm/vllm-openai:v0.11.0\nargs: [a/b]\nenv: [{name: HF_HOME, value: /data/}]", "/data/hub", true},
		{"image: vllm/vllm-openai:v0.11.0\nargs: [a/b]\nenv: [{name: HF_HOME, value: /data}, {name: HF_HUB_CACHE, value: /hub}]", "/hub", true},
		{"image: vllm/vllm-openai:v0.11.0\nargs: [a/b]\nenv: [{name: HOME, value: /home/x}]", "/home/x/.cache/huggingface/hub", true},
		{"image: vllm/vllm-openai:v0.11.0\nargs: [a/b]\nenv: [{name: ROOT, value: /r}, {name: HF_HOME, value: $(ROOT)/hf}]", "/r/hf/hub", true},
		{"image: vllm/vllm-openai:v0.11.0\nargs: [a/b]\nenv: [{name: HF_HOME, valueFrom: {configMapKeyRef: {name: c, key: k}}}]", "", false},
		{"image: vllm/vllm-openai:v0.11.0\nargs: [a/b, --download-dir, /d]\nenv: [{name: HF_HOME, value: /data}]", "/d", true},
		{"image: vllm/vllm-openai:v0.11.0\nargs: [a/b, --download-dir, $(D)]", "", false},
		{"image: vllm/vllm-openai:v0.11.0\ncommand: [/start.sh]", "/root/.cache/huggingface/hub", false},
		{"image: ghcr.io/llm-d/llm-d-cuda:v0.6.0\nargs: [a/b]", "/root/.cache/huggingface/hub", false},
		{"image: ghcr.io/huggingface/text-generation-inference:3.0.1", "/data", true},
		{"image: x/huggingface-text-generation-inference-cu124:1", "/data", false},
		{"image: nvcr.io/nim/meta/llama3-8b-instruct:1.0.0\nsecurityContext: {runAsUser: 1000}", "/opt/nim/.cache", true},
		{"image: nvcr.io/nim/meta/llama3-8b-instruct:1.0.0\nenv: [{name: NIM_CACHE_PATH, value: /model-store}]", "/model-store", true},
		{"image: ghcr.io/ggml-org/llama.cpp:server\nenv: [{name: LLAMA_CACHE, value: /c}]", "/c", true},
		{"image: ghcr.io/ggml-org/llama.cpp:server", "", false},
		{"image: nvcr.io/nvidia/tritonserver:24.08-py3\nargs: [tritonserver, --model-repository=/models]", "/models", true},
		{"image: nvcr.io/nvidia/tritonserver:24.08-py3\nargs: [tritonserver, --model-repository=s3://b/m]", "", false},
	} {
		w := recognised(t, deploymentOf(test.container))
		if w == nil {
			t.Errorf("%s: not recognised", test.container)
			continue
		}
		if dir, known := w.CacheDir(w.Template); dir != test.dir || known != test.known {
			t.Errorf("%s: %q, %v", test.container, dir, known)
		}
	}
}

func TestMountOf(t *testing.T) {
	w := recognised(t, deploymentOf("image: vllm/vllm-openai\nvolumeMounts: [{name: a, mountPath: /data}, {name: b, mountPath: /data/hub/}, {name: claim, mountPath: /claim}]")+
		"      volumes: [{name: a, emptyDir: {}}, {name: b, persistentVolumeClaim: {claimName: p}}]\n")
	for dir, want := range map[string]string{"/data": "a /data", "/data/hub": "b /data/hub/", "/data/hub/x": "b /data/hub/", "/data/hubble": "a /data", "/claim/x": "? /claim", "/other": "", "/dat": ""} {
		volume, mount, ok := w.MountOf(w.Template, dir)
		got := ""
		if ok {
			if got = "? " + mount; volume != nil {
				got = volume.Name + " " + mount
			}
		}
		if got != want {
			t.Errorf("%s is in %q, want %q", dir, got, want)
		}
	}
}
