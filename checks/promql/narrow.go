package promql

import (
	"regexp"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// Narrowed returns the query with matchers for the workload's namespace and
// for its own pods in every selector of its engine's series, and all other text
// as it was. It is false where the pods' names cannot be told for certain, and
// where such matchers do not suffice: for series of GPU exporters, whose labels
// depend on how they are scraped.
func (q *Query) Narrowed(w *inventory.Workload) (string, bool) {
	pods, ok := PodPattern(w)
	if !ok {
		return "", false
	}
	own := []*labels.Matcher{labels.MustNewMatcher(labels.MatchRegexp, "pod", pods)}
	if w.Object.Namespace != "" {
		own = append([]*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, "namespace", w.Object.Namespace)}, own...)
	}
	text := q.text
	list := selectors(q.expr)
	for i := len(list) - 1; i >= 0; i-- { // from the back, so that places stay
		vs := list[i]
		s := Selector{Matchers: vs.LabelMatchers}
		if names := s.names(); len(names) != 1 || useOf(names[0], s).Engine != w.EngineID() {
			return "", false
		}
		if vs.OriginalOffset != 0 || vs.OriginalOffsetExpr != nil || vs.Timestamp != nil || vs.StartOrEnd != 0 {
			return "", false // they stand within the selector's range of the text
		}
		from, okFrom := q.fill.origin(int(vs.PosRange.Start))
		last, okLast := q.fill.origin(int(vs.PosRange.End) - 1)
		if !okFrom || !okLast {
			return "", false
		}
		text = text[:from] + with(vs, own).String() + text[last+1:]
	}
	return text, len(list) > 0
}

// Joins says whether the query matches vectors by certain labels, or keeps only
// what another vector has: that may narrow it where no matcher does.
func (q *Query) Joins() bool {
	found := false
	parser.Inspect(q.expr, func(node parser.Node, _ []parser.Node) error {
		if e, ok := node.(*parser.BinaryExpr); ok && e.VectorMatching != nil && e.Op != parser.LOR {
			found = found || e.VectorMatching.On || e.Op == parser.LAND || e.Op == parser.LUNLESS || len(e.VectorMatching.MatchingLabels) > 0
		}
		return nil
	})
	return found
}

// with puts the matchers in the place of those for the same labels.
func with(vs *parser.VectorSelector, own []*labels.Matcher) Selector {
	var s Selector
	for _, m := range vs.LabelMatchers {
		if m.Name != "pod" && m.Name != "namespace" {
			s.Matchers = append(s.Matchers, m)
		}
	}
	s.Matchers = append(s.Matchers, own...)
	return s
}

// PodPattern fits the pods of the workload and no others. The kinds are those
// whose pods' names nobody but Kubernetes chooses.
func PodPattern(w *inventory.Workload) (string, bool) {
	name := regexp.QuoteMeta(w.Object.Name)
	switch w.Object.Type {
	case inventory.Deployment:
		return name + "-[a-z0-9]+-[a-z0-9]{5}", true
	case inventory.StatefulSet:
		return name + "-[0-9]+", true
	case inventory.LeaderWorkerSet:
		return name + "-[0-9]+(-[0-9]+)?", true
	}
	return "", false
}
