package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/promql"
)

// Source: KEDA pkg/scalers/prometheus_scaler.go, val > activationThreshold, and
// pkg/scaling/executor/scale_scaledobjects.go: without an active trigger the
// target goes to zero when cooldownPeriod is over, whatever the HPA asks for.
var zeroActivationTooHigh = &checks.Check{
	ID:       "zero-activation-too-high",
	Severity: checks.Warning,
	Section:  checks.Schedules,
	Doc: checks.Doc{
		Title:  "Going to zero too eagerly: requests that do not wake it, or a cold start for every pause",
		Why:    "KEDA starts the first replica when a trigger's value is greater than its activation threshold, not when it reaches it: with 1, a single waiting request waits for ever. The same threshold takes the last replica away, and it outranks the scaling threshold: with 40 requests in the queue and an activation threshold of 50 there is no replica. A cooldownPeriod that is shorter than the time in which a model loads makes every pause of that length cost a start that is longer than the pause.",
		Remedy: "Leave activationThreshold out (0) for counts of requests. Set cooldownPeriod to the time a start takes, at least.",
		Ignore: "Single requests may wait: work is sent in batches that are larger than the threshold.",
		Sources: []string{
			"https://keda.sh/docs/latest/concepts/scaling-deployments/#activating-and-scaling-thresholds",
			"https://github.com/kedacore/keda/issues/5008",
			"https://github.com/kedacore/keda/blob/main/pkg/scaling/executor/scale_scaledobjects.go",
		},
	},
	Needs:    checks.Needs{Kinds: checks.Autoscalers(), Sharpens: checks.Only(inventory.Pod, inventory.ConfigMap)},
	CausedBy: []string{"zero-with-self-metric"},
	Params:   checks.LoadParams(),
	Run: func(pass *checks.Pass) {
		for _, a := range pass.Autoscalers() {
			lowest, _ := a.Lowest()
			readings, ok := promql.Readings(pass.Snapshot, a)
			readings = slices.DeleteFunc(readings, func(r promql.Reading) bool { return r.Source == inventory.SourceResource })
			if a.KEDA != nil && lowest == 0 && ok && len(readings) > 0 { // the processor's use wakes nothing
				activationReport(pass, a, readings)
				cooldownReport(pass, a)
			}
		}
	},
}

// activationReport is about an autoscaler whose triggers all ask for too much:
// one that wakes is enough, and the clock is one.
func activationReport(pass *checks.Pass, a *inventory.Autoscaler, readings []promql.Reading) {
	if slices.ContainsFunc(a.Metrics, func(m inventory.ScalingMetric) bool { return m.TriggerType == "cron" }) {
		return
	}
	f := checks.Finding{Workload: a.Workload, Evidence: []checks.Evidence{checks.LowestEvidence(a)}}
	f.Fix = &checks.Fix{Title: "leave activationThreshold out", Safety: checks.Safe, Object: a.Object}
	for _, r := range readings {
		message, high := activationFault(a, r)
		if !high {
			return
		}
		at := r.Path.Join("metadata", "activationThreshold")
		if f.Message == "" {
			f.At, f.Message = a.Object.At(at...), message
		}
		f.Evidence = append(f.Evidence, checks.Evidence{Path: at.String(), Value: r.Metadata["activationThreshold"], Basis: checks.Observed})
		f.Fix.Edits = append(f.Fix.Edits, checks.Remove(at...))
	}
	pass.Report(f)
}

// activationFault judges one trigger: a count of requests that one request does
// not lift over the threshold, or anything with a threshold above the target.
func activationFault(a *inventory.Autoscaler, r promql.Reading) (string, bool) {
	activation, err := strconv.ParseFloat(strings.TrimSpace(r.Metadata["activationThreshold"]), 64)
	if err != nil || r.Query == nil {
		return "", false
	}
	text, target := inventory.Decimal(activation), a.Target.Short()
	other := func(u promql.Use) bool { return u.Metric.Type != inventory.Gauge || u.Metric.Unit != "requests" }
	factor, ok := r.Query.Scale()
	switch {
	case r.HasTarget && activation > r.Target:
		return fmt.Sprintf("activationThreshold %s is above threshold %s: up to a value of %s %s has no replica", text, inventory.Decimal(r.Target), text, target), true
	case activation >= 1 && ok && factor == 1 && !slices.ContainsFunc(r.Uses, other):
		return fmt.Sprintf("activationThreshold is %s: %s requests and fewer leave %s without a replica", text, text, target), true
	}
	return "", false
}

// cooldownReport compares the pause that ends in zero with the start after it.
func cooldownReport(pass *checks.Pass, a *inventory.Autoscaler) {
	start, ok := pass.StartTime(a.Workload)
	cooldown, cooldownBasis := 5*time.Minute, checks.Assumed // KEDA's default
	if written := a.KEDA.Spec.CooldownPeriod; written != nil {
		cooldown, cooldownBasis = time.Duration(*written)*time.Second, checks.Observed
	}
	if !ok || start.Fast <= cooldown {
		return
	}
	at, severity, startBasis := inventory.Path{"spec", "cooldownPeriod"}, checks.Warning, checks.Derived
	if start.Measured == 0 {
		severity, startBasis = checks.Info, checks.Assumed
	}
	seconds := 60 * int((start.Fast+time.Minute-1)/time.Minute)
	pass.Report(checks.Finding{
		Severity: severity, At: a.Object.At(at...), Workload: a.Workload,
		Message: fmt.Sprintf("after %s without load %s goes to zero, and its start takes %s %s", cooldown, a.Target.Short(), start.Fast.Round(time.Second), start.How()),
		Evidence: []checks.Evidence{
			{Path: at.String(), Value: cooldown.String(), Basis: cooldownBasis},
			{Path: "start", Value: start.Fast.String() + " " + start.How(), Basis: startBasis},
		},
		Fix: &checks.Fix{Title: fmt.Sprintf("raise cooldownPeriod to %d", seconds), Safety: checks.Safe, Object: a.Object, Edits: []checks.Edit{checks.Set(seconds, at...)}},
	})
}
