package promql

import (
	"regexp"
	"slices"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// CustomRules are the prometheus-adapter rules of the snapshot that serve the
// custom metrics API.
func CustomRules(s *inventory.Snapshot) []inventory.AdapterRule {
	return slices.DeleteFunc(s.AdapterRules(), func(r inventory.AdapterRule) bool { return r.External })
}

// CouldMake says whether one of the rules makes a metric of that name of some
// series. Where a rule finds its series by a pattern it is enough that the name
// fits what the rule calls them.
func CouldMake(rules []inventory.AdapterRule, metric string) bool {
	return slices.ContainsFunc(rules, func(r inventory.AdapterRule) bool { return couldMake(r, metric) })
}

func couldMake(rule inventory.AdapterRule, metric string) bool {
	if written, ok := WrittenSeries(rule); ok {
		name, ok := rule.MetricName(written.Name)
		return ok && name == metric
	}
	as := rule.As
	if as == "" {
		as = "$0"
	}
	captures := regexp.MustCompile(`\\\$(\w+|\\\{\w+\\\})`) // quoted: \$1, \$\{1\}, \$name
	pattern := "^" + captures.ReplaceAllString(regexp.QuoteMeta(as), `[a-zA-Z0-9_:]*`) + "$"
	return regexp.MustCompile(pattern).MatchString(metric)
}

// RenamedTo returns what the rules call the series behind a name, in the order
// of the rules: for vllm_num_requests_waiting, vllm:num_requests_waiting and
// Google's name for it the outputs of the rules for that gauge.
func RenamedTo(rules []inventory.AdapterRule, metric string) []string {
	if inner, ok := stackdriverName(metric); ok {
		metric = inner
	}
	asked := useOf(metric, Selector{})
	if !asked.Known {
		return nil
	}
	var all []string
	for _, rule := range rules {
		written, ok := WrittenSeries(rule)
		if !ok || written.Metric.Name != asked.Metric.Name {
			continue
		}
		if name, ok := rule.MetricName(written.Name); ok && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}
