package promql

import (
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Selector is the part of a query that picks series: the matchers between the
// braces, and the one for the name.
type Selector struct{ Matchers []*labels.Matcher }

// Has says whether a matcher names the label, whatever it asks of it.
func (s Selector) Has(label string) bool {
	for _, m := range s.Matchers {
		if m.Name == label {
			return true
		}
	}
	return false
}

// Narrows says whether a matcher asks for certain values of the label. One
// that only asks for any value (namespace!="", pod=~".+") or that excludes
// some does not narrow.
func (s Selector) Narrows(label string) bool {
	return s.narrowsAny(func(name string) bool { return name == label })
}

func (s Selector) narrowsAny(which func(label string) bool) bool {
	for _, m := range s.Matchers {
		if m.Name == model.MetricNameLabel || !which(m.Name) {
			continue
		}
		switch {
		case m.Type == labels.MatchEqual && m.Value != "":
			return true
		case m.Type == labels.MatchRegexp && !matchesAnything(m):
			return true
		}
	}
	return false
}

// matchesAnything tells .* and .+ from a pattern that asks for something, by
// two values that no name has in common.
func matchesAnything(m *labels.Matcher) bool {
	return m.Matches("q-0_q.q") && m.Matches("7")
}

// Value returns the one value that the label must have.
func (s Selector) Value(label string) (string, bool) {
	for _, m := range s.Matchers {
		if m.Name == label && m.Type == labels.MatchEqual && m.Value != "" {
			return m.Value, true
		}
	}
	return "", false
}

// String writes the selector as PromQL.
func (s Selector) String() string {
	name, parts := "", []string{}
	for _, m := range s.Matchers {
		if m.Name == model.MetricNameLabel && m.Type == labels.MatchEqual && name == "" {
			name = m.Value
			continue
		}
		parts = append(parts, m.String())
	}
	if len(parts) == 0 && name != "" {
		return name
	}
	return name + "{" + strings.Join(parts, ",") + "}"
}

// named says whether the name is written out.
func (s Selector) named() bool {
	_, ok := s.Value(model.MetricNameLabel)
	return ok
}

// names returns the names that the selector picks, as far as they are known:
// the one written out, or the table's that fit a pattern.
func (s Selector) names() []string {
	if name, ok := s.Value(model.MetricNameLabel); ok {
		return []string{name}
	}
	if !s.Has(model.MetricNameLabel) || s.matchesName("q-0_q.q") {
		return nil
	}
	var all []string
	for _, metric := range inventory.KnownMetrics() {
		for _, name := range exported(metric) {
			if s.matchesName(name) {
				all = append(all, name)
			}
		}
	}
	return all
}

func (s Selector) matchesName(name string) bool {
	for _, m := range s.Matchers {
		if m.Name == model.MetricNameLabel && !m.Matches(name) {
			return false
		}
	}
	return true
}

// exported lists the series of one row.
func exported(m inventory.Metric) []string {
	switch m.Type {
	case inventory.Histogram:
		return []string{m.Name + "_bucket", m.Name + "_sum", m.Name + "_count"}
	case inventory.Summary:
		return []string{m.Name, m.Name + "_sum", m.Name + "_count"}
	}
	return []string{m.Name}
}
