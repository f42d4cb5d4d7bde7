package promql

import (
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// LatencyFlaw is a mistake in how a query makes a latency of a histogram.
type LatencyFlaw uint8

// The flaws, worst first.
const (
	NoFlaw LatencyFlaw = iota
	// BucketsLost: histogram_quantile gets no label le, and returns nothing.
	BucketsLost
	// SinceStart: without a rate the result is about all requests since the
	// engines started.
	SinceStart
	// OnlyGrows: a histogram's sum or count by itself, which never falls.
	OnlyGrows
	// QuantilesTogether: a mean or a sum of the replicas' quantiles, or a quantile
	// of their means, which is no quantile of the requests.
	QuantilesTogether
)

// String is the format of a message that names the series.
func (f LatencyFlaw) String() string {
	return [...]string{
		NoFlaw:            "nothing is wrong with %s",
		BucketsLost:       "histogram_quantile never has a result: the aggregation over %s drops the label le",
		SinceStart:        "without rate() the latency of %s is that of all requests since the engines started",
		OnlyGrows:         "without rate() %s only grows as long as the engines run",
		QuantilesTogether: "quantiles or means of single series of %s, put together, are no quantile of the requests",
	}[f]
}

// LatencyFlaw returns the worst flaw of the query, and the series it is about.
func (q *Query) LatencyFlaw() (flaw LatencyFlaw, series string) {
	parser.Inspect(q.expr, func(node parser.Node, path []parser.Node) error {
		if e, ok := node.(parser.Expr); ok {
			if found, name := flawOf(e, path); found != NoFlaw && (flaw == NoFlaw || found < flaw) {
				flaw, series = found, name
			}
		}
		return nil
	})
	return flaw, series
}

func flawOf(e parser.Expr, path []parser.Node) (LatencyFlaw, string) {
	switch e := e.(type) {
	case *parser.Call:
		name, ok := bucketsBelow(e)
		switch {
		case !ok:
		case !keepsLabel(e.Args[len(e.Args)-1], "le"):
			return BucketsLost, name
		case !grows(e):
			return SinceStart, name
		}
	case *parser.BinaryExpr:
		if base, ok := sumOverCount(e); ok && !grows(e) {
			return SinceStart, base
		}
	case *parser.VectorSelector:
		if u, ok := latencyPart(e); ok && !strings.HasSuffix(u.Name, "_bucket") && !tamed(path) {
			return OnlyGrows, u.Name
		}
	case *parser.AggregateExpr:
		quantiles := (e.Op == parser.AVG || e.Op == parser.SUM) && contains(e.Expr, isQuantile)
		means := e.Op == parser.QUANTILE && contains(e.Expr, func(n parser.Node) bool {
			b, ok := n.(*parser.BinaryExpr)
			_, mean := "", false
			if ok {
				_, mean = sumOverCount(b)
			}
			return mean
		})
		if (quantiles || means) && countSeries(e.Expr).is == Many {
			return QuantilesTogether, seriesNames(e.Expr)
		}
	}
	return NoFlaw, ""
}

// bucketsBelow returns the classic buckets that a histogram_quantile reads.
// Native histograms have no such suffix and no label le.
func bucketsBelow(e *parser.Call) (name string, ok bool) {
	if !isQuantile(e) {
		return "", false
	}
	for _, vs := range selectors(e) {
		for _, name := range (Selector{Matchers: vs.LabelMatchers}).names() {
			if strings.HasSuffix(name, "_bucket") {
				return name, true
			}
		}
	}
	return "", false
}

func isQuantile(n parser.Node) bool {
	e, ok := n.(*parser.Call)
	return ok && e.Func.Name == "histogram_quantile"
}

func contains(e parser.Expr, wanted func(parser.Node) bool) bool {
	found := false
	parser.Inspect(e, func(node parser.Node, _ []parser.Node) error {
		found = found || node != nil && wanted(node)
		return nil
	})
	return found
}

// grows says whether a function of change, or a recording rule, which may hold
// one, is below e.
func grows(e parser.Expr) bool {
	return contains(e, func(n parser.Node) bool {
		if call, ok := n.(*parser.Call); ok {
			return growth(call.Func.Name)
		}
		vs, ok := n.(*parser.VectorSelector)
		return ok && slices.ContainsFunc(Selector{Matchers: vs.LabelMatchers}.names(), func(name string) bool { return useOf(name, Selector{}).Recorded })
	})
}

// keepsLabel says whether a label that the series have may still be there in
// the result. What is not an aggregation is taken to keep it.
func keepsLabel(e parser.Expr, label string) bool {
	switch e := bare(e).(type) {
	case *parser.AggregateExpr:
		switch e.Op {
		case parser.TOPK, parser.BOTTOMK, parser.LIMITK, parser.LIMIT_RATIO:
			return keepsLabel(e.Expr, label)
		}
		return e.Without != slices.Contains(e.Grouping, label) && keepsLabel(e.Expr, label)
	case *parser.Call:
		arg := valueArg(e)
		return arg == nil || e.Func.Name == "label_replace" || e.Func.Name == "label_join" || keepsLabel(arg, label)
	case *parser.SubqueryExpr:
		return keepsLabel(e.Expr, label)
	case *parser.BinaryExpr:
		return keepsLabel(e.LHS, label) || keepsLabel(e.RHS, label) && e.RHS.Type() == parser.ValueTypeVector
	}
	return true
}

// sumOverCount returns the base name where e divides a latency histogram's sum
// by its count.
func sumOverCount(e *parser.BinaryExpr) (base string, ok bool) {
	if e.Op != parser.DIV {
		return "", false
	}
	left, right := selectors(e.LHS), selectors(e.RHS)
	if len(left) != 1 || len(right) != 1 {
		return "", false
	}
	sum, okSum := latencyPart(left[0])
	count, okCount := latencyPart(right[0])
	same := okSum && okCount && sum.Metric.Name == count.Metric.Name
	return sum.Metric.Name, same && strings.HasSuffix(sum.Name, "_sum") && strings.HasSuffix(count.Name, "_count")
}

// latencyPart returns the series of a known latency histogram that is selected.
func latencyPart(vs *parser.VectorSelector) (Use, bool) {
	s := Selector{Matchers: vs.LabelMatchers}
	names := s.names()
	if len(names) != 1 {
		return Use{}, false
	}
	u := useOf(names[0], s)
	return u, u.Known && u.Metric.Type == inventory.Histogram && u.Metric.Meaning == inventory.MeansLatency && suffix(u.Name) != ""
}

// tamed says whether something on the path makes more of a counter than its
// value: a change over time, a quotient, a comparison.
func tamed(path []parser.Node) bool {
	return slices.ContainsFunc(path, func(n parser.Node) bool {
		switch e := n.(type) {
		case *parser.Call:
			return growth(e.Func.Name) || !keepsValue(e.Func.Name)
		case *parser.BinaryExpr:
			return e.Op == parser.DIV || e.Op == parser.SUB || e.Op.IsComparisonOperator() || e.Op == parser.LAND || e.Op == parser.LUNLESS
		case *parser.AggregateExpr:
			return e.Op == parser.COUNT || e.Op == parser.GROUP
		}
		return false
	})
}

// WithBuckets returns the query with "by (le)" put behind the aggregation that
// loses the buckets. It is false where that one groups by something already.
func (q *Query) WithBuckets() (string, bool) {
	var lost *parser.AggregateExpr
	parser.Inspect(q.expr, func(node parser.Node, _ []parser.Node) error {
		call, ok := node.(*parser.Call)
		if !ok || !isQuantile(call) {
			return nil
		}
		if e, ok := bare(call.Args[1]).(*parser.AggregateExpr); ok && len(e.Grouping) == 0 && !e.Without && keepsLabel(e.Expr, "le") {
			lost = e
		}
		return nil
	})
	if lost == nil || lost.Param != nil {
		return "", false
	}
	at, ok := q.fill.origin(int(lost.PosRange.Start))
	end := at + len(lost.Op.String())
	if !ok || end > len(q.text) || !strings.EqualFold(q.text[at:end], lost.Op.String()) {
		return "", false
	}
	return q.text[:end] + " by (le) " + strings.TrimLeft(q.text[end:], " "), true
}

// LatencyWindow returns the shortest range over which the query takes the
// change of a latency, and the series.
func (q *Query) LatencyWindow() (window time.Duration, series string) {
	parser.Inspect(q.expr, func(node parser.Node, path []parser.Node) error {
		e, ok := node.(*parser.MatrixSelector)
		if !ok || len(path) == 0 {
			return nil
		}
		call, ok := path[len(path)-1].(*parser.Call)
		vs, okSelector := e.VectorSelector.(*parser.VectorSelector)
		if !ok || !okSelector || !growth(call.Func.Name) || e.Range == 0 {
			return nil
		}
		if u, known := latencyPart(vs); known && (window == 0 || e.Range < window) {
			window, series = e.Range, u.Name
		}
		return nil
	})
	return window, series
}
