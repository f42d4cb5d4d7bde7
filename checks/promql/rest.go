package promql

import (
	"slices"

	"github.com/prometheus/prometheus/promql/parser"
)

// EmptyAtRest says whether the result may be empty or NaN though every series
// is there, because nothing is going on: a quotient of two counts that are both
// zero, a quantile of a histogram without observations, a comparison that
// filters.
func (q *Query) EmptyAtRest() bool {
	found := false
	parser.Inspect(q.expr, func(node parser.Node, _ []parser.Node) error {
		switch e := node.(type) {
		case *parser.BinaryExpr:
			found = found || e.Op == parser.DIV && mayBeZero(e.RHS) || e.Op == parser.LAND ||
				e.Op == parser.LUNLESS || e.Op.IsComparisonOperator() && !e.ReturnBool
		case *parser.Call:
			found = found || perHistogram(e.Func.Name) || slices.Contains([]string{"absent", "absent_over_time"}, e.Func.Name)
		}
		return nil
	})
	return found
}

// mayBeZero says whether a divisor can be zero: constants and counts of series
// are not.
func mayBeZero(e parser.Expr) bool {
	if _, ok := constant(e); ok {
		return false
	}
	switch e := bare(e).(type) {
	case *parser.AggregateExpr:
		return e.Op != parser.COUNT
	case *parser.Call:
		return e.Func.Name != "scalar" || mayBeZero(e.Args[0])
	}
	return true
}
