package plugin

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// kedaRun is one ScaledObject under the real KEDA: what Prometheus said when, and
// the replica counts that followed, each once. The test of plugin/sim puts it
// through the simulator.
type kedaRun struct {
	Name  string `json:"name"`
	Start int    `json:"start"` // replicas
	Spec  string `json:"spec"`  // of the ScaledObject, without target and triggers
	// Metadata are a trigger's beside address, query and threshold of 5.
	Metadata string `json:"metadata,omitempty"`
	// MetricType is of every trigger; empty for KEDA's default.
	MetricType string `json:"metricType,omitempty"`
	// Says are the answers for each trigger from so many seconds on, counted
	// from the first question: a number, "none", "many" or "error".
	Says   []map[int]string `json:"says"`
	Counts []int32          `json:"counts"`
}

const (
	kedaRunsFile = "../testdata/frames/keda-runs.json"
	kedaLength   = 55 * time.Second
)

func kedaRuns() []kedaRun {
	const atOnce = "advanced: {horizontalPodAutoscalerConfig: {behavior: {scaleDown: {stabilizationWindowSeconds: 0}}}}, pollingInterval: 2"
	return []kedaRun{
		{Name: "average", Start: 1, Spec: "minReplicaCount: 1, maxReplicaCount: 10, " + atOnce, Says: []map[int]string{{0: "3", 8: "30", 30: "12"}}},
		{Name: "value", Start: 1, Spec: "minReplicaCount: 1, maxReplicaCount: 5, " + atOnce, MetricType: "Value", Says: []map[int]string{{0: "5", 8: "15", 30: "1"}}},
		{Name: "zero", Start: 0, Spec: "minReplicaCount: 0, maxReplicaCount: 5, cooldownPeriod: 8, " + atOnce, Metadata: `, activationThreshold: "2"`, Says: []map[int]string{{0: "0", 8: "1", 14: "12", 30: "0"}}},
		{Name: "fallback", Start: 1, Spec: "minReplicaCount: 1, maxReplicaCount: 10, fallback: {failureThreshold: 2, replicas: 4}, " + atOnce, Says: []map[int]string{{0: "5", 8: "error", 35: "5"}}},
		{Name: "fallback-if-higher", Start: 1, Spec: "minReplicaCount: 1, maxReplicaCount: 10, fallback: {failureThreshold: 2, replicas: 4, behavior: currentReplicasIfHigher}, " + atOnce, Says: []map[int]string{{0: "30", 14: "error", 38: "5"}}},
		{Name: "fallback-value", Start: 2, Spec: "minReplicaCount: 1, maxReplicaCount: 10, fallback: {failureThreshold: 2, replicas: 6}, " + atOnce, MetricType: "Value", Says: []map[int]string{{0: "5", 8: "error", 35: "5"}}},
		{Name: "nulls", Start: 4, Spec: "minReplicaCount: 1, maxReplicaCount: 10, " + atOnce, Says: []map[int]string{{0: "20", 12: "none", 30: "20"}}},
		{Name: "strict", Start: 4, Spec: "minReplicaCount: 1, maxReplicaCount: 10, " + atOnce, Metadata: `, ignoreNullValues: "false"`, Says: []map[int]string{{0: "20", 12: "none", 35: "10"}}},
		{Name: "many", Start: 4, Spec: "minReplicaCount: 1, maxReplicaCount: 10, " + atOnce, Says: []map[int]string{{0: "20", 12: "many"}}},
		{Name: "two", Start: 1, Spec: "minReplicaCount: 1, maxReplicaCount: 10, " + atOnce, Says: []map[int]string{{0: "5", 25: "30"}, {0: "15", 40: "5"}}},
		{Name: "two-one-broken", Start: 3, Spec: "minReplicaCount: 1, maxReplicaCount: 10, " + atOnce, Says: []map[int]string{{0: "15", 10: "5", 30: "25"}, {0: "error"}}},
		{Name: "formula", Start: 1, Spec: "minReplicaCount: 1, maxReplicaCount: 10, " + modified("t0 + t1 / 10", `target: "5"`), Says: []map[int]string{{0: "5", 8: "20", 30: "0"}, {0: "0", 20: "150"}}},
		{Name: "formula-value", Start: 2, Spec: "minReplicaCount: 1, maxReplicaCount: 10, " + modified("t1 > 0.8 ? max(t0, 15) : t0", `target: "5", metricType: Value`), Says: []map[int]string{{0: "5", 20: "2"}, {0: "0.5", 10: "0.9", 20: "0.1"}}},
		{Name: "formula-zero", Start: 0, Spec: "minReplicaCount: 0, maxReplicaCount: 5, cooldownPeriod: 8, " + modified("t0 - t1", `target: "5", activationTarget: "2"`), Says: []map[int]string{{0: "9", 14: "12", 30: "0"}, {0: "8"}}},
		{Name: "formula-fallback", Start: 1, Spec: "minReplicaCount: 1, maxReplicaCount: 10, fallback: {failureThreshold: 2, replicas: 4}, " + modified("t0 + t1", `target: "5"`), Says: []map[int]string{{0: "5", 8: "error", 35: "5"}, {0: "0"}}},
		{Name: "formula-fraction", Start: 2, Spec: "minReplicaCount: 1, maxReplicaCount: 10, fallback: {failureThreshold: 2, replicas: 4}, " + modified("t0 + t1", `target: "2.5"`), Says: []map[int]string{{0: "5", 8: "error"}, {0: "0"}}},
		{Name: "idle", Start: 0, Spec: "minReplicaCount: 2, maxReplicaCount: 5, idleReplicaCount: 0, cooldownPeriod: 6, " + atOnce, Says: []map[int]string{{0: "0", 10: "3", 25: "0"}}},
		{Name: "below", Start: 1, Spec: "minReplicaCount: 3, maxReplicaCount: 5, " + atOnce, Says: []map[int]string{{0: "0"}}},
		{Name: "limited", Start: 2, Spec: "minReplicaCount: 2, maxReplicaCount: 10, pollingInterval: 2, advanced: {horizontalPodAutoscalerConfig: {behavior: {scaleUp: {policies: [{type: Pods, value: 2, periodSeconds: 8}]}, scaleDown: {stabilizationWindowSeconds: 6, policies: [{type: Pods, value: 3, periodSeconds: 4}]}}}}", Says: []map[int]string{{0: "40", 25: "10"}}},
	}
}

