package rules

import (
	"fmt"
	"strings"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: pod conditions and the kubelet's events; kaito issue 2325 is the one
// full breakdown of a cold start that was found.
var coldStartBudget = &checks.Check{
	ID:       "cold-start-budget",
	Severity: checks.Info,
	Section:  checks.Startup,
	Doc: checks.Doc{
		Title:  "Where the time of a cold start goes",
		Why:    "A replica that is added serves only after a node was found or ordered, the image pulled, init containers run and the model loaded. Which of these takes longest differs: in one measured start of 966 seconds the node took 42 percent, the image 10, the engine's warm-up 20 and the weights 6. A faster volume for the weights helps little there.",
		Remedy: "Shorten the longest phase first: spare nodes or a placeholder pod for the wait for a node, images that are streamed or pulled in advance, weights on a volume instead of a download, a kept compile cache for the warm-up.",
		Ignore: "Replicas are added long before they are needed.",
		Sources: []string{
			"https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-conditions",
			"https://github.com/kaito-project/kaito/issues/2325",
		},
	},
	Needs: checks.Needs{Kinds: checks.Kinds(checks.Workloads(), checks.Only(inventory.Pod)), Sharpens: checks.Only(inventory.Event), Live: true},
	Params: []checks.Param{
		{Name: "leastSeconds", Value: 60, Min: 0, Max: 86400, Doc: "how long a cold start takes that is worth a word; the default is what autoscalers need to react"},
	},
	Run: func(pass *checks.Pass) {
		for _, w := range pass.Workloads() {
			spends, pods := pass.ColdBudget(w)
			var total time.Duration
			var parts []string
			var evidence []checks.Evidence
			for _, s := range spends {
				total += s.Took
				parts = append(parts, coldWords(s))
				evidence = append(evidence, checks.Evidence{Path: "pod/" + s.Pod + " " + string(s.Phase), Value: s.Took.String(), Basis: checks.Derived})
			}
			if pods == 0 || total.Seconds() < pass.Param("leastSeconds") {
				continue
			}
			pass.Report(checks.Finding{
				At: w.Blame(w.TemplatePath...), Workload: w, Evidence: evidence,
				Message: fmt.Sprintf("cold starts by %s: %s", inventory.Count(int32(pods), "pod"), strings.Join(parts, ", ")),
			})
		}
	},
}

// coldWords says what a phase took, and how the number is meant.
func coldWords(s inventory.Spend) string {
	words := map[inventory.Phase]string{
		inventory.PhaseUnschedulable: "without a node", inventory.PhaseNode: "until an ordered node came",
		inventory.PhaseScheduled: "to prepare the pod on it", inventory.PhaseInit: "in init containers",
		inventory.PhasePull: "to pull the image", inventory.PhaseStarted: "from the engine's start to Ready",
	}[s.Phase]
	if s.Least {
		return fmt.Sprintf("at least %s %s", s.Took, words)
	}
	return fmt.Sprintf("up to %s %s", s.Took, words)
}
