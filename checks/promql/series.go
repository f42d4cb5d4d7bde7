package promql

import (
	"slices"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
)

// Cardinality is how many elements a query's result can hold.
type Cardinality uint8

// The cardinalities. Many is what the query allows: a fleet of one replica
// still gives one.
const (
	UnknownCardinality Cardinality = iota
	One
	Many
)

func (c Cardinality) String() string {
	return [...]string{"unknown", "one", "many"}[c]
}

// Series says whether the result is one element (or none), or can be several.
func (q *Query) Series() Cardinality { return countSeries(q.expr).is }

// SeriesWhy names what decides it, for messages: "by (pod)", "no aggregation
// over vllm:num_requests_waiting".
func (q *Query) SeriesWhy() string { return countSeries(q.expr).why }

// count is the answer for an expression. unlabelled says that its one element
// has no label at all, as those of sum() and vector() have; labelled that its
// elements surely have some, as every scraped series has.
type count struct {
	is                   Cardinality
	why                  string
	unlabelled, labelled bool
}

// countSeries counts the elements of a result from which the labels in dropped
// are taken away later.
func countSeries(e parser.Expr, dropped ...string) count {
	e = bare(e)
	if e.Type() == parser.ValueTypeScalar || e.Type() == parser.ValueTypeString {
		return count{is: One, why: "a scalar", unlabelled: true}
	}
	switch e := e.(type) {
	case *parser.VectorSelector:
		return countSelected(e)
	case *parser.MatrixSelector:
		return countSeries(e.VectorSelector)
	case *parser.SubqueryExpr:
		return countSeries(e.Expr, dropped...)
	case *parser.UnaryExpr:
		return countSeries(e.Expr, dropped...)
	case *parser.AggregateExpr:
		return countAggregate(e, dropped)
	case *parser.Call:
		return countCall(e, dropped)
	case *parser.BinaryExpr:
		return countBinary(e, dropped)
	}
	return count{why: e.String()}
}

func countSelected(vs *parser.VectorSelector) count {
	r := readSelector(vs)
	s := Selector{Matchers: vs.LabelMatchers}
	if mayBeRules(vs) {
		return count{why: "recording rule " + s.names()[0]}
	}
	c := count{why: r.why, labelled: r.kind != unknown}
	switch {
	case len(s.names()) > 1:
		c.is, c.why = Many, "several series names in "+s.String()
		return c
	case !r.kind.single(), r.kind == podAny && useOf(s.names()[0], s).Engine == "" && !useOf(s.names()[0], s).Device:
		return c
	}
	for _, m := range vs.LabelMatchers {
		if _, ok := s.Value(m.Name); ok && tellsPods(m.Name) {
			c.why = m.String()
			return c
		}
	}
	c.is, c.why = Many, "no aggregation over "+s.names()[0]
	return c
}

// mayBeRules says whether all that an expression selects may be recording rules,
// which have mostly aggregated already: a name with a colon that no engine is
// known to export, though it may begin like one that does.
func mayBeRules(e parser.Expr) bool {
	list := selectors(e)
	return len(list) > 0 && !slices.ContainsFunc(list, func(vs *parser.VectorSelector) bool {
		s := Selector{Matchers: vs.LabelMatchers}
		names := s.names()
		return len(names) != 1 || useOf(names[0], s).Known || !strings.Contains(names[0], ":")
	})
}

func countCall(e *parser.Call, dropped []string) count {
	name := e.Func.Name
	switch name {
	case "absent", "absent_over_time":
		return count{is: One, why: name}
	case "vector":
		return count{is: One, why: "vector()", unlabelled: true}
	case "histogram_quantiles":
		return count{is: Many, why: name}
	}
	arg := valueArg(e)
	if arg == nil {
		return count{is: One, why: name, unlabelled: true}
	}
	if perHistogram(name) {
		dropped = append(slices.Clone(dropped), "le")
	}
	in := countSeries(arg, dropped...)
	if name == "label_replace" || name == "label_join" {
		in.unlabelled, in.labelled = false, false
	}
	return in
}

func countBinary(e *parser.BinaryExpr, dropped []string) count {
	left, right := countSeries(e.LHS, dropped...), countSeries(e.RHS, dropped...)
	switch {
	case e.LHS.Type() == parser.ValueTypeScalar:
		return right
	case e.RHS.Type() == parser.ValueTypeScalar:
		return left
	case e.Op == parser.LAND || e.Op == parser.LUNLESS:
		return left
	case e.Op == parser.LOR:
		return countOr(e, left, right)
	case e.VectorMatching.Card == parser.CardManyToOne:
		return left
	case e.VectorMatching.Card == parser.CardOneToMany:
		return right
	}
	// One to one: no more elements than the smaller side has.
	c := count{why: left.why, unlabelled: left.unlabelled && right.unlabelled}
	switch {
	case left.is == One:
		c.is = One
	case right.is == One:
		c.is, c.why = One, right.why
	case left.is == Many && right.is == Many:
		return left
	}
	return c
}

// countOr counts a union: the right side's elements come beside the left's
// unless their labels match.
func countOr(e *parser.BinaryExpr, left, right count) count {
	onNothing := e.VectorMatching.On && len(e.VectorMatching.MatchingLabels) == 0
	onAll := !e.VectorMatching.On && len(e.VectorMatching.MatchingLabels) == 0
	differ := left.unlabelled && right.labelled || left.labelled && right.unlabelled
	switch {
	case left.is == Many:
		return left
	case left.is == One && right.is == One && (onNothing || left.unlabelled && right.unlabelled):
		return left
	case right.is == Many:
		return right
	case onAll && differ:
		return count{is: Many, why: e.RHS.String() + " comes beside " + e.LHS.String() + ": their labels differ"}
	}
	return count{why: left.why + " or " + right.why}
}
