package promql

import "github.com/prometheus/prometheus/promql/parser"

// NullGuard says whether somebody made sure that the result is never empty:
// the query ends in "or vector(0)" or "or on() vector(0)", or aggregates over
// an expression that does. A lost series then reads as that number.
func (q *Query) NullGuard() bool { return guarded(q.expr) }

func guarded(e parser.Expr) bool {
	e = bare(e)
	if _, ok := constant(e); ok {
		return true
	}
	switch e := e.(type) {
	case *parser.BinaryExpr:
		_, number := constant(e.RHS)
		_, numberLeft := constant(e.LHS)
		switch {
		case e.Op == parser.LOR:
			return guarded(e.LHS) || guarded(e.RHS)
		case e.Op.IsComparisonOperator() && !e.ReturnBool, e.Op == parser.LAND, e.Op == parser.LUNLESS:
			return false
		case number:
			return guarded(e.LHS)
		case numberLeft:
			return guarded(e.RHS)
		}
	case *parser.AggregateExpr:
		return guarded(e.Expr)
	case *parser.SubqueryExpr:
		return guarded(e.Expr)
	case *parser.Call:
		arg := valueArg(e)
		return arg != nil && keepsValue(e.Func.Name) && e.Func.Name != "scalar" && guarded(arg)
	}
	return false
}
