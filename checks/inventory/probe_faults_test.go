package inventory_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// misdirected words what is wrong with the only workload's probes.
func misdirected(t *testing.T, text string) string {
	t.Helper()
	s := world(t, text)
	names := map[inventory.ProbeFault]string{
		inventory.FaultName: "name", inventory.FaultPort: "port", inventory.FaultLoopback: "loopback",
		inventory.FaultTLS: "tls", inventory.FaultPath: "path", inventory.FaultKey: "key",
	}
	var all []string
	for _, m := range s.Misdirected(s.Workloads()[0]) {
		sure := ""
		if !m.Sure {
			sure = "perhaps "
		}
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s%s %s", sure, names[m.Fault], m.By))+" in "+m.Fields())
	}
	return strings.Join(all, "; ")
}

func TestMisdirected(t *testing.T) {
	const vllm = "image: vllm/vllm-openai:v0.18.1\n"
	const sglang = "image: lmsysorg/sglang:v0.5.2\ncommand: [python3, -m, sglang.launch_server, --model-path=/m%s]\n"
	const trtllm = "image: nvcr.io/nvidia/tensorrt-llm/release:1.0.0\ncommand: [trtllm-serve, %s]\n"
	get := func(path string, port any) string {
		return fmt.Sprintf("readinessProbe: {httpGet: {path: %s, port: %v}}\n", path, port)
	}
	for _, test := range []struct{ container, want string }{
		{vllm + get("/health", 8000), ""},
		{vllm + get("/health", "'8000'"), ""},
		{vllm + get("/health", "'8001'"), "port in readinessProbe"},
		{vllm + get("/health", "'{{port}}'"), ""},
		{vllm + get("/health", "a-name-far-too-long"), ""},
		{vllm + get("/health", "http") + "ports: [{name: api, containerPort: 8000}, {name: http, containerPort: 8000}]", ""},
		{vllm + get("/health", 9000) + "livenessProbe: {httpGet: {path: /ping, port: 9000}}", "port in readinessProbe, livenessProbe"},
		{vllm + get("/health", 9000) + "livenessProbe: {tcpSocket: {port: 9001}}", "port in readinessProbe; port in livenessProbe"},
		{vllm + get("/health", 9000) + "ports: [{containerPort: 9000}]", "perhaps port in readinessProbe"},
		{vllm + "readinessProbe: {httpGet: {path: /health, port: 9000, host: example.com}}", ""},
		{vllm + "readinessProbe: {tcpSocket: {port: 9000, host: example.com}}", ""},
		{vllm + "readinessProbe: {grpc: {port: 9000}}", ""},
		{vllm + "args: [--port=$(PORT)]\n" + get("/health", 9000), ""},
		{vllm + "args: [--headless]\n" + get("/health", 9000), ""},
		{vllm + "command: [sh, -c, 'nginx; exec vllm serve a/b']\n" + get("/health", 80), "perhaps port in readinessProbe"},
		{vllm + "command: [sh, -c, 'nginx; exec vllm serve a/b']\n" + get("/health", 80) + "ports: [{containerPort: 80}]", ""},
		{vllm + get("/-/healthz", 8000) + "livenessProbe: {httpGet: {path: /v1/health/live, port: 8000}}", "path Ray Serve's in readinessProbe; path NIM's in livenessProbe"},
		{vllm + "args: [--root-path=/v2]\n" + get("/v2/health/ready", 8000), ""},
		{vllm + "args: [--host, localhost]\n" + get("/health", 8000), "loopback localhost in readinessProbe"},
		{vllm + "args: [--host, '::']\n" + get("/health", 8000), ""},
		{vllm + "args: [--ssl-keyfile=/k]\n" + get("/health", 8000), "tls --ssl-keyfile in readinessProbe"},
		{vllm + "args: [--ssl-keyfile=$(K)]\n" + get("/health", 8000), ""},
		{fmt.Sprintf(sglang, "") + get("/health", 30000), "loopback 127.0.0.1 in readinessProbe"},
		{fmt.Sprintf(sglang, ", --host=0.0.0.0") + get("/health", 30000), ""},
		{fmt.Sprintf(sglang, ", $(MORE)") + get("/health", 30000), ""},
		{fmt.Sprintf(sglang, ", --host=0.0.0.0, --api-key=k") + get("/health", 30000) + "livenessProbe: {httpGet: {path: /model_info, port: 30000}}", "key --api-key in livenessProbe"},
		{fmt.Sprintf(trtllm, "a/b") + get("/health", 8000), "loopback localhost in readinessProbe"},
		{fmt.Sprintf(trtllm, "disaggregated, -c, /c.yaml") + get("/health", 8000), ""},
		{"image: nvcr.io/nvidia/tritonserver:25.09-py3\ncommand: [tritonserver, --model-repository=/m]\n" + get("/metrics", 8002) + "livenessProbe: {tcpSocket: {port: 8001}}", ""},
		{"image: nvcr.io/nim/a/b:1.8.3\nenv: [{name: NIM_HEALTH_PORT, value: '8001'}]\n" + get("/v1/health/ready", 8001), ""},
		{"image: ghcr.io/huggingface/text-generation-inference:3.3.4\n" + get("/health", 8080), "port in readinessProbe"},
		{"image: example.com/google/huggingface-text-generation-inference:1\n" + get("/health", 8080), ""},
		{"image: ghcr.io/huggingface/text-generation-inference:3.3.4\nenv: [{name: AIP_HEALTH_ROUTE, value: /-/healthz}]\n" + get("/-/healthz", 80), ""},
		{"image: ghcr.io/ggml-org/llama.cpp:server\nargs: [-m, /m, --host, 127.0.0.1]\n" + get("/health", 8080), "loopback 127.0.0.1 in readinessProbe"},
		{"image: ghcr.io/ggml-org/llama.cpp:server\nenv: [{name: LLAMA_ARG_SSL_KEY_FILE, value: /k}]\n" + get("/health", 8080), ""},
	} {
		if got := misdirected(t, deploymentOf(test.container)); got != test.want {
			t.Errorf("%s\nis %q, want %q", test.container, got, test.want)
		}
	}
}

