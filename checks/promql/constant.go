package promql

import (
	"math"

	"github.com/prometheus/prometheus/promql/parser"
)

// constant evaluates an expression of numbers alone: 1000 * 60, vector(0).
func constant(e parser.Expr) (float64, bool) {
	switch e := bare(e).(type) {
	case *parser.NumberLiteral:
		return e.Val, true
	case *parser.UnaryExpr:
		value, ok := constant(e.Expr)
		if e.Op == parser.SUB {
			value = -value
		}
		return value, ok
	case *parser.Call:
		if name := e.Func.Name; (name == "vector" || name == "scalar") && len(e.Args) == 1 {
			return constant(e.Args[0])
		}
		if e.Func.Name == "pi" {
			return math.Pi, true
		}
	case *parser.BinaryExpr:
		left, okLeft := constant(e.LHS)
		right, okRight := constant(e.RHS)
		if okLeft && okRight {
			return arithmetic(e.Op, left, right)
		}
	}
	return 0, false
}

func arithmetic(op parser.ItemType, left, right float64) (float64, bool) {
	switch op {
	case parser.ADD:
		return left + right, true
	case parser.SUB:
		return left - right, true
	case parser.MUL:
		return left * right, true
	case parser.DIV:
		return left / right, true
	case parser.MOD:
		return math.Mod(left, right), true
	case parser.POW:
		return math.Pow(left, right), true
	}
	return 0, false
}
