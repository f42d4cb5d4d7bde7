package plugin

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/plugin/collect"
	"github.com/infscale/kubectl-infscale/plugin/sim"
)

// situation is what the real HPA controller had before it at one moment, and
// what it made of it.
type situation struct {
	HPA      *autoscalingv2.HorizontalPodAutoscaler `json:"hpa"`
	Pods     []sim.Pod                              `json:"pods"`
	Readings []sim.Reading                          `json:"readings"`
	// Why is the sentence: a golden that -update rewrites.
	Why string `json:"why"`
}

const situationsFile = "../testdata/frames/hpa-situations.json"

// observe explains a situation as trace does.
func (s situation) observe() (sim.Decision, *inventory.Autoscaler) {
	meta := inventory.Meta{Name: s.HPA.Name, Namespace: s.HPA.Namespace}
	a := inventory.ReadAutoscaler(inventory.FromTyped(inventory.HorizontalPodAutoscaler, meta, s.HPA))
	m := sim.Moment{Spec: s.HPA.Status.CurrentReplicas, Status: s.HPA.Status.CurrentReplicas, Pods: s.Pods, Readings: s.Readings}
	return sim.Observe(a, s.HPA, m), a
}

// TestWhyAgreesWithTheController replays situations of a real
// kube-controller-manager: the count must follow from what the sentence says.
func TestWhyAgreesWithTheController(t *testing.T) {
	text, err := os.ReadFile(situationsFile)
	if err != nil {
		t.Fatal(err)
	}
	var all []situation
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	const enough = 30
	if len(all) < enough {
		t.Errorf("%d situations, want %d at least", len(all), enough)
	}
	kinds := map[string]int{}
	for i, s := range all {
		d, a := s.observe()
		if !d.Agrees(a) {
			t.Errorf("%s: wants %d, which does not follow from: %s", s.HPA.Name, s.HPA.Status.DesiredReplicas, d.Why(a))
		}
		if why := d.Why(a); *update {
			all[i].Why = why
		} else if why != s.Why {
			t.Errorf("%s:\n got %s\nwant %s", s.HPA.Name, why, s.Why)
		}
		kinds[string(d.Limit)]++
		kinds[string(d.Stabilisation)]++
		if d.Failed != "" {
			kinds["failed"]++
		}
		for _, p := range d.Proposals {
			if p.Within {
				kinds["within"]++
			}
			if p.Pending > 0 {
				kinds["pending"]++
			}
		}
	}
	for _, kind := range []string{"DesiredWithinRange", "ReadyForNewScale", "ScaleUpStabilized", "ScaleDownStabilized", "ScaleUpLimit", "ScaleDownLimit", "TooManyReplicas", "TooFewReplicas", "failed", "within", "pending"} {
		if kinds[kind] == 0 {
			t.Errorf("no situation is of the kind %s", kind)
		}
	}
	if *update {
		writeSituations(t, all)
	}
}

