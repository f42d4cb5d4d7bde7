package plugin

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// frameOf is a frame of a cluster with these objects and so many pods of the app
// vllm, the first ones Ready.
func frameOf(t *testing.T, manifests string, pods, ready int) checks.Frame {
	t.Helper()
	var text strings.Builder
	text.WriteString(manifests)
	owner := `apiVersion: apps/v1, kind: ReplicaSet, name: vllm-7d9f`
	if kind, _, _ := strings.Cut(manifests, ", metadata"); !strings.HasSuffix(kind, "Deployment") {
		owner = strings.TrimPrefix(kind, "{") + ", name: vllm"
	}
	for i := range pods {
		fmt.Fprintf(&text, "\n---\n{apiVersion: v1, kind: Pod, metadata: {name: vllm-%d, namespace: a, labels: {app: vllm}, ownerReferences: [{%s, controller: true}]}, spec: {nodeName: gpu-0, containers: [{name: vllm}]}, status: {phase: Running, conditions: [{type: Ready, status: %q}]}}", i, owner, map[bool]string{true: "True", false: "False"}[i < ready])
	}
	b := inventory.NewBuilder()
	b.Live(inventory.Versions{})
	for _, kind := range inventory.Kinds() {
		b.Looked(kind, "")
	}
	for _, document := range inventory.Documents([]byte(text.String())) {
		objects, _, problems := document.Read("frame.yaml")
		for _, p := range problems {
			t.Fatal(p)
		}
		for _, o := range objects {
			live := inventory.FromTyped(o.Type, o.Meta, o.Content)
			live.APIVersion = o.APIVersion
			b.Add(live)
		}
	}
	return checks.Frame{At: time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC), Objects: b.Build()}
}

// simulatedVLLM is a workload of so many replicas.
func simulatedVLLM(kind string, replicas int, annotations string) string {
	return fmt.Sprintf(`{apiVersion: apps/v1, kind: %s, metadata: {name: vllm, namespace: a}, spec: {replicas: %d, selector: {matchLabels: {app: vllm}},
  template: {metadata: {labels: {app: vllm}, annotations: {%s}}, spec: {containers: [{name: vllm, image: "vllm/vllm-openai:v0.18.1", args: [--model=a/b], resources: {limits: {nvidia.com/gpu: "1"}}}]}}}}
`, kind, replicas, annotations)
}

const downAtOnce = "advanced: {horizontalPodAutoscalerConfig: {behavior: {scaleDown: {stabilizationWindowSeconds: 0}}}}, "

// simulatedScaler is a ScaledObject with one trigger.
func simulatedScaler(spec, trigger, query string) string {
	return fmt.Sprintf("---\n{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {name: vllm, namespace: a}, spec: {scaleTargetRef: {name: vllm}, pollingInterval: 5, "+downAtOnce+"%s, triggers: [{type: prometheus, %s, metadata: {serverAddress: http://10.245.0.1:9090, query: '%s'}}]}}\n",
		spec, "metricType: "+trigger, query)
}

const (
	waitingSum = `sum(vllm:num_requests_waiting{namespace="a"})`
	waitingAvg = `avg(vllm:num_requests_waiting{namespace="a"})`
)

// keda gives a ScaledObject's trigger with its metadata beside the query.
func keda(spec, kind, query, metadata string) string {
	text := simulatedScaler(spec, kind, query)
	return strings.Replace(text, "query: '"+query+"'", "query: '"+query+"', "+metadata, 1)
}

// twoTriggers are the queue and another query, which has to be there.
func twoTriggers(query string) string {
	text := keda("minReplicaCount: 2, maxReplicaCount: 8", "AverageValue", waitingSum, `threshold: "5"`)
	second := fmt.Sprintf(`, {type: prometheus, metadata: {serverAddress: http://10.245.0.1:9090, query: '%s', threshold: "5", ignoreNullValues: "false"}}]}}`, query)
	return strings.Replace(text, "]}}\n", second+"\n", 1)
}

