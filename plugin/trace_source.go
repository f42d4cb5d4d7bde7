package plugin

import (
	"context"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/promql"
)

// source follows a metric as far as the query that makes it.
func (t *tracer) source(ctx context.Context, a *inventory.Autoscaler, m inventory.ScalingMetric) (metricTrace, hop) {
	r := promql.ReadingOf(t.objects, m)
	trace := metricTrace{Path: m.Path.String(), Asks: r.Text()}
	if m.Source == inventory.SourceResource || m.Source == inventory.SourceTrigger {
		return trace, hop{}
	}
	h, pages, ok := t.engineHop(ctx, r)
	if ok {
		trace.Hops = append(trace.Hops, h)
	}
	query := t.queryHop(ctx, a, r, pages)
	trace.Hops = t.blamed(a, m, append(trace.Hops, t.targetHop(ctx), query)...)
	return trace, query
}

// blamed adds to the broken ones what the checks know of them.
func (t *tracer) blamed(a *inventory.Autoscaler, m inventory.ScalingMetric, hops ...hop) []hop {
	for i := range hops {
		if h := &hops[i]; h.State == hopBroken {
			h.Causes = t.causes(h.Hop, a, m)
		}
	}
	return hops
}

// taken follows the triggers that a formula takes in, as far as their queries:
// the metrics API has the formula's number alone.
func (t *tracer) taken(ctx context.Context, a *inventory.Autoscaler) []metricTrace {
	var all []metricTrace
	for _, m := range a.Metrics {
		if m.Source == inventory.SourceResource || m.TriggerType == "cron" {
			continue
		}
		trace, _ := t.source(ctx, a, m)
		all = append(all, trace)
	}
	return all
}
