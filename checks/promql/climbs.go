package promql

import (
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Climbs returns a counter that the query takes as it is: without its change over
// time the result goes up as long as the engines run. "" where there is none.
func (q *Query) Climbs() string {
	found := ""
	parser.Inspect(q.expr, func(node parser.Node, path []parser.Node) error {
		vs, ok := node.(*parser.VectorSelector)
		if !ok || found != "" || tamed(path) {
			return nil
		}
		s := Selector{Matchers: vs.LabelMatchers}
		if names := s.names(); len(names) == 1 {
			if u := useOf(names[0], s); u.Known && u.Metric.Type == inventory.Counter {
				found = u.Name
			}
		}
		return nil
	})
	return found
}
