package rules

import (
	"fmt"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: huggingface_hub file_download.py and vLLM's
// model_loader/weight_utils.py: what is not in the cache directory is
// downloaded; a container's own layer and an emptyDir start empty.
var weightsNotCached = &checks.Check{
	ID:       "weights-not-cached",
	Severity: checks.Warning,
	Section:  checks.Cache,
	Doc: checks.Doc{
		Title:  "Every new replica downloads the model again",
		Why:    "The weights land on the container's own layer or on a volume that ends with the pod. Each scale-out, rollout and node drain then waits for tens of GiB from a hub while the GPU is held and paid, and several replicas at once share the hub's rate limit. When the hub is down, nothing scales.",
		Remedy: "Keep the weights on storage that is there when the pod starts: a ReadWriteMany or ReadOnlyMany claim, a bucket mounted by a CSI driver, a node's disk filled beforehand, an image volume; or stream them from an object store in the same region.",
		Ignore: "Replicas seldom start, or the hub is a mirror next to the cluster.",
		Sources: []string{
			"https://huggingface.co/docs/huggingface_hub/guides/manage-cache",
			"https://docs.vllm.ai/en/latest/deployment/k8s/",
			"https://kubernetes.io/docs/tasks/configure-pod-container/image-volumes/",
		},
	},
	Needs:  checks.Needs{Kinds: checks.Workloads()},
	Params: checks.LoadParams(),
	Run: func(pass *checks.Pass) {
		for _, w := range pass.Workloads() {
			if fetch, again := w.Refetches(); again {
				pass.Report(weightsFinding(pass, w, fetch))
			}
		}
	},
}

func weightsFinding(pass *checks.Pass, w *inventory.Workload, fetch inventory.Refetch) checks.Finding {
	path := w.ContainerPath.Join("volumeMounts")
	if fetch.Volume != nil {
		path = fetch.Path
	}
	who := "every pod"
	if fetch.Init != "" {
		who += "'s init container " + fetch.Init
	}
	f := checks.Finding{
		At: w.Blame(path...), Workload: w,
		Message:  fmt.Sprintf("%s downloads %s anew, into %s on %s", who, weightsModel(w, fetch), fetch.Dir, weightsStorage(fetch)),
		Evidence: []checks.Evidence{{Path: path.String(), Value: fetch.Dir + " on " + weightsStorage(fetch), Basis: checks.Observed}},
		Fix:      &checks.Fix{Title: "mount a volume that keeps the weights, and point the engine at it", Safety: checks.Manual, Object: w.Owner, New: checks.Stack{Workload: w}.Claim()},
	}
	quantisation, _ := w.Args.Get("--quantization", "--quantize")
	const small = 3 // GiB: a minute at the slowest rate assumed
	gib, sized := inventory.WeightsGiB(w.Model, quantisation)
	if sized {
		f.Evidence = append(f.Evidence, checks.Evidence{Path: "model", Value: fmt.Sprintf("%s, %.1f GiB", w.Model, gib), Basis: checks.Derived})
	}
	if e, ok := pass.EstimateLoad(w); ok && e.Hub && gib >= small {
		f.Message += fmt.Sprintf(": %.0f GiB, a start of %s to %s by estimate", e.GiB, e.Fast, e.Slow)
		f.Evidence = append(f.Evidence, checks.Evidence{Path: "load time", Value: e.Fast.String() + " to " + e.Slow.String(), Basis: checks.Assumed})
	}
	if sized && gib < small || fetch.Mirror != "" {
		f.Severity = checks.Info
	}
	return f
}

func weightsModel(w *inventory.Workload, fetch inventory.Refetch) string {
	switch {
	case fetch.Init != "":
		return "the weights"
	case fetch.Mirror != "":
		return w.Model + " from " + fetch.Mirror
	}
	return w.Model
}

func weightsStorage(fetch inventory.Refetch) string {
	switch {
	case fetch.Volume == nil:
		return "the container's own layer"
	case fetch.Volume.Ephemeral != nil:
		return "ephemeral volume " + fetch.Volume.Name
	}
	return "emptyDir " + fetch.Volume.Name
}
