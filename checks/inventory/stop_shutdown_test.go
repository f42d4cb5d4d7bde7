package inventory_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func TestDraining(t *testing.T) {
	actions := map[inventory.TermAction]string{inventory.TermUnknown: "unknown", inventory.TermAborts: "aborts", inventory.TermWaits: "waits"}
	sglang := "image: lmsysorg/sglang:v0.5.3\ncommand: [python3, -m, sglang.launch_server]\n"
	for container, want := range map[string]string{
		"image: vllm/vllm-openai:v0.18.0\nargs: [a/b]":                                              "aborts at args",
		"image: vllm/vllm-openai:v0.18.0\ncommand: [vllm, serve, a/b]":                              "aborts at command",
		"image: vllm/vllm-openai:v0.17.1\nargs: [a/b]":                                              "unknown at args",
		"image: vllm/vllm-openai\nargs: [a/b]":                                                      "unknown at args",
		"image: vllm/vllm-openai:v0.18.0\nargs: [a/b, $(MORE)]":                                     "unknown, hidden at args",
		"image: vllm/vllm-openai:v0.18.0\nargs: [a/b, --shutdown-timeout=$(T)]":                     "unknown, hidden at args",
		"image: vllm/vllm-openai:v0.18.0\nargs: [a/b, --shutdown-timeout=60]":                       "waits 1m0s by --shutdown-timeout=60 at args[1]",
		"image: vllm/vllm-openai\nargs: [a/b, --shutdown-timeout, '0']":                             "aborts 0s by --shutdown-timeout=0 at args[1]",
		"image: vllm/vllm-openai:v0.11.0\ncommand: [vllm, serve, --shutdown_timeout, '5']":          "waits 5s by --shutdown-timeout=5 at command[2]",
		"image: nvcr.io/nvidia/tritonserver:24.08-py3\nargs: [tritonserver]":                        "waits 30s at args",
		"image: nvcr.io/nvidia/tritonserver:24.08-py3\nargs: [tritonserver, --exit-timeout-secs=0]": "aborts 0s by --exit-timeout-secs=0 at args[1]",
		"image: ghcr.io/huggingface/text-generation-inference:3.0.1":                                "waits 1m30s at args",
		"image: nvcr.io/nim/meta/llama3-8b-instruct:1.0.0":                                          "unknown at args",
		"image: ghcr.io/ggml-org/llama.cpp:server\nargs: [-hf, a/b]":                                "aborts at args",
		"image: ghcr.io/ggml-org/llama.cpp:server\nargs: [--models-dir, /m]":                        "unknown at args",
		sglang + "env: []": "waits at command",
		sglang + "env: [{name: SGL_FORCE_SHUTDOWN, value: 'true'}]":       "aborts by SGL_FORCE_SHUTDOWN=true at env[0].value",
		sglang + "env: [{name: SGLANG_FORCE_SHUTDOWN, value: '1'}]":       "aborts by SGLANG_FORCE_SHUTDOWN=1 at env[0].value",
		sglang + "env: [{name: SGLANG_FORCE_SHUTDOWN, value: 'false'}]":   "waits at command",
		sglang + "env: [{name: SGLANG_FORCE_SHUTDOWN, value: '<value>'}]": "unknown, hidden at command",
	} {
		w := recognised(t, deploymentOf(container))
		d := w.Draining()
		got := actions[d.OnTerm]
		if d.Hidden {
			got += ", hidden"
		}
		if d.Limit > 0 || d.Set {
			got += " " + d.Limit.String()
		}
		if d.By != "" {
			got += " by " + d.By
		}
		if got += " at " + d.Path.String(); got != want {
			t.Errorf("%s: %s, want %s", container, got, want)
		}
	}
}

// graceOf puts a grace period into a Deployment's template.
func graceOf(container string, seconds int) string {
	return strings.Replace(deploymentOf(container), "      containers:", fmt.Sprintf("      terminationGracePeriodSeconds: %d\n      containers:", seconds), 1)
}

func TestGrace(t *testing.T) {
	const vllm = "image: vllm/vllm-openai:v0.18.1\nargs: [a/b]"
	for _, test := range []struct {
		text string
		live bool
		want string
	}{
		{deploymentOf(vllm), false, "30s false"},
		{deploymentOf(vllm), true, "30s false"},
		{graceOf(vllm, 30), false, "30s true"},
		{graceOf(vllm, 30), true, "30s false"},
		{graceOf(vllm, 90), true, "1m30s true"},
	} {
		b := inventory.NewBuilder()
		objects, _, _ := inventory.Documents([]byte(test.text))[0].Read("")
		b.Add(objects[0])
		if test.live {
			b.Live(inventory.Versions{})
		}
		s := b.Build()
		grace, chosen := s.Grace(s.Workloads()[0])
		if got := fmt.Sprint(grace, chosen); got != test.want {
			t.Errorf("live %v: %s, want %s", test.live, got, test.want)
		}
	}
}

