package collect

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/infscale/kubectl-infscale/checks/signals"
)

const proxied = "/api/v1/namespaces/inference/pods/%s:8000/proxy/metrics"

func metricsOf(pod string) string { return strings.ReplaceAll(proxied, "%s", pod) }

const pageA = `# TYPE vllm:num_requests_waiting gauge
vllm:num_requests_waiting{engine="0"} 7
vllm:num_requests_waiting{engine="1"} 5
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0"} 3
vllm:num_requests_running{engine="1"} 4
# TYPE vllm:kv_cache_usage_perc gauge
vllm:kv_cache_usage_perc{engine="0"} 0.5
vllm:kv_cache_usage_perc{engine="1"} 0.9
# TYPE vllm:generation_tokens_total counter
vllm:generation_tokens_total 1000
# TYPE vllm:e2e_request_latency_seconds histogram
vllm:e2e_request_latency_seconds_bucket{le="1"} 50
vllm:e2e_request_latency_seconds_bucket{le="10"} 100
vllm:e2e_request_latency_seconds_bucket{le="+Inf"} 100
vllm:e2e_request_latency_seconds_count 100
vllm:e2e_request_latency_seconds_sum 200
`

func TestScrape(t *testing.T) {
	api := apiServer(t, map[string]http.HandlerFunc{
		metricsOf("vllm-1-a"): text(pageA),
		metricsOf("vllm-1-b"): text("# TYPE vllm:num_requests_waiting gauge\nvllm:num_requests_waiting 1\n# TYPE vllm:gpu_cache_usage_perc gauge\nvllm:gpu_cache_usage_perc 0.1\n"),
	})
	scraper := &Scraper{API: api, Now: func() time.Time { return noon }}
	set := scraper.Collect(context.Background(), snapshot(t, fleetYAML))
	got := wantValue(t, set, signals.QueueDepth, ref("Pod", "vllm-1-a"), "", 12)
	if got.Source != "scrape pod/vllm-1-a" || !got.At.Equal(noon) {
		t.Errorf("the sample is %+v", got)
	}
	wantValue(t, set, signals.QueueDepth, ref("Deployment", "vllm"), "", 13)
	wantValue(t, set, signals.Running, ref("Deployment", "vllm"), "", 7)
	wantValue(t, set, signals.KVCacheUsage, ref("Pod", "vllm-1-a"), "", 0.9)
	wantValue(t, set, signals.KVCacheUsage, ref("Deployment", "vllm"), "", 0.5) // the mean of pods, an old name too
	wantValue(t, set, signals.EndToEndP99, ref("Pod", "vllm-1-a"), "", 9.82)
	wantValue(t, set, signals.EngineSeries, ref("Pod", "vllm-1-a"), "", 2)
	if _, ok := set.Of(signals.GenerationTokens, ref("Pod", "vllm-1-a")); ok {
		t.Error("a rate after one scrape")
	}
	if len(set.Gaps()) > 0 {
		t.Errorf("gaps: %v; a pending pod is not asked", set.Gaps())
	}
}

// TestExported: on which pods the metrics are that an autoscaler reads.
func TestExported(t *testing.T) {
	api := apiServer(t, map[string]http.HandlerFunc{
		metricsOf("vllm-1-a"): text(pageA),
		metricsOf("vllm-1-b"): text("# TYPE vllm:gpu_cache_usage_perc gauge\nvllm:gpu_cache_usage_perc 0.1\n"),
	})
	for query, want := range map[string]float64{
		"avg(vllm:gpu_cache_usage_perc)":                                        1,
		"sum(vllm:num_requests_waiting) + sum(vllm:num_requests_running)":       1,
		"sum(vllm:num_requests_waiting) + sum(vllm:gpu_cache_usage_perc)":       0,
		"sum(rate(vllm:e2e_request_latency_seconds_bucket[5m]))":                1,
		"sum(vllm:num_requests_swapped)":                                        0,
		"sum(vllm:num_requests_waiting) or sum(some_other:metric_of_the_proxy)": 1,
	} {
		scaler := "---\napiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: reads, namespace: inference}\nspec:\n  scaleTargetRef: {name: vllm}\n  triggers:\n  - type: prometheus\n    metadata: {serverAddress: 'http://p', threshold: '5', query: '" + query + "'}\n"
		set := (&Scraper{API: api}).Collect(context.Background(), snapshot(t, fleetYAML+scaler))
		if got, ok := set.Part(signals.TriggerExported, ref("ScaledObject", "reads"), "spec.triggers[0]"); !ok || got.Value != want || got.Source != "scrape of 2 pods" {
			t.Errorf("%s: %+v, %v; want %v", query, got, ok, want)
		}
	}
}

