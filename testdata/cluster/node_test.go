//go:build linux

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// inNode is set where the test binary is the command of a bed with a real node.
const inNode = "BED_TEST_IN_NODE"

// TestRealNode runs itself in a bed with a real kubelet, and a
// VerticalPodAutoscaler that goes by what its containers use.
func TestRealNode(t *testing.T) {
	if os.Getenv(inNode) != "" {
		t.Run("cases", onRealNode)
		return
	}
	if testing.Short() {
		t.Skip("it starts a bed")
	}
	if _, err := findNodeTools(); err != nil {
		t.Skip(err)
	}
	driver := filepath.Join(t.TempDir(), "bed")
	if out, err := exec.Command("go", "build", "-o", driver, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.Command(driver, "run", "--kubelet", "--vpa", "--", must(os.Executable())(t), "-test.run=^TestRealNode$", "-test.v")
	cmd.Env = append(os.Environ(), inNode+"=1")
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Error(err)
	}
}

func onRealNode(t *testing.T) {
	t.Run("a loading server becomes ready", func(t *testing.T) {
		t.Parallel()
		runPod(t, "loads", `{"name": "LOAD", "value": "8s"}`, 30, 60)
		p := podWhen(t, "loads", podStatus.ready)
		if took := p.Status.ready().Sub(p.Status.ContainerStatuses[0].State.Running.StartedAt); took < 7*time.Second {
			t.Errorf("ready after %s", took)
		}
		if p.Spec.NodeName != realNode || p.Status.ContainerStatuses[0].RestartCount != 0 {
			t.Errorf("on %s with %d restarts", p.Spec.NodeName, p.Status.ContainerStatuses[0].RestartCount)
		}
	})
	t.Run("a startup probe kills a slow one", func(t *testing.T) {
		t.Parallel()
		runPod(t, "killed", `{"name": "LOAD", "value": "30s"}`, 1, 3)
		podWhen(t, "killed", func(s podStatus) time.Time {
			if len(s.ContainerStatuses) == 1 && s.ContainerStatuses[0].RestartCount >= 2 {
				return time.Now()
			}
			return time.Time{}
		})
		reasons := kubectlOut(t, "get", "events", "--field-selector=involvedObject.name=killed", "-o=jsonpath={.items[*].reason}")
		for _, want := range []string{"Unhealthy", "Killing"} {
			if !slices.Contains(strings.Fields(reasons), want) {
				t.Errorf("no event %s in %s", want, reasons)
			}
		}
	})
	t.Run("metrics-server knows what a container uses", func(t *testing.T) {
		t.Parallel()
		runPod(t, "measured", `{"name": "MEMORY", "value": "64"}`, 1, 60)
		var usage struct {
			Containers []struct{ Usage struct{ CPU, Memory string } }
		}
		said(t, func(text string) bool {
			return json.Unmarshal([]byte(text), &usage) == nil && len(usage.Containers) == 1
		}, "get", "--raw", resourceMetrics+"/namespaces/default/pods/measured")
		var kibibytes int
		if _, err := fmt.Sscanf(usage.Containers[0].Usage.Memory, "%dKi", &kibibytes); err != nil || kibibytes < 60<<10 {
			t.Errorf("of 64Mi it sees %+v", usage.Containers)
		}
	})
	t.Run("a VerticalPodAutoscaler evicts", func(t *testing.T) {
		t.Parallel()
		create(t, resized)
		said(t, func(text string) bool { return strings.Contains(text, "EvictedByVPA") }, "get", "events", "-o=jsonpath={.items[*].reason}")
		said(t, func(text string) bool { return strings.Contains(text, "250Mi") }, "get", "pods", "-l=app=resized", "-o=jsonpath={.items[*].spec.containers[*].resources.requests.memory}")
	})
	for name, grace := range map[string]int{"finishes": 20, "cut": 1} {
		t.Run("deletion with a grace period, "+name, func(t *testing.T) {
			t.Parallel()
			runPod(t, name, `{"name": "DRAIN", "value": "20s"}`, grace, 60)
			p := podWhen(t, name, podStatus.ready)
			got := generation(t, p.Status.PodIP, func() {
				kubectlOut(t, "delete", "pod", name, "--wait=false")
			})
			if want := name == "finishes"; got != want {
				t.Errorf("the generation came to its end: %v, want %v", got, want)
			}
		})
	}
}

// generation reads one of four seconds, calls begun once it streams, and tells
// whether it came to its end.
func generation(t *testing.T, address string, begun func()) bool {
	t.Helper()
	response := must(http.Get("http://" + address + ":8000/v1/completions?seconds=4"))(t)
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	for first := true; lines.Scan(); first = false {
		if first {
			begun()
		}
		if lines.Text() == "data: [DONE]" {
			return true
		}
	}
	return false
}

type podStatus struct {
	PodIP      string
	Conditions []struct {
		Type, Status       string
		LastTransitionTime time.Time
	}
	ContainerStatuses []struct {
		RestartCount int
		State        struct{ Running struct{ StartedAt time.Time } }
	}
}

// ready is since when the pod is, the zero time if it is not.
func (s podStatus) ready() time.Time {
	for _, c := range s.Conditions {
		if c.Type == "Ready" && c.Status == "True" {
			return c.LastTransitionTime
		}
	}
	return time.Time{}
}

type pod struct {
	Spec   struct{ NodeName string }
	Status podStatus
}

// podWhen waits for a pod of which is knows a time.
func podWhen(t *testing.T, name string, is func(podStatus) time.Time) pod {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		var p pod
		text := kubectlOut(t, "get", "pod", name, "-o=json")
		if err := json.Unmarshal([]byte(text), &p); err != nil {
			t.Fatal(err)
		}
		if !is(p.Status).IsZero() {
			return p
		}
		if pause(ctx, 200*time.Millisecond) != nil {
			t.Fatalf("not in a minute: %s", text)
		}
	}
}

