package promql

import (
	"strings"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// OfMetric returns the query behind a metric of an autoscaler: a Prometheus
// trigger's own, the one that a prometheus-adapter rule of the snapshot makes
// for the metric's name, or else the series of that name where the table holds
// it. It is false where nothing tells what Prometheus is asked.
//
// What an HPA does with the answer is not in the query: of a Pods metric it
// takes the mean over its pods, of an External metric the sum over the series
// that come back. An external rule that returns several is therefore wrapped
// in sum().
func OfMetric(s *inventory.Snapshot, m inventory.ScalingMetric) (q *Query, ok bool) {
	switch m.Source {
	case inventory.SourcePrometheus:
		q, err := ParseIn(s, m.Query)
		return q, err == nil
	case inventory.SourcePods, inventory.SourceObject, inventory.SourceExternal:
		if q, found := ofRules(s, m); found {
			return q, q != nil
		}
		return ofName(m)
	}
	return nil, false
}

// RuleOfMetric returns the prometheus-adapter rule that makes an HPA's metric,
// and the series it makes it of.
func RuleOfMetric(s *inventory.Snapshot, m inventory.ScalingMetric) (rule inventory.AdapterRule, series string, ok bool) {
	for _, rule := range s.AdapterRules() {
		if rule.External != (m.Source == inventory.SourceExternal) {
			continue
		}
		if series, ok := seriesOf(rule, m.Name); ok {
			return rule, series, true
		}
	}
	return inventory.AdapterRule{}, "", false
}

// ofRules finds the rule; the query is nil where the rule cannot be read.
func ofRules(s *inventory.Snapshot, m inventory.ScalingMetric) (q *Query, found bool) {
	rule, series, found := RuleOfMetric(s, m)
	if !found {
		return nil, false
	}
	q, err := OfAdapterRule(rule, series, asked(m))
	if err != nil {
		return nil, true
	}
	if m.Source == inventory.SourceExternal && q.Series() != One {
		return q.wrapped(), true
	}
	return q, true
}

func asked(m inventory.ScalingMetric) Asked {
	a := Asked{Selector: m.Selector}
	switch {
	case m.Source == inventory.SourcePods:
		a.Resource = "pod"
	case m.Source == inventory.SourceObject && m.DescribedObject != nil:
		a.Resource, a.Name = strings.ToLower(m.DescribedObject.Kind), m.DescribedObject.Name
	}
	return a
}

// wrapped is the query that sums up what q returns; its text stays q's.
func (q *Query) wrapped() *Query {
	outer := *q
	outer.fill.text = "sum(" + q.fill.text + "\n)"
	outer.fill.gaps = append([]gap{{newTo: len("sum(")}}, q.fill.gaps...)
	for i := range outer.fill.gaps[1:] {
		outer.fill.gaps[i+1].newFrom += len("sum(")
		outer.fill.gaps[i+1].newTo += len("sum(")
	}
	parsed, err := parse(q.text, outer.fill)
	if err != nil {
		return q
	}
	parsed.scopedByAdapter = q.scopedByAdapter
	return parsed
}

// ofName reads a bare name as the series of that name. Outside of Pods metrics
// nobody knows how the adapter puts the replicas together: a sum for what
// counts is the default everywhere, for ratios there is none.
func ofName(m inventory.ScalingMetric) (*Query, bool) {
	name := m.Name
	if middle, ok := stackdriverName(name); ok {
		name = middle
	}
	u := useOf(name, Selector{})
	counts := u.Metric.PerPodCount() || u.Metric.Meaning == inventory.MeansGatewayLoad && !u.Metric.Averaged ||
		u.Metric.Meaning == inventory.MeansReplicas
	if !u.Known || m.Source != inventory.SourcePods && !counts {
		return nil, false
	}
	text := name
	if matchers := selected(m.Selector); len(matchers) > 0 {
		text += "{" + strings.Join(matchers, ",") + "}"
	}
	q, err := Parse(text)
	if err != nil {
		return nil, false
	}
	q.scopedByAdapter = m.Source != inventory.SourceExternal
	return q, true
}

// stackdriverName takes the Prometheus name out of what Google's
// custom-metrics adapter calls a metric of Managed Prometheus:
// prometheus.googleapis.com|vllm:num_requests_waiting|gauge.
func stackdriverName(name string) (string, bool) {
	parts := strings.Split(name, "|")
	if len(parts) != 3 || parts[0] != "prometheus.googleapis.com" {
		return "", false
	}
	return parts[1], true
}
