package collect

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/util/annotations"

	"github.com/infscale/kubectl-infscale/checks/signals"
)

// TestCountsOnce: copies of one series count once, and what a pod's engines tell
// apart adds up. Prometheus' own engine answers.
func TestCountsOnce(t *testing.T) {
	const once = `vllm:num_requests_waiting{namespace="inference",pod="vllm-1-a",instance="10.0.0.1:8000",engine="0",model_name="m",job="vllm"} 5`
	for name, c := range map[string]struct {
		series []string
		want   float64
	}{
		"one": {nil, 5},
		"a ServiceMonitor and a PodMonitor": {[]string{
			`vllm:num_requests_waiting{namespace="inference",pod="vllm-1-a",instance="10.0.0.1:8000",engine="0",model_name="m",job="pods",endpoint="http",container="vllm"} 5`,
		}, 5},
		"two Services": {[]string{
			`vllm:num_requests_waiting{namespace="inference",pod="vllm-1-a",instance="10.0.0.1:8000",engine="0",model_name="m",job="vllm",service="vllm"} 5`,
			`vllm:num_requests_waiting{namespace="inference",pod="vllm-1-a",instance="10.0.0.1:8000",engine="0",model_name="m",job="vllm",service="vllm-headless"} 5`,
		}, 5},
		"a job that copies the pod's labels": {[]string{
			`vllm:num_requests_waiting{namespace="inference",pod="vllm-1-a",instance="10.0.0.1:8000",engine="0",model_name="m",job="kubernetes-pods",app="vllm",node="n1"} 5`,
		}, 5},
		"a pair of Prometheus, of which one is behind": {[]string{
			`vllm:num_requests_waiting{namespace="inference",pod="vllm-1-a",instance="10.0.0.1:8000",engine="0",model_name="m",job="vllm",prometheus="monitoring/k8s",prometheus_replica="prometheus-k8s-0"} 4`,
			`vllm:num_requests_waiting{namespace="inference",pod="vllm-1-a",instance="10.0.0.1:8000",engine="0",model_name="m",job="vllm",prometheus="monitoring/k8s",prometheus_replica="prometheus-k8s-1"} 7`,
		}, 7},
		"a rank of data parallelism": {[]string{
			`vllm:num_requests_waiting{namespace="inference",pod="vllm-1-a",instance="10.0.0.1:8000",engine="1",model_name="m",job="vllm"} 3`,
		}, 8},
		"ranks that are scraped twice": {[]string{
			`vllm:num_requests_waiting{namespace="inference",pod="vllm-1-a",instance="10.0.0.1:8000",engine="1",model_name="m",job="vllm"} 3`,
			`vllm:num_requests_waiting{namespace="inference",pod="vllm-1-a",instance="10.0.0.1:8000",engine="0",model_name="m",job="pods"} 5`,
			`vllm:num_requests_waiting{namespace="inference",pod="vllm-1-a",instance="10.0.0.1:8000",engine="1",model_name="m",job="pods"} 3`,
		}, 8},
		"another model on the port": {[]string{
			`vllm:num_requests_waiting{namespace="inference",pod="vllm-1-a",instance="10.0.0.1:8000",engine="0",model_name="other",job="vllm"} 3`,
		}, 8},
		"a second engine on a port of its own": {[]string{
			`vllm:num_requests_waiting{namespace="inference",pod="vllm-1-a",instance="10.0.0.1:8001",engine="0",model_name="m",job="vllm",endpoint="second",container="b"} 3`,
		}, 8},
		"a label that nobody here knows": {[]string{
			`vllm:num_requests_waiting{namespace="inference",pod="vllm-1-a",instance="10.0.0.1:8000",engine="0",model_name="m",job="vllm",lane="slow"} 3`,
		}, 8},
		"another pod": {[]string{
			`vllm:num_requests_waiting{namespace="inference",pod="vllm-1-b",instance="10.0.0.2:8000",engine="0",model_name="m",job="vllm"} 3`,
		}, 8},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(remembered(t, append(c.series, once)))
			t.Cleanup(server.Close)
			p, err := NewPrometheus("here", server.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			set := p.Collect(t.Context(), snapshot(t, fleetYAML))
			wantValue(t, set, signals.QueueDepth, ref("Deployment", "vllm"), "", c.want)
		})
	}
}

// Rates and quantiles are of requests that are counted once, too.
func TestRatesCountOnce(t *testing.T) {
	var all []string
	for _, job := range []string{"vllm", "pods"} {
		on := `{namespace="inference",pod="vllm-1-a",instance="10.0.0.1:8000",job="` + job + `"`
		all = append(all,
			"vllm:generation_tokens_total"+on+"} 0+600x10",
			"vllm:time_to_first_token_seconds_bucket"+on+`,le="1"} 0+30x10`,
			"vllm:time_to_first_token_seconds_bucket"+on+`,le="+Inf"} 0+30x10`)
	}
	server := httptest.NewServer(remembered(t, all))
	t.Cleanup(server.Close)
	p, err := NewPrometheus("here", server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	set := p.Collect(t.Context(), snapshot(t, fleetYAML))
	wantValue(t, set, signals.GenerationTokens, ref("Deployment", "vllm"), "", 10)
	wantValue(t, set, signals.TTFTp95, ref("Pod", "vllm-1-a"), "", 0.95)
}

// remembered answers queries by Prometheus' engine and by series in the notation
// of its tests, which were scraped once a minute until noon.
func remembered(t *testing.T, lines []string) http.HandlerFunc {
	var all []storage.Series
	for _, line := range lines {
		set, values, err := parser.NewParser(parser.Options{}).ParseSeriesDesc(line)
		if err != nil {
			t.Fatal(err)
		}
		series := promql.Series{Metric: set}
		for i, v := range values {
			at := noon.Add(time.Duration(i+1-len(values)) * time.Minute)
			series.Floats = append(series.Floats, promql.FPoint{T: at.UnixMilli(), F: v.Value})
		}
		all = append(all, promql.NewStorageSeries(series))
	}
	memory := &storage.MockQueryable{MockQuerier: &storage.MockQuerier{SelectMockFunction: func(_ bool, _ *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
		return &seriesSet{found: slices.DeleteFunc(slices.Clone(all), func(s storage.Series) bool {
			return slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return !m.Matches(s.Labels().Get(m.Name)) })
		}), at: -1}
	}}}
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 1e6, Timeout: time.Minute})
	return func(w http.ResponseWriter, r *http.Request) {
		query, err := engine.NewInstantQuery(r.Context(), memory, nil, r.URL.Query().Get("query"), noon)
		if err != nil {
			t.Error(err)
			return
		}
		defer query.Close()
		result := query.Exec(r.Context())
		if result.Err != nil {
			t.Error(result.Err)
			return
		}
		if err := json.NewEncoder(w).Encode(map[string]any{"status": "success", "data": map[string]any{"resultType": result.Value.Type(), "result": result.Value}}); err != nil {
			t.Error(err)
		}
	}
}

type seriesSet struct {
	found []storage.Series
	at    int
}

func (s *seriesSet) Next() bool                        { s.at++; return s.at < len(s.found) }
func (s *seriesSet) At() storage.Series                { return s.found[s.at] }
func (s *seriesSet) Err() error                        { return nil }
func (s *seriesSet) Warnings() annotations.Annotations { return nil }