func writeSituations(t *testing.T, all []situation) {
	t.Helper()
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(all); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(situationsFile, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestControllerSituations puts HPAs of many kinds under load on the test bed,
// and holds what trace says against what the controller did, whenever both have
// come to rest. With -update it records the situations.
func TestControllerSituations(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: this needs a control plane")
	}
	if os.Getenv(bedVariable) == "" {
		runInsideBed(t, "--metrics")
		return
	}
	bed := newSituations(t)
	bed.kubectl("create", "namespace", "why")
	for _, c := range situationCases() {
		bed.apply(c.manifest())
	}
	var all []situation
	for phase := range len(situationCases()[0].load) {
		for _, c := range situationCases() {
			bed.load(c.name, c.load[phase])
		}
		all = append(all, bed.watch()...)
	}
	for _, s := range all {
		if d, a := s.observe(); !d.Agrees(a) {
			t.Errorf("%s: wants %d, which does not follow from: %s", s.HPA.Name, s.HPA.Status.DesiredReplicas, d.Why(a))
		}
	}
	const enough = 30
	if len(all) < enough {
		t.Errorf("%d situations came to rest, want %d at least", len(all), enough)
	}
	if *update {
		writeSituations(t, all)
	}
}

// situationCase is one Deployment with an HPA, and what waits on each of its pods
// in the phases.
type situationCase struct {
	name, annotations, metrics, behavior string
	min, start, max                      int
	load                                 [3]int
	gpus                                 int // of each pod; the bed has twice 8
}

func situationCases() []situationCase {
	const (
		pods    = `{type: Pods, pods: {metric: {name: vllm_num_requests_waiting}, target: {type: AverageValue, averageValue: "5"}}}`
		running = `{type: Pods, pods: {metric: {name: vllm_num_requests_running}, target: {type: AverageValue, averageValue: "50"}}}`
		missing = `{type: Pods, pods: {metric: {name: vllm_nothing_of_the_kind}, target: {type: AverageValue, averageValue: "5"}}}`
		atOnce  = `scaleDown: {stabilizationWindowSeconds: 0}`
	)
	return []situationCase{
		{"plain", "", pods, "", 1, 2, 10, [3]int{12, 6, 0}, 0},
		{"up-limited", "", pods, "{scaleUp: {policies: [{type: Pods, value: 1, periodSeconds: 120}]}, " + atOnce + "}", 1, 2, 10, [3]int{20, 20, 1}, 0},
		{"up-window", "", pods, "{scaleUp: {stabilizationWindowSeconds: 120}, " + atOnce + "}", 1, 2, 10, [3]int{12, 12, 1}, 0},
		{"up-never", "", pods, "{scaleUp: {selectPolicy: Disabled}, " + atOnce + "}", 1, 2, 10, [3]int{12, 5, 1}, 0},
		{"down-window", "", pods, "{scaleDown: {stabilizationWindowSeconds: 600}}", 1, 4, 10, [3]int{1, 5, 2}, 0},
		{"down-limited", "", pods, "{scaleDown: {stabilizationWindowSeconds: 0, policies: [{type: Pods, value: 1, periodSeconds: 120}]}}", 1, 6, 10, [3]int{1, 1, 1}, 0},
		{"down-percent", "", pods, "{scaleDown: {stabilizationWindowSeconds: 0, policies: [{type: Percent, value: 20, periodSeconds: 120}]}}", 1, 6, 10, [3]int{1, 1, 1}, 0},
		{"down-never", "", pods, "{scaleDown: {selectPolicy: Disabled, stabilizationWindowSeconds: 0}}", 1, 4, 10, [3]int{1, 2, 0}, 0},
		{"tolerated", "", pods, "{" + atOnce + "}", 1, 4, 10, [3]int{5, 5, 5}, 0},
		{"at-most", "", pods, "{" + atOnce + "}", 1, 2, 3, [3]int{20, 20, 20}, 0},
		{"at-least", "", pods, "{" + atOnce + "}", 3, 3, 10, [3]int{0, 1, 0}, 0},
		{"two", "", pods + "," + running, "{" + atOnce + "}", 1, 2, 10, [3]int{8, 3, 1}, 0},
		{"one-missing", "", pods + "," + missing, "{" + atOnce + "}", 1, 3, 10, [3]int{1, 8, 1}, 0},
		{"all-missing", "", missing, "", 1, 3, 10, [3]int{9, 1, 9}, 0},
		{"pulling", "{bed.infscale.dev/pull: 10m}", pods, "{" + atOnce + "}", 1, 2, 10, [3]int{5, 5, 5}, 0},
		{"loading", "{bed.infscale.dev/load: 10m}", pods, "{" + atOnce + "}", 1, 2, 6, [3]int{9, 9, 9}, 0},
		{"pending", "", pods, "{" + atOnce + "}", 1, 3, 6, [3]int{12, 12, 4}, 8},
	}
}

func (c situationCase) manifest() string {
	annotations, behavior := c.annotations, c.behavior
	if annotations == "" {
		annotations = "{bed.infscale.dev/load: 10ms, bed.infscale.dev/pull: 10ms}"
	}
	if behavior != "" {
		behavior = "  behavior: " + behavior + "\n"
	}
	return fmt.Sprintf(`apiVersion: apps/v1
kind: Deployment
metadata: {name: %[1]s, namespace: why}
spec:
  replicas: %[3]d
  selector: {matchLabels: {app: %[1]s}}
  template:
    metadata: {labels: {app: %[1]s}, annotations: %[5]s}
    spec:
      tolerations: [{key: nvidia.com/gpu, operator: Exists}]
      containers: [{name: vllm, image: "vllm/vllm-openai:v0.18.1", ports: [{name: http, containerPort: 8000}], resources: {limits: {nvidia.com/gpu: %[8]d}}}]
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: %[1]s, namespace: why}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: %[1]s}
  minReplicas: %[2]d
  maxReplicas: %[4]d
  metrics: [%[6]s]
%[7]s`, c.name, c.min, c.start, c.max, annotations, c.metrics, behavior, c.gpus)
}

// situations drives the bed.
type situations struct {
	*testing.T
	api *collect.APIServer
}

func newSituations(t *testing.T) *situations {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		t.Fatal(err)
	}
	api, err := collect.NewAPIServer(config)
	if err != nil {
		t.Fatal(err)
	}
	return &situations{t, api}
}

