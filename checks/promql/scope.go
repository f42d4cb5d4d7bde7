package promql

import (
	"slices"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Unscoped returns the series of replicas and GPUs that the query reads from
// everywhere: no matcher narrows the namespace, and none narrows the workload
// (pod, container, job, service, model_name and whatever else names one).
// Recording rules, gateways and replica counts are left out, and so is what
// prometheus-adapter narrows itself.
func (q *Query) Unscoped() []Use {
	if q.scopedByAdapter {
		return nil
	}
	return slices.DeleteFunc(q.Uses(), func(u Use) bool {
		return !u.Device && u.Engine == "" || u.Selector.narrowsAny(scopes)
	})
}

// Scoped says whether every series of replicas and GPUs is narrowed to a
// namespace or a workload.
func (q *Query) Scoped() bool { return len(q.Unscoped()) == 0 }

// scopes says whether narrowing a label narrows a selector to some workload:
// all do but those that pick parts of every workload alike, or a whole cluster.
func scopes(label string) bool {
	switch label {
	case "engine", "dp_rank", "tp_rank", "le", "quantile", "reason", "finished_reason", "request_type",
		"kv_cache_block_type", "source", "priority", "endpoint", "gpu", "device", "modelName",
		"prometheus", "prometheus_replica", "cluster", "region", "zone":
		return false
	}
	return true
}

// ReachesOthers returns the workloads among all, other than own, whose series
// the query provably reads as well: a selector picks them, and their engine is
// the one that exports such a series. All of them are in the order given.
func (q *Query) ReachesOthers(own *inventory.Workload, all []*inventory.Workload) []*inventory.Workload {
	if q.scopedByAdapter {
		return nil
	}
	uses := q.Uses()
	var others []*inventory.Workload
	for _, w := range all {
		if own != nil && (w == own || w.Object.Ref == own.Object.Ref) {
			continue
		}
		if slices.ContainsFunc(uses, func(u Use) bool { return u.readsFrom(w) }) {
			others = append(others, w)
		}
	}
	return others
}

// readsFrom says whether the selector provably picks the workload's series.
func (u Use) readsFrom(w *inventory.Workload) bool {
	exports := u.Engine != "" && u.Engine == w.EngineID() || u.Device && w.GPUs() > 0
	return exports && u.Selector.Reach(w) == Yes
}
