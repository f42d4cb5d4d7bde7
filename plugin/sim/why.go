package sim

import (
	"fmt"
	"strings"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Why says in one sentence how the count came about, with the numbers:
//
//	vllm_num_requests_waiting: 60 / 5 asks for 12; scaleUp allows 2 pods per 2m0s; 4 replicas
func (d Decision) Why(a *inventory.Autoscaler) string {
	count := inventory.Count(d.To, "replica")
	switch {
	case d.Failed != "" && d.By < 0:
		return fmt.Sprintf("%s: stays at %s", strings.Join(append([]string{d.Failed}, d.errors(a)...), "; "), count)
	case d.Failed != "":
		return fmt.Sprintf("%s; but %s: stays at %s", d.asks(a), strings.Join(append([]string{d.Failed}, d.errors(a)...), "; "), count)
	case d.Bounds:
		return fmt.Sprintf("%d is out of %s: %s", d.From, d.bound(a), count)
	}
	parts := []string{d.asks(a)}
	if text := d.held(a); text != "" {
		parts = append(parts, text)
	}
	switch d.Limit {
	case TooManyReplicas, TooFewReplicas:
		parts = append(parts, d.bound(a))
	case ScaleUpLimit:
		parts = append(parts, "scaleUp allows "+policies(a.ScaleUp()))
	case ScaleDownLimit:
		parts = append(parts, "scaleDown allows "+policies(a.ScaleDown()))
	}
	return strings.Join(append(parts, count), "; ")
}

// asks is what the metric that counted asks for, and the others beside it.
func (d Decision) asks(a *inventory.Autoscaler) string {
	if d.By < 0 || d.By >= len(a.Metrics) {
		return "nothing is asked for"
	}
	text := ask(name(a, d.By), d.Proposals[d.By])
	if others := len(d.Proposals) - 1; others > 0 {
		text += fmt.Sprintf(", the most of %d metrics", others+1)
	}
	return text
}

func (d Decision) errors(a *inventory.Autoscaler) []string {
	var all []string
	for i, p := range d.Proposals {
		if p.Err != "" {
			all = append(all, name(a, i)+": "+p.Err)
		}
	}
	return all
}

// ask words one proposal.
func ask(name string, p Proposal) string {
	sum := fmt.Sprintf("%s: %s / %s", name, inventory.Decimal(p.Value), inventory.Decimal(p.Target))
	switch {
	case p.Within && p.Shared == 0:
		return fmt.Sprintf("%s is within the tolerance (%.2f of the target)", sum, p.Ratio)
	case !p.PerReplica:
		sum += fmt.Sprintf(" × %s", inventory.Count(int32(p.Ready), "ready pod"))
	}
	var counted []string
	if p.Missing > 0 {
		counted = append(counted, inventory.Count(int32(p.Missing), "pod")+" without a sample")
	}
	if p.Pending > 0 && p.Ratio > 1 && p.Sampled > 0 {
		counted = append(counted, inventory.Count(int32(p.Pending), "pod")+" pending")
	}
	if p.Sampled > 0 {
		sum += " on " + inventory.Count(int32(p.Sampled), "pod")
	}
	if len(counted) > 0 {
		sum += " (" + strings.Join(counted, ", ") + ")"
	}
	if p.Overflown {
		return sum + ", below zero, counts as an overflow and asks for the maximum"
	}
	if p.Within {
		return fmt.Sprintf("%s is within the tolerance with these counted (%.2f of the target)", sum, p.Shared)
	}
	return fmt.Sprintf("%s asks for %d", sum, p.Replicas)
}

// name is how people know a metric: KEDA's trigger by its name or place.
func name(a *inventory.Autoscaler, index int) string {
	m := a.Metrics[index]
	if m.Source == inventory.SourceTrigger {
		return fmt.Sprintf("%s (%s)", m.Path, m.TriggerType)
	}
	if m.Name == "" || a.KEDA != nil && m.Source != inventory.SourceResource {
		return m.Path.String()
	}
	return m.Name
}

func (d Decision) held(a *inventory.Autoscaler) string {
	switch d.Stabilisation {
	case ScaleUpStabilized:
		return fmt.Sprintf("the lowest of the last %s counts, %d", a.ScaleUp().Window, d.Stabilised)
	case ScaleDownStabilized:
		return fmt.Sprintf("the highest of the last %s counts, %d", a.ScaleDown().Window, d.Stabilised)
	}
	return ""
}

func (d Decision) bound(a *inventory.Autoscaler) string {
	if d.Limit == TooFewReplicas {
		return a.MinText()
	}
	return a.MaxText()
}

// policies words what a direction allows in one step.
func policies(rules inventory.ScalingRules) string {
	if rules.Plain() {
		return "twice as many, or 4"
	}
	if rules.Disabled() {
		return "nothing"
	}
	var all []string
	for _, p := range rules.Policies {
		amount := fmt.Sprintf("%d %%", p.Value)
		if p.Type == autoscalingv2.PodsScalingPolicy {
			amount = inventory.Count(p.Value, "pod")
		}
		all = append(all, fmt.Sprintf("%s per %s", amount, time.Duration(p.PeriodSeconds)*time.Second))
	}
	word := " or "
	if rules.Select == autoscalingv2.MinChangePolicySelect {
		word = " and "
	}
	return strings.Join(all, word)
}
