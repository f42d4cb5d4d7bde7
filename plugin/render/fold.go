package render

import (
	"cmp"
	"slices"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// group is what is wrong with one workload, or with one object that serves
// none.
type group struct {
	context  string        // where several clusters were looked at
	workload *workload     // nil for an object alone
	ref      inventory.Ref // the workload's or the object's
	causes   []*cause
}

// cause is a finding with those that it explains.
type cause struct {
	*finding
	symptoms []*finding
}

// worst is the severity of the finding or of the worst symptom.
func (c *cause) worst() checks.Severity {
	worst := c.rank
	for _, s := range c.symptoms {
		worst = max(worst, s.rank)
	}
	return worst
}

// groups sorts the findings that pass into groups: workloads before objects,
// the worst first; in a group the worst cause first, and among equals the one
// that explains most.
func (d *document) groups(pass func(*finding) bool) []*group {
	var order []*group
	type subject struct {
		context string
		ref     inventory.Ref
	}
	byRef := map[subject]*group{}
	members := map[*group][]*finding{}
	for _, f := range d.Findings {
		if !pass(f) {
			continue
		}
		ref := f.Ref
		if f.Workload != nil {
			ref = *f.Workload
		}
		g := byRef[subject{f.Context, ref}]
		if g == nil {
			g = &group{context: f.Context, ref: ref}
			byRef[subject{f.Context, ref}] = g
			order = append(order, g)
		}
		if g.workload == nil {
			g.workload = f.serves
		}
		members[g] = append(members[g], f)
	}
	for _, g := range order {
		g.causes = foldSymptoms(members[g])
	}
	slices.SortStableFunc(order, func(a, b *group) int {
		return cmp.Or(cmp.Compare(a.kind(), b.kind()), cmp.Compare(b.causes[0].worst(), a.causes[0].worst()))
	})
	return order
}

// kind puts workloads before objects.
func (g *group) kind() int {
	if g.workload == nil {
		return 1
	}
	return 0
}

// foldSymptoms puts each finding under the first cause of its chain. A finding
// whose cause is not in the list stands alone.
func foldSymptoms(list []*finding) []*cause {
	parent := map[*finding]*finding{}
	root := func(f *finding) *finding {
		for parent[f] != nil {
			f = parent[f]
		}
		return f
	}
	for _, f := range list {
		// Two findings that each name the other must not both vanish: the
		// first one is the symptom.
		if by := causeOf(f, list); by != nil && root(by) != f {
			parent[f] = by
		}
	}
	var causes []*cause
	byFinding := map[*finding]*cause{}
	for _, f := range list {
		if parent[f] == nil {
			byFinding[f] = &cause{finding: f}
			causes = append(causes, byFinding[f])
		}
	}
	for _, f := range list {
		if parent[f] != nil {
			c := byFinding[root(f)]
			c.symptoms = append(c.symptoms, f)
		}
	}
	slices.SortStableFunc(causes, func(a, b *cause) int {
		return cmp.Or(cmp.Compare(b.worst(), a.worst()), cmp.Compare(len(b.symptoms), len(a.symptoms)))
	})
	return causes
}

// causeOf finds the finding that explains f, on the same object if there is one.
func causeOf(f *finding, list []*finding) *finding {
	var found *finding
	for _, other := range list {
		if f.CausedBy == "" || other.Check != f.CausedBy || other == f {
			continue
		}
		if other.Ref == f.Ref {
			return other
		}
		if found == nil {
			found = other
		}
	}
	return found
}

// blind is a set of checks that could not judge, with all the reasons.
type blind struct {
	context    string // where several clusters were looked at
	checks     []string
	namespaces []string // empty: everywhere
	errored    bool     // the checks broke
	reasons    []string
}

// blindSpots groups the skips: the checks that are blind at one place for one
// reason first, then all the places and reasons of the same checks.
func (d *document) blindSpots() []*blind {
	type place struct {
		context, reason, namespace string
		errored                    bool
	}
	var places []place
	blindChecks := map[place][]string{}
	for _, s := range d.Skipped {
		at := place{s.Context, s.Reason, s.Namespace, s.Errored}
		if blindChecks[at] == nil {
			places = append(places, at)
		}
		if !slices.Contains(blindChecks[at], s.Check) {
			blindChecks[at] = append(blindChecks[at], s.Check)
		}
	}
	var all []*blind
	for _, at := range places {
		b := &blind{context: at.context, checks: blindChecks[at], errored: at.errored, reasons: []string{at.reason}}
		if at.namespace != "" {
			b.namespaces = []string{at.namespace}
		}
		if !b.joins(all) {
			all = append(all, b)
		}
	}
	return all
}

// joins adds b to one of all that has the same checks and either the same
// namespaces or the same reason.
func (b *blind) joins(all []*blind) bool {
	for _, other := range all {
		if other.context != b.context || other.errored != b.errored || !slices.Equal(other.checks, b.checks) {
			continue
		}
		switch {
		case slices.Equal(other.namespaces, b.namespaces):
			other.reasons = append(other.reasons, b.reasons...)
			return true
		case len(other.namespaces) > 0 && len(b.namespaces) > 0 && slices.Equal(other.reasons, b.reasons):
			other.namespaces = append(other.namespaces, b.namespaces...)
			return true
		}
	}
	return false
}
