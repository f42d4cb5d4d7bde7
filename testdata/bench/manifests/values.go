package manifests

import (
	"fmt"
	"math/rand/v2"
)

// values is what the templates read.
type values struct {
	Name, Namespace, Team string
	Replicas, MaxReplicas int
	Port, CPU, Memory     int
	Tag                   string
	Minute, Hour          int
	Env                   []variable
	Bodies                []body
	Engine                engine
	Model                 model
	Startup, PreStop      bool
}

type variable struct{ Name, Value string }

// engine is what an autoscaler asks about: PodsMetric is the name an adapter
// commonly gives the queue's length, Series the engine's own name for it.
type engine struct{ Name, PodsMetric, Series string }

type model struct {
	Label, Repository       string
	GPUs, MemoryGi, Context int
}

func engineOf(workload int) engine {
	return [...]engine{
		{"vllm", "vllm_num_requests_waiting", "vllm:num_requests_waiting"},
		{"sglang", "sglang_num_queue_reqs", "sglang:num_queue_reqs"},
		{"tgi", "tgi_queue_size", "tgi_queue_size"},
	}[workload%3]
}

func modelOf(workload int) model {
	return [...]model{
		{"llama-3-1-8b", "meta-llama/Llama-3.1-8B-Instruct", 1, 64, 16384},
		{"llama-3-3-70b", "meta-llama/Llama-3.3-70B-Instruct", 4, 320, 32768},
		{"qwen3-32b", "Qwen/Qwen3-32B", 2, 160, 32768},
		{"mistral-small-24b", "mistralai/Mistral-Small-24B-Instruct-2501", 2, 128, 32768},
	}[workload%4]
}

// fill draws a file's values. They hang on the seed and the file's number
// alone, so that the files can be written in any order; what several files of
// one workload have to agree on hangs on the workload's number.
func fill(f file, seed uint64) values {
	r := rand.New(rand.NewPCG(seed, uint64(f.index)))
	v := values{
		Name: f.subject.name, Namespace: f.subject.namespace, Team: f.subject.team,
		Replicas: 1 + r.IntN(6), Port: 8000 + r.IntN(100),
		CPU: 50 * (1 + r.IntN(20)), Memory: 64 * (1 + r.IntN(16)),
		Tag:    fmt.Sprintf("v%d.%d.%d", 1+r.IntN(4), r.IntN(30), r.IntN(10)),
		Minute: r.IntN(60), Hour: r.IntN(24),
		Env: environment(r),
	}
	for _, t := range f.templates {
		if t == "ConfigMap" {
			v.Bodies = bodies(r)
		}
	}
	if w := f.subject.workload; w >= 0 {
		v.Engine, v.Model = engineOf(w), modelOf(w)
		v.Replicas, v.MaxReplicas = 2+w%2, 6+w%5
		v.Startup, v.PreStop = w%4 != 3, w%5 != 4 // some lack what most have
	}
	return v
}

func environment(r *rand.Rand) []variable {
	names := [...]string{
		"LOG_LEVEL", "CACHE_TTL_SECONDS", "POOL_SIZE", "RETRY_LIMIT", "REQUEST_TIMEOUT_MS", "QUEUE_NAME",
		"FEATURE_SET", "BATCH_SIZE", "TRACE_RATIO", "REGION_HINT",
	}
	env := make([]variable, 1+r.IntN(len(names)))
	for i := range env {
		env[i] = variable{names[i], fmt.Sprint(r.IntN(5000))}
	}
	return env
}
