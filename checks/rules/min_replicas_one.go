package rules

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: Kubernetes documentation, Disruptions: evictions and node failures
// take pods of any workload; what is left serves until new ones are Ready.
var minReplicasOne = &checks.Check{
	ID:       "min-replicas-one",
	Severity: checks.Warning,
	Section:  checks.Policy,
	Doc: checks.Doc{
		Title:  "At low load one replica is all there is",
		Why:    "A drain, a node failure or a crash takes the only replica, and the next one has to load the model first: minutes without service, each time, at a moment that nobody chose. Nodes with accelerators are upgraded and reclaimed like others.",
		Remedy: "Keep two replicas at least, on different nodes, and let a PodDisruptionBudget with maxUnavailable: 1 take them one at a time.",
		Ignore: "Some minutes without service are acceptable, or another workload serves the same model.",
		Sources: []string{
			"https://kubernetes.io/docs/concepts/workloads/pods/disruptions/",
			"https://kubernetes.io/docs/tasks/run-application/configure-pdb/",
		},
	},
	Needs: checks.Needs{Kinds: checks.Autoscalers(), Sharpens: checks.Only(inventory.PodDisruptionBudget, inventory.Pod)},
	Params: checks.LoadParams(
		checks.Param{Name: "fewestReplicas", Value: 2, Min: 2, Max: 100, Doc: "the fewest replicas that are enough; two survive the loss of one"},
		checks.Param{Name: "shortStartSeconds", Value: 60, Min: 0, Max: 3600, Doc: "a measured start shorter than this is no outage worth a second replica"},
	),
	Run: func(pass *checks.Pass) {
		for _, a := range slices.Concat(pass.Autoscalers(), pass.OperatedAutoscalers()) {
			lowest, _ := a.Lowest()
			few := lowest > 0 && lowest < min(a.Max, int32(pass.Param("fewestReplicas")))
			if few && !a.Object.Fragment && a.BoundsKnown() {
				oneReport(pass, a)
			}
		}
	},
}

func oneReport(pass *checks.Pass, a *inventory.Autoscaler) {
	w, name := a.Workload, a.Target.Short()
	if w != nil {
		name = w.Ref().Short() // of an operator's, the object that is there
	} else {
		w = &inventory.Workload{Object: a.Object, Owner: a.Object} // nobody saw it; what stands beside it tells as much
	}
	start, known := pass.StartTime(w)
	short := time.Duration(pass.Param("shortStartSeconds")) * time.Second
	environment := pass.Environment(w)
	if environment == inventory.EnvironmentTrial || start.Measured > 0 && start.Fast < short {
		return
	}
	f := checks.Finding{
		Severity: checks.Info, At: a.Object.At(a.MinPath...), Workload: a.Workload,
		Message:  fmt.Sprintf("%s: losing one pod of %s leaves %s until another has loaded the model", a.MinText(), name, oneLeft(a.Min)),
		Evidence: []checks.Evidence{{Path: a.MinPath.String(), Value: strconv.Itoa(int(a.Min)), Basis: checks.Observed}},
		Fix:      oneFix(a, int(pass.Param("fewestReplicas"))),
	}
	if !a.MinSet {
		f.Evidence[0].Basis = checks.Assumed
	}
	if known {
		f.Message += "; " + start.String()
		f.Evidence = append(f.Evidence, checks.StartEvidence(w, start))
	}
	switch budget := oneBudget(pass, w); {
	case environment == inventory.EnvironmentProduction:
		f.Severity = checks.Warning
		f.Evidence = append(f.Evidence, checks.Evidence{Path: "environment", Value: "production, by its namespace or labels", Basis: checks.Derived})
	case budget != "":
		f.Severity = checks.Warning
		f.Evidence = append(f.Evidence, checks.Evidence{Path: budget + " spec.minAvailable", Value: "1", Basis: checks.Observed})
	}
	pass.Report(f)
}

// oneLeft is what remains of that many.
func oneLeft(replicas int32) string {
	if replicas == 1 {
		return "none"
	}
	return strconv.Itoa(int(replicas - 1))
}

// oneBudget names a budget that says one replica has to be available always.
func oneBudget(pass *checks.Pass, w *inventory.Workload) string {
	for _, budget := range pass.Budgets(w) {
		if field, value := budget.Limit(); field == "minAvailable" && value == "1" {
			return budget.Object.Short()
		}
	}
	return ""
}

// oneFix holds another replica's accelerators around the clock, so it is not
// applied without asking; where that leaves nothing to scale it is people's choice.
func oneFix(a *inventory.Autoscaler, fewest int) *checks.Fix {
	fix := &checks.Fix{Title: fmt.Sprintf("raise %s to %d", a.MinPath.Last(), fewest), Safety: checks.Manual}
	if a.GeneratedBy.IsZero() && a.Max > int32(fewest) {
		fix.Safety, fix.Object, fix.Edits = checks.Unsafe, a.Object, []checks.Edit{checks.Set(fewest, a.MinPath...)}
	}
	return fix
}
