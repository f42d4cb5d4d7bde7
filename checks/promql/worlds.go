package promql

import (
	"math"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// AtZero returns the query's value while every series that it reads is there
// and 0: sum(queue) is 0, clamp_min(sum(queue), 3) is 3. An empty result and a
// division of 0 by 0 count as 0. It is not ok where the value depends on more
// than that, as a count of series does.
func (q *Query) AtZero() (value float64, ok bool) {
	end := in(world{value: 0}, q.expr)
	if end.empty {
		return 0, true
	}
	return end.value, !end.open
}

// AtZero is Query.AtZero. What a metric reads by its name alone is 0 then.
func (r Reading) AtZero() (value float64, ok bool) {
	if r.Query == nil {
		return 0, true
	}
	return r.Query.AtZero()
}

// AtRest returns the query's value while nothing is going on, where every series
// that it reads is 0 then: requests, shares of the KV cache,
// how busy a GPU is, but not memory, latencies or what nobody knows.
func (q *Query) AtRest() (value float64, ok bool) {
	for _, u := range q.Uses() {
		switch u.Metric.Meaning {
		case inventory.MeansWaiting, inventory.MeansRunning, inventory.MeansKVCache, inventory.MeansGPUUtil, inventory.MeansGatewayLoad:
		default:
			return 0, false
		}
		if !u.Known {
			return 0, false
		}
	}
	return q.AtZero()
}

// WithoutSeries returns the query's value when none of the series that it reads
// exists any more. empty says that there is no value then, or none that is a
// number; not ok, that it cannot be told.
func (q *Query) WithoutSeries() (value float64, empty, ok bool) {
	end := in(world{empty: true}, q.expr)
	return end.value, end.empty, !end.open
}

// world is the value that all series, or an expression over them, have at one
// moment; empty is none at all, open one that cannot be told.
type world struct {
	value       float64
	empty, open bool
}

var (
	nothing = world{empty: true}
	untold  = world{open: true}
)

// in evaluates e where all series are as in w.
func in(w world, e parser.Expr) world {
	e = bare(e)
	if value, ok := constant(e); ok {
		return world{value: value}
	}
	switch e := e.(type) {
	case *parser.VectorSelector, *parser.MatrixSelector:
		return w
	case *parser.SubqueryExpr:
		return in(w, e.Expr)
	case *parser.AggregateExpr:
		return aggregated(e.Op, in(w, e.Expr))
	case *parser.Call:
		return called(w, e)
	case *parser.BinaryExpr:
		return combined(e, in(w, e.LHS), in(w, e.RHS))
	}
	return untold
}

func aggregated(op parser.ItemType, of world) world {
	if of.empty || of.open {
		return of
	}
	switch op {
	case parser.AVG, parser.MIN, parser.MAX, parser.QUANTILE, parser.TOPK, parser.BOTTOMK:
		return of
	case parser.SUM:
		if of.value == 0 {
			return of
		}
	}
	return untold // how many elements there are
}

func called(w world, e *parser.Call) world {
	if e.Func.Name == "absent" || e.Func.Name == "absent_over_time" {
		of := in(w, e.Args[0])
		switch {
		case of.open:
			return untold
		case of.empty:
			return world{value: 1}
		}
		return nothing
	}
	arg := valueArg(e)
	if arg == nil {
		return untold
	}
	of := in(w, arg)
	if of.empty || of.open {
		return of
	}
	switch name := e.Func.Name; {
	case name == "clamp" || name == "clamp_min" || name == "clamp_max":
		return bent(e, of)
	case keepsValue(name), growth(name) && of.value == 0:
		return of
	}
	return untold
}

func bent(e *parser.Call, of world) world {
	for i, limit := range e.Args[1:] {
		value, ok := constant(limit)
		switch {
		case !ok:
			return untold
		case e.Func.Name == "clamp_max" || i == 1:
			of.value = math.Min(of.value, value)
		default:
			of.value = math.Max(of.value, value)
		}
	}
	return of
}

func combined(e *parser.BinaryExpr, left, right world) world {
	switch e.Op {
	case parser.LOR:
		if left.empty {
			return right
		}
		return left
	case parser.LUNLESS:
		if left.empty || right.empty {
			return left
		}
		return untold
	}
	switch {
	case left.empty || right.empty:
		return nothing
	case e.Op == parser.LAND:
		return left
	case e.Op == parser.MUL && (left == world{} || right == world{}), e.Op == parser.DIV && left == world{}:
		return world{} // whatever the other is, unless it is 0 too: that counts as 0
	case left.open || right.open:
		return untold
	case e.Op.IsComparisonOperator():
		return compared(e, left, right)
	}
	value, ok := arithmetic(e.Op, left.value, right.value)
	if !ok {
		return untold
	}
	return world{value: value}
}

// compared keeps the vector's value where the comparison holds.
func compared(e *parser.BinaryExpr, left, right world) world {
	l, r := left.value, right.value
	holds := map[parser.ItemType]bool{
		parser.GTR: l > r, parser.GTE: l >= r, parser.LSS: l < r, parser.LTE: l <= r, parser.EQLC: l == r, parser.NEQ: l != r,
	}[e.Op]
	switch {
	case e.ReturnBool && holds:
		return world{value: 1}
	case e.ReturnBool:
		return world{}
	case !holds:
		return nothing
	case e.LHS.Type() == parser.ValueTypeScalar:
		return right
	}
	return left
}
