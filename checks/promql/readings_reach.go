package promql

import (
	"slices"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Decides says whether the matchers that somebody wrote decide whose series the
// metric reads. They do not in what the metrics API narrows to the pods or the
// object in question, in external metrics whose rule nobody saw, and where a
// join may narrow the query further.
func (r Reading) Decides() bool {
	switch {
	case r.Query == nil || r.Query.Joins():
		return false
	case r.Source == inventory.SourceExternal:
		return r.Rule.Location.Object != nil
	case r.Source == inventory.SourceObject:
		return r.DescribedObject.Kind == "Namespace"
	}
	return r.Source == inventory.SourcePrometheus
}

// ReachesOthers is Query.ReachesOthers, with what the metric adds to the query:
// a Prometheus trigger's "namespace", by which Thanos and others narrow every
// selector, and the Namespace that an Object metric describes.
func (r Reading) ReachesOthers(own *inventory.Workload, all []*inventory.Workload) []*inventory.Workload {
	q, namespace := *r.Query, r.Metadata["namespace"]
	if o := r.DescribedObject; o != nil && o.Kind == "Namespace" {
		q.scopedByAdapter, namespace = false, o.Name
	}
	return slices.DeleteFunc(q.ReachesOthers(own, all), func(w *inventory.Workload) bool {
		return namespace != "" && w.Object.Namespace != namespace
	})
}

// Unscoped is Query.Unscoped, with the same.
func (r Reading) Unscoped() []Use {
	if r.Metadata["namespace"] != "" {
		return nil
	}
	return r.Query.Unscoped()
}

// LeavesRoom returns the name of a workload that is not there and whose pods a
// pattern in the query would fit as well: the own name, and more behind it.
func (r Reading) LeavesRoom(own *inventory.Workload) (name string, ok bool) {
	byPod := func(u Use) bool { return u.Selector.Narrows("pod") || u.Selector.Narrows("exported_pod") }
	if !slices.ContainsFunc(r.Uses, byPod) {
		return "", false
	}
	longer, object := *own, *own.Object
	object.Name += "-canary"
	longer.Object = &object
	return object.Name, len(r.ReachesOthers(own, []*inventory.Workload{&longer})) > 0
}
