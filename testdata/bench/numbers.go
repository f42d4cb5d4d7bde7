package main

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/infscale/kubectl-infscale/testdata/bench/load"
)

// newNumbers serves as much as a Prometheus would about a load's inference pods:
// for each question a sample of each pod, another each time, or one of all.
func newNumbers(s load.Size) http.Handler {
	pods := s.InferencePods()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.FormValue("query")
		now := float64(time.Now().UnixMilli()) / 1e3
		var result []sample
		bounds := []string{""}
		if strings.Contains(query, " le)") {
			bounds = firstTokenBounds[:]
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
	})
}

// firstTokenBounds are vLLM's, of the time to the first token.
var firstTokenBounds = [...]string{
	"0.001", "0.005", "0.01", "0.02", "0.04", "0.06", "0.08", "0.1", "0.25", "0.5", "0.75", "1.0", "2.5", "5.0", "7.5", "10.0", "20.0",
	"40.0", "80.0", "160.0", "640.0", "2560.0", "+Inf",
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
