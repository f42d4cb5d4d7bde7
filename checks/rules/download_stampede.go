package rules

import (
	"fmt"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: Hugging Face, rate limits of the Hub by address and account;
// huggingface_hub, HF_HUB_OFFLINE: without it the Hub is asked at every start.
var downloadStampede = &checks.Check{
	ID:       "download-stampede",
	Severity: checks.Warning,
	Section:  checks.Cache,
	Doc: checks.Doc{
		Title:  "Replicas that start together all call the hub",
		Why:    "A hub limits requests by address, and a cluster's replicas share one. When a peak adds replicas that each download the same weights, some are answered 429 Too Many Requests and start over, just when they are needed. Even a warm cache asks the hub for the newest revision, so that a start waits for the hub, and may fail with it, unless HF_HUB_OFFLINE says not to.",
		Remedy: "Fill a shared volume once (a Job, an init container with a lock) and set HF_HUB_OFFLINE=1 on the replicas, or put a mirror (HF_ENDPOINT) next to the cluster.",
		Ignore: "The hub is a mirror of your own, or scale-outs never add more than a few replicas.",
		Sources: []string{
			"https://huggingface.co/docs/hub/rate-limits",
			"https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables#hfhuboffline",
			"https://github.com/NVIDIA/aicr/issues/1116",
		},
	},
	Needs:    checks.Needs{Kinds: checks.Autoscalers()},
	CausedBy: []string{"cache-env-outside-mount", "weights-not-cached"},
	Params: []checks.Param{{
		Name: "manyReplicas", Value: 4, Min: 1, Max: 1000,
		Doc: "up to so many downloads at a time no hub has been seen to refuse",
	}},
	Run: func(pass *checks.Pass) {
		done := map[*inventory.Workload]bool{}
		for _, a := range pass.Autoscalers() {
			w := a.Workload
			if w == nil || done[w] || a.Max <= a.Min {
				continue
			}
			done[w] = true
			f := checks.Finding{
				At: w.Blame(w.ContainerPath.Join(w.ModelPath...)...), Workload: w,
				Evidence: []checks.Evidence{{Path: "model", Value: w.Model, Basis: checks.Observed}, {Path: a.MaxPath.String(), Value: fmt.Sprint(a.Max), Basis: checks.Observed}},
			}
			if fetch, again := w.Refetches(); again && w.FromHub(fetch) {
				if float64(a.Max) <= pass.Param("manyReplicas") {
					continue
				}
				f.Message = fmt.Sprintf("up to %d replicas download %s, each for itself, and share the hub's limit by address", a.Max, stampedeModel(w))
				f.Fix = &checks.Fix{Title: "fill a shared volume once and set HF_HUB_OFFLINE=1", Safety: checks.Manual, Object: w.Owner}
				pass.Report(f)
			} else if w.AsksHub() {
				f.Severity = checks.Info
				f.Message = fmt.Sprintf("every start asks the hub for %s, though its cache is on a volume: HF_HUB_OFFLINE is not set", w.Model)
				f.Fix = &checks.Fix{Title: "set HF_HUB_OFFLINE=1 once the volume is filled", Safety: checks.Manual, Object: w.Owner}
				pass.Report(f)
			}
		}
	},
}

func stampedeModel(w *inventory.Workload) string {
	if w.Model == "" {
		return "the weights"
	}
	return w.Model
}
