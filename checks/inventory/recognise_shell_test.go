package inventory_test

import (
	"strings"
	"testing"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// script wraps a shell script into a vLLM Deployment.
func script(shell, text string, more ...string) string {
	lines := "image: vllm/vllm-openai:v0.18.0\ncommand: [" + shell + "]\nargs:\n- |\n"
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		lines += "  " + line + "\n"
	}
	return deploymentOf(lines + strings.Join(more, "\n"))
}

func TestShellScripts(t *testing.T) {
	const env = "env: [{name: PORT, value: '9000'}, {name: EXTRA, value: '--max-num-seqs 64 --enforce-eager'}, {name: SECRET, valueFrom: {secretKeyRef: {name: s, key: k}}}]"
	for _, test := range []struct {
		name, shell, text string
		model, flags      string // flag=value, or flag for a switch, separated by blanks
		complete          bool
	}{
		{"one command", "sh, -c", `vllm serve a/b --port 8000`, "a/b", "--port=8000", true},
		{"continuations and comments", "/bin/bash, -ec", "# start\nvllm serve a/b \\\n  --port 8000 \\\n  --enforce-eager # fast\n", "a/b", "--port=8000 --enforce-eager", true},
		{"exec behind others", "bash, -lc", `set -euo pipefail; cd /app && exec vllm serve a/b --port=8000`, "a/b", "--port=8000", true},
		{"prefix assignment", "sh, -c", `VLLM_USE_V1=1 vllm serve a/b`, "a/b", "", true},
		{"pipe", "bash, -c", `vllm serve a/b --port 8000 2>&1 | tee /log`, "a/b", "--port=8000", true},
		{"variable of the container", "sh, -c", `vllm serve a/b --port ${PORT} $EXTRA`, "a/b", "--port=9000 --max-num-seqs=64 --enforce-eager", true},
		{"quoted variable is one word", "sh, -c", `vllm serve a/b "--port=$PORT"`, "a/b", "--port=9000", true},
		{"single quotes expand nothing", "sh, -c", `vllm serve a/b --reasoning-config '{"a":"b"}'`, "a/b", `--reasoning-config={"a":"b"}`, true},
		{"kubelet's own expansion", "sh, -c", `vllm serve a/b --port $(PORT)`, "a/b", "--port=9000", true},
		{"default", "sh, -c", `vllm serve ${MODEL:-a/b} --port ${NOPE:-7000}`, "a/b", "--port=7000", true},
		{"variable of the script", "bash, -c", "MODEL=a/b\nexport TP=2\nvllm serve $MODEL --tensor-parallel-size \"$TP\"", "a/b", "--tensor-parallel-size=2", true},
		{"array", "bash, -c", "ARGS=(--port 8000)\nARGS+=(--enforce-eager)\nexec vllm serve a/b \"${ARGS[@]}\"", "a/b", "--port=8000 --enforce-eager", true},
		{"arguments of the shell", "sh, -c", `exec vllm serve "$@"`, "", "", true},
		{"eval", "bash, -c", `eval "exec vllm serve a/b --port ${PORT}"`, "a/b", "--port=9000", true},
		{"shell in a shell", "sh, -c", `bash -c 'vllm serve a/b --port 8000'`, "a/b", "--port=8000", true},
		{"here document", "sh, -c", "cat > /x <<EOF\nvllm serve wrong/model\nEOF\nvllm serve a/b", "a/b", "", true},
		{"group", "sh, -c", `ray start --head; (vllm serve a/b --port 8000)`, "a/b", "--port=8000", true},
		{"branches", "bash, -c", "if [ \"$LWS_WORKER_INDEX\" = 0 ]; then\n  vllm serve a/b --port 8000\nelse\n  ray start --block\nfi", "a/b", "--port=8000", true},
		{"case", "bash, -c", "case \"$ROLE\" in\n  head|main) vllm serve a/b ;;\n  *) ray start ;;\nesac", "a/b", "", true},
		{"function", "bash, -c", "run() {\n  vllm serve a/b --port 8000\n}\nrun", "a/b", "--port=8000", true},
		{"loops and tests before", "bash, -c", "for i in 1 2 3; do echo $i; done\nwhile [[ ! -f /x && $i < 3 ]]; do sleep 1; done\nfor ((i=0; i<3; i++)); do :; done\nvllm serve a/b", "a/b", "", true},
		{"command substitution before", "bash, -c", "IP=$(hostname -i | awk '{print $1}')\nvllm serve a/b --host \"$IP\" --port 8000", "a/b", "--host= --port=8000", true},

		{"a script before that nobody sees", "sh, -c", "bash /vllm-workspace/multi-node-serving.sh leader; python3 -m vllm.entrypoints.openai.api_server --model a/b --port 8000", "a/b", "--port=8000", true},

		{"unseen words", "bash, -c", `vllm serve a/b --port 8000 $MORE_ARGS`, "a/b", "--port=8000", false},
		{"secret words", "sh, -c", `vllm serve a/b $SECRET`, "a/b", "", false},
		{"set in a branch", "bash, -c", "X=\"\"\nif [ -n \"$Y\" ]; then X=\"--enforce-eager\"; fi\nvllm serve a/b $X", "a/b", "", false},
		{"set behind a test", "bash, -c", "[ -n \"$Y\" ] && X=--enforce-eager\nvllm serve a/b $X", "a/b", "", false},
		{"generated words", "bash, -c", "vllm serve a/b $(cat /args)", "a/b", "", false},
		{"two engines", "bash, -c", "if $A; then vllm serve a/b; else vllm serve c/d; fi", "a/b", "", false},
		{"open quote", "bash, -c", `vllm serve a/b --port "8000`, "a/b", "", false},
		{"placeholder for the model", "sh, -c", `vllm serve $MODEL_ID --port 8000`, "", "--port=8000", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := recognised(t, script(test.shell, test.text, env))
			if w == nil {
				t.Fatal("not recognised")
			}
			if w.Args.Shell == nil || !w.Args.Shell.Found {
				t.Errorf("shell %+v", w.Args.Shell)
			}
			if w.Model != test.model || w.Args.Complete != test.complete {
				t.Errorf("model %q, complete %v", w.Model, w.Args.Complete)
			}
			for _, flag := range strings.Fields(test.flags) {
				name, want, valued := strings.Cut(flag, "=")
				if got, ok := w.Args.Get(name); !ok || got != want || !valued && !w.Args.Has(name) {
					t.Errorf("%s is %q, %v; want %q", name, got, ok, want)
				}
			}
		})
	}
}

