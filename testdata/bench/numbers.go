package main

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/infscale/kubectl-infscale/testdata/bench/load"
)

// newNumbers serves as much as a Prometheus would about a load's inference pods:
// for each question a sample of each pod, another each time, or one of all.
func newNumbers(s load.Size) *httptest.Server {
	pods := s.InferencePods()
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.FormValue("query")
		now := float64(time.Now().UnixMilli()) / 1e3
		var result []sample
		bounds := []string{""}
		if strings.Contains(query, " le)") {
			bounds = []string{"0.1", "0.5", "1", "2.5", "5", "10", "+Inf"}
		}
		for _, pod := range pods {
			for i, bound := range bounds {
				labels := map[string]string{"namespace": pod.Namespace, "pod": pod.Name}
				if bound != "" {
					labels["le"] = bound
				}
				result = append(result, sample{labels, [2]any{now, number(i)}})
			}
		}
		if !strings.Contains(query, " by (") {
			result = []sample{{map[string]string{}, [2]any{now, number(0)}}}
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{ // who does not listen any more is no concern of ours
			"status": "success", "data": map[string]any{"resultType": "vector", "result": result},
		})
	}))
}

type sample struct {
	Metric map[string]string `json:"metric"`
	Value  [2]any            `json:"value"`
}

// number grows with the bucket, as a histogram's do.
func number(bucket int) string {
	text, _ := json.Marshal(float64(10*bucket) + rand.Float64())
	return string(text)
}
