package rules

import (
	"fmt"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: Kubernetes, topology spread constraints: ScheduleAnyway spreads where
// it can and holds no pod back; a budget does not cover the loss of a node.
var allReplicasOneNode = &checks.Check{
	ID:       "all-replicas-one-node",
	Severity: checks.Warning,
	Section:  checks.Disruption,
	Doc: checks.Doc{
		Title:  "All Ready replicas run on one node",
		Why:    "A host with eight accelerators takes several replicas, and the scheduler's own wish to spread is weak: it allows a skew of three, and profiles that pack GPU nodes overrule it. When the host fails, reboots or loses a device, every replica is gone at once, and the service is away for a whole model load. A PodDisruptionBudget does not help: nothing asks it.",
		Remedy: "Add a topologySpreadConstraint on kubernetes.io/hostname with whenUnsatisfiable: ScheduleAnyway. DoNotSchedule would leave free accelerators unused when the counts are uneven.",
		Ignore: "The model loads in seconds, or another cluster serves beside this one.",
		Sources: []string{
			"https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/",
			"https://kubernetes.io/docs/concepts/workloads/pods/disruptions/",
		},
	},
	Needs: checks.Needs{Kinds: checks.Kinds(checks.Workloads(), checks.Only(inventory.Pod, inventory.Node)), Live: true},
	Run: func(pass *checks.Pass) {
		if !pass.Saw(inventory.Node, "") {
			return
		}
		for _, w := range pass.Workloads() {
			spread := pass.SpreadOf(w)
			if spread.Pods < 2*w.PodsPerReplica {
				continue
			}
			switch {
			case spread.Nodes == 1:
				reportOneNode(pass, w, spread)
			case spread.Zones == 1 && spread.FreeZones > 0 && !w.Spreads("topology.kubernetes.io/zone"):
				pass.Report(checks.Finding{
					Severity: checks.Info, At: w.Blame(w.TemplatePath.Join("spec")...), Workload: w,
					Message:  fmt.Sprintf("all %d Ready pods run in zone %s; nodes elsewhere with room for one, as far as the listed pods tell: %d", spread.Pods, spread.Zone, spread.FreeZones),
					Evidence: []checks.Evidence{{Path: "zone", Value: spread.Zone, Basis: checks.Observed}},
				})
			}
		}
	},
}

// reportOneNode is milder where the pods have no other node to go to, and where
// the scheduler was asked to spread them already.
func reportOneNode(pass *checks.Pass, w *inventory.Workload, spread inventory.Spread) {
	f := checks.Finding{
		At: w.Blame(w.TemplatePath.Join("spec")...), Workload: w,
		Message:  fmt.Sprintf("all %d Ready pods run on node %s; others with room for one, as far as the listed pods tell: %d", spread.Pods, spread.Node, spread.FreeNodes),
		Evidence: []checks.Evidence{{Path: "node", Value: spread.Node, Basis: checks.Observed}},
	}
	switch {
	case spread.OtherNodes == 0:
		f.Severity = checks.Info
		f.Message = fmt.Sprintf("all %d Ready pods run on node %s, the only one that can take them", spread.Pods, spread.Node)
	case spread.FreeNodes == 0 || w.Spreads("kubernetes.io/hostname"):
		f.Severity = checks.Info // the other nodes are full, or were
	default:
		f.Fix = oneNodeFix(w)
	}
	pass.Report(f)
}

func oneNodeFix(w *inventory.Workload) *checks.Fix {
	fix := &checks.Fix{Title: "spread the replicas over nodes where that is possible", Safety: checks.Manual, Object: w.Owner}
	if w.Generated() || w.Operated || w.Selector == nil || len(w.Selector.MatchExpressions) > 0 || len(w.Template.Spec.TopologySpreadConstraints) > 0 {
		return fix
	}
	own := map[string]any{}
	for key, value := range w.Selector.MatchLabels {
		own[key] = value
	}
	constraint := map[string]any{
		"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway",
		"labelSelector": map[string]any{"matchLabels": own},
	}
	fix.Safety, fix.Restarts = checks.Unsafe, true
	fix.Edits = []checks.Edit{checks.Set([]any{constraint}, w.TemplatePath.Join("spec", "topologySpreadConstraints")...)}
	return fix
}