// modified is a ScaledObject's spec with a formula.
func modified(formula, rest string) string {
	return fmt.Sprintf("advanced: {horizontalPodAutoscalerConfig: {behavior: {scaleDown: {stabilizationWindowSeconds: 0}}}, scalingModifiers: {formula: %q, %s}}, pollingInterval: 2", formula, rest)
}

// objects are the Deployment and the ScaledObject of a run.
func (r kedaRun) objects(address string) (deployment, scaledObject string) {
	c := situationCase{name: r.Name, min: 1, start: r.Start, max: 1}
	deployment, _, _ = strings.Cut(strings.ReplaceAll(c.manifest(), "namespace: why", "namespace: keda-runs"), "\n---\n")
	var triggers []string
	for i := range r.Says {
		kind := ""
		if r.MetricType != "" {
			kind = "metricType: " + r.MetricType + ", "
		}
		triggers = append(triggers, fmt.Sprintf(`{type: prometheus, name: t%d, %smetadata: {serverAddress: "http://%s", query: "%s-%[1]d", threshold: "5"%[5]s}}`, i, kind, address, r.Name, r.Metadata))
	}
	return deployment, fmt.Sprintf(`apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: %s, namespace: keda-runs}
spec: {scaleTargetRef: {name: %[1]s}, %s, triggers: [%s]}
`, r.Name, r.Spec, strings.Join(triggers, ", "))
}

// said is what holds at a moment of a run.
func said(says map[int]string, at time.Duration) string {
	latest, text := -1, "0"
	for from, what := range says {
		if time.Duration(from)*time.Second <= at && from > latest {
			latest, text = from, what
		}
	}
	return text
}

