package promql

import (
	"slices"

	"github.com/prometheus/prometheus/promql/parser"
)

// OverEngines returns the aggregation that puts the engines of one pod together:
// the innermost over series that vLLM labels by engine. It is empty where the
// engines stay apart, where one of them is picked, and where there are several
// such aggregations.
func (q *Query) OverEngines() string {
	var all []string
	parser.Inspect(q.expr, func(node parser.Node, _ []parser.Node) error {
		e, ok := node.(*parser.AggregateExpr)
		if !ok {
			return nil
		}
		vs := selectorOf(e.Expr)
		keeps := slices.Contains(e.Grouping, "engine") != e.Without
		if vs != nil && !keeps && !(Selector{Matchers: vs.LabelMatchers}).Has("engine") {
			all = append(all, e.Op.String())
		}
		return nil
	})
	if len(all) != 1 {
		return ""
	}
	return all[0]
}

// selectorOf returns the selector whose series an expression hands on one by
// one; nil where something combines them.
func selectorOf(e parser.Expr) *parser.VectorSelector {
	switch e := bare(e).(type) {
	case *parser.VectorSelector:
		return e
	case *parser.MatrixSelector:
		return selectorOf(e.VectorSelector)
	case *parser.SubqueryExpr:
		return selectorOf(e.Expr)
	case *parser.Call:
		if arg := valueArg(e); arg != nil && keepsValue(e.Func.Name) {
			return selectorOf(arg)
		}
	}
	return nil
}
