package plugin

import (
	"slices"
	"strings"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/rules"
)

// checksOfHop are those whose findings tell why a number does not get beyond a
// hop.
func checksOfHop(hop string) []string {
	switch hop {
	case "engine":
		return []string{"engine-metrics-off", "metric-name-spelling", "metric-of-another-engine", "metric-retired-in-version"}
	case "prometheus":
		return []string{"monitor-not-selected", "monitor-selects-nothing"}
	case "query":
		return []string{"dcgm-label-shadowed", "keda-query-many-series", "latency-query-pitfalls"}
	case metricsAPIHop:
		return []string{"metrics-api-missing-or-stolen"}
	}
	return nil
}

// causeChecks are those of all hops.
func causeChecks() []*checks.Check {
	var names []string
	for _, hop := range []string{"engine", "prometheus", "query", metricsAPIHop} {
		names = append(names, checksOfHop(hop)...)
	}
	return slices.DeleteFunc(rules.All(), func(c *checks.Check) bool { return !slices.Contains(names, c.ID) })
}

// causes are what the checks say of the workload at a hop: of this metric, where
// they speak of the autoscaler's.
func (t *tracer) causes(hop string, a *inventory.Autoscaler, m inventory.ScalingMetric) []hopCause {
	var all []hopCause
	for _, f := range t.judged {
		elsewhere := f.At.Object == a.Object && !strings.HasPrefix(f.At.Path.String(), m.Path.String())
		if f.Severity <= checks.Info || f.Workload == nil || f.Workload.Ref() != t.workload.Ref() || elsewhere || !slices.Contains(checksOfHop(hop), f.Check.ID) {
			continue
		}
		all = append(all, hopCause{f.Check.ID, f.Message})
	}
	return all
}
