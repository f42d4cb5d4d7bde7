package sim

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// kedaRun is a run of the real KEDA, as plugin's TestKEDARuns records it.
type kedaRun struct {
	Name       string
	Start      int
	Spec       string
	Metadata   string
	MetricType string
	Says       []map[int]string
	Counts     []int32
}

// TestKEDA puts recorded runs of the real KEDA and HPA controller through the
// simulator: the same replica counts in the same order.
func TestKEDA(t *testing.T) {
	text, err := os.ReadFile("../../testdata/frames/keda-runs.json")
	if err != nil {
		t.Fatal(err)
	}
	var runs []kedaRun
	if err := json.Unmarshal(text, &runs); err != nil {
		t.Fatal(err)
	}
	const enough = 12
	if len(runs) < enough {
		t.Errorf("%d runs, want %d at least", len(runs), enough)
	}
	for _, r := range runs {
		if got := r.simulate(t); !slices.Equal(got, r.Counts) {
			t.Errorf("%s: the simulator goes %v, KEDA went %v", r.Name, got, r.Counts)
		}
	}
}

// simulate runs the objects of a run on its Prometheus, at the bed's pace.
func (r kedaRun) simulate(t *testing.T) []int32 {
	t.Helper()
	const tick, period, length = 100 * time.Millisecond, 1300 * time.Millisecond, 55 * time.Second
	var triggers []string
	for i := range r.Says {
		kind := ""
		if r.MetricType != "" {
			kind = "metricType: " + r.MetricType + ", "
		}
		triggers = append(triggers, fmt.Sprintf("{type: prometheus, name: t%d, %smetadata: {query: up, threshold: '5'%s}}", i, kind, r.Metadata))
	}
	stack := fmt.Sprintf(`{apiVersion: apps/v1, kind: Deployment, metadata: {name: d, namespace: a}, spec: {replicas: %d, selector: {matchLabels: {app: d}}, template: {metadata: {labels: {app: d}}, spec: {containers: [{name: vllm, image: "vllm/vllm-openai:v0.18.1"}]}}}}
---
{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {name: s, namespace: a}, spec: {scaleTargetRef: {name: d}, %s, triggers: [%s]}}
`, r.Start, r.Spec, strings.Join(triggers, ", "))
	w, err := newWorld(&Scenario{}, tick, false, objectsOf(t, stack))
	if err != nil {
		t.Fatal(err)
	}
	w.period = period
	s, f, began := w.scalers[0], w.fleets[0], w.now
	for i := range s.asks {
		s.asks[i].expr = &expression{slow: func(w *World) ([]point, error) { return r.answer(i, w.now.Sub(began)) }}
	}
	counts := []int32{f.spec}
	w.steps = append(w.steps, func(time.Duration) {
		for _, p := range f.pods { // the bed's pods are there at once
			if !has(p.ready, w.now) {
				p.started, p.ready = w.now, w.now
			}
		}
		if counts[len(counts)-1] != f.spec {
			counts = append(counts, f.spec)
		}
	})
	w.advance(length)
	return counts
}

// answer is what the run's Prometheus says for a trigger.
func (r kedaRun) answer(trigger int, at time.Duration) ([]point, error) {
	latest, text := -1, "0"
	for from, what := range r.Says[trigger] {
		if time.Duration(from)*time.Second <= at && from > latest {
			latest, text = from, what
		}
	}
	switch text {
	case "error":
		return nil, errors.New("prometheus query api returned error. status: 500")
	case "none":
		return nil, nil
	case "many":
		return []point{{value: 20}, {value: 20}}, nil
	}
	value, err := strconv.ParseFloat(text, 64)
	return []point{{value: value}}, err
}
