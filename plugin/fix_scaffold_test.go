package plugin

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// scaffolded are the engines, each as somebody would start it who has read no
// more than its first page: no probes, no drain, no volume.
var scaffolded = []struct{ name, kind, image, args string }{
	{"vllm", "Deployment", "vllm/vllm-openai:v0.18.1", `"--model=Qwen/Qwen2.5-7B-Instruct"`},
	{"vllm-slots", "Deployment", "vllm/vllm-openai:v0.18.1", `"--model=Qwen/Qwen2.5-7B-Instruct","--max-num-seqs=48"`},
	{"vllm-large", "Deployment", "vllm/vllm-openai:v0.18.1", `"--model=meta-llama/Llama-3.3-70B-Instruct","--tensor-parallel-size=4"`},
	{"vllm-old", "Deployment", "vllm/vllm-openai:v0.9.2", `"--model=Qwen/Qwen2.5-7B-Instruct"`},
	{"vllm-set", "StatefulSet", "vllm/vllm-openai:v0.18.1", `"--model=Qwen/Qwen2.5-7B-Instruct"`},
	{"sglang", "Deployment", "lmsysorg/sglang:v0.5.4", `"python3","-m","sglang.launch_server","--model-path=Qwen/Qwen2.5-7B-Instruct","--host=0.0.0.0"`},
	{"tgi", "Deployment", "ghcr.io/huggingface/text-generation-inference:3.3.4", `"--model-id=Qwen/Qwen2.5-7B-Instruct"`},
	{"trtllm", "Deployment", "nvcr.io/nvidia/tensorrt-llm/release:1.1.0", `"trtllm-serve","Qwen/Qwen2.5-7B-Instruct","--host=0.0.0.0"`},
	{"llamacpp", "Deployment", "ghcr.io/ggml-org/llama.cpp:server-cuda-b6500", `"-hf","ggml-org/Qwen2.5-7B-Instruct-GGUF","--host","0.0.0.0"`},
}

const scaffoldedManifest = `apiVersion: apps/v1
kind: %[2]s
metadata:
  name: %[1]s
  namespace: inference
spec:
  replicas: 2
  selector:
    matchLabels:
      app: %[1]s
  template:
    metadata:
      labels:
        app: %[1]s
    spec:
      containers:
      - name: engine # the server
        image: %[3]s
        args: [%[4]s]
        resources:
          limits:
            nvidia.com/gpu: %[5]d
---
apiVersion: v1
kind: Service
metadata: {name: %[1]s, namespace: inference, labels: {app: %[1]s}}
spec:
  selector: {app: %[1]s}
  ports: [{name: http, port: 80, targetPort: %[6]d}]
`

func scaffoldedPort(name string) int {
	switch {
	case strings.HasPrefix(name, "sglang"):
		return 30000
	case name == "tgi":
		return 80
	case name == "llamacpp":
		return 8080
	}
	return 8000
}

// TestScaffoldLintsClean: what is generated has nothing at warning or above, for
// every engine and with both autoscalers.
func TestScaffoldLintsClean(t *testing.T) {
	for _, with := range []string{"keda", "hpa"} {
		for _, s := range scaffolded {
			t.Run(s.name+"/"+with, func(t *testing.T) {
				gpus := 1
				if strings.Contains(s.args, "parallel") {
					gpus = 4
				}
				dir := t.TempDir()
				from, out := filepath.Join(dir, "engine.yaml"), filepath.Join(dir, "out")
				text := fmt.Sprintf(scaffoldedManifest, s.name, s.kind, s.image, s.args, gpus, scaffoldedPort(s.name))
				if err := os.WriteFile(from, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				mustRun(t, "fix", "scaffold", s.kind+"/"+s.name, "-f", from, "--with", with, "--output-dir", out)
				service := text[strings.Index(text, "---\n"):]
				if err := os.WriteFile(filepath.Join(out, "service.yaml"), []byte(service), 0o600); err != nil {
					t.Fatal(err)
				}
				mustRun(t, "lint", "-f", out, "--fail-on", "warning")
				if workload, _ := os.ReadFile(filepath.Join(out, "workload.yaml")); !bytes.Contains(workload, []byte("# the server")) {
					t.Errorf("the workload lost its comments:\n%s", workload)
				}
			})
		}
	}
}

func mustRun(t *testing.T, args ...string) {
	t.Helper()
	var out, notes bytes.Buffer
	streams := Streams{In: strings.NewReader(""), Out: &out, Err: &notes, Env: func(string) string { return "" }}
	if code := Main(t.Context(), streams, Build{}, append([]string{"kubectl-infscale"}, args...)); code != exitClean || strings.Contains(notes.String(), "warning") {
		t.Errorf("%s: exit code %d\n%s%s", strings.Join(args[:2], " "), code, out.String(), notes.String())
	}
}
