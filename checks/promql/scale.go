package promql

import (
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Scale returns the factor that the query's literals put between the series
// and the result: 100 for avg(share) * 100, 0.001 for ms / 1000. It is false
// where there is no single one: an added constant, terms of different scale,
// a function that is not linear.
func (q *Query) Scale() (factor float64, ok bool) { return scaleOf(q.expr) }

func scaleOf(e parser.Expr) (float64, bool) {
	e = bare(e)
	if value, ok := constant(e); ok {
		return value, true
	}
	switch e := e.(type) {
	case *parser.VectorSelector, *parser.MatrixSelector:
		return 1, true
	case *parser.SubqueryExpr:
		return scaleOf(e.Expr)
	case *parser.UnaryExpr:
		factor, ok := scaleOf(e.Expr)
		if e.Op == parser.SUB {
			factor = -factor
		}
		return factor, ok
	case *parser.AggregateExpr:
		if e.Op == parser.COUNT || e.Op == parser.GROUP || e.Op == parser.COUNT_VALUES || e.Op == parser.STDVAR {
			return 1, true // its own unit: elements
		}
		return scaleOf(e.Expr)
	case *parser.Call:
		arg, name := valueArg(e), e.Func.Name
		if arg != nil && (keepsValue(name) || growth(name) || perHistogram(name) || name == "histogram_sum" || name == "histogram_count") {
			return scaleOf(arg)
		}
		return 1, false
	case *parser.BinaryExpr:
		return scaleOfBinary(e)
	}
	return 1, false
}

func scaleOfBinary(e *parser.BinaryExpr) (float64, bool) {
	left, okLeft := scaleOf(e.LHS)
	right, okRight := scaleOf(e.RHS)
	_, numberLeft := constant(e.LHS)
	_, numberRight := constant(e.RHS)
	ok := okLeft && okRight
	switch {
	case e.Op == parser.MUL:
		return left * right, ok
	case e.Op == parser.DIV && right != 0:
		return left / right, ok
	case e.Op == parser.LAND || e.Op == parser.LUNLESS:
		return left, okLeft
	case e.Op == parser.LOR && numberRight, e.Op.IsComparisonOperator() && !e.ReturnBool && numberRight:
		return left, okLeft
	case e.Op == parser.LOR && numberLeft, e.Op.IsComparisonOperator() && !e.ReturnBool && numberLeft:
		return right, okRight
	case e.Op.IsComparisonOperator() && !e.ReturnBool:
		return left, okLeft
	case e.Op == parser.ADD || e.Op == parser.SUB || e.Op == parser.LOR:
		return left, ok && left == right && !numberLeft && !numberRight
	}
	return 1, false
}

// Measures returns the one metric of the table whose value the result is, but
// for the factor that Scale returns: the running requests of a mean of
// running requests, the latency of histogram_quantile or of a sum divided by
// its count. It is false for combinations of several, for rates, and for
// counts.
func (q *Query) Measures() (inventory.Metric, bool) {
	m := measured(q.expr)
	return m.row, m.row.Name != "" && m.part == ""
}

// measure is a row and the part of it that an expression holds: "" for its
// value, else "_sum", "_count", "_bucket" or "rate".
type measure struct {
	row  inventory.Metric
	part string
}

func measured(e parser.Expr) measure {
	switch e := bare(e).(type) {
	case *parser.VectorSelector:
		return measuredSeries(e)
	case *parser.MatrixSelector:
		return measured(e.VectorSelector)
	case *parser.SubqueryExpr:
		return measured(e.Expr)
	case *parser.AggregateExpr:
		switch e.Op {
		case parser.COUNT, parser.GROUP, parser.COUNT_VALUES, parser.STDDEV, parser.STDVAR:
			return measure{}
		}
		return measured(e.Expr)
	case *parser.Call:
		return measuredCall(e)
	case *parser.BinaryExpr:
		return measuredBinary(e)
	}
	return measure{}
}

func measuredSeries(vs *parser.VectorSelector) measure {
	s := Selector{Matchers: vs.LabelMatchers}
	names := s.names()
	if len(names) != 1 {
		return measure{}
	}
	u := useOf(names[0], s)
	if !u.Known {
		return measure{}
	}
	m := measure{row: u.Metric}
	switch u.Metric.Type {
	case inventory.Counter:
		m.part = "total"
	case inventory.Histogram, inventory.Summary:
		m.part = suffix(names[0])
		if m.part == "" && u.Metric.Type == inventory.Histogram {
			m.part = "_bucket"
		}
	}
	return m
}

func suffix(series string) string {
	for _, part := range []string{"_bucket", "_sum", "_count"} {
		if len(series) > len(part) && series[len(series)-len(part):] == part {
			return part
		}
	}
	return ""
}

func measuredCall(e *parser.Call) measure {
	arg, name := valueArg(e), e.Func.Name
	if arg == nil {
		return measure{}
	}
	m := measured(arg)
	switch {
	case name == "histogram_quantile" || name == "histogram_avg":
		if m.part == "_bucket" {
			m.part = ""
		}
		return m
	case keepsValue(name):
		return m
	case growth(name):
		if m.part == "" {
			m.part = "rate"
		}
		return m
	}
	return measure{}
}

func measuredBinary(e *parser.BinaryExpr) measure {
	left, right := measured(e.LHS), measured(e.RHS)
	_, numberLeft := constant(e.LHS)
	_, numberRight := constant(e.RHS)
	linear := e.Op == parser.MUL || e.Op == parser.LOR || e.Op.IsComparisonOperator() && !e.ReturnBool
	switch {
	case e.Op == parser.LAND || e.Op == parser.LUNLESS:
		return left
	case numberRight && (linear || e.Op == parser.DIV):
		return left
	case numberLeft && linear:
		return right
	case e.Op == parser.DIV && left.row == right.row && left.part == "_sum" && right.part == "_count":
		return measure{row: left.row}
	case e.Op == parser.LOR && left == right:
		return left
	case e.Op == parser.DIV && isMean(e):
		return left
	}
	return measure{}
}

// isMean says whether e is sum(x) / count(x).
func isMean(e *parser.BinaryExpr) bool {
	sum, ok := bare(e.LHS).(*parser.AggregateExpr)
	return ok && sum.Op == parser.SUM && countsSame(sum, e.RHS)
}
