package rules

import (
	"fmt"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: vLLM, vllm/envs.py (VLLM_CACHE_ROOT) and docs/design/torch_compile.md:
// what torch.compile made is kept below it and found again by a hash.
var compileCacheLost = &checks.Check{
	ID:       "compile-cache-lost",
	Severity: checks.Info,
	Section:  checks.Cache,
	Doc: checks.Doc{
		Title:  "Every new replica compiles the same kernels again",
		Why:    "vLLM compiles a model's graphs at its first start and keeps them in ~/.cache/vllm. On the container's own layer, or on a volume that ends with the pod, each replica compiles them again, for tens of seconds up to minutes, while its accelerators are idle.",
		Remedy: "Keep VLLM_CACHE_ROOT on a volume that outlives the pod, shared by replicas of the same image, model and device only.",
		Ignore: "Starts are rare, or the cache is baked into the image.",
		Sources: []string{
			"https://docs.vllm.ai/en/latest/design/torch_compile/",
			"https://github.com/vllm-project/vllm/blob/main/vllm/envs.py",
			"https://github.com/ai-dynamo/dynamo/issues/10695",
		},
	},
	Needs: checks.Needs{Kinds: checks.Autoscalers()},
	Run: func(pass *checks.Pass) {
		done := map[*inventory.Workload]bool{}
		for _, a := range pass.Autoscalers() {
			w := a.Workload
			if w == nil || done[w] || a.Max <= a.Min {
				continue
			}
			done[w] = true
			dir, lost := w.LosesCompiled()
			if !lost {
				continue
			}
			pass.Report(checks.Finding{
				At: w.Blame(w.ContainerPath.Join("volumeMounts")...), Workload: w,
				Message:  fmt.Sprintf("what %s compiles is kept in %s, which ends with the pod", w.EngineName(), dir),
				Evidence: []checks.Evidence{{Path: "cache directory", Value: dir, Basis: checks.Derived}},
				Fix:      compiledFix(w),
			})
		}
	},
}

// compiledFix puts the cache beside the weights, where those outlive the pod.
func compiledFix(w *inventory.Workload) *checks.Fix {
	const variable = "VLLM_CACHE_ROOT"
	fix := &checks.Fix{Title: "keep " + variable + " on a volume that outlives the pod", Safety: checks.Manual, Object: w.Owner}
	dir, ok := w.KeptMount()
	if _, set := w.Env(variable); set || !ok || w.Generated() {
		return fix
	}
	fix.Title, fix.Safety, fix.Restarts = fmt.Sprintf("set %s to %s/vllm", variable, dir), checks.Unsafe, true
	fix.Edits = []checks.Edit{checks.Set(map[string]any{"name": variable, "value": dir + "/vllm"}, w.ContainerPath.Join("env", len(w.Container.Env))...)}
	return fix
}