// TestUnheard: where Prometheus knows the pods, they are asked themselves only
// for what it does not have.
func TestUnheard(t *testing.T) {
	asked := 0
	api := apiServer(t, map[string]http.HandlerFunc{
		metricsOf("vllm-1-a"): func(w http.ResponseWriter, r *http.Request) { asked++; text(pageA)(w, r) },
		metricsOf("vllm-1-b"): text(pageA),
	})
	objects := snapshot(t, fleetYAML+"---\napiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: reads, namespace: inference}\nspec:\n  scaleTargetRef: {name: vllm}\n  triggers:\n  - type: prometheus\n    metadata: {serverAddress: 'http://p', threshold: '5', query: 'sum(vllm:num_requests_swapped)'}\n")
	for _, series := range []float64{1, 0} {
		before := asked
		known := new(signals.Set)
		known.Add(signals.Sample{Metric: signals.TriggerSeries, Of: ref("ScaledObject", "reads"), Part: "spec.triggers[0]", Value: series})
		set := (&Scraper{API: api}).CollectUnheard(context.Background(), objects, known)
		if heard := asked == before; heard != (series > 0) {
			t.Errorf("%v series: asked %d times", series, asked-before)
		}
		if series == 0 {
			wantValue(t, set, signals.TriggerExported, ref("ScaledObject", "reads"), "spec.triggers[0]", 0)
		}
	}
}

func TestScrapeTwice(t *testing.T) {
	now, body := noon, pageA
	api := apiServer(t, map[string]http.HandlerFunc{
		metricsOf("vllm-1-a"): func(w http.ResponseWriter, r *http.Request) { text(body)(w, r) },
	})
	scraper := &Scraper{API: api, Now: func() time.Time { return now }}
	objects := snapshot(t, fleetYAML)
	scraper.Collect(context.Background(), objects)
	now = noon.Add(10 * time.Second)
	body = strings.NewReplacer("_total 1000", "_total 1500", `le="10"} 100`, `le="10"} 110`, `le="+Inf"} 100`, `le="+Inf"} 110`, "_count 100", "_count 110").Replace(pageA)
	set := scraper.Collect(context.Background(), objects)
	wantValue(t, set, signals.GenerationTokens, ref("Pod", "vllm-1-a"), "", 50)
	wantValue(t, set, signals.EndToEndP99, ref("Pod", "vllm-1-a"), "", 1+9*0.99) // the ten of the time in between
	// The process starts anew: no rate, and all that it counts is new.
	now, body = noon.Add(20*time.Second), strings.Replace(pageA, "_total 1000", "_total 3", 1)
	body = strings.NewReplacer(`le="1"} 50`, `le="1"} 2`, `le="10"} 100`, `le="10"} 2`, `le="+Inf"} 100`, `le="+Inf"} 2`, "_count 100", "_count 2").Replace(body)
	set = scraper.Collect(context.Background(), objects)
	if _, ok := set.Of(signals.GenerationTokens, ref("Pod", "vllm-1-a")); ok {
		t.Error("a rate across a restart")
	}
	wantValue(t, set, signals.EndToEndP99, ref("Pod", "vllm-1-a"), "", 0.99)
}

func TestScrapeFailures(t *testing.T) {
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		reason  string
	}{
		"not there": {nil, "not found"},
		"HTML":      {text("<html><body>login</body></html>"), "no metrics in the answer"},
		"empty":     {text(""), "the answer is empty"},
		"half":      {text("# TYPE vllm:num_requests_waiting gauge\nvllm:num_requests_waiting{engine="), "no metrics in the answer"},
		"an error":  {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, "answers 500"},
		"huge":      {text(strings.Repeat("x 1\n", maxAnswer/4+1)), "larger than"},
		"forbidden": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(403)
			text(`{"kind":"Status","message":"pods \"x\" is forbidden: cannot get resource pods/proxy"}`)(w, nil)
		}, "forbidden: pods"},
	} {
		handlers := map[string]http.HandlerFunc{metricsOf("vllm-1-b"): text(pageA)}
		if c.handler != nil {
			handlers[metricsOf("vllm-1-a")] = c.handler
		}
		set := (&Scraper{API: apiServer(t, handlers)}).Collect(context.Background(), snapshot(t, fleetYAML))
		t.Run(name, func(t *testing.T) {
			wantGap(t, set, "scrape pod/vllm-1-a", c.reason)
			wantValue(t, set, signals.QueueDepth, ref("Pod", "vllm-1-b"), "", 12) // nothing else is lost
		})
	}
}

func TestScrapeEndsInTime(t *testing.T) {
	hold := make(chan struct{})
	api := apiServer(t, map[string]http.HandlerFunc{
		metricsOf("vllm-1-a"): func(http.ResponseWriter, *http.Request) { <-hold },
		metricsOf("vllm-1-b"): text(pageA),
	})
	t.Cleanup(func() { close(hold) })
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	set := (&Scraper{API: api}).Collect(ctx, snapshot(t, fleetYAML))
	wantGap(t, set, "vllm-1-a", "no answer in time")
	wantValue(t, set, signals.QueueDepth, ref("Pod", "vllm-1-b"), "", 12)
}
