package promql

import (
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
)

// NaNAtRest says whether the result is not a number while there are no
// requests: a quantile or a mean over a range in which nothing happened. A
// comparison throws it away; "or vector(0)" does not.
func (q *Query) NaNAtRest() bool { return nanAtRest(q.expr) }

func nanAtRest(e parser.Expr) bool {
	switch e := bare(e).(type) {
	case *parser.Call:
		if _, ok := bucketsBelow(e); ok {
			return grows(e) && keepsLabel(e.Args[1], "le")
		}
		arg := valueArg(e)
		return arg != nil && keepsValue(e.Func.Name) && nanAtRest(arg)
	case *parser.AggregateExpr:
		return e.Op != parser.COUNT && e.Op != parser.GROUP && nanAtRest(e.Expr)
	case *parser.BinaryExpr:
		switch {
		case e.Op == parser.LOR:
			return nanAtRest(e.LHS)
		case e.Op == parser.LAND, e.Op == parser.LUNLESS, e.Op.IsComparisonOperator() && e.Op != parser.NEQ:
			return false
		}
		if _, ok := sumOverCount(e); ok {
			return grows(e.LHS) && grows(e.RHS)
		}
		return nanAtRest(e.LHS) || nanAtRest(e.RHS)
	}
	return false
}

// bounds are the smallest and the largest finite bucket of a histogram.
type bounds struct{ smallest, largest float64 }

// bucketsOf returns the buckets of vLLM's latency histograms, in seconds (vLLM,
// vllm/v1/metrics/loggers.py). Earlier releases end sooner.
func bucketsOf(series string) (bounds, bool) {
	switch strings.TrimSuffix(series, "_bucket") {
	case "vllm:time_to_first_token_seconds":
		return bounds{0.001, 2560}, true
	case "vllm:inter_token_latency_seconds", "vllm:time_per_output_token_seconds", "vllm:request_time_per_output_token_seconds":
		return bounds{0.01, 80}, true
	case "vllm:e2e_request_latency_seconds", "vllm:request_queue_time_seconds", "vllm:request_inference_time_seconds",
		"vllm:request_prefill_time_seconds", "vllm:request_decode_time_seconds":
		return bounds{0.3, 7680}, true
	}
	return bounds{}, false
}

// Quantile is a histogram_quantile that a query returns, and between what its
// buckets keep it: Prometheus interpolates within the smallest from 0 on, and
// returns the largest finite bound for all that lies above.
type Quantile struct {
	Series            string
	Least, Most       float64 // in the unit of the result
	Smallest, Largest float64 // the buckets, in seconds
}

// Quantile returns the quantile that the result is, but for a factor. It is not
// ok for other results, and for histograms whose buckets are not known.
func (q *Query) Quantile() (Quantile, bool) {
	var call *parser.Call
	calls := 0
	parser.Inspect(q.expr, func(node parser.Node, _ []parser.Node) error {
		if e, ok := node.(*parser.Call); ok && isQuantile(e) {
			call, calls = e, calls+1
		}
		return nil
	})
	factor, linear := q.Scale()
	if _, ok := q.Measures(); !ok || calls != 1 || !linear || factor <= 0 {
		return Quantile{}, false
	}
	series, ok := bucketsBelow(call)
	share, constantly := constant(call.Args[0])
	b, known := bucketsOf(series)
	if !ok || !constantly || !known || share <= 0 || share >= 1 {
		return Quantile{}, false
	}
	return Quantile{series, share * b.smallest * factor, b.largest * factor, b.smallest, b.largest}, true
}
