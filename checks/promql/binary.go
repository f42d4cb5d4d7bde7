package promql

import (
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
)

func readBinary(e *parser.BinaryExpr) reading {
	left, right := read(e.LHS), read(e.RHS)
	switch {
	case e.Op == parser.LAND || e.Op == parser.LUNLESS:
		return left
	case e.Op == parser.LOR:
		return readOr(left, right)
	case e.Op.IsComparisonOperator():
		if left.kind == number {
			left = right
		}
		return readComparison(e, left)
	}
	r := reading{why: left.why + " " + word(e.Op) + " " + right.why}
	switch e.Op {
	case parser.MUL:
		r.kind = product(left.kind, right.kind)
	case parser.DIV:
		if r.kind = quotient(left.kind, right.kind); r.kind == unknown && meanOfHistogram(e) {
			r.kind = podLevel
		}
	case parser.ADD, parser.SUB:
		r.kind = added(e.Op, left.kind, right.kind)
	}
	switch {
	case right.kind == number && r.kind != unknown:
		r.agg, r.why, r.swap = left.agg, left.why, scaled(e.Op, left)
	case left.kind == number && r.kind != unknown:
		r.agg, r.why = right.agg, right.why
		if e.Op == parser.MUL {
			r.swap = right.swap
		}
	case e.Op == parser.ADD && left.agg == right.agg:
		r.agg, r.swap = left.agg, both(left, right)
	}
	return r
}

// scaled keeps the offer to swap where the constant only changes the scale.
func scaled(op parser.ItemType, in reading) []*parser.AggregateExpr {
	if op == parser.MUL || op == parser.DIV {
		return in.swap
	}
	return nil
}

// both joins the offers of two operands of which each makes one.
func both(left, right reading) []*parser.AggregateExpr {
	if len(left.swap) == 0 || len(right.swap) == 0 {
		return nil
	}
	return append(append([]*parser.AggregateExpr(nil), left.swap...), right.swap...)
}

func readOr(left, right reading) reading {
	switch {
	case right.kind == number:
		return left
	case left.kind == number:
		return right
	case left.kind != right.kind || left.kind == unknown:
		return reading{why: left.why + " or " + right.why}
	}
	r := reading{kind: left.kind, why: left.why, swap: both(left, right)}
	if left.agg == right.agg {
		r.agg = left.agg
	}
	return r
}

// readComparison reads a filter, which hands the value on, or a comparison
// with bool, which makes a flag of it.
func readComparison(e *parser.BinaryExpr, in reading) reading {
	if !e.ReturnBool {
		return in.fixed()
	}
	if in.kind.single() {
		return reading{kind: podLevel, why: "a comparison of " + in.why}
	}
	return reading{why: "a comparison of " + in.why}
}

// meanOfHistogram says whether e divides the sum of a histogram by its count,
// series by series.
func meanOfHistogram(e *parser.BinaryExpr) bool {
	above, below := selectors(e.LHS), selectors(e.RHS)
	if len(above) != 1 || len(below) != 1 {
		return false
	}
	sum, cut := strings.CutSuffix(above[0].Name, "_sum")
	return cut && below[0].Name == sum+"_count"
}

func word(op parser.ItemType) string {
	switch op {
	case parser.ADD:
		return "plus"
	case parser.SUB:
		return "minus"
	case parser.MUL:
		return "times"
	case parser.DIV:
		return "divided by"
	}
	return op.String()
}
