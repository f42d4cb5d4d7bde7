package collect

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/rest"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// fleetYAML is a Deployment with two running pods, one that waits for a node,
// and a ScaledObject.
const fleetYAML = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: vllm, namespace: inference}
spec:
  selector: {matchLabels: {app: vllm}}
  template:
    metadata: {labels: {app: vllm}}
    spec:
      containers:
      - name: vllm
        image: vllm/vllm-openai:v0.18.1
        args: [--model=Qwen/Qwen3-8B]
---
apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: vllm-1
  namespace: inference
  ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: vllm, controller: true}]
spec:
  selector: {matchLabels: {app: vllm}}
  template: {metadata: {labels: {app: vllm}}, spec: {containers: [{name: vllm, image: "vllm/vllm-openai:v0.18.1"}]}}
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: vllm, namespace: inference}
spec:
  scaleTargetRef: {name: vllm}
  maxReplicaCount: 4
  triggers:
  - type: prometheus
    metadata: {serverAddress: "http://prometheus.monitoring:9090", query: "sum(vllm:num_requests_waiting)", threshold: "5"}
` + podYAML + podYAML2 + podYAML3

const (
	podYAML  = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: vllm-1-a, namespace: inference, labels: {app: vllm}, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: vllm-1, controller: true}]}\nspec: {containers: [{name: vllm, image: x}]}\nstatus: {phase: Running}\n"
	podYAML2 = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: vllm-1-b, namespace: inference, labels: {app: vllm}, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: vllm-1, controller: true}]}\nspec: {containers: [{name: vllm, image: x}]}\nstatus: {phase: Running}\n"
	podYAML3 = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: vllm-1-c, namespace: inference, labels: {app: vllm}, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: vllm-1, controller: true}]}\nspec: {containers: [{name: vllm, image: x}]}\nstatus: {phase: Pending}\n"
)

func snapshot(t testing.TB, text string) *inventory.Snapshot {
	t.Helper()
	return builder(t, text).Build()
}

func builder(t testing.TB, text string) *inventory.Builder {
	t.Helper()
	b := inventory.NewBuilder()
	b.Live(inventory.Versions{})
	for _, doc := range inventory.Documents([]byte(text)) {
		objects, _, problems := doc.Read("fixture")
		for _, p := range problems {
			t.Fatal(p)
		}
		for _, o := range objects {
			b.Add(o)
		}
	}
	return b
}

// apiServer serves paths, and counts what else is asked for as not found.
func apiServer(t *testing.T, paths map[string]http.HandlerFunc) *APIServer {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && !strings.HasSuffix(r.URL.Path, "/portforward") {
			t.Errorf("a %s of %s", r.Method, r.URL)
		}
		for path, handler := range paths {
			if r.URL.Path == path || strings.HasSuffix(path, "*") && strings.HasPrefix(r.URL.Path, path[:len(path)-1]) {
				handler(w, r)
				return
			}
		}
		w.WriteHeader(http.StatusNotFound)
		json.NewEncoder(w).Encode(map[string]string{"kind": "Status", "message": r.URL.Path + " not found"})
	}))
	t.Cleanup(server.Close)
	api, err := NewAPIServer(&rest.Config{Host: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	return api
}

func text(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) }
}

func ref(kind, name string) inventory.Ref {
	groups := map[string]string{"Deployment": "apps", "ScaledObject": "keda.sh"}
	return inventory.Ref{Group: groups[kind], Kind: kind, Namespace: "inference", Name: name}
}

func wantValue(t *testing.T, set *signals.Set, metric signals.Metric, of inventory.Ref, part string, want float64) signals.Sample {
	t.Helper()
	got, ok := set.Part(metric, of, part)
	if !ok || got.Value < want-1e-9 || got.Value > want+1e-9 {
		t.Errorf("%s of %s = %v, %v; want %v", metric, of, got.Value, ok, want)
	}
	return got
}

func wantGap(t *testing.T, set *signals.Set, words ...string) {
	t.Helper()
	for _, gap := range set.Gaps() {
		all := true
		for _, word := range words {
			all = all && strings.Contains(gap.Source+": "+gap.Reason, word)
		}
		if all {
			return
		}
	}
	t.Errorf("no gap with %q in %q", words, set.Gaps())
}
