package rules

import (
	"fmt"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: kubernetes pkg/volume/util IsMultiAttachAllowed: the attach controller
// gives a volume to a second node only if its modes hold ReadWriteMany or
// ReadOnlyMany; the scheduler's volumerestrictions keep ReadWriteOncePod.
var rwoCacheManyReplicas = &checks.Check{
	ID:       "rwo-cache-many-replicas",
	Severity: checks.Error,
	Section:  checks.Cache,
	Doc: checks.Doc{
		Title:  "Several replicas share a volume that one node can hold",
		Why:    "A ReadWriteOnce disk is attached to one node at a time. Replicas that land on another node stay in ContainerCreating with a FailedAttachVolume event while their GPUs are held, so a scale-out ends at what fits beside the first pod. With ReadWriteOncePod it ends at one pod. A read-only mount changes nothing.",
		Remedy: "Move the weights to a claim with ReadWriteMany or ReadOnlyMany, or give each replica its own through a StatefulSet's volumeClaimTemplates. Access modes of a claim cannot be changed: it takes a new claim.",
		Ignore: "The driver attaches nothing, as with NFS-like storage under a class of another name, or all replicas run on one node.",
		Sources: []string{
			"https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes",
			"https://github.com/kubernetes/kubernetes/blob/master/pkg/volume/util/util.go",
			"https://github.com/rook/rook/issues/4699",
		},
	},
	Needs: checks.Needs{
		Kinds: checks.Kinds(checks.Workloads(), checks.Only(inventory.PersistentVolumeClaim)),
		Sharpens: checks.Kinds(inventory.AutoscalerKinds(), checks.Only(inventory.PersistentVolume, inventory.StorageClass,
			inventory.Node, inventory.Pod, inventory.Event)),
	},
	Run: func(pass *checks.Pass) {
		for _, w := range pass.Workloads() {
			pods := rwoPods(pass, w)
			if w.Object.Fragment || pods < 2 {
				continue
			}
			for _, claim := range pass.Claims(w) {
				if f, found := rwoVerdict(pass, w, claim, pods); found {
					pass.Report(f)
				}
			}
		}
	},
}

// rwoPods is how many pods may mount what the template mounts: all of a group
// whose leader has no template of its own.
func rwoPods(pass *checks.Pass, w *inventory.Workload) int32 {
	replicas := pass.Bounds(w).Max
	if group := inventory.As[inventory.LeaderWorkerSetContent](w.Object); group != nil && group.Spec.LeaderWorkerTemplate.LeaderTemplate == nil {
		return replicas * w.PodsPerReplica
	}
	return replicas
}

func rwoVerdict(pass *checks.Pass, w *inventory.Workload, claim inventory.Claim, pods int32) (checks.Finding, bool) {
	f := checks.Finding{
		At: w.Blame(claim.Path...), Workload: w,
		Evidence: []checks.Evidence{{Path: claim.Object.Ref.Short() + " spec.accessModes", Value: fmt.Sprint(claim.Modes), Basis: checks.Observed}},
		Fix:      &checks.Fix{Title: "move the weights to a claim that many nodes can mount", Safety: checks.Manual, Object: w.Owner},
	}
	name := claim.Object.Name
	switch {
	case claim.Only("ReadWriteOncePod"):
		f.Message = fmt.Sprintf("claim %s is ReadWriteOncePod: one pod alone can use it, and up to %d mount it", name, pods)
		return f, true
	case !claim.Only("ReadWriteOnce"), claim.Storage != inventory.StorageUnknown, pass.OneNode(w):
		return f, false
	}
	if pod, waits := pass.WaitsForAttach(w, claim); waits {
		f.Message = fmt.Sprintf("claim %s is ReadWriteOnce and attached to another node: pod %s cannot start", name, pod)
		f.Evidence = append(f.Evidence, checks.Evidence{Path: "event FailedAttachVolume", Value: "pod/" + pod, Basis: checks.Derived})
		return f, true
	}
	f.Severity = checks.Warning
	f.Message = fmt.Sprintf("claim %s is ReadWriteOnce, which one node can attach, and up to %d pods mount it", name, pods)
	return f, true
}