func plainHPA(name, spec string) string {
	return fmt.Sprintf("---\n{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: %s, namespace: a}, spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: vllm}, behavior: {scaleDown: {stabilizationWindowSeconds: 0}}, %s}}\n", name, spec)
}

const waitingPods = `metrics: [{type: Pods, pods: {metric: {name: vllm_num_requests_waiting}, target: {type: AverageValue, averageValue: "5"}}}]`

func hold(number string, value float64) heldNumbers {
	return heldNumbers{Selector: "app=vllm", Port: "8000", Numbers: map[string]float64{number: value}}
}

func spread(number string, value float64) heldNumbers {
	one := hold(number, value)
	one.Total = true
	return one
}

// later is what is held from so long after the frame on.
func (one heldNumbers) later(after time.Duration) heldNumbers {
	one.At = time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC).Add(after)
	return one
}

func lost() heldNumbers {
	return heldNumbers{Selector: "app=vllm", Port: "8000", page: []byte("# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total 12\n")}
}

// TestSimulatedReplicas holds the simulator, as the proofs use it, to what the
// real controllers do of the same objects and numbers.
func TestSimulatedReplicas(t *testing.T) {
	four := simulatedVLLM("Deployment", 4, "")
	two := simulatedVLLM("Deployment", 2, "")
	for _, c := range []struct {
		name      string
		manifests string
		pods      int
		held      []heldNumbers
		length    time.Duration
		want      []int32
	}{
		{"a mean per replica goes down under load", four + keda("minReplicaCount: 2, maxReplicaCount: 8", "AverageValue", waitingAvg, `threshold: "5"`), 4, []heldNumbers{hold("queue", 15)}, time.Minute, []int32{4, 3}},
		{"a sum goes to the maximum", four + keda("minReplicaCount: 2, maxReplicaCount: 8", "AverageValue", waitingSum, `threshold: "5"`), 4, []heldNumbers{hold("queue", 15)}, time.Minute, []int32{4, 8}},
		{"a ratio per replica stops at two", simulatedVLLM("Deployment", 1, "") + keda("minReplicaCount: 1, maxReplicaCount: 8", "AverageValue", `avg(vllm:kv_cache_usage_perc{namespace="a"})`, `threshold: "0.8"`), 1, []heldNumbers{hold("kv", 0.95)}, 2 * time.Minute, []int32{1, 2}},
		{"as a value it grows", two + keda("minReplicaCount: 1, maxReplicaCount: 8", "Value", `avg(vllm:kv_cache_usage_perc{namespace="a"})`, `threshold: "0.8"`), 2, []heldNumbers{hold("kv", 0.95)}, 2 * time.Minute, []int32{2, 3, 4, 5, 6, 8}},
		{"a sum as a value runs away", two + keda("minReplicaCount: 1, maxReplicaCount: 10", "Value", waitingSum, `threshold: "5"`), 2, []heldNumbers{spread("queue", 12)}, time.Minute, []int32{2, 5, 6, 10}},
		{"a bare selector of many series does not move", two + keda("minReplicaCount: 2, maxReplicaCount: 8", "AverageValue", `vllm:num_requests_waiting{namespace="a"}`, `threshold: "5"`), 2, []heldNumbers{hold("queue", 20)}, time.Minute, []int32{2}},
		{"of one series it does", simulatedVLLM("Deployment", 1, "") + keda("minReplicaCount: 1, maxReplicaCount: 8", "AverageValue", `vllm:num_requests_waiting{namespace="a"}`, `threshold: "5"`), 1, []heldNumbers{hold("queue", 20)}, time.Minute, []int32{1, 4}},
		{"a lost metric goes to the minimum", simulatedVLLM("Deployment", 8, "") + keda("minReplicaCount: 2, maxReplicaCount: 8", "AverageValue", waitingSum, `threshold: "5"`), 8, []heldNumbers{spread("queue", 40), lost().later(10 * time.Second)}, time.Minute, []int32{8, 2}},
		{"where nulls are errors it does not", simulatedVLLM("Deployment", 8, "") + keda("minReplicaCount: 2, maxReplicaCount: 8", "AverageValue", waitingSum, `threshold: "5", ignoreNullValues: "false"`), 8, []heldNumbers{spread("queue", 40), lost().later(10 * time.Second)}, time.Minute, []int32{8}},
		{"a fallback that never runs", four + keda("minReplicaCount: 2, maxReplicaCount: 8, fallback: {failureThreshold: 3, replicas: 6}", "AverageValue", waitingSum, `threshold: "5"`), 4, []heldNumbers{spread("queue", 20), lost().later(10 * time.Second)}, time.Minute, []int32{4, 2}},
		{"and one that does", four + keda("minReplicaCount: 2, maxReplicaCount: 8, fallback: {failureThreshold: 3, replicas: 6}", "AverageValue", waitingSum, `threshold: "5", ignoreNullValues: "false"`), 4, []heldNumbers{spread("queue", 20), lost().later(10 * time.Second)}, time.Minute, []int32{4, 6}},
		{"a misspelt name", two + keda("minReplicaCount: 2, maxReplicaCount: 8", "AverageValue", `sum(vllm_num_requests_waiting{namespace="a"})`, `threshold: "5"`), 2, []heldNumbers{hold("queue", 20)}, time.Minute, []int32{2}},
		{"two HPAs on one target do not move", two + plainHPA("one", "minReplicas: 1, maxReplicas: 8, "+waitingPods) + plainHPA("two", "minReplicas: 1, maxReplicas: 6, "+waitingPods), 2, []heldNumbers{hold("queue", 15)}, time.Minute, []int32{2}},
		{"one does", two + plainHPA("one", "minReplicas: 1, maxReplicas: 5, "+waitingPods), 2, []heldNumbers{spread("queue", 24)}, time.Minute, []int32{2, 5}},
		{"an HPA beside KEDA's", two + plainHPA("one", "minReplicas: 1, maxReplicas: 8, "+waitingPods) + keda("minReplicaCount: 1, maxReplicaCount: 8", "AverageValue", waitingSum, `threshold: "5"`), 2, []heldNumbers{hold("queue", 15)}, time.Minute, []int32{2}},
		{"two HPAs still put a count back into the bounds", two + plainHPA("one", "minReplicas: 3, maxReplicas: 8, "+waitingPods) + plainHPA("two", "minReplicas: 1, maxReplicas: 6, "+waitingPods), 2, []heldNumbers{hold("queue", 15)}, time.Minute, []int32{2, 3}},
		{"selectors that overlap", two + plainHPA("one", "minReplicas: 1, maxReplicas: 8, "+waitingPods) + strings.ReplaceAll(strings.ReplaceAll("---\n"+two+plainHPA("two", "minReplicas: 1, maxReplicas: 8, "+waitingPods), "name: vllm, namespace", "name: other, namespace"), "kind: Deployment, name: vllm", "kind: Deployment, name: other"), 4, []heldNumbers{hold("queue", 15)}, time.Minute, []int32{2}},
		{"minimum and maximum are one", four + keda("minReplicaCount: 4, maxReplicaCount: 4", "AverageValue", waitingSum, `threshold: "5"`), 4, []heldNumbers{hold("queue", 50)}, time.Minute, []int32{4}},
		{"paused", four + strings.Replace(keda("minReplicaCount: 2, maxReplicaCount: 8", "AverageValue", waitingSum, `threshold: "5"`), "namespace: a}", `namespace: a, annotations: {autoscaling.keda.sh/paused: "true"}}`, 1), 4, []heldNumbers{hold("queue", 15)}, time.Minute, []int32{4}},
		{"paused at a count", four + strings.Replace(keda("minReplicaCount: 2, maxReplicaCount: 8", "AverageValue", waitingSum, `threshold: "5"`), "namespace: a}", `namespace: a, annotations: {autoscaling.keda.sh/paused-replicas: "1"}}`, 1), 4, []heldNumbers{hold("queue", 15)}, time.Minute, []int32{4, 1}},
		{"scale-out paused", four + strings.Replace(keda("minReplicaCount: 2, maxReplicaCount: 8", "AverageValue", waitingSum, `threshold: "5"`), "namespace: a}", `namespace: a, annotations: {autoscaling.keda.sh/paused-scale-out: "true"}}`, 1), 4, []heldNumbers{hold("queue", 15), hold("queue", 0).later(20 * time.Second)}, time.Minute, []int32{4, 2}},
		{"to zero after the cooldown", two + keda("minReplicaCount: 0, maxReplicaCount: 8, cooldownPeriod: 20", "AverageValue", waitingSum, `threshold: "5"`), 2, []heldNumbers{spread("queue", 10), hold("queue", 0).later(10 * time.Second)}, time.Minute, []int32{2, 1, 0}},
		{"and never back on the engine's own queue", two + keda("minReplicaCount: 0, maxReplicaCount: 8, cooldownPeriod: 0", "AverageValue", waitingSum, `threshold: "5"`), 2, []heldNumbers{hold("queue", 0), spread("queue", 50).later(20 * time.Second)}, 2 * time.Minute, []int32{2, 0}},
		{"an activation threshold that is not passed", two + keda("minReplicaCount: 0, maxReplicaCount: 8, cooldownPeriod: 5", "AverageValue", waitingSum, `threshold: "5", activationThreshold: "20"`), 2, []heldNumbers{spread("queue", 20)}, time.Minute, []int32{2, 0}},
		{"idle replicas", simulatedVLLM("Deployment", 3, "") + keda("minReplicaCount: 3, maxReplicaCount: 8, idleReplicaCount: 0, cooldownPeriod: 10", "AverageValue", waitingSum, `threshold: "5"`), 3, []heldNumbers{hold("queue", 0)}, time.Minute, []int32{3, 0}},
		{"one metric that is gone blocks the way down", four + twoTriggers(`sum(vllm:num_requests_swapped{namespace="a"})`), 4, []heldNumbers{hold("queue", 0)}, time.Minute, []int32{4}},
		{"and not the way up", four + twoTriggers(`sum(vllm:num_requests_swapped{namespace="a"})`), 4, []heldNumbers{hold("queue", 10)}, time.Minute, []int32{4, 8}},
		{"two that are there do not", four + twoTriggers(`sum(vllm:num_requests_running{namespace="a"})`), 4, []heldNumbers{hold("queue", 0)}, time.Minute, []int32{4, 2}},
		{"a StatefulSet", strings.ReplaceAll(simulatedVLLM("StatefulSet", 2, "")+keda("minReplicaCount: 2, maxReplicaCount: 8", "AverageValue", waitingSum, `threshold: "5"`), "scaleTargetRef: {name", "scaleTargetRef: {kind: StatefulSet, name"), 2, []heldNumbers{spread("queue", 30)}, time.Minute, []int32{2, 6}},
		{"a StatefulSet that grows in order waits for its Value", strings.ReplaceAll(simulatedVLLM("StatefulSet", 2, "bed.infscale.dev/load: 30s")+keda("minReplicaCount: 2, maxReplicaCount: 8", "Value", waitingSum, `threshold: "5"`), "scaleTargetRef: {name", "scaleTargetRef: {kind: StatefulSet, name"), 2, []heldNumbers{spread("queue", 12)}, 90 * time.Second, []int32{2, 5, 8}},
		{"a group of a leader and workers", strings.ReplaceAll(`{apiVersion: leaderworkerset.x-k8s.io/v1, kind: LeaderWorkerSet, metadata: {name: vllm, namespace: a}, spec: {replicas: 2, leaderWorkerTemplate: {size: 2, workerTemplate: {metadata: {labels: {app: vllm}}, spec: {containers: [{name: vllm, image: "vllm/vllm-openai:v0.18.1", args: [--model=a/b]}]}}}}}
`+keda("minReplicaCount: 2, maxReplicaCount: 8", "AverageValue", waitingSum, `threshold: "5"`), "scaleTargetRef: {name", "scaleTargetRef: {apiVersion: leaderworkerset.x-k8s.io/v1, kind: LeaderWorkerSet, name"), 4, []heldNumbers{spread("queue", 30)}, time.Minute, []int32{2, 6}},
		{"a disruption budget does not hold it", four + keda("minReplicaCount: 1, maxReplicaCount: 8", "AverageValue", waitingSum, `threshold: "5"`) + "---\n{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: vllm, namespace: a}, spec: {minAvailable: 4, selector: {matchLabels: {app: vllm}}}}\n", 4, []heldNumbers{hold("queue", 0)}, time.Minute, []int32{4, 1}},
		{"nothing Ready, and a Value that multiplies it", simulatedVLLM("Deployment", 2, "bed.infscale.dev/crash-after: 5s") + keda("minReplicaCount: 1, maxReplicaCount: 8", "Value", waitingSum, `threshold: "5"`), 0, []heldNumbers{hold("queue", 40)}, time.Minute, []int32{2, 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			frame := frameOf(t, c.manifests, c.pods, c.pods)
			w := frame.Objects.Workloads()
			of := slices.IndexFunc(w, func(w *inventory.Workload) bool { return w.Object.Name == "vllm" })
			if of < 0 {
				t.Fatal("no workload called vllm")
			}
			counts, err := simulatedReplicas(frame, w[of].Ref(), c.held, c.length)
			if err != nil {
				t.Fatal(err)
			}
			var got []int32
			for _, n := range counts {
				got = append(got, n.count)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%v, want %v", counts, c.want)
			}
		})
	}
}

