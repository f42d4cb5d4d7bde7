package promql

import (
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
)

// Shape says how a query's result depends on the number of replicas that
// share the load. It decides how the result may be compared with a target.
type Shape uint8

// The shapes.
const (
	// Unknown: nothing proves either of the others.
	Unknown Shape = iota
	// Extensive is an amount: a sum or a count over the fleet, or one replica's
	// own count where nothing aggregates. Divide it by a target per replica
	// (AverageValue).
	Extensive
	// Intensive is a mean, a maximum, a quantile, a ratio, a latency or a
	// utilisation: the same at any fleet size under the same pressure. Compare
	// it as it is (Value).
	Intensive
	// ReplicaCount already is a wanted number of replicas (wva_desired_replicas):
	// AverageValue with target 1 is right.
	ReplicaCount
)

func (s Shape) String() string {
	return [...]string{"unknown", "extensive", "intensive", "replica count"}[s]
}

// Shape classifies the query's result. For a metric of type Pods it describes
// the number of one pod: there the HPA itself takes the mean over the pods, so
// that an amount and a ratio are both right with AverageValue.
func (q *Query) Shape() Shape {
	switch read(q.expr).kind {
	case podCount, total:
		return Extensive
	case podLevel, level:
		return Intensive
	case replicas:
		return ReplicaCount
	}
	return Unknown
}

// ShapeWhy names what decided the shape, for messages: "avg over
// vllm:num_requests_waiting".
func (q *Query) ShapeWhy() string { return read(q.expr).why }

// Aggregation returns the outermost aggregation that decides the result's
// value: "avg", "max", "quantile", "sum", "count", "topk",
// "histogram_quantile". It is empty where none does, or where two different
// ones are combined.
func (q *Query) Aggregation() string { return read(q.expr).agg }

// reading is what is known about an expression's value.
type reading struct {
	kind kind
	agg  string
	why  string
	// swap are the aggregations that could each become a sum without any other
	// change of the text.
	swap []*parser.AggregateExpr
}

// fixed is the reading without the offer to swap its aggregations.
func (r reading) fixed() reading {
	r.swap = nil
	return r
}

func read(e parser.Expr) reading {
	e = bare(e)
	if _, ok := constant(e); ok {
		return reading{kind: number, why: "a constant"}
	}
	switch e := e.(type) {
	case *parser.VectorSelector:
		return readSelector(e)
	case *parser.MatrixSelector:
		return read(e.VectorSelector)
	case *parser.SubqueryExpr:
		return read(e.Expr)
	case *parser.UnaryExpr:
		if in := read(e.Expr); e.Op == parser.ADD {
			return in
		}
	case *parser.AggregateExpr:
		return readAggregate(e)
	case *parser.Call:
		return readCall(e)
	case *parser.BinaryExpr:
		return readBinary(e)
	}
	return reading{why: e.String()}
}

func readSelector(vs *parser.VectorSelector) reading {
	s := Selector{Matchers: vs.LabelMatchers}
	list := s.names()
	if len(list) == 0 {
		return reading{why: vs.String()}
	}
	r := reading{kind: seriesKind(list[0], s), why: list[0]}
	for _, name := range list[1:] {
		if seriesKind(name, s) != r.kind {
			return reading{why: vs.String()}
		}
	}
	switch {
	case r.kind.single():
		r.why += " of each replica"
	case r.kind == unknown:
		r.why = "recording rule " + r.why
	}
	return r
}

func readAggregate(e *parser.AggregateExpr) reading {
	in := read(e.Expr)
	op := e.Op.String()
	why := op + " over " + seriesNames(e.Expr)
	if in.kind == unknown {
		return reading{why: in.why, agg: op}
	}
	keeps, certain := keepsPods(e)
	switch e.Op {
	case parser.TOPK, parser.BOTTOMK, parser.LIMITK, parser.LIMIT_RATIO:
		if in.kind.single() && !keeps && onlyOne(e) {
			return reading{kind: level, agg: op, why: why}
		}
		return reading{kind: in.kind, agg: op, why: in.why}
	case parser.SUM, parser.COUNT:
	default:
		if !certain {
			return reading{agg: op, why: why}
		}
	}
	one := countSeries(e.Expr).is == One
	k := over(e.Op, in.kind, keeps, one)
	if k == in.kind && one && in.agg != "" {
		return in
	}
	r := reading{kind: k, agg: op, why: why}
	if k == level {
		r.swap = []*parser.AggregateExpr{e}
	}
	return r
}

// onlyOne says whether topk or bottomk leaves one element over all.
func onlyOne(e *parser.AggregateExpr) bool {
	k, ok := constant(e.Param)
	return ok && k == 1 && len(e.Grouping) == 0 && !e.Without && e.Op != parser.LIMIT_RATIO
}

func readCall(e *parser.Call) reading {
	arg, name := valueArg(e), e.Func.Name
	if arg == nil {
		return reading{why: e.String()}
	}
	in := read(arg)
	switch {
	case perHistogram(name):
		r := reading{kind: level, agg: name, why: name + " over " + seriesNames(arg)}
		if in.kind.single() {
			r.kind = podLevel
		}
		return r
	case name == "histogram_count" || name == "histogram_sum":
		if in.kind == podAny {
			in.kind = podCount
		}
		return in.fixed()
	case name == "clamp" || name == "clamp_max" || name == "clamp_min":
		return in.fixed()
	case keepsValue(name) || growth(name):
		return in
	}
	return reading{why: name + " of " + seriesNames(arg)}
}

// seriesNames lists the series below an expression, for a message.
func seriesNames(e parser.Expr) string {
	const most = 3
	var list []string
	seen := map[string]bool{}
	for _, vs := range selectors(e) {
		names := Selector{Matchers: vs.LabelMatchers}.names()
		if len(names) != 1 {
			names = []string{vs.String()}
		}
		if !seen[names[0]] {
			seen[names[0]] = true
			list = append(list, names[0])
		}
	}
	switch {
	case len(list) == 0:
		return "a constant"
	case len(list) > most:
		list = append(list[:most], "…")
		return strings.Join(list, ", ")
	}
	return strings.Join(list, " and ")
}
