package promql

import (
	"strconv"
	"strings"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// compareFormula reads KEDA's scalingModifiers: the formula's value takes the
// place of the triggers' own, with a target and a metricType of its own
// (AverageValue where none is written).
func compareFormula(a *inventory.Autoscaler) (Compared, bool) {
	modifiers := a.Modifiers()
	text, ok := formulaText(modifiers.Formula, a.Metrics)
	if !ok {
		return Compared{}, false
	}
	q, err := Parse(text)
	if err != nil {
		return Compared{}, false
	}
	m := a.Composite()
	m.Source, m.Query, m.QueryPath = inventory.SourcePrometheus, modifiers.Formula, m.Path
	m.Path = m.Path[:len(m.Path)-1]
	return Compared{Query: q, Metric: m, Formula: true}, true
}

// formulaText puts the triggers' queries in the place of their names. Only
// plain arithmetic means the same in KEDA's expression language and in PromQL:
// anything else is not read, and neither is a trigger without a query of one
// series.
func formulaText(formula string, metrics []inventory.ScalingMetric) (string, bool) {
	queries := map[string]string{}
	for _, m := range metrics {
		if q, err := Parse(m.Query); err == nil && q.Series() != Many {
			queries[m.Name] = m.Query
		}
	}
	var out strings.Builder
	for rest := formula; rest != ""; {
		word := leadingWord(rest)
		switch {
		case word == "":
			if !strings.ContainsAny(rest[:1], " \t\n+-*/()") {
				return "", false
			}
			out.WriteString(rest[:1])
			rest = rest[1:]
			continue
		case queries[word] != "":
			out.WriteString("(" + queries[word] + "\n)") // the line break ends a comment
		default:
			if _, err := strconv.ParseFloat(word, 64); err != nil {
				return "", false
			}
			out.WriteString(word)
		}
		rest = rest[len(word):]
	}
	return out.String(), true
}

// leadingWord is the name or number that a text starts with.
func leadingWord(text string) string {
	end := strings.IndexFunc(text, func(r rune) bool {
		return !(r == '_' || r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
	})
	if end < 0 {
		return text
	}
	return text[:end]
}