func TestMisdirectedBesideSidecars(t *testing.T) {
	const vllm = "{name: v, image: 'vllm/vllm-openai:v0.18.1', readinessProbe: {httpGet: {path: /health, port: 9000}}}"
	for sidecar, want := range map[string]string{
		"{name: s, image: nginx}":                                 "perhaps port in readinessProbe",
		"{name: s, image: nginx, ports: [{containerPort: 9000}]}": "",
		"{name: s, image: nginx, ports: [{containerPort: 9001}]}": "port in readinessProbe",
	} {
		if got := misdirected(t, deploymentOf(sidecar, vllm)); got != want {
			t.Errorf("beside %s: %q, want %q", sidecar, got, want)
		}
	}
	for init, want := range map[string]string{
		"{name: s, image: nginx}":                        "port in readinessProbe",
		"{name: s, image: nginx, restartPolicy: Always}": "perhaps port in readinessProbe",
	} {
		text := strings.ReplaceAll(deploymentOf(vllm), "containers:", "initContainers: ["+init+"]\n      containers:")
		if got := misdirected(t, text); got != want {
			t.Errorf("after %s: %q, want %q", init, got, want)
		}
	}
	meshed := strings.ReplaceAll(deploymentOf("image: lmsysorg/sglang:v0.5.2\ncommand: [python3, -m, sglang.launch_server]\nreadinessProbe: {tcpSocket: {port: 30000}}"),
		"{labels: {a: b}}", "{labels: {a: b, sidecar.istio.io/inject: 'true'}}")
	if got := misdirected(t, meshed); got != "" {
		t.Errorf("with a mesh: %q", got)
	}
}
