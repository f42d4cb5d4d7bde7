package promql

import (
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// SumsEach returns the series that the query sums up or counts one by one, so
// that a second copy of one, under other labels, counts twice. Those whose
// copies a mean or a maximum inside takes together are left out, and so are
// ratios, in which both sides double, and sums that keep the copies apart.
func (q *Query) SumsEach() []Use {
	if q.Shape() != Extensive {
		return nil
	}
	var all []Use
	parser.Inspect(q.expr, func(node parser.Node, path []parser.Node) error {
		vs, ok := node.(*parser.VectorSelector)
		if !ok || !summed(path) {
			return nil
		}
		s := Selector{Matchers: vs.LabelMatchers}
		for _, name := range s.names() {
			u := useOf(name, s)
			u.ByPattern = !s.named()
			all = append(all, u)
		}
		return nil
	})
	return all
}

// summed says whether the innermost aggregation on the path to a selector is a
// sum or a count over what tells copies apart.
func summed(path []parser.Node) bool {
	for _, node := range slices.Backward(path) {
		e, ok := node.(*parser.AggregateExpr)
		if !ok {
			continue
		}
		apart := slices.ContainsFunc([]string{"job", "service", "endpoint", "server"}, func(label string) bool {
			return e.Without != slices.Contains(e.Grouping, label)
		})
		return (e.Op == parser.SUM || e.Op == parser.COUNT) && !apart
	}
	return false
}

// edited returns the query with every selector that change has another one for
// rewritten, and all other text as it was. It is false where one does not stand
// in the text as a whole.
func (q *Query) edited(change func(Selector) (Selector, bool)) (string, bool) {
	text, changed := q.text, false
	list := selectors(q.expr)
	for i := len(list) - 1; i >= 0; i-- { // from the back, so that places stay
		vs := list[i]
		s, wanted := change(Selector{Matchers: vs.LabelMatchers})
		if !wanted {
			continue
		}
		from, okFrom := q.fill.origin(int(vs.PosRange.Start))
		last, okLast := q.fill.origin(int(vs.PosRange.End) - 1)
		moved := vs.OriginalOffset != 0 || vs.OriginalOffsetExpr != nil || vs.Timestamp != nil || vs.StartOrEnd != 0
		if moved || !okFrom || !okLast { // what moves it in time stands within its range of the text
			return "", false
		}
		text, changed = text[:from]+s.String()+text[last+1:], true
	}
	return text, changed
}

// WithoutRouter returns the query with a matcher that leaves out the series
// which vLLM's router publishes under the engines' names: they have a label
// "server", which the engines' own have not.
func (q *Query) WithoutRouter() (string, bool) {
	return q.edited(func(s Selector) (Selector, bool) {
		names := s.names()
		if s.Has("server") || !slices.ContainsFunc(names, RouterPublishes) {
			return s, false
		}
		return Selector{Matchers: append(slices.Clone(s.Matchers), labels.MustNewMatcher(labels.MatchEqual, "server", ""))}, true
	})
}

// RouterPublishes says whether vLLM's production-stack router publishes a gauge
// under the name of the engines' own, one series for every engine
// (src/vllm_router/services/metrics_service).
func RouterPublishes(name string) bool {
	switch name {
	case "vllm:num_requests_running", "vllm:num_requests_waiting", "vllm:num_requests_swapped":
		return true
	}
	return false
}

// TakesRouter says whether the selector also picks what the router publishes:
// nothing but a namespace, or a router's own, is asked for.
func (s Selector) TakesRouter(namespace string) bool {
	for _, m := range s.Matchers {
		switch {
		case m.Name == model.MetricNameLabel:
		case m.Name != "namespace", !m.Matches(namespace):
			return false
		}
	}
	return true
}