func TestShellAroundTheEngine(t *testing.T) {
	for _, test := range []struct {
		name, shell, text string
		want              inventory.Shell
	}{
		{"last of sh", "sh, -c", "vllm serve a/b", inventory.Shell{Name: "sh", Last: true, Commands: 1}},
		{"exec", "/bin/bash, -c", "echo hi; exec vllm serve a/b", inventory.Shell{Name: "bash", Exec: true, Last: true, Commands: 2}},
		{"exec through eval", "bash, -c", `eval "exec vllm serve a/b"`, inventory.Shell{Name: "bash", Exec: true, Last: true, Commands: 1}},
		{"exec of a shell that does not", "bash, -c", `sh -c "exec vllm serve a/b"`, inventory.Shell{Name: "bash", Last: true, Commands: 2}},
		{"exec all the way", "bash, -c", `exec sh -c "exec vllm serve a/b"`, inventory.Shell{Name: "bash", Exec: true, Last: true, Commands: 2}},
		{"exec in a pipe does not replace", "bash, -c", "exec vllm serve a/b | tee x", inventory.Shell{Name: "bash", Piped: true, Commands: 2}},
		{"a pipe behind a group", "bash, -c", "{ vllm serve a/b; } 2>&1 | tee x", inventory.Shell{Name: "bash", Piped: true, Commands: 2}},
		{"background, trap and wait", "bash, -c", "trap 'kill $PID' SIGTERM\nvllm serve a/b & PID=$!\nwait $PID", inventory.Shell{Name: "bash", Background: true, Trap: true, Wait: true, Commands: 2}},
		{"tail", "bash, -c", "vllm serve a/b > /log &\ntail -f /log", inventory.Shell{Name: "bash", Background: true, Commands: 2}},
		{"init in front", "tini, --, bash, -c", "vllm serve a/b", inventory.Shell{Name: "bash", Init: "tini", Last: true, Commands: 1}},
		{"loop", "bash, -c", "while true; do vllm serve a/b; done", inventory.Shell{Name: "bash", Last: true, Conditional: true, Commands: 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := recognised(t, script(test.shell, test.text))
			if w == nil || w.Args.Shell == nil {
				t.Fatal("no shell")
			}
			got := *w.Args.Shell
			if !got.Found || got.Script == "" || got.Path.String() != "args[0]" {
				t.Errorf("found %v, path %s, script %q", got.Found, got.Path, got.Script)
			}
			got.Found, got.Script, got.Path, got.LastCommand = false, "", nil, ""
			if test.want.Path, test.want.Script = nil, ""; !sameShell(got, test.want) {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
		})
	}
	if w := recognised(t, deploymentOf("image: vllm/vllm-openai\ncommand: [vllm, serve, a/b]")); w.Args.Shell != nil {
		t.Errorf("a shell where there is none: %+v", w.Args.Shell)
	}
}

func sameShell(a, b inventory.Shell) bool {
	a.Path, b.Path = nil, nil
	return a.Name == b.Name && a.Init == b.Init && a.Exec == b.Exec && a.Last == b.Last && a.Conditional == b.Conditional &&
		a.Commands == b.Commands && a.Piped == b.Piped && a.Background == b.Background && a.Trap == b.Trap && a.Wait == b.Wait
}

const mounts = "volumeMounts: [{name: files, mountPath: /scripts}]\n" + oneGPU

// withFiles adds a volume from a ConfigMap, and the ConfigMap.
func withFiles(deployment, key, text string) string {
	var b strings.Builder
	b.WriteString(deployment + "      volumes: [{name: files, configMap: {name: files}}]\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: files}\ndata:\n  " + key + ": |\n")
	for _, line := range strings.Split(text, "\n") {
		b.WriteString("    " + line + "\n")
	}
	return b.String()
}

func TestMountedScripts(t *testing.T) {
	const start = "#!/bin/bash\nset -e\nexport HF_HOME=/cache\nexec vllm serve a/b --port 8001 \"$@\"\n"
	for _, test := range []struct{ name, container, shell string }{
		{"given to a shell", "image: python:3.12\ncommand: [bash, /scripts/start.sh, --enforce-eager]\n" + mounts, "bash"},
		{"run as a program", "image: python:3.12\ncommand: [/scripts/start.sh]\nargs: [--enforce-eager]\n" + mounts, "bash"},
		{"called by a script", "image: python:3.12\ncommand: [sh, -c, 'exec /scripts/start.sh --enforce-eager']\n" + mounts, "sh"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := recognised(t, withFiles(deploymentOf(test.container), "start.sh", start))
			if w == nil {
				t.Fatal("not recognised")
			}
			port, _ := w.Args.Get("--port")
			if port != "8001" || !w.Args.Complete || !w.Args.Has("--enforce-eager") || w.Args.Shell.Name != test.shell || !w.Args.Shell.Exec {
				t.Errorf("port %q, args %+v, shell %+v", port, w.Args, w.Args.Shell)
			}
			if dir, known := w.CacheDir(w.Template); dir != "/cache/hub" || !known {
				t.Errorf("cache %s, %v", dir, known)
			}
		})
	}
	unseen := recognised(t, deploymentOf("image: vllm/vllm-openai:v0.18.0\ncommand: [bash, /opt/start.sh]"))
	if unseen == nil || unseen.Args.Complete || unseen.Args.Shell == nil || unseen.Args.Shell.File != "/opt/start.sh" || unseen.Args.Shell.Found {
		t.Errorf("got %+v", unseen)
	}
	// Neither the Deployment's bytes name an engine nor does it ask for a device.
	client := "image: python:3.12\ncommand: [bash, /scripts/start.sh]\nvolumeMounts: [{name: files, mountPath: /scripts}]"
	if w := recognised(t, withFiles(deploymentOf(client), "start.sh", start)); w != nil {
		t.Errorf("recognised by %s", w.By)
	}
}
