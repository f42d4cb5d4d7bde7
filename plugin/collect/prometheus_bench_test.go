package collect

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// vLLM's bounds of the time to the first token, without the last, unbounded one.
var manyBounds = [...]string{
	"0.001", "0.005", "0.01", "0.02", "0.04", "0.06", "0.08", "0.1", "0.25", "0.5", "0.75", "1.0", "2.5", "5.0", "7.5", "10.0", "20.0",
	"40.0", "80.0", "160.0", "640.0", "2560.0", "+Inf",
}

// BenchmarkPrometheus is what a look at a fleet of 200 workloads with ten pods
// each takes on this side of the connection.
func BenchmarkPrometheus(b *testing.B) {
	var fleet strings.Builder
	var pods []string
	for i := range 200 {
		name := fmt.Sprintf("vllm-%03d", i)
		renamed := strings.NewReplacer("name: vllm,", "name: "+name+",", "app: vllm}", "app: "+name+"}", "vllm-1", name+"-1")
		for at, doc := range strings.Split(fleetYAML, "\n---\n") {
			if at < 2 { // the Deployment and its ReplicaSet
				fleet.WriteString("\n---\n" + renamed.Replace(doc))
			}
		}
		for j := range 10 {
			pod := fmt.Sprintf("%s-1-%d", name, j)
			fleet.WriteString("\n" + strings.Replace(renamed.Replace(podYAML), name+"-1-a", pod, 1))
			pods = append(pods, pod)
		}
	}
	objects := snapshot(b, fleet.String())
	one, many := answerAbout(pods, ""), answerAbout(pods, manyBounds[:]...)
	p, err := NewPrometheus("here", "http://prometheus", &http.Client{Transport: canned(func(query string) []byte {
		if strings.Contains(query, " le)") {
			return many
		}
		return one
	})})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		p.Collect(context.Background(), objects)
	}
}

func answerAbout(pods []string, bounds ...string) []byte {
	var samples []string
	for _, pod := range pods {
		for i, bound := range bounds {
			labels := onPod(pod)
			if bound != "" {
				labels += fmt.Sprintf(`,"le":%q`, bound)
			}
			samples = append(samples, series(labels, fmt.Sprintf("%d.0416", i)))
		}
	}
	return fmt.Appendf(nil, `{"status":"success","data":{"resultType":"vector","result":[%s]}}`, strings.Join(samples, ","))
}

// canned answers a query with what is given for it.
type canned func(query string) []byte

func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	body := io.NopCloser(bytes.NewReader(c(r.URL.Query().Get("query"))))
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: body, Request: r}, nil
}
