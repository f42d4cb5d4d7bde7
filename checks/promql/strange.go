package promql

import (
	"slices"
	"strings"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Strange says whether the series is one that the workload's engine never
// exports, since another engine's server does. It is false where another name
// may be behind it, and for what a router repeats.
func (u Use) Strange(w *inventory.Workload) bool {
	if w.Recognition == nil || u.ByPattern || u.Gateway || u.Engine == "" || u.Engine == w.EngineID() || u.routed("") {
		return false
	}
	if _, prefixed := inventory.MetricFamily(u.Name); !prefixed || !u.Known && !strings.Contains(u.Name, ":") {
		return false // NIM's names without a prefix, and somebody's own
	}
	return w.Engine.OwnSeries(u.Engine)
}

// Guessed says whether the series is only what the name of an HPA's metric
// tells: a rule of the adapter that nobody sees may make it of another one.
func (r Reading) Guessed(u Use) bool {
	return u.Respelt && r.Source != inventory.SourcePrometheus && r.Rule.Location.Object == nil
}

// MayRead says whether the series may be that of a workload among all, other
// than own, to which no metrics API narrows the metric.
func (r Reading) MayRead(u Use, own *inventory.Workload, all []*inventory.Workload) bool {
	return r.Source != inventory.SourcePods && slices.ContainsFunc(all, func(w *inventory.Workload) bool {
		return w != own && w.EngineID() == u.Engine && u.Selector.Reach(w) != No
	})
}
