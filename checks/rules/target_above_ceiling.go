package rules

import (
	"fmt"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/promql"
)

// An engine's gauge of running requests stops at its number of slots
// (vllm/v1/core/sched/scheduler.py, max_num_running_reqs; llama.cpp's server
// README, --parallel); what is more waits, and is counted elsewhere.
var targetAboveCeiling = &checks.Check{
	ID:       "target-above-ceiling",
	Severity: checks.Error,
	Section:  checks.MetricPath,
	Doc: checks.Doc{
		Title: "The target is more than one replica ever runs at once",
		Why: "A server runs as many requests at the same time as its slots allow and lets the others wait. A target of running requests at or above that number is never passed: " +
			"the fleet does not grow, though the queue does. Close below it, nothing is left for the minutes in which a new replica loads its model.",
		Remedy: "Compare running requests with 60 to 80 % of what one replica runs at once, or add the waiting requests to the query: their sum has no ceiling.",
		Ignore: "When the slots are many more than the GPU carries, so that they are never all in use.",
		Sources: []string{
			"https://docs.vllm.ai/en/latest/configuration/engine_args/",
			"https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md",
			"https://github.com/defilantech/LLMKube/issues/482",
			"https://github.com/defilantech/LLMKube/pull/483",
		},
	},
	Needs: checks.Needs{Kinds: checks.Autoscalers(), Sharpens: checks.Only(inventory.ConfigMap)},
	Params: []checks.Param{
		{Name: "highestTargetPercent", Value: 80, Min: 1, Max: 100, Doc: "a target above this share of the slots leaves too little for the time in which a replica starts"},
	},
	Run: func(p *checks.Pass) {
		for _, a := range p.Autoscalers() {
			if a.Workload == nil || a.Max <= a.Min {
				continue
			}
			slots, ok := a.Workload.Slots()
			numbers := promql.Numbers(p.Snapshot, a)
			for _, r := range numbers {
				if row, factor, measured := r.Measures(); ok && measured && row.Meaning == inventory.MeansRunning && row.Engine == a.Workload.EngineID() {
					ceilingVerdict(p, a, r, slots, r.Target/factor, len(numbers) > 1)
				}
			}
		}
	},
}

// ceilingVerdict is milder where another metric of the autoscaler may do the
// growing.
func ceilingVerdict(p *checks.Pass, a *inventory.Autoscaler, r promql.Reading, slots inventory.Slots, target float64, others bool) {
	level := r.Query != nil && r.Value() && r.Query.Shape() == promql.Intensive
	if !r.PerReplica() && !level {
		return
	}
	written := r.TargetPath.Last() + " " + r.TargetText
	by := slots.Flag
	if slots.Engines > 1 {
		by = fmt.Sprintf("%s on %d engines", slots.Flag, slots.Engines)
	}
	f := checks.Finding{At: a.Object.At(r.TargetPath...), Workload: a.Workload, Severity: checks.Error, Fix: ceilingFix(slots)}
	most := inventory.Count(int32(slots.Count), "request")
	switch {
	case target >= float64(slots.Count):
		f.Message = fmt.Sprintf("%s is never passed: one replica runs at most %s at once, by %s", written, most, by)
	case target > float64(slots.Count)*p.Param("highestTargetPercent")/100:
		f.Severity = checks.Warning
		f.Message = fmt.Sprintf("%s leaves next to nothing below the %s that one replica runs at once, by %s", written, most, by)
	default:
		return
	}
	if others {
		f.Severity--
	}
	f.Evidence = append(checks.ReadingEvidence(r),
		checks.Evidence{Path: r.TargetPath.String(), Value: r.TargetText, Basis: checks.Observed},
		checks.Evidence{Path: a.Workload.ContainerPath.Join(slots.Path...).String(), Value: fmt.Sprintf("%s %d", slots.Flag, slots.PerEngine), Basis: checks.Observed})
	p.Report(f)
}

func ceilingFix(slots inventory.Slots) *checks.Fix {
	const share = 0.7 // in the middle of 60 to 80 %
	if target := int64(share * float64(slots.Count)); target > 0 {
		return &checks.Fix{Title: fmt.Sprintf("compare with about %d running requests, or add the waiting ones", target), Safety: checks.Manual}
	}
	return &checks.Fix{Title: "add the waiting requests to the query", Safety: checks.Manual}
}
