package promql

import (
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
)

// SumInstead returns the query with the mean or maximum that decides it
// replaced by a sum and every other byte as it was. It is false where that
// would not be the fleet's load: for ratios and latencies, for quantiles, and
// where a bound or a comparison further out was meant for the mean.
func (q *Query) SumInstead() (string, bool) {
	r := read(q.expr)
	if r.kind != level || len(r.swap) == 0 {
		return "", false
	}
	text := q.text
	for i := len(r.swap) - 1; i >= 0; i-- { // from the back, so that places stay
		e := r.swap[i]
		if e.Op != parser.AVG && e.Op != parser.MAX || !countsLoad(e.Expr) {
			return "", false
		}
		keyword := e.Op.String()
		at, ok := q.fill.origin(int(e.PosRange.Start))
		if !ok || !strings.EqualFold(text[at:at+len(keyword)], keyword) {
			return "", false
		}
		text = text[:at] + "sum" + text[at+len(keyword):]
	}
	return text, true
}

// countsLoad says whether every series below e counts requests or tokens in
// one replica, so that their sum is the fleet's load.
func countsLoad(e parser.Expr) bool {
	if read(e).kind != podCount {
		return false
	}
	for _, vs := range selectors(e) {
		s := Selector{Matchers: vs.LabelMatchers}
		for _, name := range s.names() {
			u := useOf(name, s)
			if !u.Known || !u.Metric.PerPodCount() && u.Metric.Unit != "requests" && u.Metric.Unit != "tokens" {
				return false
			}
		}
	}
	return true
}
