package promql

import (
	"math"
	"slices"

	"github.com/prometheus/prometheus/promql/parser"
)

// or is the smallest interval that holds both.
func (s span) or(t span) span { return span{math.Min(s.lo, t.lo), math.Max(s.hi, t.hi)} }

func rangeOfBinary(e *parser.BinaryExpr) span {
	left, right := rangeOf(e.LHS), rangeOf(e.RHS)
	switch e.Op {
	case parser.LAND, parser.LUNLESS:
		return left
	case parser.LOR:
		return left.or(right)
	case parser.ADD:
		return span{left.lo + right.lo, left.hi + right.hi}
	case parser.SUB:
		return span{left.lo - right.hi, left.hi - right.lo}
	case parser.MUL:
		return corners(left, right, func(l, r float64) float64 { return l * r })
	case parser.DIV:
		return rangeOfRatio(e, left, right)
	}
	if e.Op.IsComparisonOperator() {
		return rangeOfComparison(e, left, right)
	}
	return anything()
}

// corners is the range of an operation that is monotonic in both operands.
func corners(left, right span, f func(l, r float64) float64) span {
	out := span{inf, -inf}
	for _, l := range []float64{left.lo, left.hi} {
		for _, r := range []float64{right.lo, right.hi} {
			value := f(l, r)
			if l == 0 || math.IsNaN(value) { // 0 times infinity: the other corners tell
				value = 0
			}
			out = out.or(span{value, value})
		}
	}
	return out
}

func rangeOfRatio(e *parser.BinaryExpr, left, right span) span {
	if share := partOfWhole(e.LHS, e.RHS); share && left.lo >= 0 {
		return span{0, 1}
	}
	if sum, ok := bare(e.LHS).(*parser.AggregateExpr); ok && sum.Op == parser.SUM && countsSame(sum, e.RHS) {
		return rangeOf(sum.Expr) // a mean, spelt out
	}
	if right.lo <= 0 && right.hi >= 0 {
		if left.lo >= 0 && right.lo >= 0 {
			return amount()
		}
		return anything()
	}
	return corners(left, right, func(l, r float64) float64 { return l / r })
}

// partOfWhole says whether part is one of the terms that whole adds up, all of
// them amounts: used / (used + free).
func partOfWhole(part, whole parser.Expr) bool {
	terms := addends(whole)
	found := false
	for _, term := range terms {
		found = found || bare(term).String() == bare(part).String()
	}
	return found && len(terms) > 1 && !slices.ContainsFunc(terms, mayBeNegative)
}

// mayBeNegative is the short way to the lower end of rangeOf. It is apart
// because rangeOf, asking about the terms of each divisor again, would take
// exponential time on nested ratios.
func mayBeNegative(e parser.Expr) bool {
	e = bare(e)
	if value, ok := constant(e); ok {
		return value < 0
	}
	switch e := e.(type) {
	case *parser.VectorSelector:
		return rangeOfSeries(e).lo < 0
	case *parser.MatrixSelector:
		return mayBeNegative(e.VectorSelector)
	case *parser.SubqueryExpr:
		return mayBeNegative(e.Expr)
	case *parser.AggregateExpr:
		return mayBeNegative(e.Expr)
	case *parser.Call:
		arg := valueArg(e)
		bent := e.Func.Name == "clamp" || e.Func.Name == "clamp_max" || e.Func.Name == "predict_linear"
		rises := e.Func.Name == "rate" || e.Func.Name == "irate" || e.Func.Name == "increase"
		return arg == nil || bent || !keepsValue(e.Func.Name) && !rises || mayBeNegative(arg)
	case *parser.BinaryExpr:
		switch e.Op {
		case parser.ADD, parser.MUL, parser.DIV, parser.LOR:
			return mayBeNegative(e.LHS) || mayBeNegative(e.RHS)
		}
	}
	return true
}

func addends(e parser.Expr) []parser.Expr {
	if sum, ok := bare(e).(*parser.BinaryExpr); ok && sum.Op == parser.ADD {
		return append(addends(sum.LHS), addends(sum.RHS)...)
	}
	return []parser.Expr{e}
}

// countsSame says whether divisor is the count of what sum adds up, in the
// same groups.
func countsSame(sum *parser.AggregateExpr, divisor parser.Expr) bool {
	if call, ok := bare(divisor).(*parser.Call); ok && call.Func.Name == "scalar" {
		divisor = call.Args[0]
	}
	count, ok := bare(divisor).(*parser.AggregateExpr)
	if !ok || count.Op != parser.COUNT || bare(count.Expr).String() != bare(sum.Expr).String() || count.Without != sum.Without {
		return false
	}
	if len(count.Grouping) != len(sum.Grouping) {
		return false
	}
	for i, label := range sum.Grouping {
		if count.Grouping[i] != label {
			return false
		}
	}
	return true
}

// rangeOfComparison is 0 to 1 for a flag; a filter keeps the values of the
// side that is no scalar and cuts them at the other.
func rangeOfComparison(e *parser.BinaryExpr, left, right span) span {
	if e.ReturnBool {
		return span{0, 1}
	}
	op := e.Op
	if e.LHS.Type() == parser.ValueTypeScalar {
		left, right, op = right, left, mirrored(op)
	}
	switch op {
	case parser.LSS, parser.LTE:
		left.hi = math.Min(left.hi, right.hi)
	case parser.GTR, parser.GTE:
		left.lo = math.Max(left.lo, right.lo)
	case parser.EQLC:
		left = span{math.Max(left.lo, right.lo), math.Min(left.hi, right.hi)}
	}
	return left
}

func mirrored(op parser.ItemType) parser.ItemType {
	switch op {
	case parser.LSS:
		return parser.GTR
	case parser.LTE:
		return parser.GTE
	case parser.GTR:
		return parser.LSS
	case parser.GTE:
		return parser.LTE
	}
	return op
}
