package promql

import (
	"errors"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Query is a parsed PromQL expression.
type Query struct {
	text string // as somebody wrote it
	fill filled // what was parsed: text without its templates
	expr parser.Expr
	// scopedByAdapter marks a query to which prometheus-adapter adds matchers
	// for exactly the objects it is asked about.
	scopedByAdapter bool
}

var errEmpty = errors.New("empty query")

// Parse reads a query. Functions that Prometheus knows but has not switched on
// by default are read as well.
func Parse(text string) (*Query, error) {
	return parse(text, filled{text: text})
}

// ParseIn reads a query of a snapshot's object, once for all checks.
func ParseIn(s *inventory.Snapshot, text string) (*Query, error) {
	type query string
	type parsed struct {
		query *Query
		err   error
	}
	p := inventory.Remember(s, query(text), func() parsed {
		q, err := Parse(text)
		return parsed{q, err}
	})
	return p.query, p.err
}

func parse(text string, fill filled) (*Query, error) {
	if strings.TrimSpace(text) == "" {
		return nil, errEmpty
	}
	expr, err := parser.NewParser(parser.Options{EnableExperimentalFunctions: true}).ParseExpr(fill.text)
	if err != nil {
		return nil, err
	}
	return &Query{text: text, fill: fill, expr: expr}, nil
}

// Text is the query as it was written, templates and all.
func (q *Query) Text() string { return q.text }

// WrapSum returns sum(<query>).
func (q *Query) WrapSum() string { return "sum(" + q.argument() + ")" }

// ClampAtZero returns clamp_min(<query>, 0), where the query yields series.
func (q *Query) ClampAtZero() (string, bool) {
	return "clamp_min(" + q.argument() + ", 0)", q.expr.Type() == parser.ValueTypeVector
}

func (q *Query) argument() string {
	text := strings.TrimSpace(q.text)
	if strings.Contains(text, "#") { // perhaps a comment, which would swallow the parenthesis
		return text + "\n"
	}
	return text
}

// bare strips parentheses.
func bare(e parser.Expr) parser.Expr {
	for {
		switch wrapped := e.(type) {
		case *parser.ParenExpr:
			e = wrapped.Expr
		case *parser.StepInvariantExpr:
			e = wrapped.Expr
		default:
			return e
		}
	}
}

// selectors returns the series selectors below e, in the order of the text.
func selectors(e parser.Expr) []*parser.VectorSelector {
	var all []*parser.VectorSelector
	parser.Inspect(e, func(node parser.Node, _ []parser.Node) error {
		if vs, ok := node.(*parser.VectorSelector); ok {
			all = append(all, vs)
		}
		return nil
	})
	return all
}

// valueArg returns the argument of a call that its result is made of, and nil
// for calls that make a value of their own.
func valueArg(call *parser.Call) parser.Expr {
	switch call.Func.Name {
	case "histogram_quantile", "histogram_fraction", "quantile_over_time":
		return call.Args[len(call.Args)-1]
	case "absent", "absent_over_time":
		return nil
	}
	if len(call.Args) == 0 {
		return nil
	}
	return call.Args[0]
}

// keepsValue says whether a function hands its argument's value on, at most
// bent at an edge or smoothed over time.
func keepsValue(name string) bool {
	switch name {
	case "abs", "ceil", "floor", "round", "clamp", "clamp_max", "clamp_min",
		"scalar", "vector", "sort", "sort_desc", "sort_by_label", "sort_by_label_desc",
		"label_replace", "label_join", "info",
		"avg_over_time", "max_over_time", "min_over_time", "last_over_time", "first_over_time",
		"quantile_over_time", "double_exponential_smoothing", "predict_linear":
		return true
	}
	return false
}

// growth says whether a function turns its argument into a change over time,
// or adds it up over time: another unit, the same dependence on the fleet.
func growth(name string) bool {
	switch name {
	case "rate", "irate", "increase", "delta", "idelta", "deriv", "sum_over_time":
		return true
	}
	return false
}

// perHistogram says whether a function makes one number of a whole histogram.
func perHistogram(name string) bool {
	switch name {
	case "histogram_quantile", "histogram_avg", "histogram_fraction", "histogram_stddev":
		return true
	}
	return false
}
