package rules

import (
	"fmt"

	"github.com/infscale/kubectl-infscale/checks"
)

// Source: huggingface_hub, constants.py: HF_HUB_CACHE, else HF_HOME/hub, else
// below the home directory; the TGI Dockerfile sets HF_HOME=/data.
var cacheEnvOutsideMount = &checks.Check{
	ID:       "cache-env-outside-mount",
	Severity: checks.Error,
	Section:  checks.Cache,
	Doc: checks.Doc{
		Title:  "The weights are downloaded past the volume that was mounted for them",
		Why:    "The engine looks for its model where its variables and flags say, and a volume that is mounted elsewhere stays empty. Every replica then downloads tens of GiB onto the node's own disk, at every start, while the claim that was made to avoid that is paid for.",
		Remedy: "Mount the volume at the directory that the engine uses, or point HF_HOME (or --download-dir, NIM_CACHE_PATH, LLAMA_CACHE) at the mount.",
		Ignore: "The volume is for something else: datasets, adapters, logs.",
		Sources: []string{
			"https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables",
			"https://github.com/huggingface/text-generation-inference/blob/main/Dockerfile",
			"https://github.com/GoogleCloudPlatform/kubernetes-engine-samples/issues/1581",
		},
	},
	Needs: checks.Needs{Kinds: checks.Workloads()},
	Run: func(pass *checks.Pass) {
		for _, w := range pass.Workloads() {
			miss, missed := w.MissesCache()
			if !missed {
				continue
			}
			f := checks.Finding{
				At: w.Blame(w.ContainerPath.Join(miss.MountPath...)...), Workload: w,
				Message: fmt.Sprintf("the volume for the weights is mounted at %s, and %s downloads %s into %s", miss.Mount, w.EngineName(), w.Model, miss.Dir),
				Evidence: []checks.Evidence{
					{Path: w.AtEngine(miss.MountPath...).Path.String(), Value: miss.Mount, Basis: checks.Observed},
					{Path: "cache directory", Value: miss.Dir, Basis: checks.Derived},
				},
				Fix: &checks.Fix{Title: "mount the volume at " + miss.Dir, Safety: checks.Unsafe, Restarts: true, Object: w.Object, Edits: []checks.Edit{
					checks.Set(miss.Dir, w.AtEngine(miss.MountPath...).Path...),
				}},
			}
			if !miss.Named {
				f.Severity = checks.Warning
				f.Message = fmt.Sprintf("%s downloads %s into %s, beside the volume that is mounted at %s", w.EngineName(), w.Model, miss.Dir, miss.Mount)
			}
			if !miss.Known {
				f.Severity = checks.Warning
				f.Message += ", if it runs as its image's user"
			}
			if f.Severity == checks.Warning || !miss.Movable || w.Generated() {
				f.Fix = &checks.Fix{Title: "mount the volume where the engine keeps its cache", Safety: checks.Manual, Object: w.Owner}
			}
			pass.Report(f)
		}
	},
}
