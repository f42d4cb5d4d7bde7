package promql

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Asked is what an HPA asks the metrics API about.
type Asked struct {
	// Resource in the singular: "pod", "namespace", "service"; empty for
	// external metrics.
	Resource string
	// Name of the one object; empty for the pods of a workload.
	Name     string
	Selector *metav1.LabelSelector
}

// OfAdapterRule returns the query that prometheus-adapter makes of a rule for
// a series. The adapter adds matchers for the very objects it is asked about;
// where their names are not known they stand here as "has any value".
func OfAdapterRule(rule inventory.AdapterRule, series string, asked Asked) (*Query, error) {
	groupBy := ""
	if asked.Resource != "" {
		groupBy = rule.Label(asked.Resource)
	}
	matchers := adapterMatchers(rule, asked)
	scoped := false
	fill, err := fillTemplate(rule.MetricsQuery, func(action string) (string, bool) {
		switch {
		case action == ".Series":
			return series, true
		case action == ".LabelMatchers":
			scoped = true
			return matchers, true
		case action == ".GroupBy":
			return groupBy, true
		case strings.HasPrefix(action, "index .LabelValuesByName "):
			scoped = true
			return ".+", true
		}
		return "", false
	})
	if err != nil {
		return nil, err
	}
	q, err := parse(rule.MetricsQuery, fill)
	if err != nil {
		return nil, fmt.Errorf("in %s: %w", fill.text, err)
	}
	q.scopedByAdapter = scoped
	return q, nil
}

func adapterMatchers(rule inventory.AdapterRule, asked Asked) string {
	all := selected(asked.Selector)
	if asked.Resource != "namespace" {
		all = append(all, rule.Label("namespace")+`!=""`)
	}
	switch {
	case asked.Name != "":
		all = append(all, labels.MustNewMatcher(labels.MatchEqual, rule.Label(asked.Resource), asked.Name).String())
	case asked.Resource != "":
		all = append(all, rule.Label(asked.Resource)+`!=""`)
	}
	return strings.Join(all, ",")
}

// selected writes an HPA's metric selector as matchers.
func selected(selector *metav1.LabelSelector) []string {
	if selector == nil {
		return nil
	}
	var all []string
	for label, value := range selector.MatchLabels {
		all = append(all, labels.MustNewMatcher(labels.MatchEqual, label, value).String())
	}
	slices.Sort(all)
	return all
}

// seriesOf returns a series that the rule finds and names metric, as far as
// the table and the spelling of the name tell.
func seriesOf(rule inventory.AdapterRule, metric string) (string, bool) {
	matchers, err := parser.NewParser(parser.Options{}).ParseMetricSelector(rule.SeriesQuery)
	if err != nil {
		return "", false
	}
	s := Selector{Matchers: matchers}
	candidates := []string{metric, metric + "_total", metric + "_seconds_total"}
	if engine, rest, cut := strings.Cut(metric, "_"); cut {
		candidates = append(candidates, engine+":"+rest)
	}
	if name, ok := s.Value(model.MetricNameLabel); ok {
		candidates = []string{name}
	} else {
		for _, row := range inventory.KnownMetrics() {
			candidates = append(candidates, exported(row)...)
		}
	}
	for _, series := range candidates {
		if !s.matchesName(series) {
			continue // the cheap question first: a rule's own takes regular expressions
		}
		if name, ok := rule.MetricName(series); ok && name == metric {
			return series, true
		}
	}
	return "", false
}
