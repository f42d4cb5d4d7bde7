package krew

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// prometheus is where the bed's Prometheus listens.
const prometheus = "http://127.0.0.1:9090"

// exporter stands for node_exporter: a pod whose metrics are the textfile. As
// elsewhere, Prometheus gives it the labels namespace and pod.
const exporter = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: node-exporter, namespace: monitoring}
spec:
  selector: {matchLabels: {app: node-exporter}}
  template:
    metadata: {labels: {app: node-exporter}}
    spec: {containers: [{name: node-exporter, image: "quay.io/prometheus/node-exporter:v1.9.1", ports: [{name: metrics, containerPort: 8000}]}]}
`

// testAlerts lets the real Prometheus scrape the textfile and evaluate
// alerts.yaml on it.
func testAlerts(t *testing.T, textfile string) {
	apply := exec.Command("kubectl", "apply", "-f", "-")
	apply.Stdin = strings.NewReader(exporter)
	run(t, apply)
	run(t, exec.Command("kubectl", "wait", "--for=condition=Available", "deployment/node-exporter", "-n", "monitoring", "--timeout=60s"))
	scraped := func(file string) {
		t.Helper()
		run(t, exec.Command("bed", "load", "-n", "monitoring", "-l", "app=node-exporter", "page="+file))
	}
	scraped(textfile)
	loadRules(t, "alerts.yaml")

	pending := awaitAlerts(t, "InfscaleError")
	const want = "Deployment/vllm-llama3 in inference: keda-mean-with-averagevalue"
	if summaries := pending["InfscaleError"]; !slices.Contains(summaries, want) {
		t.Errorf("no alert says %q, but\n%s", want, strings.Join(summaries, "\n"))
	}

	// A file that stayed behind, of a run that saw half and in which a check broke.
	scraped(spoil(t, textfile))
	awaitAlerts(t, "InfscaleBlind", "InfscaleCheckBroken", "InfscaleError", "InfscaleStale")
}

// spoil writes another textfile: old, half blind, with a broken check.
func spoil(t *testing.T, textfile string) string {
	t.Helper()
	text, err := os.ReadFile(textfile)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for line := range strings.Lines(string(text)) {
		name, _, _ := strings.Cut(line, " ")
		switch {
		case name == "infscale_coverage_ratio":
			line = name + " 0.5\n"
		case name == "infscale_last_run_timestamp_seconds":
			line = fmt.Sprintf("%s %d\n", name, time.Now().Add(-4*time.Hour).Unix())
		}
		out.WriteString(line)
	}
	out.WriteString(`infscale_skipped_checks{check="cold-start-budget",namespace="",why="broken"} 1` + "\n")
	file := filepath.Join(t.TempDir(), "infscale.prom")
	if err := os.WriteFile(file, []byte(out.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// loadRules adds a rule file to what the bed's Prometheus evaluates.
func loadRules(t *testing.T, file string) {
	t.Helper()
	path, err := filepath.Abs(file)
	if err != nil {
		t.Fatal(err)
	}
	config, err := os.OpenFile(filepath.Join(os.Getenv(bedVariable), "prometheus.yaml"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(config, "\nrule_files: [%q]\n", path); err != nil {
		t.Fatal(err)
	}
	if err := config.Close(); err != nil {
		t.Fatal(err)
	}
	answer, err := http.Post(prometheus+"/-/reload", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(answer.Body)
		t.Fatalf("the rules do not load: %s\n%s", answer.Status, text)
	}
}

// awaitAlerts waits until the alerts of these names, and no others, are on their
// way, and returns their summaries by name.
func awaitAlerts(t *testing.T, want ...string) map[string][]string {
	t.Helper()
	const patience, between = 45 * time.Second, 200 * time.Millisecond
	var seen map[string][]string
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		seen = alerts(t)
		if slices.Equal(slices.Sorted(maps.Keys(seen)), want) {
			return seen
		}
		timer := time.NewTimer(between)
		<-timer.C
	}
	t.Fatalf("the alerts are %v, want %v", seen, want)
	return nil
}

// alerts are the summaries of pending alerts, by name.
func alerts(t *testing.T) map[string][]string {
	t.Helper()
	answer, err := http.Get(prometheus + "/api/v1/alerts")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var page struct {
		Data struct {
			Alerts []struct {
				Labels      map[string]string `json:"labels"`
				Annotations map[string]string `json:"annotations"`
			} `json:"alerts"`
		} `json:"data"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&page); err != nil {
		t.Fatal(err)
	}
	byName := map[string][]string{}
	for _, alert := range page.Data.Alerts {
		name := alert.Labels["alertname"]
		byName[name] = append(byName[name], alert.Annotations["summary"])
	}
	return byName
}
