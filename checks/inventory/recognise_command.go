package inventory

import (
	"path"
	"strings"
)

// commandPattern is one way to start an engine.
type commandPattern struct {
	program string // the program's base name
	sub     string // its first argument
	module  string // of python -m; * for any text
	file    string // the end of a script's path
	// accelerated: the container must ask for an accelerator as well.
	accelerated bool
}

// verdict is what a container's visible commands say of it.
type verdict uint8

const (
	runsNothing verdict = iota // no command can be seen
	runsOther                  // only commands that are known not to be an engine
	runsUnknown                // a command that could be anything
)

// foundCommand is the engine's command in what a container runs.
type foundCommand struct {
	engine *Engine
	by     string // `command "vllm serve"`
	args   []word
	how    shellCommand
	number int // among the commands, counted from one
	env    *environment
	// conditional says that the command stands in an if, a loop or the like.
	conditional bool
	// depth counts the scripts around the command, itself in the first.
	depth int
}

// notEnginePrograms run beside engines, prepare their start or measure them. A
// container whose visible commands are all of these serves nothing.
var notEnginePrograms = wordSet(`sleep tail echo printf cat head cp mv ln rm mkdir chmod chown touch ls find grep sed awk tee date env
	true false exit return wait kill nvidia-smi rocm-smi apt apt-get yum dnf apk pip pip3 git curl wget aria2c tar unzip gsutil gcloud aws az s5cmd rclone rsync
	huggingface-cli hf modelscope nslookup getent hostname ping nc ssh sshd supercronic jupyter jupyter-lab
	ray lmcache lmcache_server vllm-router sglang-router sgl-router smg genai-perf perf_analyzer aiperf guidellm locust k6 trtllm-bench litellm
	vllm sglang dynamo llama-cli llama-bench text-generation-router text-generation-benchmark download-to-cache list-model-profiles create-model-store`)

// notEngineModules are python modules of the same sort; all modules below them
// count.
var notEngineModules = [...]string{"vllm_router", "sglang_router", "lmcache", "vllm", "sglang", "dynamo", "pip", "http.server", "litellm", "ray", "huggingface_hub", "jupyter", "tensorrt_llm"}

func wordSet(text string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(text) {
		set[w] = true
	}
	return set
}

// wrappers run the command that is written behind them and their own flags.
var wrappers = wordSet(`env nohup command time setsid nice ionice taskset numactl stdbuf timeout gosu su-exec sudo chroot conda uv poetry pipenv micromamba
	mpirun mpiexec torchrun trtllm-llmapi-launch nsys ncu ddtrace-run opentelemetry-instrument newrelic-admin nvidia_entrypoint.sh docker-entrypoint.sh entrypoint.sh exec
	tini tini-static dumb-init catatonit`)

// judge decides what a plain command is.
func (r *shellRun) judge(words []word, how shellCommand) {
	engine, by, args, v := matchCommand(words, r.accelerated)
	if engine == nil {
		r.wait = r.wait || base(words[0]) == "wait"
		r.verdict = max(r.verdict, v)
		return
	}
	if r.found.engine != nil {
		// Two engines in one container: which flags hold is anybody's guess.
		if joinWords(r.found.args) != joinWords(args) {
			r.incomplete = true
		}
		return
	}
	how.exec = !r.inner && r.replaces(how)
	r.found = foundCommand{engine, by, args, how, r.commands, r.env.with(r.exports(how.assigned)), r.conditional(), r.depth}
}

// matchCommand finds the engine that a command line starts. Behind a wrapper
// (numactl, mpirun, …) the engine's command may stand anywhere.
func matchCommand(words []word, accelerated bool) (engine *Engine, by string, args []word, v verdict) {
	wrapped := len(words) > 1 && wrappers[base(words[0])]
	for rest := words; len(rest) > 0; rest = rest[1:] {
		if engine, by, args = matchProgram(rest, accelerated); engine != nil {
			return engine, by, args, runsUnknown
		}
		if !wrapped {
			break
		}
	}
	if !wrapped && notEngine(words) {
		return nil, "", nil, runsOther
	}
	return nil, "", nil, runsUnknown
}

func matchProgram(words []word, accelerated bool) (*Engine, string, []word) {
	program := base(words[0])
	module, script, rest := pythonTarget(words)
	for i := range engineTable {
		for _, p := range engineTable[i].commands {
			if p.accelerated && !accelerated {
				continue
			}
			args, ok := words[1:], false
			switch {
			case p.program != "":
				ok = program == p.program
			case p.module != "" && module != "":
				ok, _ = path.Match(p.module, module)
				args = rest
			case p.module != "" && script != "":
				// python3 /opt/vllm/entrypoints/openai/api_server.py
				ok = strings.HasSuffix(script, "/"+strings.ReplaceAll(p.module, ".", "/")+".py")
				args = rest
			case p.file != "" && script != "":
				ok, args = strings.HasSuffix(script, p.file), rest
			case p.file != "":
				ok = strings.HasSuffix(words[0].text, p.file)
			}
			if ok && p.sub != "" {
				ok = len(args) > 0 && args[0].text == p.sub
				args = args[min(1, len(args)):]
			}
			if ok {
				return &engineTable[i], `command "` + p.name() + `"`, args
			}
		}
	}
	return nil, "", nil
}

// name is how the pattern shows in messages.
func (p commandPattern) name() string {
	name := p.program + p.module
	if p.file != "" {
		name = path.Base(p.file)
	}
	if p.sub != "" {
		name += " " + p.sub
	}
	return name
}

// pythonTarget reads python's command line: the module behind -m, or the
// script's file.
func pythonTarget(words []word) (module, script string, rest []word) {
	if name := base(words[0]); !strings.HasPrefix(name, "python") && name != "pypy3" {
		return "", "", nil
	}
	for i := 1; i < len(words); i++ {
		text := words[i].text
		switch {
		case text == "-m" && i+1 < len(words):
			return words[i+1].text, "", words[i+2:]
		case text == "-c":
			return "", "", nil
		case text == "-X" || text == "-W":
			i++
		case !strings.HasPrefix(text, "-"):
			return "", text, words[i+1:]
		}
	}
	return "", "", nil
}

// notEngine says whether a command is known to be something else. A shell that
// comes here has no script.
func notEngine(words []word) bool {
	if program := base(words[0]); notEnginePrograms[program] || shells[program] {
		return true
	}
	module, script, _ := pythonTarget(words)
	for _, name := range notEngineModules {
		if module == name || strings.HasPrefix(module, name+".") {
			return true
		}
	}
	return strings.Contains(path.Base(script), "bench")
}

// base is a program's name without its directory.
func base(w word) string { return path.Base(w.text) }
