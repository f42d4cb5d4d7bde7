package plugin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/plugin/sim"
)

// controllerRun is one HPA of the real controller over many syncs: what it had
// before it each time, and the replicas that it left.
type controllerRun struct {
	HPA   *autoscalingv2.HorizontalPodAutoscaler `json:"hpa"`
	Syncs []controllerSync                       `json:"syncs"`
}

type controllerSync struct {
	At     time.Time `json:"at"`
	Spec   int32     `json:"spec"`
	Status int32     `json:"status"`
	// Pods are left out where they are as they were at the sync before.
	Pods     []sim.Pod     `json:"pods,omitempty"`
	Readings []sim.Reading `json:"readings"`
	To       int32         `json:"to"`
}

const runsFile = "../testdata/frames/hpa-runs.json"

// replay puts a run through the simulator until it wants another count than the
// controller; it tells after how many syncs, and what it says there, "" for
// never.
func (r controllerRun) replay() (agreed int, difference string) {
	meta := inventory.Meta{Name: r.HPA.Name, Namespace: r.HPA.Namespace}
	a := inventory.ReadAutoscaler(inventory.FromTyped(inventory.HorizontalPodAutoscaler, meta, r.HPA))
	h := sim.NewHPA(a, r.Syncs[0].At, r.Syncs[0].Spec)
	var pods []sim.Pod
	for i, s := range r.Syncs {
		if len(s.Pods) > 0 {
			pods = s.Pods
		}
		d := h.Sync(sim.Moment{Now: s.At, Spec: s.Spec, Status: s.Status, Pods: pods, Readings: s.Readings})
		if d.To != s.To {
			return i, fmt.Sprintf("%s, sync %d: %d, the controller wants %d: %s", r.HPA.Name, i, d.To, s.To, d.Why(a))
		}
	}
	return len(r.Syncs), ""
}

// onEdge says whether a sync came so near to the end of a window or a period
// after an earlier one that the recorded times leave open on which side of it
// the controller saw it.
func (r controllerRun) onEdge(sync int) bool {
	const edge = 200 * time.Millisecond
	meta := inventory.Meta{Name: r.HPA.Name, Namespace: r.HPA.Namespace}
	a := inventory.ReadAutoscaler(inventory.FromTyped(inventory.HorizontalPodAutoscaler, meta, r.HPA))
	for _, rules := range []inventory.ScalingRules{a.ScaleUp(), a.ScaleDown()} {
		spans := []time.Duration{rules.Window}
		for _, p := range rules.Policies {
			spans = append(spans, time.Duration(p.PeriodSeconds)*time.Second)
		}
		for _, earlier := range r.Syncs[:sync] {
			apart := r.Syncs[sync].At.Sub(earlier.At)
			if slices.ContainsFunc(spans, func(span time.Duration) bool { return (apart - span).Abs() < edge }) {
				return true
			}
		}
	}
	return false
}

// TestSimulatorAgreesWithTheController replays runs of a real
// kube-controller-manager: the same count after every sync.
func TestSimulatorAgreesWithTheController(t *testing.T) {
	text, err := os.ReadFile(runsFile)
	if err != nil {
		t.Fatal(err)
	}
	var all []controllerRun
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, run := range all {
		agreed, difference := run.replay()
		if total += agreed; difference != "" {
			t.Error(difference)
		}
	}
	const enoughRuns, enoughSyncs = 20, 400
	if len(all) < enoughRuns || total < enoughSyncs {
		t.Errorf("%d runs of %d syncs, want %d and %d at least", len(all), total, enoughRuns, enoughSyncs)
	}
}

