package tui

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/checktest"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/rules"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

// model is one workload of a fixture's fleet.
type model struct {
	name             string
	ready, loading   int
	waiting          int
	queue, running   float64
	kv, ttft, gpu    float64
	missing          bool // nobody measures it
	target, min, max int
	value            float64
	loads            time.Duration // since when pods load
	stale            bool
	query            string
	engine           string
	unscaled         bool
}

// scene is a fleet with the article's mistakes in it, at a moment of a lunch-time
// peak: s seconds into it.
func scene(s int) []model {
	rising := float64(s) * 0.6
	return []model{
		{name: "vllm-llama3-70b", ready: 4, loading: 2, waiting: 1, queue: 4 + rising, running: 512, kv: 0.91, ttft: 4.2, gpu: 98, target: 5, min: 2, max: 8, value: 1 + rising/4, loads: time.Duration(230+s) * time.Second, query: "avg(vllm:num_requests_waiting)"},
		{name: "vllm-qwen-7b", ready: 2, queue: 0, running: 12, kv: 0.18, ttft: 0.21, gpu: 81, target: 5, min: 2, max: 4, query: "sum(vllm:num_requests_waiting)"},
		{name: "sglang-mixtral", ready: 3, queue: 2, running: 96, kv: 0.55, ttft: 0.9, gpu: 77, stale: true, engine: "lmsysorg/sglang:v0.5.3", unscaled: true},
		{name: "tgi-mistral", ready: 1, missing: true, engine: "ghcr.io/huggingface/text-generation-inference:3.0.0", unscaled: true},
	}
}

// frameOf builds a running cluster's frame of the scene.
func frameOf(t testing.TB, s int, models ...model) checks.Frame {
	t.Helper()
	at := checktest.Noon().Add(time.Duration(s) * time.Second)
	if models == nil {
		models = scene(s)
	}
	set := new(signals.Set)
	var docs []string
	for i, m := range models {
		docs = append(docs, m.manifests(at, i))
		m.measure(set, at)
	}
	docs = append(docs, nodes)
	objects := checktest.Snapshot(t, "fleet-live.yaml", []byte(strings.Join(docs, "---\n")))
	return checks.Frame{At: at, Objects: objects, Signals: set}
}

const nodes = `apiVersion: v1
kind: Node
metadata: {name: gpu-1, labels: {kubernetes.io/hostname: gpu-1}}
status: {allocatable: {nvidia.com/gpu: "8"}, capacity: {nvidia.com/gpu: "8"}}
---
apiVersion: v1
kind: Node
metadata: {name: gpu-2, labels: {kubernetes.io/hostname: gpu-2}}
status: {allocatable: {nvidia.com/gpu: "8"}, capacity: {nvidia.com/gpu: "8"}}
`

func (m model) manifests(at time.Time, index int) string {
	image := m.engine
	if image == "" {
		image = "vllm/vllm-openai:v0.18.1"
	}
	var b strings.Builder
	fmt.Fprintf(&b, `apiVersion: apps/v1
kind: Deployment
metadata: {name: %[1]s, namespace: inference}
spec:
  replicas: %[2]d
  selector: {matchLabels: {app: %[1]s}}
  template:
    metadata: {labels: {app: %[1]s}}
    spec:
      containers:
      - {name: engine, image: "%[3]s", ports: [{containerPort: 8000}], resources: {limits: {nvidia.com/gpu: "1"}}, startupProbe: {httpGet: {path: /health, port: 8000}, periodSeconds: 10, failureThreshold: 60}}
`, m.name, m.ready+m.loading+m.waiting, image)
	for i := range m.ready + m.loading + m.waiting {
		b.WriteString("---\n" + m.pod(at, i))
	}
	if !m.unscaled {
		b.WriteString("---\n" + m.scaling(at))
	}
	return b.String()
}

func (m model) pod(at time.Time, i int) string {
	const stamp = time.RFC3339
	created := at.Add(-3 * time.Hour)
	ready := created.Add(8 * time.Minute)
	conditions := fmt.Sprintf(`{type: PodScheduled, status: "True", lastTransitionTime: %q}, {type: Ready, status: "True", lastTransitionTime: %q}`, created.Add(time.Second).Format(stamp), ready.Format(stamp))
	status := fmt.Sprintf(`containerStatuses: [{name: engine, started: true, ready: true, restartCount: 0, state: {running: {startedAt: %q}}}]`, created.Add(10*time.Second).Format(stamp))
	node, phase := "gpu-1", "Running"
	switch {
	case i >= m.ready+m.loading:
		created = at.Add(-182 * time.Second)
		conditions = fmt.Sprintf(`{type: PodScheduled, status: "False", reason: Unschedulable, message: "0/2 nodes are available: 2 Insufficient nvidia.com/gpu.", lastTransitionTime: %q}`, created.Format(stamp))
		status, node, phase = "containerStatuses: []", "", "Pending"
	case i >= m.ready:
		created = at.Add(-m.loads - 20*time.Second)
		conditions = fmt.Sprintf(`{type: PodScheduled, status: "True", lastTransitionTime: %q}, {type: Ready, status: "False", lastTransitionTime: %q}`, created.Add(time.Second).Format(stamp), created.Add(time.Second).Format(stamp))
		status = fmt.Sprintf(`containerStatuses: [{name: engine, started: false, ready: false, restartCount: 0, state: {running: {startedAt: %q}}}]`, at.Add(-m.loads).Format(stamp))
	}
	return fmt.Sprintf(`apiVersion: v1
kind: Pod
metadata: {name: %[1]s-5d9f8c7b66-x%[2]dk%[2]d, namespace: inference, labels: {app: %[1]s}, creationTimestamp: %[3]q, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: %[1]s-5d9f8c7b66, controller: true}]}
spec: {nodeName: %[4]q, containers: [{name: engine, image: x, resources: {limits: {nvidia.com/gpu: "1"}, requests: {nvidia.com/gpu: "1"}}}]}
status: {phase: %[5]s, conditions: [%[6]s], %[7]s}
`, m.name, i, created.Format(stamp), node, phase, conditions, status)
}

