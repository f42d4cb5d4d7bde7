package rules

import (
	"fmt"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: Kubernetes scheduler, plugin VolumeBinding: a pod only fits where the
// node affinity of its bound volumes is met.
var cacheVolumePinsZone = &checks.Check{
	ID:       "cache-volume-pins-zone",
	Severity: checks.Warning,
	Section:  checks.Cache,
	Doc: checks.Doc{
		Title:  "The cache's volume keeps replicas away from nodes that have accelerators",
		Why:    "A zonal disk or a local volume can only be had in its zone or on its node. Replicas that all mount it fit nowhere else: accelerators in other zones stay idle while pods are Pending, and the loss of that zone takes the whole service.",
		Remedy: "Keep weights on storage that every zone reaches (a regional disk, a file store, a bucket), or on one volume to a zone with a Deployment for each.",
		Ignore: "All accelerators of this kind are meant to be in that one zone.",
		Sources: []string{
			"https://kubernetes.io/docs/concepts/storage/persistent-volumes/#node-affinity",
			"https://kubernetes.io/docs/setup/best-practices/multiple-zones/#storage-access-for-zones",
		},
	},
	Needs: checks.Needs{Kinds: checks.Kinds(checks.Workloads(), checks.Only(inventory.PersistentVolumeClaim, inventory.PersistentVolume, inventory.Node)), Sharpens: inventory.AutoscalerKinds()},
	Run: func(pass *checks.Pass) {
		for _, w := range pass.Workloads() {
			most := pass.Bounds(w).Max
			for _, p := range pass.PinnedClaims(w) {
				if most < 2 {
					continue
				}
				pass.Report(checks.Finding{
					At: w.Blame(p.Claim.Path...), Workload: w,
					Message: fmt.Sprintf("the volume of PersistentVolumeClaim/%s is bound to %s: %d of the %d nodes that could take a pod have it", p.Claim.Object.Name, p.Where, p.Within, p.Nodes),
					Evidence: []checks.Evidence{
						{Path: "PersistentVolume/" + p.Claim.VolumeName + " spec.nodeAffinity", Value: p.Where, Basis: checks.Observed},
						{Path: "nodes", Value: fmt.Sprintf("%d of %d", p.Within, p.Nodes), Basis: checks.Derived},
					},
					Fix: &checks.Fix{Title: "keep the weights on storage that every zone reaches", Safety: checks.Manual, Object: w.Owner},
				})
			}
		}
	},
}
