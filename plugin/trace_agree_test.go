package plugin

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/infscale/kubectl-infscale/checks/promql"
	"github.com/infscale/kubectl-infscale/plugin/collect"
)

// TestDisagree: KEDA's number is of the last whole second, so one that has moved
// since is no other number.
func TestDisagree(t *testing.T) {
	now := time.Date(2026, 1, 1, 12, 0, 0, 300_000_000, time.UTC)
	for _, c := range []struct {
		name string
		past string // what the query came to until the last whole second
		api  float64
		want bool
	}{
		{"the same", "14", 14, false},
		{"another", "14", 12, true},
		{"what it was until just now", "12", 12, false},
		{"neither", "13", 12, true},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			value, at := "14", now
			if asked := r.URL.Query().Get("time"); asked != "" {
				value = c.past
				if err := at.UnmarshalText([]byte(asked)); err != nil || at.After(now) || at.Nanosecond() != 0 {
					t.Errorf("%s: asked for the value at %q", c.name, asked)
				}
			}
			fmt.Fprintf(w, `{"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}, "value": [%d.%03d, %q]}]}}`, at.Unix(), at.Nanosecond()/1e6, value)
		}))
		prometheus, err := collect.NewPrometheus(server.URL, server.URL, server.Client())
		if err != nil {
			t.Fatal(err)
		}
		frame := frameOf(t, simulatedVLLM("Deployment", 1, "")+`---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: vllm, namespace: a}
spec: {scaleTargetRef: {name: vllm}, triggers: [{type: prometheus, metadata: {query: up, threshold: "5"}}]}
`, 1, 1)
		w := frame.Objects.Workloads()[0]
		a := frame.Objects.AutoscalersOf(w)[0]
		traced := &tracer{objects: frame.Objects, workload: w, prometheus: prometheus}
		number := func(value float64) hop { return hop{State: hopOK}.with(value) }
		if got := traced.disagree(t.Context(), a, promql.ReadingOf(frame.Objects, a.Metrics[0]), number(14), number(c.api)); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
		server.Close()
	}
}
