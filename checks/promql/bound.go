package promql

import (
	"math"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Bound returns the largest value that the result can ever have, where the
// table and the arithmetic prove one: a mean or maximum of a share of 1 is at
// most 1, times 100 at most 100. Sums are unbounded.
func (q *Query) Bound() (limit float64, ok bool) {
	hi := rangeOf(q.expr).hi
	return hi, !math.IsInf(hi, 0) && !math.IsNaN(hi)
}

// span is the closed interval that a value lies in.
type span struct{ lo, hi float64 }

var inf = math.Inf(1)

// anything is the interval nothing is known of, amount that of what cannot be
// negative.
func anything() span { return span{-inf, inf} }
func amount() span   { return span{0, inf} }

func rangeOf(e parser.Expr) span {
	e = bare(e)
	if value, ok := constant(e); ok {
		return span{value, value}
	}
	switch e := e.(type) {
	case *parser.VectorSelector:
		return rangeOfSeries(e)
	case *parser.MatrixSelector:
		return rangeOf(e.VectorSelector)
	case *parser.SubqueryExpr:
		return rangeOf(e.Expr)
	case *parser.UnaryExpr:
		in := rangeOf(e.Expr)
		if e.Op == parser.SUB {
			return span{-in.hi, -in.lo}
		}
		return in
	case *parser.AggregateExpr:
		return rangeOfAggregate(e)
	case *parser.Call:
		return rangeOfCall(e)
	case *parser.BinaryExpr:
		return rangeOfBinary(e)
	}
	return anything()
}

func rangeOfSeries(vs *parser.VectorSelector) span {
	s := Selector{Matchers: vs.LabelMatchers}
	names := s.names()
	if len(names) == 0 {
		return anything()
	}
	limit := span{inf, -inf}
	for _, name := range names {
		u := useOf(name, s)
		switch {
		case !u.Known:
			return anything()
		case u.Metric.Max > 0 && u.Metric.Type == inventory.Gauge:
			limit = limit.or(span{0, u.Metric.Max})
		default:
			limit = limit.or(amount())
		}
	}
	return limit
}

func rangeOfAggregate(e *parser.AggregateExpr) span {
	in := rangeOf(e.Expr)
	switch e.Op {
	case parser.AVG, parser.MIN, parser.MAX, parser.TOPK, parser.BOTTOMK, parser.LIMITK, parser.LIMIT_RATIO:
		return in
	case parser.QUANTILE:
		if phi, ok := constant(e.Param); ok && phi >= 0 && phi <= 1 {
			return in
		}
		return anything()
	case parser.SUM:
		if in.lo >= 0 {
			return amount()
		}
		return anything()
	case parser.COUNT:
		return amount()
	case parser.GROUP:
		return span{1, 1}
	case parser.STDDEV:
		return span{0, in.hi - in.lo}
	}
	return anything()
}

func rangeOfCall(e *parser.Call) span {
	arg := valueArg(e)
	if arg == nil {
		if e.Func.Name == "absent" || e.Func.Name == "absent_over_time" {
			return span{1, 1}
		}
		return anything()
	}
	in := rangeOf(arg)
	switch e.Func.Name {
	case "avg_over_time", "max_over_time", "min_over_time", "last_over_time", "first_over_time",
		"scalar", "vector", "sort", "sort_desc", "sort_by_label", "sort_by_label_desc",
		"label_replace", "label_join", "info":
		return in
	case "quantile_over_time":
		if phi, ok := constant(e.Args[0]); ok && phi >= 0 && phi <= 1 {
			return in
		}
	case "clamp", "clamp_max", "clamp_min":
		return clamped(e, in)
	case "abs":
		return span{0, math.Max(math.Abs(in.lo), math.Abs(in.hi))}
	case "ceil", "floor", "round":
		if len(e.Args) == 1 {
			return span{math.Floor(in.lo), math.Ceil(in.hi)}
		}
	case "sgn":
		return span{-1, 1}
	case "rate", "irate", "increase", "sum_over_time":
		if in.lo >= 0 {
			return amount()
		}
	}
	return anything()
}

func clamped(e *parser.Call, in span) span {
	first := rangeOf(e.Args[1])
	switch e.Func.Name {
	case "clamp_max":
		return span{math.Min(in.lo, first.lo), math.Min(in.hi, first.hi)}
	case "clamp_min":
		return span{math.Max(in.lo, first.lo), math.Max(in.hi, first.hi)}
	}
	second := rangeOf(e.Args[2])
	return span{
		math.Min(math.Max(in.lo, first.lo), second.lo),
		math.Min(math.Max(in.hi, first.hi), second.hi),
	}
}
