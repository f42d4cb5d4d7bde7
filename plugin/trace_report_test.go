package plugin

import (
	"bytes"
	"math"
	"testing"
)

// A query whose value is no number, such as a rate over none, is in the report as
// it was told.
func TestTraceOfNoNumber(t *testing.T) {
	for _, value := range []float64{math.Inf(1), math.Inf(-1), math.NaN()} {
		h := hop{Hop: "query", Says: "+Inf in 1 series"}.with(value)
		report := traceReport{Version: 1, Autoscalers: []scalerTrace{{Metrics: []metricTrace{{Hops: []hop{h}}}}}}
		var out bytes.Buffer
		if err := report.json(&out); err != nil || !bytes.Contains(out.Bytes(), []byte("+Inf in 1 series")) {
			t.Errorf("%v: %v\n%s", value, err, out.String())
		}
	}
}
