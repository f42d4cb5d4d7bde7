package source

import (
	"cmp"
	"maps"
	"slices"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func newRecordedFacts(c inventory.Cluster) *recordedFacts {
	f := &recordedFacts{Starts: []recordedStarts{}, NodeAutoscaler: c.NodeAutoscaler, AddsNodes: c.AddsNodes.String()}
	refs := slices.SortedFunc(maps.Keys(c.Starts), func(a, b inventory.Ref) int {
		return cmp.Or(cmp.Compare(a.String(), b.String()), cmp.Compare(a.Group, b.Group))
	})
	for _, ref := range refs {
		f.Starts = append(f.Starts, recordedStarts{Of: ref, Loads: c.Starts[ref]})
	}
	return f
}

func (f *recordedFacts) cluster(server inventory.Versions) inventory.Cluster {
	c := inventory.Cluster{Server: server, NodeAutoscaler: f.NodeAutoscaler, Starts: map[inventory.Ref][]inventory.LoadTime{}}
	for _, presence := range []inventory.Presence{inventory.Absent, inventory.Present} {
		if f.AddsNodes == presence.String() {
			c.AddsNodes = presence
		}
	}
	for _, s := range f.Starts {
		c.Starts[s.Of] = s.Loads
	}
	return c
}