// runPod creates a pod for the real node, with one variable and a startup probe
// every second.
func runPod(t *testing.T, name, env string, grace, failures int) {
	t.Helper()
	manifest := fmt.Sprintf(`{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": %q}, "spec": {
		"tolerations": [{"key": "bed.infscale.dev/kubelet"}], "nodeSelector": {"bed.infscale.dev/kubelet": ""},
		"terminationGracePeriodSeconds": %d,
		"containers": [{
			"name": "vllm", "image": "docker.io/vllm/vllm-openai:v0.18.1", "args": ["some/model", "--port", "8000"], "env": [%s],
			"startupProbe": {"httpGet": {"path": "/health", "port": 8000}, "periodSeconds": 1, "failureThreshold": %d}}]}}`,
		name, grace, env, failures)
	create(t, manifest)
}

func create(t *testing.T, manifest string) {
	t.Helper()
	cmd := exec.Command("kubectl", "create", "-f", "-")
	cmd.Stdin = strings.NewReader(manifest)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// resized asks for less memory than the recommender's least, 250Mi.
const resized = `{apiVersion: apps/v1, kind: Deployment, metadata: {name: resized}, spec: {
  replicas: 2, selector: {matchLabels: {app: resized}}, template: {metadata: {labels: {app: resized}}, spec: {
    tolerations: [{key: bed.infscale.dev/kubelet}], nodeSelector: {bed.infscale.dev/kubelet: ""}, terminationGracePeriodSeconds: 1,
    containers: [{name: vllm, image: "vllm/vllm-openai:v0.18.1", resources: {requests: {memory: 64Mi}}}]}}}}
---
{apiVersion: autoscaling.k8s.io/v1, kind: VerticalPodAutoscaler, metadata: {name: resized}, spec: {targetRef: {apiVersion: apps/v1, kind: Deployment, name: resized}}}
`

// said waits until kubectl prints what it is to.
func said(t *testing.T, is func(string) bool, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		out, err := exec.Command("kubectl", args...).CombinedOutput()
		if err == nil && is(string(out)) {
			return string(out)
		}
		if pause(ctx, 200*time.Millisecond) != nil {
			t.Fatalf("kubectl %s: not in a minute: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}

func kubectlOut(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("kubectl", args...).Output()
	if err != nil {
		t.Fatalf("kubectl %s: %v", args[0], err)
	}
	return string(out)
}

func TestNodeToolsMissing(t *testing.T) {
	t.Setenv("PATH", "")
	if _, err := findNodeTools(); err == nil {
		t.Skip("all of them are in the system folders")
	} else if cannot := (*unsupportedErr)(nil); !errors.As(err, &cannot) || strings.Contains(err.Error(), "\n") {
		t.Errorf("not one line about this system: %v", err)
	}
}

func TestRegistry(t *testing.T) {
	path := filepath.Join(t.TempDir(), "layer.tar")
	layer := must(writeLayer(path, must(os.Executable())(t), must(os.Executable())(t)))(t)
	images := &registry{layer: layer, layerPath: path, pushed: map[string]int{}}
	ask := func(target string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		images.ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
		return w
	}
	manifest := ask("/v2/vllm/vllm-openai/manifests/v0.18.1?ns=docker.io")
	var read struct{ Config, Layers any }
	if err := json.Unmarshal(manifest.Body.Bytes(), &read); err != nil || read.Layers == nil {
		t.Fatalf("%d %s", manifest.Code, manifest.Body)
	}
	digest := manifest.Header().Get("Docker-Content-Digest")
	if again := ask("/v2/vllm/vllm-openai/manifests/" + digest); again.Body.String() != manifest.Body.String() {
		t.Errorf("by its digest: %d %s", again.Code, again.Body)
	}
	for _, absent := range []string{"/v2/x/manifests/v1?ns=registry.invalid", "/v2/x/manifests/sha256:0", "/v2/x/blobs/sha256:0", "/elsewhere"} {
		if got := ask(absent); got.Code != http.StatusNotFound {
			t.Errorf("%s: %d", absent, got.Code)
		}
	}
}

func TestRepositoryOf(t *testing.T) {
	for image, want := range map[string][2]string{
		"vllm/vllm-openai":                  {"vllm/vllm-openai", "latest"},
		"vllm/vllm-openai:v0.18.1":          {"vllm/vllm-openai", "v0.18.1"},
		"ghcr.io/ggml-org/llama.cpp:server": {"ggml-org/llama.cpp", "server"},
		"localhost:5000/a/b:c":              {"a/b", "c"},
	} {
		if name, tag := repositoryOf(image); [2]string{name, tag} != want {
			t.Errorf("%s: %s %s, expected %s", image, name, tag, want)
		}
	}
}

// TestRegistryPush holds that a pushed tag leads to another image, and that the
// former is still to be had by its digest.
func TestRegistryPush(t *testing.T) {
	g := &registry{pushed: map[string]int{}}
	digest := func(tag string) string {
		manifest, _, err := g.find("vllm/vllm-openai", "manifests", tag)
		if err != nil || manifest == nil {
			t.Fatalf("%s: %v", tag, err)
		}
		return digestOf(manifest)
	}
	first, other := digest("latest"), digest("v0.18.1")
	g.push("vllm/vllm-openai", "latest")
	if digest("latest") == first || digest("v0.18.1") != other || digest(first) != first {
		t.Error("one push moved another tag, or none, or lost what was there")
	}
}