func TestComesTo(t *testing.T) {
	course := []replicaCount{{0, 2}, {10 * time.Second, 6}, {30 * time.Second, 8}}
	for _, c := range []struct {
		want       int32
		by, length time.Duration
		yes        bool
	}{
		{8, 40 * time.Second, 15 * time.Second, true},
		{8, 29 * time.Second, 0, false},                // too late
		{6, 40 * time.Second, 0, true},                 // on its way
		{6, 40 * time.Second, 21 * time.Second, false}, // and gone again
		{2, 40 * time.Second, 10 * time.Second, true},
		{2, 40 * time.Second, 11 * time.Second, false},
		{4, 40 * time.Second, 0, false},
	} {
		if got := comesTo(course, c.want, c.by, c.length); got != c.yes {
			t.Errorf("%d by %s for %s: %v", c.want, c.by, c.length, got)
		}
	}
}

// What the simulator does not know is an error, not another count.
func TestNotSimulated(t *testing.T) {
	two := simulatedVLLM("Deployment", 2, "")
	scaler := keda("minReplicaCount: 2, maxReplicaCount: 8", "AverageValue", waitingSum, `threshold: "5"`)
	page := heldNumbers{Selector: "app=vllm", Port: "8000", page: []byte("vllm:gpu_cache_usage_perc 0.9\n")}
	for want, c := range map[string]struct {
		manifests string
		held      heldNumbers
	}{
		"Deployment/vllm: a page with vllm:gpu_cache_usage_perc is not simulated": {two + scaler, page},
		"Deployment/vllm: port 9400 has no number queue":                          {two + scaler, heldNumbers{Selector: "app=vllm", Port: "9400", Numbers: map[string]float64{"queue": 1}}},
		`not simulated: the formula of ScaledObject/vllm (spec.advanced.scalingModifiers), of which "a" is the name of no trigger: each trigger counts by itself`: {two + strings.Replace(scaler, "advanced: {", "advanced: {scalingModifiers: {formula: a + 1, target: \"5\"}, ", 1), hold("queue", 1)},
		`Deployment/vllm: time: invalid duration "soon"`: {simulatedVLLM("Deployment", 2, "bed.infscale.dev/load: soon") + scaler, hold("queue", 1)},
	} {
		frame := frameOf(t, c.manifests, 2, 2)
		counts, err := simulatedReplicas(frame, frame.Objects.Workloads()[0].Ref(), []heldNumbers{c.held}, time.Minute)
		if err == nil || err.Error() != want {
			t.Errorf("%v, %v, want %s", counts, err, want)
		}
	}
}
