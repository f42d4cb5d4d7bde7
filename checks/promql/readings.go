package promql

import (
	"slices"
	"strings"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Reading is a metric of an autoscaler and what is known about the series
// behind it.
type Reading struct {
	inventory.ScalingMetric
	// Query is nil where nothing tells what is asked.
	Query *Query
	// Rule is the prometheus-adapter rule that the query is of; its Location
	// has no object where there is none.
	Rule inventory.AdapterRule
	// Uses are the series that measure something: those that are joined for
	// their labels are left out.
	Uses []Use
	// Known says that every one of them is in the table: only then may one
	// conclude from what it does not read.
	Known bool
}

// Readings returns what an autoscaler reads. Cron triggers are left out: they
// are a floor by the clock and no signal. ok is false where a formula combines
// the triggers, so that none counts by itself.
func Readings(s *inventory.Snapshot, a *inventory.Autoscaler) (all []Reading, ok bool) {
	if a.Formula() != "" || a.Object.Fragment {
		return nil, false
	}
	for _, m := range a.Metrics {
		if m.TriggerType != "cron" {
			all = append(all, ReadingOf(s, m))
		}
	}
	return all, len(all) > 0
}

// ReadingOf returns what one metric reads. Where no query is known, an HPA's
// metric may still name a series of the table: how the adapter puts the
// replicas together is open then, what it measures is not.
func ReadingOf(s *inventory.Snapshot, m inventory.ScalingMetric) Reading {
	r := Reading{ScalingMetric: m}
	rule, _, made := RuleOfMetric(s, m)
	if made {
		r.Rule = rule
	}
	if q, found := OfMetric(s, m); found {
		r.Query = q
		r.Uses = slices.DeleteFunc(q.Uses(), Use.Joined)
	} else if u := useOf(plainName(m.Name), Selector{}); !made && u.Known && m.Source != inventory.SourcePrometheus && m.Source != inventory.SourceTrigger {
		u.Name = m.Name
		r.Uses = []Use{u}
	}
	r.Known = len(r.Uses) > 0 && !slices.ContainsFunc(r.Uses, func(u Use) bool { return !u.Known })
	return r
}

// plainName takes a series' name out of Google Cloud's metric names:
// prometheus.googleapis.com|NAME|gauge, where external metrics have to be in
// lower case, and kubernetes.io|container|accelerator|duty_cycle.
func plainName(name string) string {
	if middle, ok := stackdriverName(name); ok {
		name = middle
	}
	if strings.HasPrefix(name, "dcgm_fi_") {
		return strings.ToUpper(name)
	}
	if system, ok := strings.CutPrefix(name, "kubernetes.io|"); ok {
		name = strings.ReplaceAll(system, "|", "_")
		if strings.HasSuffix(name, "_memory_used") {
			name += "_bytes"
		}
	}
	return name
}

// Joined says whether a series is always 1 and only there to be joined for its
// labels: kube_pod_labels, kube_pod_info, kube_pod_owner, target_info.
func (u Use) Joined() bool {
	if !strings.HasPrefix(u.Name, "kube_") {
		return u.Name == "target_info"
	}
	for _, ending := range []string{"_labels", "_annotations", "_info", "_owner"} {
		if strings.HasSuffix(u.Name, ending) {
			return true
		}
	}
	return false
}

// Only says whether every reading is known and reads nothing but series that
// the question answers with yes.
func Only(all []Reading, question func(Use) bool) bool {
	for _, r := range all {
		if !r.Known || slices.ContainsFunc(r.Uses, func(u Use) bool { return !question(u) }) {
			return false
		}
	}
	return len(all) > 0
}

// OnlySignal begins a message: "the only signal is A", "the only signals are A
// and B".
func OnlySignal(all []Reading) string {
	var names []string
	for _, r := range all {
		list := []string{r.Name}
		if r.Source != inventory.SourceResource {
			list = nil
			for _, u := range r.Uses {
				list = append(list, u.Name)
			}
		}
		for _, name := range list {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	last := len(names) - 1
	if last == 0 {
		return "the only signal is " + names[0]
	}
	return "the only signals are " + strings.Join(names[:last], ", ") + " and " + names[last]
}

// Text is what evidence shows of a reading: its query, else its name.
func (r Reading) Text() string {
	if r.ScalingMetric.Query != "" {
		return strings.TrimSpace(r.ScalingMetric.Query)
	}
	return r.Name
}

// At is the path of that text.
func (r Reading) At() inventory.Path {
	switch r.Source {
	case inventory.SourcePrometheus:
		return r.QueryPath
	case inventory.SourcePods, inventory.SourceObject, inventory.SourceExternal:
		return r.Path.Join(strings.ToLower(string(r.Source)), "metric", "name")
	}
	return r.Path
}
