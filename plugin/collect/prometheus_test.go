package collect

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/infscale/kubectl-infscale/checks/signals"
)

// promQL answers queries: a query that contains a word gets the series behind
// it, others none.
func promQL(t *testing.T, answers map[string][]string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/api/v1/query") {
			t.Errorf("asked for %s", r.URL.Path)
		}
		var series []string
		for word, found := range answers {
			if strings.Contains(r.URL.Query().Get("query"), word) {
				series = found
			}
		}
		fmt.Fprintf(w, `{"status":"success","data":{"resultType":"vector","result":[%s]}}`, strings.Join(series, ","))
	}
}

func series(labels, value string) string {
	return fmt.Sprintf(`{"metric":{%s},"value":[%d,%q]}`, labels, noon.Unix(), value)
}

func onPod(pod string) string { return fmt.Sprintf(`"namespace":"inference","pod":%q`, pod) }

func TestPrometheus(t *testing.T) {
	answers := map[string][]string{
		"vllm:num_requests_waiting{": {series(onPod("vllm-1-a"), "12"), series(onPod("vllm-1-b"), "1"), series(onPod("another"), "99")},
		"vllm:kv_cache_usage_perc":   {series(onPod("vllm-1-a"), "0.9"), series(onPod("vllm-1-b"), "NaN")},
		"vllm:gpu_cache_usage_perc":  {series(onPod("vllm-1-a"), "0.2"), series(onPod("vllm-1-b"), "0.1")},
		"e2e_request_latency_seconds_bucket": {
			series(onPod("vllm-1-a")+`,"le":"1"`, "0.5"), series(onPod("vllm-1-a")+`,"le":"10"`, "1"), series(onPod("vllm-1-a")+`,"le":"+Inf"`, "1"),
		},
		"DCGM_FI_DEV_GPU_UTIL": {
			series(`"namespace":"gpu-operator","pod":"dcgm-x","exported_namespace":"inference","exported_pod":"vllm-1-a","gpu":"0"`, "90"),
			series(`"namespace":"gpu-operator","pod":"dcgm-x","exported_namespace":"inference","exported_pod":"vllm-1-a","gpu":"1"`, "50"),
		},
		"DCGM_FI_DEV_FB_USED": {
			series(onPod("vllm-1-a")+`,"gpu":"0"`, "70000"), series(onPod("vllm-1-a")+`,"gpu":"1"`, "71000"), series(onPod("vllm-1-b")+`,"gpu":"0"`, "500"),
		},
		"DCGM_FI_PROF_GR_ENGINE_ACTIVE":  {series(onPod("vllm-1-b"), "0.25")},
		"up{":                            {series(onPod("vllm-1-a"), "1"), series(onPod("vllm-1-b"), "0")},
		"sum(vllm:num_requests_waiting)": {series("", "13")},
	}
	server := httptest.NewServer(promQL(t, answers))
	t.Cleanup(server.Close)
	p, err := NewPrometheus(server.URL, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	set := p.Collect(context.Background(), snapshot(t, fleetYAML))
	got := wantValue(t, set, signals.QueueDepth, ref("Pod", "vllm-1-a"), "", 12)
	if !got.At.Equal(noon) || got.Source != "prometheus "+server.URL {
		t.Errorf("the sample is %+v", got)
	}
	wantValue(t, set, signals.QueueDepth, ref("Deployment", "vllm"), "", 13)
	wantValue(t, set, signals.KVCacheUsage, ref("Pod", "vllm-1-a"), "", 0.9) // the newer name
	wantValue(t, set, signals.KVCacheUsage, ref("Pod", "vllm-1-b"), "", 0.1) // NaN is no number
	wantValue(t, set, signals.KVCacheUsage, ref("Deployment", "vllm"), "", 0.5)
	wantValue(t, set, signals.EndToEndP99, ref("Deployment", "vllm"), "", 1+9*0.98)
	wantValue(t, set, signals.GPUUtilisation, ref("Pod", "vllm-1-a"), "", 70)
	wantValue(t, set, signals.GPUUtilisation, ref("Pod", "vllm-1-b"), "", 25)
	wantValue(t, set, signals.GPUMemoryUsed, ref("Pod", "vllm-1-a"), "", 141000)
	wantValue(t, set, signals.ScrapeHealth, ref("Pod", "vllm-1-b"), "", 0)
	wantValue(t, set, signals.TriggerValue, ref("ScaledObject", "vllm"), "spec.triggers[0]", 13)
	wantValue(t, set, signals.TriggerSeries, ref("ScaledObject", "vllm"), "spec.triggers[0]", 1)
	if len(set.Gaps()) > 0 {
		t.Errorf("gaps: %v", set.Gaps())
	}
}

// TestNoNumbers: what is not a number is missing, and never a number that no report
// can write: a rate of nothing divided by another, a GPU that is not measured.
func TestNoNumbers(t *testing.T) {
	for _, none := range []string{"NaN", "+Inf", "-Inf"} {
		server := httptest.NewServer(promQL(t, map[string][]string{
			"vllm:num_requests_waiting{":     {series(onPod("vllm-1-a"), none), series(onPod("vllm-1-b"), "2")},
			"DCGM_FI_DEV_GPU_UTIL":           {series(onPod("vllm-1-a")+`,"gpu":"0"`, none), series(onPod("vllm-1-a")+`,"gpu":"1"`, "40"), series(onPod("vllm-1-b"), none)},
			"sum(vllm:num_requests_waiting)": {series("", none)},
		}))
		p, err := NewPrometheus(server.URL, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		set := p.Collect(t.Context(), snapshot(t, fleetYAML))
		for sample := range set.Each() {
			if !finite(sample.Value) {
				t.Errorf("%s: %+v", none, sample)
			}
		}
		wantValue(t, set, signals.QueueDepth, ref("Deployment", "vllm"), "", 2)
		wantValue(t, set, signals.GPUUtilisation, ref("Pod", "vllm-1-a"), "", 40)
		wantValue(t, set, signals.TriggerSeries, ref("ScaledObject", "vllm"), "spec.triggers[0]", 1)
		server.Close()
	}
}

func TestPrometheusManySeriesAndNone(t *testing.T) {
	answers := map[string][]string{"sum(vllm:num_requests_waiting)": {series(`"a":"1"`, "1"), series(`"a":"2"`, "2")}}
	server := httptest.NewServer(promQL(t, answers))
	t.Cleanup(server.Close)
	p, _ := NewPrometheus(server.URL, server.URL, nil)
	set := p.Collect(context.Background(), snapshot(t, fleetYAML))
	wantValue(t, set, signals.TriggerSeries, ref("ScaledObject", "vllm"), "spec.triggers[0]", 2)
	if _, ok := set.Part(signals.TriggerValue, ref("ScaledObject", "vllm"), "spec.triggers[0]"); ok {
		t.Error("one value of two series")
	}
	delete(answers, "sum(vllm:num_requests_waiting)")
	set = p.Collect(context.Background(), snapshot(t, fleetYAML))
	wantValue(t, set, signals.TriggerSeries, ref("ScaledObject", "vllm"), "spec.triggers[0]", 0)
	if _, ok := set.Of(signals.QueueDepth, ref("Pod", "vllm-1-a")); ok {
		t.Error("a missing number reads as one")
	}
}

func TestPrometheusFailures(t *testing.T) {
	hold := make(chan struct{})
	t.Cleanup(func() { close(hold) })
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		reason  string
	}{
		"garbage":      {text("<html>no</html>"), "no Prometheus answers there"},
		"100 MB":       {text(strings.Repeat("{", 100<<20)), "larger than 16 MiB"},
		"slow":         {func(http.ResponseWriter, *http.Request) { <-hold }, "no answer in time"},
		"unauthorised": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }, "answers 401"},
		"bad query": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(400)
			fmt.Fprint(w, `{"status":"error","errorType":"bad_data","error":"parse error"}`)
		}, "parse error"},
		"a refusal without a word": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(422)
			fmt.Fprint(w, `{}`)
		}, "answers 422"},
		"a refusal of nobody's": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(400)
			fmt.Fprint(w, `Client sent an HTTP request to an HTTPS server.`)
		}, "answers 400"},
		"partial": {func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"status":"success","warnings":["store-2 is down"],"data":{"resultType":"vector","result":[]}}`)
		}, "a partial answer: store-2 is down"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(c.handler)
			if name != "slow" {
				defer server.Close()
			}
			p, err := NewPrometheus("here", server.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			if name == "slow" {
				ctx, cancel = context.WithTimeout(context.Background(), 50*time.Millisecond)
			}
			defer cancel()
			wantGap(t, p.Collect(ctx, snapshot(t, fleetYAML)), "prometheus here", c.reason)
		})
	}
	gone := httptest.NewServer(nil)
	gone.Close()
	p, _ := NewPrometheus("here", gone.URL, nil)
	wantGap(t, p.Collect(context.Background(), snapshot(t, fleetYAML)), "connection refused")
}

func TestDiscover(t *testing.T) {
	list := func(items string) http.HandlerFunc { return text(`{"kind":"ServiceList","items":[` + items + `]}`) }
	service := func(ns, name, label, ports string) string {
		return fmt.Sprintf(`{"metadata":{"namespace":%q,"name":%q,"labels":{%s}},"spec":{"ports":[%s]}}`, ns, name, label, ports)
	}
	prom := service("monitoring", "prometheus-operated", `"operated-prometheus":"true"`, `{"name":"web","port":9090}`)
	thanos := service("obs", "thanos-query", `"app.kubernetes.io/name":"thanos-query"`, `{"name":"grpc","port":10901},{"name":"http","port":9090}`)
	exporter := service("monitoring", "prometheus-node-exporter", `"app.kubernetes.io/name":"prometheus"`, `{"name":"http","port":9100}`)
	works := promQL(t, map[string][]string{"vector(1)": {series("", "1")}})
	const (
		promPath   = "/api/v1/namespaces/monitoring/services/prometheus-operated:9090/proxy/*"
		thanosPath = "/api/v1/namespaces/obs/services/thanos-query:9090/proxy/*"
	)
	for name, c := range map[string]struct {
		paths map[string]http.HandlerFunc
		want  string
	}{
		"one":                  {map[string]http.HandlerFunc{"/api/v1/services": list(prom), promPath: works}, "service monitoring/prometheus-operated"},
		"the wider view first": {map[string]http.HandlerFunc{"/api/v1/services": list(prom + "," + thanos), promPath: works, thanosPath: works}, "service obs/thanos-query"},
		"what does not answer": {map[string]http.HandlerFunc{"/api/v1/services": list(prom + "," + thanos), promPath: works, thanosPath: text("{}")}, "service monitoring/prometheus-operated"},
		"exporters are none":   {map[string]http.HandlerFunc{"/api/v1/services": list(exporter)}, "error: no Service of Prometheus"},
		"none answers":         {map[string]http.HandlerFunc{"/api/v1/services": list(prom)}, "error: monitoring/prometheus-operated: "},
		"only the usual namespaces": {map[string]http.HandlerFunc{
			"/api/v1/services": func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(403)
				fmt.Fprint(w, `{"kind":"Status","message":"services is forbidden"}`)
			},
			"/api/v1/namespaces/monitoring/services": list(prom), promPath: works,
		}, "service monitoring/prometheus-operated"},
	} {
		p, err := Discover(context.Background(), apiServer(t, c.paths))
		got := fmt.Sprintf("error: %v", err)
		if err == nil {
			got = p.Name
		}
		if !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestInCluster(t *testing.T) {
	api := apiServer(t, nil)
	for address, want := range map[string]string{
		"http://prometheus.monitoring:9090":                             "service monitoring/prometheus",
		"http://prometheus-server.monitoring.svc.cluster.local/prefix/": "service monitoring/prometheus-server",
		"https://prometheus.example.com":                                "",
		"http://prometheus":                                             "",
		"prometheus.monitoring:9090":                                    "",
	} {
		p, ok := InCluster(api, address)
		if ok != (want != "") || ok && p.Name != want {
			t.Errorf("%s: %v, %v", address, p, ok)
		}
	}
}

func TestStarts(t *testing.T) {
	at := func(pod, seconds string) string { return series(onPod(pod), seconds) }
	answers := map[string][]string{
		"kube_pod_status_ready_time":               {at("vllm-abc12-qwert", "1000"), at("vllm-abc12-asdfg", "1300"), at("vllm-abc12-yxcvb", "9000"), at("vllm-router-abc12-qwert", "5000"), at("vllm-1-a", "90000")},
		"kube_pod_container_state_started":         {at("vllm-abc12-qwert", "700"), at("vllm-abc12-asdfg", "900"), at("vllm-abc12-yxcvb", "1000"), at("vllm-router-abc12-qwert", "10"), at("vllm-1-a", "10")},
		"kube_pod_container_status_restarts_total": {at("vllm-abc12-yxcvb", "1")},
	}
	server := httptest.NewServer(promQL(t, answers))
	t.Cleanup(server.Close)
	p, _ := NewPrometheus("here", server.URL, nil)
	set := p.Collect(context.Background(), snapshot(t, fleetYAML))
	got := wantValue(t, set, signals.ModelLoadTime, ref("Deployment", "vllm"), "", 400)
	if got.Source != "prometheus here, 2 starts in 26h" {
		t.Errorf("the source is %q", got.Source)
	}
}

func TestSumUp(t *testing.T) {
	set := new(signals.Set)
	for pod, value := range map[string]float64{"vllm-1-a": 90, "vllm-1-b": 50, "another": 7} {
		set.Add(signals.Sample{Metric: signals.GPUUtilisation, Of: ref("Pod", pod), Value: value, At: noon, Source: "dcgm"})
		set.Add(signals.Sample{Metric: signals.GPUMemoryUsed, Of: ref("Pod", pod), Value: value, At: noon, Source: "dcgm"})
	}
	SumUp(set, snapshot(t, fleetYAML))
	wantValue(t, set, signals.GPUUtilisation, ref("Deployment", "vllm"), "", 70)
	wantValue(t, set, signals.GPUMemoryUsed, ref("Deployment", "vllm"), "", 140)
	if _, known := set.Of(signals.ModelLoadTime, ref("Deployment", "vllm")); known {
		t.Error("a load time of pods that show none")
	}
}

// TestLoadTimeLeft: by the slowest start that is remembered.
func TestLoadTimeLeft(t *testing.T) {
	ago := func(d time.Duration) string { return time.Now().Add(-d).UTC().Format(time.RFC3339) }
	status := func(ready string, turned, started time.Duration) string {
		return `status: {phase: Running, conditions: [{type: Ready, status: "` + ready + `", lastTransitionTime: "` + ago(turned) + `"}], containerStatuses: [{name: vllm, state: {running: {startedAt: "` + ago(started) + `"}}}]}`
	}
	fleet := strings.Replace(fleetYAML, podYAML, strings.Replace(podYAML, "status: {phase: Running}", status("True", 2*time.Hour, 2*time.Hour+10*time.Minute), 1), 1)
	fleet = strings.Replace(fleet, podYAML2, strings.Replace(podYAML2, "status: {phase: Running}", status("False", time.Minute, time.Minute), 1), 1)
	set := new(signals.Set)
	SumUp(set, snapshot(t, fleet))
	wantValue(t, set, signals.ModelLoadTime, ref("Deployment", "vllm"), "", 600)
	if left, ok := set.Of(signals.LoadTimeLeft, ref("Pod", "vllm-1-b")); !ok || left.Value < 530 || left.Value > 541 {
		t.Errorf("%+v %v; want 540 s", left, ok)
	}
	if left, ok := set.Of(signals.LoadTimeLeft, ref("Pod", "vllm-1-a")); ok {
		t.Errorf("a pod that is ready has %+v left", left)
	}
}