// TestControllerRuns lets the real controller run HPAs of many kinds on the test
// bed, on a metrics API of its own that knows what was asked when. With -update
// it records the runs.
func TestControllerRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: this needs a control plane")
	}
	if os.Getenv(bedVariable) == "" {
		runInsideBed(t, "--hpa-sync", "1300ms")
		return
	}
	bed := newSituations(t)
	bed.kubectl("create", "namespace", "runs")
	watch := newControllerWatch(t, bed)
	for _, part := range []int{0, 1} { // the HPAs once their targets are there
		for _, c := range runCases() {
			bed.apply(strings.Split(c.manifest(), "\n---\n")[part])
		}
		if part == 0 {
			bed.settled()
		}
	}
	all := watch.wait()
	for i, run := range all {
		agreed, difference := run.replay()
		switch {
		case difference == "":
		case run.onEdge(agreed):
			t.Logf("%s (at the very end of a window or period: the rest of the run is left out)", difference)
			all[i].Syncs = run.Syncs[:agreed]
		default:
			t.Error(difference)
		}
	}
	if *update {
		writeRuns(t, all)
	}
}

// settled waits until the pods of the targets that can run do, and those that
// are to load or wait do so.
func (s *situations) settled() {
	s.Helper()
	deadline := time.After(time.Minute)
	for {
		var list appsv1.DeploymentList
		if err := json.Unmarshal(s.kubectl("get", "deployments", "-n", "runs", "-o", "json"), &list); err != nil {
			s.Fatal(err)
		}
		waiting := 0
		for i := range list.Items {
			d := &list.Items[i]
			quick := d.Spec.Template.Annotations["bed.infscale.dev/load"] == "10ms" && d.Spec.Template.Spec.Containers[0].Resources.Limits.Name("nvidia.com/gpu", "").Value() == 0
			if d.Status.Replicas != *d.Spec.Replicas || quick && d.Status.ReadyReplicas != *d.Spec.Replicas {
				waiting++
			}
		}
		if waiting == 0 {
			return
		}
		select {
		case <-deadline:
			s.Fatalf("%d targets are not there after a minute", waiting)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func writeRuns(t *testing.T, all []controllerRun) {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("[\n")
	for i, run := range all {
		var last []sim.Pod
		for j := range run.Syncs {
			pods := run.Syncs[j].Pods
			if slices.Equal(pods, last) {
				run.Syncs[j].Pods = nil
			}
			last = pods
		}
		text, err := json.Marshal(run)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(text)
		if i < len(all)-1 {
			b.WriteString(",")
		}
		b.WriteString("\n")
	}
	b.WriteString("]\n")
	if err := os.WriteFile(runsFile, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// runCase is one Deployment with an HPA, and what the metrics API says at each of
// its syncs.
type runCase struct {
	name, annotations, metrics, behavior string
	min, start, max                      int
	gpus                                 int
	// values are the answers for each metric, the last of which stays; a
	// negative one is an error.
	values [][]float64
	// missing pods have no sample of a Pods metric, the first ones by name.
	missing int
}

// runLength is how many syncs of each HPA are watched.
const runLength = 26

func runCases() []runCase {
	external := func(name, target string) string {
		return "{type: External, external: {metric: {name: " + name + "}, target: " + target + "}}"
	}
	const (
		five    = `{type: AverageValue, averageValue: "5"}`
		eighty  = `{type: Value, value: "800m"}`
		atOnce  = "scaleDown: {stabilizationWindowSeconds: 0}"
		loading = "{bed.infscale.dev/pull: 10ms, bed.infscale.dev/load: 10m}"
		pulling = "{bed.infscale.dev/pull: 10m}"
	)
	pods := func(name string) string {
		return "{type: Pods, pods: {metric: {name: " + name + "}, target: " + five + "}}"
	}
	object := func(name, target string) string {
		return "{type: Object, object: {metric: {name: " + name + "}, describedObject: {apiVersion: v1, kind: Service, name: s}, target: " + target + "}}"
	}
	all := []runCase{
		{name: "plain", metrics: external("plain", five), min: 1, start: 1, max: 20, values: [][]float64{{12, 60, 60, 60, 90, 5}}},
		{name: "defaults", metrics: external("defaults", five), behavior: "{scaleUp: {}}", min: 1, start: 1, max: 20, values: [][]float64{{80}}},
		{name: "up-pods", metrics: external("up-pods", five), behavior: "{scaleUp: {policies: [{type: Pods, value: 2, periodSeconds: 10}]}, " + atOnce + "}", min: 1, start: 2, max: 12, values: [][]float64{{60}}},
		{name: "up-percent", metrics: external("up-percent", five), behavior: "{scaleUp: {policies: [{type: Percent, value: 50, periodSeconds: 6}]}, " + atOnce + "}", min: 1, start: 2, max: 20, values: [][]float64{{100}}},
		{name: "up-slower-of-two", metrics: external("up-slower", five), behavior: "{scaleUp: {selectPolicy: Min, policies: [{type: Percent, value: 100, periodSeconds: 6}, {type: Pods, value: 1, periodSeconds: 4}]}}", min: 1, start: 1, max: 12, values: [][]float64{{60}}},
		{name: "up-never", metrics: external("up-never", five), behavior: "{scaleUp: {selectPolicy: Disabled}, " + atOnce + "}", min: 1, start: 4, max: 12, values: [][]float64{{60, 60, 60, 12, 12, 60}}},
		{name: "up-window", metrics: external("up-window", five), behavior: "{scaleUp: {stabilizationWindowSeconds: 6}, " + atOnce + "}", min: 1, start: 2, max: 12, values: [][]float64{{30, 60, 20, 60, 60, 60, 60, 60, 60, 60, 15, 60}}},
		{name: "down-window", metrics: external("down-window", five), behavior: "{scaleDown: {stabilizationWindowSeconds: 10}}", min: 1, start: 8, max: 12, values: [][]float64{{40, 10, 25, 10, 10, 10, 10, 10, 10, 10, 10, 10, 30, 5}}},
		{name: "down-pods", metrics: external("down-pods", five), behavior: "{scaleDown: {stabilizationWindowSeconds: 0, policies: [{type: Pods, value: 1, periodSeconds: 5}]}}", min: 1, start: 6, max: 12, values: [][]float64{{1}}},
		{name: "down-percent", metrics: external("down-percent", five), behavior: "{scaleDown: {stabilizationWindowSeconds: 0, policies: [{type: Percent, value: 20, periodSeconds: 4}]}}", min: 1, start: 12, max: 12, values: [][]float64{{5}}},
		{name: "down-never", metrics: external("down-never", five), behavior: "{scaleDown: {selectPolicy: Disabled}}", min: 1, start: 4, max: 12, values: [][]float64{{5, 40, 5}}},
		{name: "both-ways", metrics: external("both-ways", five), behavior: "{scaleUp: {policies: [{type: Pods, value: 3, periodSeconds: 6}]}, scaleDown: {stabilizationWindowSeconds: 4, policies: [{type: Pods, value: 2, periodSeconds: 6}]}}", min: 1, start: 3, max: 15, values: [][]float64{{60, 60, 60, 60, 20, 20, 20, 20, 20, 70, 70, 70, 10}}},
		{name: "tolerance", metrics: external("tolerance", five), behavior: "{" + atOnce + "}", min: 1, start: 4, max: 12, values: [][]float64{{20, 21, 22, 18, 22.001, 25, 25, 22.6, 27, 27.6}}},
		{name: "own-tolerance", metrics: external("own-tolerance", five), behavior: `{scaleUp: {tolerance: "0.3"}, scaleDown: {stabilizationWindowSeconds: 0, tolerance: "0"}}`, min: 1, start: 4, max: 12, values: [][]float64{{25, 26, 26.5, 20, 25, 19}}},
		{name: "value", metrics: external("value", eighty), behavior: "{" + atOnce + "}", min: 1, start: 3, max: 12, values: [][]float64{{0.85, 0.95, 1.6, 0.79, 0.4, 0.4, 0.8}}},
		{name: "value-unready", annotations: loading, metrics: external("value-unready", eighty), behavior: "{" + atOnce + "}", min: 1, start: 3, max: 12, values: [][]float64{{0.8, 1.6, 1.6}}},
		{name: "zero", metrics: external("zero", five), behavior: "{" + atOnce + "}", min: 2, start: 5, max: 12, values: [][]float64{{0}}},
		{name: "at-most", metrics: external("at-most", five), min: 1, start: 2, max: 3, values: [][]float64{{100}}},
		{name: "two", metrics: external("two-a", five) + "," + external("two-b", eighty), behavior: "{" + atOnce + "}", min: 1, start: 2, max: 12, values: [][]float64{{10, 10, 30, 30, 5}, {0.8, 1.2, 0.5, 0.8, 0.8, 1.3, 0.4}}},
		{name: "one-missing", metrics: external("one-a", five) + "," + external("one-b", five), behavior: "{" + atOnce + "}", min: 1, start: 3, max: 12, values: [][]float64{{15, 5, 5, 30, 30, 5}, {15, -1, -1, -1, 10, 10, -1}}},
		{name: "all-missing", metrics: external("all-missing", five), behavior: "{" + atOnce + "}", min: 1, start: 3, max: 12, values: [][]float64{{15, -1, -1, 40, -1, -1, 5}}},
		{name: "pods", metrics: pods("pods-queue"), behavior: "{" + atOnce + "}", min: 1, start: 3, max: 10, values: [][]float64{{5, 9, 9, 4, 2, 2, 5}}},
		{name: "pods-missing", metrics: pods("pods-missing"), behavior: "{" + atOnce + "}", min: 1, start: 4, max: 10, missing: 2, values: [][]float64{{5, 15, 15, 5, 1, 1}}},
		{name: "pods-pulling", annotations: pulling, metrics: pods("pods-pulling") + "," + external("pods-pulling-b", five), behavior: "{" + atOnce + "}", min: 1, start: 2, max: 10, values: [][]float64{{9}, {5, 20}}},
		{name: "pods-loading", annotations: loading, metrics: pods("pods-loading"), behavior: "{" + atOnce + "}", min: 1, start: 2, max: 8, values: [][]float64{{9, 9, 6, 5, 3}}},
		{name: "pods-pending", gpus: 8, metrics: pods("pods-pending"), behavior: "{" + atOnce + "}", min: 1, start: 3, max: 6, values: [][]float64{{12, 12, 12, 4, 4, 9}}},
		{name: "object", metrics: object("object", `{type: Value, value: "10"}`), behavior: "{" + atOnce + "}", min: 1, start: 2, max: 10, values: [][]float64{{10, 20, 20, 10, 5}}},
		{name: "object-average", metrics: object("object-average", five), behavior: "{" + atOnce + "}", min: 1, start: 2, max: 10, values: [][]float64{{10, 32, 32, 12}}},
	}
	return append(all, noise("noise-a", 1), noise("noise-b", 2))
}

// noise is a run whose queue jumps about, under windows and policies both ways.
func noise(name string, seed uint64) runCase {
	c := runCase{
		name: name, min: 1, start: 4, max: 14,
		metrics:  `{type: External, external: {metric: {name: ` + name + `}, target: {type: AverageValue, averageValue: "5"}}}`,
		behavior: "{scaleUp: {stabilizationWindowSeconds: 3, policies: [{type: Pods, value: 2, periodSeconds: 4}, {type: Percent, value: 50, periodSeconds: 6}]}, scaleDown: {stabilizationWindowSeconds: 7, policies: [{type: Percent, value: 30, periodSeconds: 5}]}}",
		values:   [][]float64{nil},
	}
	chance := rand.New(rand.NewPCG(seed, seed))
	for range runLength {
		c.values[0] = append(c.values[0], float64(chance.IntN(80)))
	}
	return c
}

func (c runCase) manifest() string {
	same := situationCase{name: c.name, annotations: c.annotations, metrics: c.metrics, behavior: c.behavior, min: c.min, start: c.start, max: c.max, gpus: c.gpus}
	return strings.ReplaceAll(same.manifest(), "namespace: why", "namespace: runs")
}

// metricNames are the metrics of a case in their order.
func (c runCase) metricNames() []string {
	var names []string
	for _, part := range strings.Split(c.metrics, "metric: {name: ")[1:] {
		name, _, _ := strings.Cut(part, "}")
		names = append(names, name)
	}
	return names
}

func (c runCase) value(metric, sync int) float64 {
	list := c.values[metric]
	return list[min(sync, len(list)-1)]
}

// controllerWatch is the metrics API that the controller asks. The first metric
// of an HPA is asked for at the beginning of a sync, when the one before has been
// carried out.
type controllerWatch struct {
	*situations
	mu    sync.Mutex
	runs  map[string]*controllerRun
	ended chan string
}

func newControllerWatch(t *testing.T, bed *situations) *controllerWatch {
	t.Helper()
	w := &controllerWatch{situations: bed, runs: map[string]*controllerRun{}, ended: make(chan string, len(runCases()))}
	const address = "10.245.0.1" // a node's: within the bed's network every one is this process's own
	listener, err := net.Listen("tcp", address+":0")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(w.serve))
	server.Listener.Close()
	server.Listener = listener
	server.StartTLS()
	t.Cleanup(server.Close)
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	bed.apply(fmt.Sprintf(`apiVersion: v1
kind: Service
metadata: {name: metrics, namespace: runs}
spec: {ports: [{name: https, port: 443, targetPort: %[1]s}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: metrics, namespace: runs, labels: {kubernetes.io/service-name: metrics}}
addressType: IPv4
ports: [{name: https, port: %[1]s, protocol: TCP}]
endpoints: [{addresses: [%[2]s], conditions: {ready: true}}]
`, port, address))
	for _, group := range []string{"custom", "external"} {
		bed.apply(fmt.Sprintf(`apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1beta1.%[1]s.metrics.k8s.io}
spec: {group: %[1]s.metrics.k8s.io, version: v1beta1, insecureSkipTLSVerify: true, groupPriorityMinimum: 100, versionPriority: 100, service: {namespace: runs, name: metrics}}
`, group))
	}
	for _, group := range []string{"custom", "external"} {
		bed.kubectl("wait", "--for=condition=Available", "--timeout=60s", "apiservice/v1beta1."+group+".metrics.k8s.io")
	}
	return w
}

func (w *controllerWatch) serve(out http.ResponseWriter, request *http.Request) {
	out.Header().Set("Content-Type", "application/json")
	parts := strings.Split(strings.Trim(request.URL.Path, "/"), "/")
	if len(parts) < 5 {
		w.discover(out, parts)
		return
	}
	metric := path.Base(request.URL.Path)
	for _, c := range runCases() {
		if i := slices.Index(c.metricNames(), metric); i >= 0 {
			w.answer(out, c, i)
			return
		}
	}
	http.NotFound(out, request)
}

func (w *controllerWatch) discover(out http.ResponseWriter, parts []string) {
	if len(parts) != 3 {
		out.WriteHeader(http.StatusNotFound)
		return
	}
	fmt.Fprintf(out, `{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"%s/%s","resources":[{"name":"pods/x","singularName":"","namespaced":true,"kind":"MetricValueList","verbs":["get"]}]}`, parts[1], parts[2])
}

// answer gives the value of the sync that is under way.
func (w *controllerWatch) answer(out http.ResponseWriter, c runCase, metric int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if metric == 0 {
		w.begin(c)
	}
	run := w.runs[c.name]
	if run == nil || len(run.Syncs) == 0 {
		out.WriteHeader(http.StatusInternalServerError)
		return
	}
	now := &run.Syncs[len(run.Syncs)-1]
	value := c.value(metric, len(run.Syncs)-1)
	now.At = time.Now() // the controller decides once it has the answers
	if value < 0 {
		now.Readings = append(now.Readings, sim.Reading{Err: "no value"})
		out.WriteHeader(http.StatusInternalServerError)
		fmt.Fprint(out, `{"kind":"Status","apiVersion":"v1","status":"Failure","message":"no value","code":500}`)
		return
	}
	milli := int64(value * 1000)
	spec := run.HPA.Spec.Metrics[metric]
	if spec.Pods == nil {
		now.Readings = append(now.Readings, sim.Reading{Value: milli})
		if spec.Object != nil {
			fmt.Fprintf(out, customList, fmt.Sprintf(`{"describedObject":{"kind":"Service","name":"s","namespace":"runs","apiVersion":"/v1"},"metricName":"m","timestamp":%q,"value":"%dm"}`, time.Now().Format(time.RFC3339), milli))
			return
		}
		fmt.Fprintf(out, `{"kind":"ExternalMetricValueList","apiVersion":"external.metrics.k8s.io/v1beta1","metadata":{},"items":[{"metricName":"m","metricLabels":{},"timestamp":%q,"value":"%dm"}]}`, time.Now().Format(time.RFC3339), milli)
		return
	}
	reading := sim.Reading{PerPod: map[string]int64{}}
	var items []string
	left := c.missing
	for _, pod := range now.Pods {
		if !pod.Running {
			continue
		}
		if left--; left >= 0 {
			continue
		}
		reading.PerPod[pod.Name] = milli
		items = append(items, fmt.Sprintf(`{"describedObject":{"kind":"Pod","name":"%s-%s","namespace":"runs","apiVersion":"/v1"},"metricName":"m","timestamp":%q,"value":"%dm"}`, c.name, pod.Name, time.Now().Format(time.RFC3339), milli))
	}
	if len(items) == 0 {
		reading = sim.Reading{Err: "no metrics returned from custom metrics API"}
	}
	now.Readings = append(now.Readings, reading)
	fmt.Fprintf(out, customList, strings.Join(items, ","))
}

// customList is the answer of the custom metrics API.
const customList = `{"kind":"MetricValueList","apiVersion":"custom.metrics.k8s.io/v1beta1","metadata":{},"items":[%s]}`

// begin looks at what the controller looks at, and closes the sync before.
func (w *controllerWatch) begin(c runCase) {
	at := time.Now()
	var d appsv1.Deployment
	var hpa autoscalingv2.HorizontalPodAutoscaler
	var pods corev1.PodList
	for into, of := range map[any]string{
		&d:    "/apis/apps/v1/namespaces/runs/deployments/" + c.name,
		&hpa:  "/apis/autoscaling/v2/namespaces/runs/horizontalpodautoscalers/" + c.name,
		&pods: "/api/v1/namespaces/runs/pods?labelSelector=app%3D" + c.name,
	} {
		plain, query, _ := strings.Cut(of, "?")
		values, err := url.ParseQuery(query)
		if err != nil {
			w.Error(err)
		}
		body, err := w.api.Get(w.Context(), plain, values)
		if err != nil || json.Unmarshal(body, into) != nil {
			return // it is not there yet
		}
	}
	run := w.runs[c.name]
	if run == nil {
		hpa.ManagedFields, hpa.Annotations, hpa.UID, hpa.ResourceVersion = nil, nil, "", ""
		hpa.Status = autoscalingv2.HorizontalPodAutoscalerStatus{}
		run = &controllerRun{HPA: &hpa}
		w.runs[c.name] = run
	}
	if n := len(run.Syncs); n > 0 {
		run.Syncs[n-1].To = *d.Spec.Replicas
		if n == runLength {
			w.ended <- c.name
		}
	}
	now := controllerSync{At: at, Spec: *d.Spec.Replicas, Status: d.Status.Replicas}
	for i := range pods.Items {
		pod := &pods.Items[i]
		now.Pods = append(now.Pods, sim.Pod{
			Name: strings.TrimPrefix(pod.Name, c.name+"-"), Running: pod.Status.Phase == corev1.PodRunning, Ready: podReady(pod), Leaving: pod.DeletionTimestamp != nil,
		})
	}
	slices.SortFunc(now.Pods, func(a, b sim.Pod) int { return strings.Compare(a.Name, b.Name) })
	run.Syncs = append(run.Syncs, now)
}

// wait returns the runs once each is long enough.
func (w *controllerWatch) wait() []controllerRun {
	w.Helper()
	const patience = 2 * time.Minute
	timeout := time.After(patience)
	ended := map[string]bool{}
	for len(ended) < len(runCases()) {
		select {
		case name := <-w.ended:
			ended[name] = true
		case <-timeout:
			w.Errorf("only %d of %d runs ended in %s", len(ended), len(runCases()), patience)
			return w.all(ended)
		}
	}
	return w.all(ended)
}

func (w *controllerWatch) all(ended map[string]bool) []controllerRun {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []controllerRun
	for _, c := range runCases() {
		if run := w.runs[c.name]; run != nil && ended[c.name] {
			all = append(all, controllerRun{run.HPA, slices.Clone(run.Syncs[:runLength])})
		}
	}
	return all
}
