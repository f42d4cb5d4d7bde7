package rules

import (
	"fmt"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: Kubernetes, server-side apply and kubectl apply: a field that is in the
// manifest is set at every apply, whoever changed it since.
var replicasOwnedByGit = &checks.Check{
	ID:       "replicas-owned-by-git",
	Severity: checks.Warning,
	Section:  checks.Policy,
	Doc: checks.Doc{
		Title:  "The manifest of an autoscaled workload says how many replicas it has",
		Why:    "Every apply of the manifest, and every sync of Argo CD or Flux, sets the replicas back to the number that stands there. Loaded replicas are killed in mid-generation under load, and the autoscaler then loads as many models again.",
		Remedy: "Leave spec.replicas out of the manifest. Where it was applied before, take it out of the last-applied annotation first (kubectl apply edit-last-applied), since removing an applied field resets it to 1 once; with Argo CD ignore /spec/replicas and set RespectIgnoreDifferences=true.",
		Ignore: "The manifest is applied once, or Argo CD already ignores differences at /spec/replicas.",
		Sources: []string{
			"https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#scaling-a-deployment",
			"https://argo-cd.readthedocs.io/en/stable/user-guide/best_practices/#leaving-room-for-imperativeness",
			"https://github.com/argoproj/argo-cd/issues/5105",
			"https://github.com/kubernetes/kubernetes/issues/25238",
		},
	},
	Needs: checks.Needs{Kinds: checks.Autoscalers()},
	Run: func(pass *checks.Pass) {
		done := map[*inventory.Workload]bool{}
		for _, a := range pass.Autoscalers() {
			w := a.Workload
			if w == nil || done[w] || w.Replicas == nil || a.Max <= a.Min || w.Generated() {
				continue
			}
			done[w] = true
			if pass.IsLive() {
				ownedLive(pass, a)
			} else if w.Object.Written("spec", "replicas") {
				ownedFinding(pass, a, ownedSeverity(a), fmt.Sprintf("the manifest sets %s, and so does %s by its metrics: every apply undoes what it did", inventory.Count(*w.Replicas, "replica"), a.Short()), "spec.replicas")
			}
		}
	},
}

// ownedSeverity: a count that is the minimum takes away only what load had added.
func ownedSeverity(a *inventory.Autoscaler) checks.Severity {
	if *a.Workload.Replicas == a.Min {
		return checks.Info
	}
	return checks.Warning
}

// ownedLive accuses only a tool that comes again and owns the field: a live
// object always has a count.
func ownedLive(pass *checks.Pass, a *inventory.Autoscaler) {
	for _, manager := range a.Workload.Object.Managers("spec", "replicas") {
		switch manager.Class() {
		case inventory.ByGitOps:
			ownedFinding(pass, a, checks.Warning, fmt.Sprintf("%s owns spec.replicas and sets it at every sync or upgrade, against %s", manager.Manager, a.Short()), "metadata.managedFields")
			return
		case inventory.ByApply:
			ownedFinding(pass, a, checks.Info, fmt.Sprintf("the manifest that %s applied sets spec.replicas: the next apply undoes what %s did", manager.Manager, a.Short()), "metadata.managedFields")
			return
		}
	}
}

func ownedFinding(pass *checks.Pass, a *inventory.Autoscaler, severity checks.Severity, message, path string) {
	w := a.Workload
	pass.Report(checks.Finding{
		Severity: severity, At: w.Object.At("spec", "replicas"), Workload: w, Message: message,
		Evidence: []checks.Evidence{{Path: path, Value: fmt.Sprint(*w.Replicas), Basis: checks.Observed}},
		Fix:      &checks.Fix{Title: "leave spec.replicas out of the manifest", Safety: checks.Manual, Object: w.Object},
	})
}
