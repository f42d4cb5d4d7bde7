package collect

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/infscale/kubectl-infscale/checks/signals"
)

// Members of an answer come in any order, and what nobody reads is anything.
func TestAnswer(t *testing.T) {
	const ok = `{"status":"success","data":{"resultType":"vector","result":[%s]}}`
	one := `{"metric":{"pod":"vllm-1-a","namespace":"inference"},"value":[1767268800.123,"7"]}`
	for name, c := range map[string]struct{ body, want string }{
		"a sample":           {fmt.Sprintf(ok, one), "vector inference/vllm-1-a=7@1767268800123"},
		"the type last":      {`{"data":{"result":[` + one + `],"resultType":"vector"},"status":"success"}`, "vector inference/vllm-1-a=7@1767268800123"},
		"escapes":            {fmt.Sprintf(ok, `{"metric":{"pod":"a\u0062\"c","__name__":"x\\y"},"value":[1,"1e3"]}`), `vector /ab"c=1000@1000`},
		"two":                {fmt.Sprintf(ok, one+","+one), "vector inference/vllm-1-a=7@1767268800123 inference/vllm-1-a=7@1767268800123"},
		"other members":      {`{"infos":["i"],` + fmt.Sprintf(ok, `{"stats":{"a":[1,{"b":null}]},"metric":null,"value":[1,"1"]}`)[1:], "vector /=1@1000"},
		"no number":          {fmt.Sprintf(ok, `{"metric":{},"value":[1,"NaN"]}`), "vector /=NaN@1000"},
		"infinite":           {fmt.Sprintf(ok, `{"metric":{"le":"+Inf"},"value":[1,"+Inf"]}`), "vector /=+Inf@1000"},
		"a native histogram": {fmt.Sprintf(ok, `{"metric":{},"histogram":[1,{"count":"3","sum":"2","buckets":[]}]}`), "vector /=NaN@-62135596800000"},
		"none":               {fmt.Sprintf(ok, ""), "vector"},
		"a scalar":           {`{"status":"success","data":{"resultType":"scalar","result":[2,"3"]}}`, "scalar /=3@2000"},
		"a matrix":           {`{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"2"],[2,"3"]]}]}}`, "matrix"},
		"no warnings":        {fmt.Sprintf(`{"warnings":null,`+ok[1:], one), "vector inference/vllm-1-a=7@1767268800123"},
		"a refusal":          {`{"status":"error","errorType":"execution","error":"too many\nsamples"}`, "too many"},
		"no data":            {`{"status":"success","data":null}`, "no Prometheus answers there: the answer has no result"},
		"another thing":      {`{}`, "no Prometheus answers there: the answer has no result"},
		"a list":             {`[1]`, "no Prometheus answers there: "},
		"nothing":            {``, "no Prometheus answers there: "},
		"a text":             {`{"status":"success","data":{"resultType":"string","result":[1,"x"]}}`, `no Prometheus answers there: unexpected value type "string"`},
		"half of one":        {fmt.Sprintf(ok, one)[:80], "no Prometheus answers there: "},
		"a word as a number": {fmt.Sprintf(ok, `{"metric":{},"value":[1,"many"]}`), `no Prometheus answers there: "many" is no number`},
		"a word as a time":   {fmt.Sprintf(ok, `{"metric":{},"value":["now","1"]}`), `no Prometheus answers there: "now" is no time`},
		"a number as a name": {fmt.Sprintf(ok, `{"metric":{"pod":1},"value":[1,"1"]}`), "no Prometheus answers there: number is no text"},
		"a point too long":   {fmt.Sprintf(ok, `{"metric":{},"value":[1,"1",2]}`), "no Prometheus answers there: number instead of ]"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := NewPrometheus("here", "http://here/", &http.Client{Transport: canned(func(string) []byte { return []byte(c.body) })})
			if err != nil {
				t.Fatal(err)
			}
			var found []string
			said := answered{take: func(s *vectorSample) {
				found = append(found, fmt.Sprintf("%s/%s=%v@%d", s.of().namespace, s.of().name, s.value, s.at.UnixMilli()))
			}}
			err = p.query(context.Background(), "x", &said)
			got := strings.Join(append([]string{said.shape}, found...), " ")
			if err != nil {
				got = err.Error()
			}
			if got != c.want && !(err != nil && strings.HasSuffix(c.want, ": ") && strings.HasPrefix(got, c.want)) {
				t.Errorf("got %s\nwant %s", got, c.want)
			}
		})
	}
}

// An answer that is cut off tells nothing, not the half of the fleet.
func TestPrometheusHalfAnAnswer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"status":"success","data":{"resultType":"vector","result":[%s,`, series(onPod("vllm-1-a"), "12"))
	}))
	t.Cleanup(server.Close)
	p, _ := NewPrometheus("here", server.URL, nil)
	set := p.Collect(context.Background(), snapshot(t, fleetYAML))
	wantGap(t, set, "prometheus here", "no Prometheus answers there")
	if set.Len() > 0 {
		t.Errorf("numbers of half an answer: %v", set.All())
	}
}

// What is known of every running pod is not asked for by its former name, and the
// history of a day not at every look.
func TestPrometheusAsksNoMoreThanItNeeds(t *testing.T) {
	both := []string{series(onPod("vllm-1-a"), "0.9"), series(onPod("vllm-1-b"), "0.8")}
	answers := map[string][]string{"vllm:kv_cache_usage_perc": both, "DCGM_FI_DEV_GPU_UTIL": both, "kube_pod_status_ready_time": both}
	asked := map[string]int{}
	answer := promQL(t, answers)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, name := range []string{"kv_cache_usage_perc", "gpu_cache_usage_perc", "GPU_UTIL", "GR_ENGINE_ACTIVE", "ready_time"} {
			if strings.Contains(r.URL.Query().Get("query"), name) {
				asked[name]++
			}
		}
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	p, _ := NewPrometheus("here", server.URL, nil)
	look := func() *signals.Set { return p.Collect(context.Background(), snapshot(t, fleetYAML)) }
	wantValue(t, look(), signals.KVCacheUsage, ref("Pod", "vllm-1-a"), "", 0.9)
	look()
	answers["vllm:kv_cache_usage_perc"] = both[:1]
	look()
	want := map[string]int{"kv_cache_usage_perc": 3, "gpu_cache_usage_perc": 1, "GPU_UTIL": 3, "ready_time": 1}
	for name, times := range want {
		if asked[name] != times {
			t.Errorf("asked %d times for %s, want %d", asked[name], name, times)
		}
	}
	if asked["GR_ENGINE_ACTIVE"] > 0 {
		t.Errorf("asked for %v", asked)
	}
}
