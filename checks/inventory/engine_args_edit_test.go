package inventory_test

import (
	"fmt"
	"testing"
)

func TestAddWord(t *testing.T) {
	for container, want := range map[string]string{
		"image: 'lmsysorg/sglang:v0.5.3'\ncommand: [python3, -m, sglang.launch_server, --model-path=m]":         "command [python3 -m sglang.launch_server --model-path=m --enable-metrics]",
		"image: 'lmsysorg/sglang:v0.5.3'\ncommand: [python3, -m, sglang.launch_server]\nargs: [--model-path=m]": "args [--model-path=m --enable-metrics]",
		"image: 'lmsysorg/sglang:v0.5.3'\ncommand: [sh, -c, 'python3 -m sglang.launch_server --model-path=m']":  "",
		"image: 'lmsysorg/sglang:v0.5.3'\ncommand: [python3, -m, sglang.launch_server, $(MORE)]":                "",
	} {
		path, words, ok := recognised(t, deploymentOf(container)).AddWord("--enable-metrics")
		got := ""
		if ok {
			got = fmt.Sprint(path, " ", words)
		}
		if got != want {
			t.Errorf("%s\n  %q, want %q", container, got, want)
		}
	}
}

func TestDropSwitch(t *testing.T) {
	for args, want := range map[string]string{
		"[--model=m, --disable-log-stats, --port=1]": "args [--model=m --port=1]",
		"[--model=m, --disable_log_stats]":           "args [--model=m]",
		"[--model=m, --disable-log-stats, 'true']":   "",
		"[--model=m, --disable-log-stats=true]":      "args [--model=m]",
		"[--model=m]":                                "",
	} {
		path, words, ok := recognised(t, deploymentOf("image: 'vllm/vllm-openai:v0.18.1'\nargs: "+args)).DropSwitch("--disable-log-stats")
		got := ""
		if ok {
			got = fmt.Sprint(path, " ", words)
		}
		if got != want {
			t.Errorf("%s\n  %q, want %q", args, got, want)
		}
	}
}
