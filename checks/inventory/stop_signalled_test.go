package inventory_test

import (
	"strings"
	"testing"
)

func TestSwallowsTerm(t *testing.T) {
	const own, foreign = "vllm/vllm-openai:v0.18.1", "example.com/team/server:1"
	for _, test := range []struct{ image, command, want string }{
		{own, "command: [vllm, serve, a/b]", ""},
		{own, "command: [sh, -c, 'vllm serve a/b']", "sh runs %s without exec"},
		{own, "command: [ash, -c, 'vllm serve a/b']", "ash runs %s without exec"},
		{own, "command: [dash, -c, 'vllm serve a/b']", "dash runs %s without exec"},
		{own, "command: [bash, -c, 'vllm serve a/b']", ""},
		{own, "command: [zsh, -c, 'vllm serve a/b']", ""},
		{own, "command: [bash, -c, 'vllm serve a/b; true; echo x']", "bash runs %s without exec"},
		{own, "command: [bash, -c, 'exec vllm serve a/b']", ""},
		{own, "command: [bash, -c, 'if true; then vllm serve a/b; fi']", "bash runs %s without exec"},
		{own, "command: [bash, -c, 'vllm serve a/b |& tee x']", "bash runs %s in a pipe"},
		{own, "command: [bash, -c, 'vllm serve a/b &']", ""},
		{own, "command: [bash, -c, 'vllm serve a/b & wait']", "bash runs %s in the background without a trap for SIGTERM"},
		{own, "command: [bash, -c, 'trap x INT; vllm serve a/b & wait']", "bash runs %s in the background without a trap for SIGTERM"},
		{own, "command: [bash, -c, 'trap x 15; vllm serve a/b & wait']", ""},
		{own, "command: [bash, -c, 'trap x 15; vllm serve a/b & sleep inf']", "bash runs %s in the background of sleep inf"},
		{own, "command: [bash, -c, 'trap x 15; vllm serve a/b & tail --follow x']", "bash runs %s in the background of tail --follow x"},
		{own, "command: [bash, -c, 'trap x 15; vllm serve a/b & tail x']", ""},
		{own, "command: [bash, -c, 'trap x 15; vllm serve a/b & sleep 5']", ""},
		{own, "command: [bash, -c, 'vllm serve a/b & sleep']", "bash runs %s in the background without a trap for SIGTERM"},
		{own, "command: [bash, -c, 'trap x 15; vllm serve a/b']", "bash runs its trap for SIGTERM when %s has ended"},
		{own, "command: [dumb-init, bash, -c, 'vllm serve a/b; echo x']", ""},
		{own, "command: [bash, -c, 'eval \"vllm serve a/b\"; echo x']", ""},
		{foreign, "command: [sh, -c, 'vllm serve a/b']", "perhaps sh runs %s without exec"},
		{foreign, "command: [dash, -c, 'vllm serve a/b']", "dash runs %s without exec"},
		{foreign, "command: [sh, -c, 'vllm serve a/b | tee x']", "sh runs %s in a pipe"},
		{foreign, "args: [sh, -c, 'vllm serve a/b | tee x']", "perhaps sh runs %s in a pipe"},
		{"ghcr.io/llm-d/llm-d-cuda:v0.3", "command: [sh, -c, 'vllm serve a/b']", "perhaps sh runs %s without exec"},
		{"example.com/ubi9/vllm-openai:v0.18.1", "command: [sh, -c, 'vllm serve a/b']", "perhaps sh runs %s without exec"},
		{"nvcr.io/nim/a/b:1.8.3", "command: [sh, -c, 'exec /opt/nim/start_server.sh | tee x']", "sh runs %s in a pipe"},
		{"nvcr.io/nim/a/b:1.8.3", "command: [sh, -c, '/opt/nim/start_server.sh']", "perhaps sh runs %s without exec"},
	} {
		w := recognised(t, deploymentOf("image: "+test.image+"\n"+test.command+"\n"+oneGPU))
		if w == nil {
			t.Errorf("%s: nothing is recognised", test.command)
			continue
		}
		got := ""
		if s, yes := w.SwallowsTerm(); yes {
			got = s.Name + " " + s.How
			if !s.Sure {
				got = "perhaps " + got
			}
		}
		if got != test.want {
			t.Errorf("%s in %s: %q, want %q", test.command, test.image, got, test.want)
		}
	}
}

func TestWithExec(t *testing.T) {
	for script, want := range map[string]string{
		"vllm serve a/b":                                  "exec vllm serve a/b",
		"  vllm serve a/b":                                "  exec vllm serve a/b",
		"export A=1; vllm serve a/b":                      "export A=1; exec vllm serve a/b",
		"pip install x && vllm serve a/b":                 "pip install x && exec vllm serve a/b",
		"pip install vllm\nvllm \\\n  serve a/b\n":        "pip install vllm\nexec vllm \\\n  serve a/b\n",
		"# vllm\nvllm-setup\nnumactl \\\n vllm serve a/b": "# vllm\nvllm-setup\nexec numactl \\\n vllm serve a/b",
		"A=1 vllm serve a/b":                              "",
		"vllm --version; vllm serve a/b":                  "",
		"vllm serve a/b | tee x":                          "",
		"vllm serve a/b & wait":                           "",
		"vllm serve a/b; echo x":                          "",
		"trap x TERM; vllm serve a/b":                     "",
		"if true; then vllm serve a/b; fi":                "",
		"eval 'vllm serve a/b'":                           "",
		"$RUN; vllm serve $(MODEL)":                       "$RUN; exec vllm serve $(MODEL)",
	} {
		text := strings.ReplaceAll(script, "\\", "\\\\")
		text = strings.ReplaceAll(text, "\n", "\\n")
		w := recognised(t, deploymentOf("image: vllm/vllm-openai:v0.18.1\ncommand: [sh, -c]\nargs: [\""+text+"\", x]\nenv: [{name: MODEL, value: a/b}]"))
		path, words, ok := w.WithExec()
		got := ""
		if ok {
			got = words[0].(string)
			if path.String() != "args" || len(words) != 2 {
				t.Errorf("%q: %v at %s", script, words, path)
			}
		}
		if got != want {
			t.Errorf("%q: %q, want %q", script, got, want)
		}
	}
	if _, _, ok := recognised(t, deploymentOf("image: vllm/vllm-openai:v0.18.1")).WithExec(); ok {
		t.Error("exec without a shell")
	}
}

func TestPreStopKills(t *testing.T) {
	for hook, want := range map[string]bool{
		"":                                     false,
		"postStart: {exec: {command: [kill]}}": false,
		"preStop: {sleep: {seconds: 5}}":       false,
		"preStop: {exec: {command: [sleep, '5']}}":                 false,
		"preStop: {exec: {command: [sh, -c, pkill -TERM python]}}": true,
	} {
		w := recognised(t, deploymentOf("image: vllm/vllm-openai:v0.18.1\nlifecycle: {"+hook+"}"))
		if got := w.PreStopKills(); got != want {
			t.Errorf("%q: %v", hook, got)
		}
	}
	if recognised(t, deploymentOf("image: vllm/vllm-openai:v0.18.1")).PreStopKills() {
		t.Error("no hook kills")
	}
}
