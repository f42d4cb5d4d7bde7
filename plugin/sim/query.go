package sim

import (
	"fmt"
	"math"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// expression is a query on the simulated series. The shapes that autoscalers
// mostly use are evaluated here; the rest by Prometheus' own engine.
type expression struct {
	text string
	fast number                        // nil where it takes the engine
	slow func(*World) ([]point, error) // the engine
	err  error
}

// number is an expression that yields one number, or none.
type number func(*World) (value float64, ok bool)

func newExpression(text string) *expression {
	e := &expression{text: text}
	ast, err := parser.NewParser(parser.Options{}).ParseExpr(text)
	if err != nil {
		e.err = fmt.Errorf("the query cannot be parsed: %w", err)
		return e
	}
	e.fast = compile(ast)
	e.slow = func(w *World) ([]point, error) { return w.instant(text) }
	return e
}

// one evaluates to a single number: how many series there are, and the value
// where there is one.
func (e *expression) one(w *World) (value float64, count int, err error) {
	if e.err != nil {
		return 0, 0, e.err
	}
	if e.fast != nil {
		value, ok := e.fast(w)
		if !ok {
			return 0, 0, nil
		}
		return value, 1, nil
	}
	points, err := e.slow(w)
	if err != nil || len(points) == 0 {
		return 0, 0, err
	}
	return points[0].value, len(points), nil
}

// point is one series of an answer.
type point struct {
	labels labels.Labels
	value  float64
}

// compile returns nil for what the engine has to do.
func compile(expr parser.Expr) number {
	switch e := expr.(type) {
	case *parser.ParenExpr:
		return compile(e.Expr)
	case *parser.NumberLiteral:
		return func(*World) (float64, bool) { return e.Val, true }
	case *parser.AggregateExpr:
		return compileAggregate(e)
	case *parser.BinaryExpr:
		return compileBinary(e)
	case *parser.Call:
		if e.Func.Name == "vector" {
			return compile(e.Args[0])
		}
	}
	return nil
}

func compileAggregate(e *parser.AggregateExpr) number {
	expr := e.Expr
	for {
		inner, ok := expr.(*parser.ParenExpr)
		if !ok {
			break
		}
		expr = inner.Expr
	}
	selector, ok := expr.(*parser.VectorSelector)
	if !ok || len(e.Grouping) > 0 || e.Without || selector.OriginalOffset != 0 || selector.Timestamp != nil || selector.StartOrEnd != 0 {
		return nil
	}
	matched := newMatched(selector)
	if matched == nil {
		return nil
	}
	switch e.Op {
	case parser.SUM, parser.AVG, parser.MAX, parser.MIN, parser.COUNT:
		return func(w *World) (float64, bool) { return matched.aggregate(w, e.Op) }
	}
	return nil
}

func compileBinary(e *parser.BinaryExpr) number {
	if e.VectorMatching != nil && (len(e.VectorMatching.MatchingLabels) > 0 || e.VectorMatching.On) || e.ReturnBool {
		return nil
	}
	left, right := compile(e.LHS), compile(e.RHS)
	if left == nil || right == nil {
		return nil
	}
	if e.Op == parser.LOR {
		return func(w *World) (float64, bool) {
			if v, ok := left(w); ok {
				return v, true
			}
			return right(w)
		}
	}
	apply := arithmetic(e.Op)
	if apply == nil {
		return nil
	}
	return func(w *World) (float64, bool) {
		a, has := left(w)
		b, also := right(w)
		return apply(a, b), has && also
	}
}

func arithmetic(op parser.ItemType) func(a, b float64) float64 {
	switch op {
	case parser.ADD:
		return func(a, b float64) float64 { return a + b }
	case parser.SUB:
		return func(a, b float64) float64 { return a - b }
	case parser.MUL:
		return func(a, b float64) float64 { return a * b }
	case parser.DIV:
		return func(a, b float64) float64 { return a / b }
	}
	return nil
}

// matched is a selector of gauges or counters by name, which remembers the pods
// that it matches.
type matched struct {
	name     string
	matchers []*labels.Matcher
	known    map[*pod][]quantity
}

func newMatched(s *parser.VectorSelector) *matched {
	m := &matched{known: map[*pod][]quantity{}}
	for _, matcher := range s.LabelMatchers {
		if matcher.Name != model.MetricNameLabel {
			m.matchers = append(m.matchers, matcher)
			continue
		}
		if matcher.Type != labels.MatchEqual {
			return nil
		}
		m.name = matcher.Value
	}
	if m.name == "" {
		return nil
	}
	return m
}

// of lists the quantities of a pod that are of the selector's name and labels.
func (m *matched) of(f *fleet, p *pod) []quantity {
	found, known := m.known[p]
	if known {
		return found
	}
	const forgetAt = 512 // pods that are gone
	if len(m.known) > forgetAt {
		clear(m.known)
	}
	found = []quantity{}
	for i := range f.exports {
		e := &f.exports[i]
		if e.name == m.name && e.of < quantities && matches(m.matchers, e.labelled(p, e.name)) {
			found = append(found, e.of)
		}
	}
	m.known[p] = found
	return found
}

func matches(all []*labels.Matcher, set labels.Labels) bool {
	for _, m := range all {
		if !m.Matches(set.Get(m.Name)) {
			return false
		}
	}
	return true
}

func (m *matched) aggregate(w *World, op parser.ItemType) (value float64, ok bool) {
	count := 0.0
	for _, f := range w.fleets {
		if !f.scraped || !f.exporting[m.name] {
			continue
		}
		for _, p := range f.pods {
			if !w.shows(m.name, p) {
				continue
			}
			for _, q := range m.of(f, p) {
				if !p.seen.has(q) {
					continue
				}
				one := p.seen.values[q]
				switch {
				case count == 0:
					value = one
				case op == parser.MAX:
					value = math.Max(value, one)
				case op == parser.MIN:
					value = math.Min(value, one)
				default:
					value += one
				}
				count++
			}
		}
	}
	switch {
	case count == 0:
		return 0, false
	case op == parser.COUNT:
		return count, true
	case op == parser.AVG:
		return value / count, true
	}
	return value, true
}

// shows says whether the last scrape of a pod brought a series of that name.
func (w *World) shows(name string, p *pod) bool {
	if p.seen.at.IsZero() {
		return false
	}
	for _, e := range gpuNames {
		if e == name {
			return p.isRunning(p.seen.at)
		}
	}
	return p.answers(p.seen.at)
}

// gpuNames are there before the engine answers.
var gpuNames = [...]string{"DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_FB_USED", "up"}
