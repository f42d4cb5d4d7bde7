package sim

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

// holding is a world of one workload, and the numbers that its scenario holds.
func holding(t *testing.T, numbers, manifests string) *World {
	t.Helper()
	s, err := ParseScenario([]byte("step: 1s\ncluster: {scrapeInterval: 1s}\nworkloads: [{start: {pull: 1s, load: 1h}, numbers: "+numbers+"}]"), "x.yaml")
	if err != nil {
		t.Fatal(err)
	}
	w, err := NewWorld(s, objectsOf(t, manifests)...)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// asked is what a query comes to so long after the start: "none" without a series.
func asked(t *testing.T, w *World, query string) string {
	t.Helper()
	points, err := w.instant(query)
	if err != nil {
		t.Fatal(err)
	}
	e := newExpression(query)
	value, count, err := e.one(w)
	if err != nil || count != len(points) || count > 0 && value != points[0].value {
		t.Errorf("%s: %v in %d series, the engine says %v, %v", query, value, count, points, err)
	}
	if len(points) == 0 {
		return "none"
	}
	return fmt.Sprint(points[0].value)
}

// Every engine shows the numbers by its own names.
func TestNumbersOfEveryEngine(t *testing.T) {
	for image, series := range map[string][]string{
		"vllm/vllm-openai:v0.18.1":                                {"vllm:num_requests_waiting", "vllm:num_requests_running", "vllm:kv_cache_usage_perc"},
		"lmsysorg/sglang:v0.5.3":                                  {"sglang:num_queue_reqs", "sglang:num_running_reqs", "sglang:token_usage"},
		"ghcr.io/huggingface/text-generation-inference:3.3.4":     {"tgi_queue_size", "tgi_batch_current_size", ""},
		"nvcr.io/nim/meta/llama-3.1-8b-instruct:1.8.4":            {"num_requests_waiting", "num_requests_running", "gpu_cache_usage_perc"},
		"ghcr.io/ggml-org/llama.cpp:server-cuda-b6000":            {"llamacpp:requests_deferred", "llamacpp:requests_processing", ""},
		"nvcr.io/nvidia/tensorrt-llm/release:1.0.0, trtllm-serve": {"trtllm_num_requests_waiting", "trtllm_num_requests_running", "trtllm_kv_cache_utilization"},
		"nvcr.io/nvidia/tritonserver:25.08-trtllm-python-py3":     {"nv_inference_pending_request_count", "", ""},
	} {
		image, command, _ := strings.Cut(image, ", ")
		manifest := strings.ReplaceAll(stack, "vllm/vllm-openai:v0.18.1", image)
		flags := map[string]string{"lmsysorg/sglang:v0.5.3": ", --enable-metrics", "ghcr.io/ggml-org/llama.cpp:server-cuda-b6000": ", --metrics"}[image]
		manifest = strings.ReplaceAll(manifest, "args: [--model=a/b]", "args: [--model=a/b"+flags+"]")
		if command != "" {
			manifest = strings.ReplaceAll(manifest, "args: [", "command: ["+command+", serve], args: [")
		}
		w := holding(t, "{queue: 15, running: 256, kv: 0.9, gpu: 97, memory: 70000}", manifest)
		w.advance(2 * time.Second)
		want := []string{"30", "512", "1.8"}
		for i, name := range series {
			if name == "" {
				continue
			}
			if got := asked(t, w, "sum("+name+")"); got != want[i] {
				t.Errorf("%s: %s is %s, want %s", image, name, got, want[i])
			}
		}
		if util, memory := asked(t, w, "max(DCGM_FI_DEV_GPU_UTIL)"), asked(t, w, "max(DCGM_FI_DEV_FB_USED)"); util != "97" || memory != "70000" {
			t.Errorf("%s: GPUs at %s %% with %s MiB", image, util, memory)
		}
	}
}

// A step changes what it names, whole numbers are spread over what runs, and
// metrics are lost and come back.
func TestNumbersInSteps(t *testing.T) {
	w := holding(t, "[{queue: 15, kv: 0.5}, {at: 10s, queue: 3, total: true}, {at: 20s, only: true}, {at: 30s, only: true, kv: 0.7}, {at: 40s, queue: 1}]", stack)
	for _, c := range []struct {
		until           time.Duration
		queue, most, kv string
	}{
		{2 * time.Second, "30", "15", "0.5"},
		{12 * time.Second, "3", "2", "0.5"},
		{22 * time.Second, "none", "none", "none"},
		{32 * time.Second, "none", "none", "0.7"},
		{42 * time.Second, "2", "1", "0.7"},
	} {
		w.advance(c.until - w.now.Sub(w.start))
		got := []string{asked(t, w, "sum(vllm:num_requests_waiting)"), asked(t, w, "max(vllm:num_requests_waiting)"), asked(t, w, "avg(vllm:kv_cache_usage_perc)")}
		if want := []string{c.queue, c.most, c.kv}; !slices.Equal(got, want) {
			t.Errorf("after %s: queue, most of one, KV cache are %v, want %v", c.until, got, want)
		}
		if up := asked(t, w, "sum(up)"); up != "2" {
			t.Errorf("after %s: %s pods are up", c.until, up)
		}
		_, waits := w.frame().Signals.Of(signals.QueueDepth, vllm)
		if waits != (c.queue != "none") {
			t.Errorf("after %s: the frame's queue is known: %v", c.until, waits)
		}
	}
}

// A pod has its numbers from the moment on at which its container runs, and none
// before; without held numbers it has none before it is Ready.
func TestNumbersBeforeReady(t *testing.T) {
	for numbers, want := range map[string]string{"{queue: 4}": "12", "[]": "0"} {
		w := holding(t, numbers, strings.Split(stack, "\n---\n")[0])
		w.rescale(w.fleets[0], 3)
		w.advance(2 * time.Second)
		if got := asked(t, w, "count(vllm:num_requests_waiting)"); got != "2" {
			t.Errorf("%s: %s pods have a queue before the third runs", numbers, got)
		}
		w.advance(30 * time.Second)
		if got := asked(t, w, "sum(vllm:num_requests_waiting)"); got != want {
			t.Errorf("%s: the queue is %s, want %s", numbers, got, want)
		}
		if pods := w.frame().Objects.List(inventory.Pod); len(pods) != 3 || w.fleets[0].pods[2].isReady(w.now) {
			t.Errorf("%s: %d pods, the last of them Ready: %v", numbers, len(pods), w.fleets[0].pods[2].isReady(w.now))
		}
	}
}

// A run tells when which count was wanted, and how long the held queue was.
func TestSimulateHeldNumbers(t *testing.T) {
	s, err := ParseScenario([]byte("duration: 10m\nstep: 1s\ncluster: {hpaSync: 5s, scrapeInterval: 2s}\nworkloads: [{start: {pull: 1s, load: 1h}, numbers: [{running: 90}, {at: 1m, running: 30}]}]"), "x.yaml")
	if err != nil {
		t.Fatal(err)
	}
	out, err := Simulate(context.Background(), s, objectsOf(t, stack), vllm)
	if err != nil {
		t.Fatal(err)
	}
	// 2 × 90 / 60 is 3, 3 × 90 / 60 is 4.5, 5 × 90 / 60 is 7.5; and once 30 run on
	// each of 8 pods they are 4, five minutes after the last 7.5.
	var counts []int32
	for _, r := range out.Rescales {
		counts = append(counts, r.Replicas)
	}
	if !slices.Equal(counts, []int32{2, 3, 5, 8, 4}) || out.Requests != 0 {
		t.Errorf("%v, %.0f requests", out.Rescales, out.Requests)
	}
	if up, down := out.Rescales[1].After, out.Rescales[4].After; up > 5*time.Second || down < 5*time.Minute+50*time.Second || down > 6*time.Minute {
		t.Errorf("up after %s, down after %s", up, down)
	}
	if assumed := strings.Join(s.Assumed(vllm), "; "); assumed != "" {
		t.Errorf("assumed: %s", assumed)
	}
}