// TestKEDARuns lets the real KEDA and the real HPA controller scale on a
// Prometheus that says what a run wants, and holds the replicas against those
// recorded; with -update it records them.
func TestKEDARuns(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: this needs a control plane")
	}
	if os.Getenv(bedVariable) == "" {
		runInsideBed(t, "--metrics", "--hpa-sync", "1300ms")
		return
	}
	bed := newSituations(t)
	bed.kubectl("create", "namespace", "keda-runs")
	address := serveKEDA(t)
	runs := kedaRuns()
	for _, r := range runs {
		deployment, _ := r.objects(address)
		bed.apply(deployment)
	}
	for _, r := range runs {
		_, scaledObject := r.objects(address)
		bed.apply(scaledObject)
	}
	bed.count(runs)
	if *update {
		text, err := json.MarshalIndent(runs, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(kedaRunsFile, append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	var recorded []kedaRun
	text, err := os.ReadFile(kedaRunsFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &recorded); err != nil {
		t.Fatal(err)
	}
	for i, r := range runs {
		if !slices.Equal(r.Counts, recorded[i].Counts) {
			t.Errorf("%s: %v, recorded is %v", r.Name, r.Counts, recorded[i].Counts)
		}
	}
}

// serveKEDA is the Prometheus that the triggers ask.
func serveKEDA(t *testing.T) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "10.245.0.1:0") // local within the bed's network
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	began := map[string]time.Time{}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(out http.ResponseWriter, request *http.Request) {
		query := request.URL.Query().Get("query")
		for _, r := range kedaRuns() {
			for i, says := range r.Says {
				if query != fmt.Sprintf("%s-%d", r.Name, i) {
					continue
				}
				mu.Lock()
				if began[r.Name].IsZero() {
					began[r.Name] = time.Now()
				}
				at := time.Since(began[r.Name])
				mu.Unlock()
				tellKEDA(out, said(says, at))
			}
		}
	}))
	server.Listener.Close()
	server.Listener = listener
	server.Start()
	t.Cleanup(server.Close)
	return listener.Addr().String()
}

func tellKEDA(out http.ResponseWriter, what string) {
	one := fmt.Sprintf(`{"metric":{},"value":[%d,%q]}`, time.Now().Unix(), what)
	switch what {
	case "error":
		out.WriteHeader(http.StatusInternalServerError)
		return
	case "none":
		one = ""
	case "many":
		one = strings.ReplaceAll(`{"metric":{"a":"1"},"value":[0,"20"]},{"metric":{"a":"2"},"value":[0,"20"]}`, `[0,`, fmt.Sprintf("[%d,", time.Now().Unix()))
	}
	fmt.Fprintf(out, `{"status":"success","data":{"resultType":"vector","result":[%s]}}`, one)
}

// count notes the replicas that are wanted, each change once, for as long as a
// run takes. It watches: a count that holds for a moment only is one too.
func (s *situations) count(runs []kedaRun) {
	s.Helper()
	for i := range runs {
		runs[i].Counts = []int32{int32(runs[i].Start)}
	}
	ctx, cancel := context.WithTimeout(s.Context(), kedaLength)
	defer cancel()
	watch := exec.CommandContext(ctx, "kubectl", "get", "deployments", "-n", "keda-runs", "--watch",
		"-o", `jsonpath={.metadata.name} {.spec.replicas}{"\n"}`)
	out, err := watch.StdoutPipe()
	if err == nil {
		err = watch.Start()
	}
	if err != nil {
		s.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var name string
		var now int32
		if _, err := fmt.Sscan(lines.Text(), &name, &now); err != nil {
			s.Fatalf("kubectl says %q: %v", lines.Text(), err)
		}
		for i := range runs {
			if r := &runs[i]; r.Name == name && r.Counts[len(r.Counts)-1] != now {
				r.Counts = append(r.Counts, now)
			}
		}
	}
	if err := watch.Wait(); ctx.Err() == nil {
		s.Fatalf("kubectl ended early: %v", err)
	}
}
