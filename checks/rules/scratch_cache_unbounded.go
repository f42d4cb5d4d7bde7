package rules

import (
	"fmt"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: Kubernetes documentation, local ephemeral storage: what no request
// announces is not looked at by the scheduler, and evicts when a disk is full.
var scratchCacheUnbounded = &checks.Check{
	ID:       "scratch-cache-unbounded",
	Severity: checks.Warning,
	Section:  checks.Cache,
	Doc: checks.Doc{
		Title:  "The weights are written to a node's disk that nobody reserved, or that is too small",
		Why:    "Tens of GiB on the container's layer or in an emptyDir count against the node's disk. Without a request of ephemeral-storage the scheduler puts pod after pod there until the kubelet reports DiskPressure and evicts, neighbours first; with a limit below the size of the weights the pod itself is evicted in the middle of its download. An emptyDir in memory counts against the container's memory limit.",
		Remedy: "Request ephemeral-storage for the weights and a tenth more, and set sizeLimit of the emptyDir to the same. Better, keep the weights on a volume that outlives the pod.",
		Ignore: "The nodes are dedicated to this workload, and their disks are large enough.",
		Sources: []string{
			"https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#local-ephemeral-storage",
			"https://kubernetes.io/docs/concepts/storage/volumes/#emptydir",
			"https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/",
		},
	},
	Needs:    checks.Needs{Kinds: checks.Workloads()},
	CausedBy: []string{"cache-env-outside-mount", "weights-not-cached"},
	Params: []checks.Param{{
		Name: "largeGiB", Value: 50, Min: 1, Max: 10000,
		Doc: "weights above this size that nobody reserved are a warning, smaller ones an info: about half of a usual node's disk",
	}},
	Run: func(pass *checks.Pass) {
		for _, w := range pass.Workloads() {
			s, found := w.Scratch()
			if !found {
				continue
			}
			f := checks.Finding{
				At: w.Blame(s.Path...), Workload: w,
				Evidence: []checks.Evidence{{Path: s.Path.String(), Value: scratchPlace(s), Basis: checks.Observed}},
				Fix:      scratchFix(w, s),
			}
			if s.Sized {
				f.Evidence = append(f.Evidence, checks.Evidence{Path: "model", Value: fmt.Sprintf("%s, %.1f GiB", w.Model, s.GiB), Basis: checks.Derived})
			}
			switch {
			case !s.Holds():
				decimals := 0
				if s.GiB < 10 {
					decimals = 1 // 1Gi is too little for 1.1 GiB
				}
				f.Message = fmt.Sprintf("%s of %s bounds %s, and the weights are %.*f GiB", s.Bound, s.Limit.String(), scratchPlace(s), decimals, s.GiB)
				if s.Limit.AsApproximateFloat64() >= s.GiB*(1<<30) {
					f.Severity = checks.Info // it fits, with little room for partial files
				}
			case !s.Reserved && s.Bound == "":
				f.Message = fmt.Sprintf("nothing reserves or bounds what is downloaded into %s on %s", s.Dir, scratchPlace(s))
				if s.GiB < pass.Param("largeGiB") {
					f.Severity = checks.Info
				}
			default:
				continue
			}
			pass.Report(f)
		}
	},
}

func scratchPlace(s inventory.Scratch) string {
	switch {
	case s.Volume == nil:
		return "the container's own layer"
	case s.Memory:
		return "emptyDir " + s.Volume.Name + " in memory"
	}
	return "emptyDir " + s.Volume.Name
}

// scratchFix reserves the node's disk for weights of known size: those, and a
// quarter for partial files and an engine's own caches.
func scratchFix(w *inventory.Workload, s inventory.Scratch) *checks.Fix {
	const room = 1.25
	fix := &checks.Fix{Title: "request ephemeral-storage for the weights", Safety: checks.Manual, Object: w.Owner}
	if !s.Sized || s.Memory || s.Bound != "" || s.Reserved || w.Generated() || w.Operated {
		return fix
	}
	size := fmt.Sprintf("%dGi", int(s.GiB*room)+1)
	fix.Title, fix.Safety, fix.Restarts = fmt.Sprintf("request %s of ephemeral-storage for %.0f GiB of weights", size, s.GiB), checks.Unsafe, true
	fix.Edits = []checks.Edit{checks.Set(size, w.ContainerPath.Join("resources", "requests", "ephemeral-storage")...)}
	return fix
}