func (s *situations) kubectl(args ...string) []byte {
	s.Helper()
	out, err := exec.Command("kubectl", args...).Output()
	if err != nil {
		s.Fatalf("kubectl %s: %v", strings.Join(args, " "), err)
	}
	return out
}

func (s *situations) apply(manifest string) {
	s.Helper()
	cmd := exec.Command("kubectl", "apply", "-f", "-")
	cmd.Stdin = strings.NewReader(manifest)
	if out, err := cmd.CombinedOutput(); err != nil {
		s.Fatalf("%v\n%s", err, out)
	}
}

// load sets what waits on each pod that runs; pods that do not run yet have
// nothing to set.
func (s *situations) load(app string, queue int) {
	_ = exec.Command("bed", "load", "-n", "why", "-l", "app="+app, fmt.Sprintf("queue=%d", queue), fmt.Sprintf("running=%d", 2*queue)).Run()
}

// settle is how long nothing may move before a situation counts as at rest: more
// than two syncs of the bed's controller, and a few scrapes.
const settle = 13 * time.Second

// watch waits until the HPAs have come to rest, or half a minute, and returns
// those that have.
func (s *situations) watch() []situation {
	s.Helper()
	const limit, between = 45 * time.Second, 500 * time.Millisecond
	since := map[string]time.Time{}
	state := map[string]string{}
	latest := map[string]situation{}
	ticker := time.NewTicker(between)
	defer ticker.Stop()
	for start := time.Now(); time.Since(start) < limit; <-ticker.C {
		all := s.read()
		for name, now := range all {
			text, err := json.Marshal([]any{now.HPA.Status.DesiredReplicas, now.HPA.Status.CurrentReplicas, now.HPA.Status.CurrentMetrics, now.HPA.Status.Conditions, now.Pods, now.Readings})
			if err != nil {
				s.Fatal(err)
			}
			if state[name] != string(text) {
				state[name], since[name] = string(text), time.Now()
			}
			latest[name] = now
		}
		resting := 0
		for name := range all {
			if time.Since(since[name]) > settle {
				resting++
			}
		}
		if resting == len(all) {
			break
		}
	}
	var settled []situation
	for name, at := range since {
		if time.Since(at) > settle {
			settled = append(settled, latest[name])
		}
	}
	slices.SortFunc(settled, func(a, b situation) int { return strings.Compare(a.HPA.Name, b.HPA.Name) })
	return settled
}

// read takes everything at one moment, by the name of the HPA.
func (s *situations) read() map[string]situation {
	s.Helper()
	var hpas autoscalingv2.HorizontalPodAutoscalerList
	var pods corev1.PodList
	for into, resource := range map[any]string{&hpas: "hpa", &pods: "pods"} {
		if err := json.Unmarshal(s.kubectl("get", resource, "-n", "why", "-o", "json"), into); err != nil {
			s.Fatal(err)
		}
	}
	all := map[string]situation{}
	for i := range hpas.Items {
		hpa := &hpas.Items[i]
		hpa.ManagedFields, hpa.Annotations, hpa.UID, hpa.ResourceVersion = nil, nil, "", ""
		one := situation{HPA: hpa}
		for _, pod := range pods.Items {
			if pod.Labels["app"] == hpa.Name {
				one.Pods = append(one.Pods, sim.Pod{
					Name: pod.Name, Running: pod.Status.Phase == corev1.PodRunning, Ready: podReady(&pod), Leaving: pod.DeletionTimestamp != nil,
				})
			}
		}
		selector := &metav1.LabelSelector{MatchLabels: map[string]string{"app": hpa.Name}}
		for _, m := range hpa.Spec.Metrics {
			answer, err := s.api.Metric(context.Background(), collect.MetricPath("why", m, selector))
			reading := sim.Reading{PerPod: answer.PerPod}
			if err != nil {
				reading = sim.Reading{Err: err.Error()}
			}
			one.Readings = append(one.Readings, reading)
		}
		all[hpa.Name] = one
	}
	return all
}