func (m model) scaling(at time.Time) string {
	wanted := min(max(int(math.Ceil(m.value*float64(m.ready)/float64(m.target))), m.min), m.max)
	return fmt.Sprintf(`apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: %[1]s, namespace: inference}
spec:
  scaleTargetRef: {name: %[1]s}
  minReplicaCount: %[2]d
  maxReplicaCount: %[3]d
  triggers:
  - {type: prometheus, metadata: {serverAddress: "http://prometheus:9090", query: "%[7]s", threshold: "%[4]d"}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: keda-hpa-%[1]s, namespace: inference, ownerReferences: [{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, name: %[1]s, controller: true}]}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: %[1]s}
  minReplicas: %[2]d
  maxReplicas: %[3]d
  metrics: [{type: External, external: {metric: {name: s0-prometheus}, target: {type: AverageValue, averageValue: "%[4]d"}}}]
status:
  currentReplicas: %[5]d
  desiredReplicas: %[6]d
  currentMetrics: [{type: External, external: {metric: {name: s0-prometheus}, current: {averageValue: "%[8]dm"}}}]
`, m.name, m.min, m.max, m.target, m.ready, wanted, m.query, int(m.value*1000))
}

func (m model) measure(set *signals.Set, at time.Time) {
	if m.missing {
		return
	}
	if m.stale {
		at = at.Add(-4 * time.Minute)
	}
	of := inventory.Ref{Group: "apps", Kind: "Deployment", Namespace: "inference", Name: m.name}
	for metric, value := range map[signals.Metric]float64{
		signals.QueueDepth: m.queue, signals.Running: m.running, signals.KVCacheUsage: m.kv, signals.TTFTp95: m.ttft,
		signals.GPUUtilisation: m.gpu, signals.GenerationTokens: m.running * 31,
	} {
		set.Add(signals.Sample{Metric: metric, Of: of, Value: value, At: at.Add(-3 * time.Second), Source: "prometheus http://prometheus:9090"})
	}
	set.Add(signals.Sample{Metric: signals.ModelLoadTime, Of: of, Value: 1030, At: at, Source: "prometheus http://prometheus:9090, 4 starts in 26h"})
	if !m.unscaled {
		scaler := inventory.Ref{Group: "keda.sh", Kind: "ScaledObject", Namespace: "inference", Name: m.name}
		set.Add(signals.Sample{Metric: signals.TriggerValue, Of: scaler, Part: "spec.triggers[0]", Value: m.value, At: at, Source: "prometheus http://prometheus:9090"})
		set.Add(signals.Sample{Metric: signals.TriggerSeries, Of: scaler, Part: "spec.triggers[0]", Value: 1, At: at, Source: "prometheus http://prometheus:9090"})
	}
}

// frames is a feed of frames that were made before.
type frames struct {
	all []checks.Frame
	err []error // before a frame of the same place
}

func (f *frames) Next(context.Context) (checks.Frame, error) {
	if len(f.err) > 0 {
		err := f.err[0]
		f.err = f.err[1:]
		if err != nil {
			return checks.Frame{}, err
		}
	}
	if len(f.all) == 0 {
		return checks.Frame{}, io.EOF
	}
	frame := f.all[0]
	f.all = f.all[1:]
	return frame, nil
}

// someChecks are enough to show findings of all kinds; a new check does not change
// the screens of the tests.
func someChecks() []*checks.Check {
	var list []*checks.Check
	for _, id := range [...]string{
		"all-replicas-one-node", "engine-does-not-drain", "keda-lost-metric-reads-zero", "keda-mean-with-averagevalue",
		"metrics-api-missing-or-stolen", "pdb-missing", "pending-gpu-pods", "query-reaches-other-workloads", "queue-only-signal",
		"scale-down-unthrottled", "scale-down-window-too-short", "scale-up-outruns-load-time", "startup-window-too-short",
	} {
		list = append(list, rules.ByID(id))
	}
	return list
}

func judgeSome(frame checks.Frame) checks.Report { return checks.Run(frame, someChecks()) }

func testOptions(f Feed) Options {
	return Options{
		Session: Session{Context: "gke-prod", Namespace: "inference", Feed: f, Pace: func(float64) string { return "2s" }},
		Checks:  someChecks(), Judge: judgeSome, Mouse: true, Palette: PaletteDefault,
		Why: func(checks.Frame, *inventory.Autoscaler) string {
			return "queue: 37 / 5 asks for 30; scaleUp allows 2 pods per 2m0s; 6 replicas"
		},
	}
}
