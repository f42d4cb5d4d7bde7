package rules

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: KEDA apis/keda/v1alpha1 scaledobject_webhook.go, which warns of the
// same fields, and scaledobject_types.go, IsPollingIntervalRelevant.
var kedaDeadFields = &checks.Check{
	ID:       "keda-dead-fields",
	Severity: checks.Info,
	Section:  checks.MetricPath,
	Doc: checks.Doc{
		Title:  "Fields of a ScaledObject that KEDA ignores as it stands",
		Why:    "From one replica up the generated HPA alone decides, in its own rhythm of 15 s and by its own behavior. cooldownPeriod, pollingInterval and activation thresholds belong to the step between zero (or idle) and one replica, so with minReplicaCount 1 or more they change nothing: who lengthens cooldownPeriod to keep GPUs from leaving too early has no protection at all. metricName of a prometheus trigger has been ignored since KEDA 2.12.",
		Remedy: "Remove the fields. Slow scale-down with advanced.horizontalPodAutoscalerConfig.behavior.scaleDown.",
		Ignore: "The fields are kept for a minReplicaCount that another environment sets to 0.",
		Sources: []string{
			"https://github.com/kedacore/keda/pull/7271",
			"https://github.com/kedacore/keda/pull/8031",
			"https://github.com/kedacore/keda/pull/4899",
			"https://keda.sh/docs/latest/concepts/scaling-deployments/#activating-and-scaling-thresholds",
		},
	},
	Needs: checks.Needs{Kinds: checks.Autoscalers()},
	Run: func(pass *checks.Pass) {
		for _, a := range pass.Autoscalers() {
			if a.KEDA != nil && !a.Object.Fragment {
				deadReport(pass, a)
			}
		}
	},
}

// deadField is a field without effect.
type deadField struct {
	path  inventory.Path
	value string
}

func deadReport(pass *checks.Pass, a *inventory.Autoscaler) {
	idle, named := deadAboveZero(a), deadTriggers(a, func(t, key string) bool { return t == "prometheus" && key == "metricName" })
	var says []string
	if len(idle) > 0 {
		says = append(says, fmt.Sprintf("%s without effect on scaling at minReplicaCount %d", deadList(idle), a.Min))
	}
	if len(named) > 0 {
		says = append(says, "metricName has been ignored since KEDA 2.12")
	}
	f := checks.Finding{Workload: a.Workload, Message: strings.Join(says, "; ")}
	fix := &checks.Fix{Title: "remove the fields without effect", Safety: checks.Safe, Object: a.Object}
	for i, d := range slices.Concat(idle, named) {
		if at := a.Object.At(d.path...); i == 0 || at.Line < f.At.Line {
			f.At = at
		}
		f.Evidence = append(f.Evidence, checks.Evidence{Path: d.path.String(), Value: d.value, Basis: checks.Observed})
		fix.Edits = append(fix.Edits, checks.Remove(d.path...))
	}
	if f.Fix = fix; len(fix.Edits) > 0 {
		pass.Report(f)
	}
}

// deadAboveZero lists what belongs to the step from and to zero, where neither
// zero nor an idle count is ever reached. With a fallback the polling loop, too,
// may set replicas (scale_scaledobjects.go): pollingInterval counts then.
func deadAboveZero(a *inventory.Autoscaler) []deadField {
	spec := &a.KEDA.Spec
	if a.Min < 1 || spec.IdleReplicaCount != nil {
		return nil
	}
	var dead []deadField
	add := func(value *int32, name string) {
		if value != nil {
			dead = append(dead, deadField{inventory.Path{"spec", name}, strconv.Itoa(int(*value))})
		}
	}
	add(spec.CooldownPeriod, "cooldownPeriod")
	add(spec.InitialCooldownPeriod, "initialCooldownPeriod")
	cached := slices.ContainsFunc(spec.Triggers, func(t inventory.ScaledObjectTrigger) bool { return t.UseCachedMetrics })
	if !cached && spec.Fallback == nil {
		add(spec.PollingInterval, "pollingInterval")
	}
	return append(dead, deadTriggers(a, func(_, key string) bool { return strings.HasPrefix(key, "activation") })...)
}

// deadTriggers lists the metadata of triggers that a condition on the trigger's
// type and the key picks.
func deadTriggers(a *inventory.Autoscaler, dead func(trigger, key string) bool) []deadField {
	var all []deadField
	for i, t := range a.KEDA.Spec.Triggers {
		for _, key := range slices.Sorted(maps.Keys(t.Metadata)) {
			if dead(t.Type, key) {
				all = append(all, deadField{inventory.Path{"spec", "triggers", i, "metadata", key}, t.Metadata[key]})
			}
		}
	}
	return all
}

// deadList joins the fields' names, each once: "a, b and c are".
func deadList(dead []deadField) string {
	var names []string
	for _, d := range dead {
		if name := d.path.Last(); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 1 {
		return names[0] + " is"
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1] + " are"
}
