package inventory_test

import "testing"

func TestPostStartWaits(t *testing.T) {
	for hook, want := range map[string]bool{
		"exec: {command: [sh, -c, 'while ! curl -s http://localhost:8000/health; do sleep 1; done']}": true,
		"exec: {command: [sh, -c, \"until\\n wget -q localhost:8000/health; do sleep 1; done\"]}":     true,
		"exec: {command: [sh, -c, 'curl -s http://localhost:8000/warm']}":                             false,
		"exec: {command: [sh, -c, 'while pgrep x; do sleep 1; done']}":                                false,
		"sleep: {seconds: 5}": false,
	} {
		w := recognised(t, deploymentOf("image: vllm/vllm-openai:v0.18.1\nlifecycle: {postStart: {"+hook+"}}"))
		if got := w.PostStartWaits(); got != want {
			t.Errorf("%s: %v", hook, got)
		}
	}
	if recognised(t, deploymentOf("image: vllm/vllm-openai:v0.18.1")).PostStartWaits() {
		t.Error("a hook that is not there")
	}
}