func TestDrainTime(t *testing.T) {
	const sleeps = "image: vllm/vllm-openai:v0.18.1\nargs: [a/b]\nlifecycle: {preStop: {sleep: {seconds: 15}}}"
	for text, want := range map[string]string{
		deploymentOf("image: vllm/vllm-openai:v0.18.1\nargs: [a/b]"): "2m0s 2m10s",
		deploymentOf(sleeps):  "2m0s 2m25s",
		graceOf(sleeps, 55):   "30s 55s",
		graceOf(sleeps, 54):   "2m0s 2m25s",
		graceOf(sleeps, 3600): "59m35s 1h0m0s",
	} {
		s := world(t, text)
		limit, grace := s.DrainTime(s.Workloads()[0])
		if got := fmt.Sprint(limit, grace); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestStopping(t *testing.T) {
	const drains = "image: vllm/vllm-openai:v0.18.1\nargs: [a/b, --shutdown-timeout=60]\nlifecycle: {preStop: {sleep: {seconds: 15}}}"
	const aborts = "image: vllm/vllm-openai:v0.18.1\nargs: [a/b]\nlifecycle: {preStop: {sleep: {seconds: 15}}}"
	for text, want := range map[string]string{
		graceOf(drains, 70):  "5s at spec.template.spec.terminationGracePeriodSeconds",
		deploymentOf(drains): "45s at spec.template.spec.containers[0].args[1]",
		deploymentOf(aborts): "-15s at spec.template.spec.containers[0].lifecycle.preStop",
		deploymentOf("image: vllm/vllm-openai:v0.18.1\nargs: [a/b]"): "-30s at spec.template.spec.terminationGracePeriodSeconds",
	} {
		s := world(t, text)
		stop := s.Stopping(s.Workloads()[0])
		if got := stop.Lacks().String() + " at " + stop.At.String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestPooling(t *testing.T) {
	for container, want := range map[string]bool{
		"image: vllm/vllm-openai:v0.18.1\nargs: [Qwen/Qwen3-8B]":                        false,
		"image: vllm/vllm-openai:v0.18.1\nargs: [Qwen/Qwen3-8B, --task=embed]":          true,
		"image: vllm/vllm-openai:v0.18.1\nargs: [Qwen/Qwen3-8B, --runner, pooling]":     true,
		"image: vllm/vllm-openai:v0.18.1\nargs: [Qwen/Qwen3-8B, --runner, generate]":    false,
		"image: vllm/vllm-openai:v0.18.1\nargs: [Qwen/Qwen3-Embedding-0.6B]":            true,
		"image: vllm/vllm-openai:v0.18.1\nargs: [BAAI/bge-m3]":                          true,
		"image: vllm/vllm-openai:v0.18.1\nargs: [Qwen/Qwen3-Reranker-4B]":               true,
		"image: nvcr.io/nim/nvidia/nv-embedqa-e5-v5:1.0.0":                              true,
		"image: ghcr.io/ggml-org/llama.cpp:server\nargs: [-m, /m/x.gguf, --embeddings]": true,
	} {
		if got := recognised(t, deploymentOf(container)).Pooling(); got != want {
			t.Errorf("%s: %v", container, got)
		}
	}
}

func TestSetFlag(t *testing.T) {
	for container, want := range map[string]string{
		"image: vllm/vllm-openai:v0.18.1\nargs: [a/b]":                                                "args [a/b --shutdown-timeout=60]",
		"image: vllm/vllm-openai:v0.18.1":                                                             "args [--shutdown-timeout=60]",
		"image: vllm/vllm-openai:v0.18.1\ncommand: [vllm, serve]\nargs: [a/b]":                        "args [a/b --shutdown-timeout=60]",
		"image: vllm/vllm-openai:v0.18.1\ncommand: [vllm, serve, a/b]":                                "command [vllm serve a/b --shutdown-timeout=60]",
		"image: vllm/vllm-openai:v0.18.1\nargs: [--shutdown-timeout=0, a/b]":                          "args [--shutdown-timeout=60 a/b]",
		"image: vllm/vllm-openai:v0.18.1\nargs: [--shutdown-timeout, '0', a/b]":                       "args [--shutdown-timeout 60 a/b]",
		"image: vllm/vllm-openai:v0.18.1\ncommand: [vllm, serve, --shutdown-timeout, '0']\nargs: [x]": "command [vllm serve --shutdown-timeout 60]",
		"image: vllm/vllm-openai:v0.18.1\ncommand: [sh, -c, exec vllm serve a/b]":                     "",
		"image: vllm/vllm-openai:v0.18.1\nargs: [a/b, $(MORE)]":                                       "",
	} {
		path, words, ok := recognised(t, deploymentOf(container)).SetFlag("--shutdown-timeout", "60")
		got := ""
		if ok {
			got = fmt.Sprint(path, " ", words)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", container, got, want)
		}
	}
	if _, _, ok := recognised(t, deploymentOf("image: vllm/vllm-openai:v0.18.1")).SetFlag("", "60"); ok {
		t.Error("a flag without a name")
	}
}
