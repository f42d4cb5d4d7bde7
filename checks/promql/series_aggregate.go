package promql

import (
	"slices"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
)

// countAggregate counts an aggregation's groups. The labels in dropped are
// taken away from the result later and make no difference.
func countAggregate(e *parser.AggregateExpr, dropped []string) count {
	in := countSeries(e.Expr)
	switch e.Op {
	case parser.TOPK, parser.BOTTOMK, parser.LIMITK:
		if onlyOne(e) {
			return count{is: One, why: e.Op.String() + "(1, …)"}
		}
		if in.is == Many {
			in.why = e.Op.String()
		}
		return in
	case parser.LIMIT_RATIO:
		return in
	case parser.COUNT_VALUES:
		return count{is: Many, why: "count_values"}
	}
	if in.is == One {
		in.unlabelled = in.unlabelled || !e.Without && len(e.Grouping) == 0
		return in
	}
	if e.Without {
		return countWithout(e, in)
	}
	return countBy(e, dropped)
}

func countBy(e *parser.AggregateExpr, dropped []string) count {
	kept := slices.DeleteFunc(slices.Clone(e.Grouping), func(label string) bool {
		return slices.Contains(dropped, label) || pinned(e.Expr, label)
	})
	why := "by (" + strings.Join(e.Grouping, ", ") + ")"
	switch {
	case len(kept) == 0:
		unlabelled := !slices.ContainsFunc(e.Grouping, func(label string) bool { return !slices.Contains(dropped, label) })
		return count{
			is: One, why: e.Op.String() + " over " + seriesNames(e.Expr),
			unlabelled: unlabelled, labelled: !unlabelled,
		}
	case slices.ContainsFunc(kept, tellsParts) && !mayBeRules(e.Expr):
		return count{is: Many, why: why}
	}
	return count{why: why}
}

func countWithout(e *parser.AggregateExpr, in count) count {
	why := "without (" + strings.Join(e.Grouping, ", ") + ")"
	if keeps, _ := keepsPods(e); keeps && in.is == Many {
		return count{is: Many, why: why}
	}
	return count{why: why}
}

// pinned says whether every series below e must have one and the same value
// of the label.
func pinned(e parser.Expr, label string) bool {
	values := map[string]bool{}
	list := selectors(e)
	for _, vs := range list {
		value, ok := Selector{Matchers: vs.LabelMatchers}.Value(label)
		if !ok {
			return false
		}
		values[value] = true
	}
	return len(list) > 0 && len(values) == 1
}
