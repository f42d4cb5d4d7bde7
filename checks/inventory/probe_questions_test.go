package inventory_test

import (
	"testing"
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func TestAsks(t *testing.T) {
	const vllm, nim, sglang = "image: vllm/vllm-openai:v0.18.1", "image: nvcr.io/nim/meta/llama-3.1-8b-instruct:1.8.3", "image: lmsysorg/sglang:v0.5.2\ncommand: [python3, -m, sglang.launch_server]"
	for _, test := range []struct {
		container, probe string
		want             inventory.ProbeAsk
	}{
		{vllm, "httpGet: {path: /health, port: 8000}", inventory.AsksServer},
		{vllm, "tcpSocket: {port: 8000}", inventory.AsksNothing},
		{vllm, "grpc: {port: 8000}", inventory.AsksServer},
		{vllm, "exec: {command: [pgrep, vllm]}", inventory.AsksNothing},
		{vllm, "exec: {command: [sh, -c, 'curl -sf localhost:8000/health']}", inventory.AsksServer},
		{vllm, "exec: {command: [sh, -c, 'curl -sf -d @/p.json localhost:8000/v1/completions']}", inventory.AsksTokens},
		{sglang, "httpGet: {path: /health_generate, port: 30000}", inventory.AsksTokens},
		{nim, "httpGet: {path: /v1/health/live, port: 8000}", inventory.AsksNothing},
		{nim, "httpGet: {path: /v1/health/ready, port: 8000}", inventory.AsksServer},
		{vllm, "httpGet: {path: /v1/health/live, port: 8000}", inventory.AsksServer},
	} {
		w := recognised(t, deploymentOf(test.container+"\nlivenessProbe: {"+test.probe+"}"))
		if got := w.Asks(w.Container.LivenessProbe); got != test.want {
			t.Errorf("%s: %v, want %v", test.probe, got, test.want)
		}
	}
	w := recognised(t, deploymentOf(vllm))
	if got := w.Asks(nil); got != inventory.AsksNothing {
		t.Errorf("no probe: %v", got)
	}
}

func TestProbePatience(t *testing.T) {
	for probe, want := range map[string]struct {
		patience  time.Duration
		threshold int // for 3 minutes and tries of 10 s
	}{
		"{}": {30 * time.Second, 18},
		"{initialDelaySeconds: 300, periodSeconds: 20}": {time.Minute, 9},
		"{periodSeconds: 5, timeoutSeconds: 30}":        {90 * time.Second, 18},
		"{periodSeconds: 7, failureThreshold: 10}":      {70 * time.Second, 18},
		"{periodSeconds: 50, failureThreshold: 2}":      {100 * time.Second, 4},
	} {
		w := recognised(t, deploymentOf("image: vllm/vllm-openai:v0.18.1\nlivenessProbe: "+probe))
		p := w.Container.LivenessProbe
		if got := inventory.ProbePatience(p); got != want.patience {
			t.Errorf("%s: %s, want %s", probe, got, want.patience)
		}
		if got := inventory.ProbeThreshold(p, 3*time.Minute, 10*time.Second); got != want.threshold {
			t.Errorf("%s: threshold %d, want %d", probe, got, want.threshold)
		}
	}
	if inventory.ProbePatience(nil) != 0 {
		t.Error("no probe has patience")
	}
}
