package sim

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// sample is what one scrape of one pod brought.
type sample struct {
	at     time.Time
	values [quantities]float64
	ttft   latencies
	e2e    latencies
	only   bool // the engine's numbers that are held are all there is
	held   [quantities]bool
}

// has says whether the page had a number of the engine's.
func (s *sample) has(q quantity) bool {
	return !s.only || q < quantities && (q.hardware() || s.held[q])
}

// quantity is one number of a replica.
type quantity uint8

const (
	qWaiting quantity = iota
	qRunning
	qKV
	qPrompt
	qGenerated
	qServed
	qGPUUtil
	qGPUMemory
	qUp
	quantities
	qTTFT quantity = 100 + iota // histograms
	qE2E
)

// hardware says whether the engine does not export it itself.
func (q quantity) hardware() bool { return q == qGPUUtil || q == qGPUMemory || q == qUp }

// export is a family of series of every replica of an engine.
type export struct {
	name  string
	of    quantity
	extra []string // label, value
	// hardware marks a GPU exporter's, which is there while the container runs.
	hardware bool
	// own is the series that Prometheus makes itself.
	own bool
}

// hostExports are Prometheus' own series and dcgm-exporter's, one of each GPU.
func hostExports(gpus int64) []export {
	all := []export{{name: "up", of: qUp, own: true}}
	each := func(name string, of quantity) {
		for i := range gpus {
			all = append(all, export{name: name, of: of, extra: []string{"gpu", strconv.FormatInt(i, 10)}, hardware: true})
		}
	}
	each("DCGM_FI_DEV_GPU_UTIL", qGPUUtil)
	each("DCGM_FI_DEV_FB_USED", qGPUMemory)
	return all
}

// exportsOf are the series by the names of checks/inventory's metric table; an
// engine whose settings switch its metrics off has none.
func exportsOf(w *inventory.Workload) []export {
	host := hostExports(acceleratorsOf(w))
	if w.Recognition != nil {
		if _, off := w.MetricsOff(""); off {
			return host
		}
	}
	return append(engineExports(w.EngineID()), host...)
}

func engineExports(engine inventory.EngineID) []export {
	var all []export
	switch engine {
	case inventory.VLLM, inventory.Dynamo:
		all = vllmExports("vllm:")
	case inventory.RayServe:
		all = vllmExports("ray_vllm_")
	case inventory.SGLang:
		all = sglangExports()
	case inventory.NIM:
		all = slices.DeleteFunc(vllmExports(""), func(e export) bool { return e.of == qServed })
	case inventory.TGI:
		all = []export{
			{name: "tgi_queue_size", of: qWaiting},
			{name: "tgi_batch_current_size", of: qRunning},
			{name: "tgi_request_count", of: qServed},
			{name: "tgi_request_duration", of: qE2E},
		}
	case inventory.Triton:
		all = []export{
			{name: "nv_inference_pending_request_count", of: qWaiting},
			{name: "nv_trt_llm_request_metrics", of: qWaiting, extra: []string{"request_type", "waiting"}},
			{name: "nv_trt_llm_request_metrics", of: qRunning, extra: []string{"request_type", "active"}},
			{name: "nv_trt_llm_kv_cache_block_metrics", of: qKV, extra: []string{"kv_cache_block_type", "fraction"}},
			{name: "nv_inference_request_success", of: qServed},
		}
	case inventory.TRTLLM:
		all = []export{
			{name: "trtllm_num_requests_waiting", of: qWaiting},
			{name: "trtllm_num_requests_running", of: qRunning},
			{name: "trtllm_kv_cache_utilization", of: qKV},
		}
	case inventory.LlamaCpp:
		all = []export{
			{name: "llamacpp:requests_deferred", of: qWaiting},
			{name: "llamacpp:requests_processing", of: qRunning},
			{name: "llamacpp:prompt_tokens_total", of: qPrompt},
			{name: "llamacpp:tokens_predicted_total", of: qGenerated},
		}
	}
	return all
}

func vllmExports(prefix string) []export {
	kv := "kv_cache_usage_perc"
	if prefix == "" {
		kv = "gpu_cache_usage_perc" // NIM kept the older name
	}
	return []export{
		{name: prefix + "num_requests_waiting", of: qWaiting},
		{name: prefix + "num_requests_running", of: qRunning},
		{name: prefix + kv, of: qKV},
		{name: prefix + "prompt_tokens_total", of: qPrompt},
		{name: prefix + "generation_tokens_total", of: qGenerated},
		{name: prefix + "request_success_total", of: qServed, extra: []string{"finished_reason", "stop"}},
		{name: prefix + "time_to_first_token_seconds", of: qTTFT},
		{name: prefix + "e2e_request_latency_seconds", of: qE2E},
	}
}

func sglangExports() []export {
	return []export{
		{name: "sglang:num_queue_reqs", of: qWaiting},
		{name: "sglang:num_running_reqs", of: qRunning},
		{name: "sglang:token_usage", of: qKV},
		{name: "sglang:prompt_tokens_total", of: qPrompt},
		{name: "sglang:generation_tokens_total", of: qGenerated},
		{name: "sglang:num_requests_total", of: qServed},
		{name: "sglang:time_to_first_token_seconds", of: qTTFT},
		{name: "sglang:e2e_request_latency_seconds", of: qE2E},
	}
}

// shows says whether a scrape of a pod brought the series: a model server
// answers once it is up.
func (e *export) shows(p *pod, s *sample) bool {
	if e.own || e.hardware {
		return p.isRunning(s.at)
	}
	return p.answers(s.at) && s.has(e.of)
}

// series is one time series that a scrape of a pod brings.
type series struct {
	name   string
	labels labels.Labels
	value  func(*sample) float64
}

// series are all that one export makes of a pod.
func (e *export) series(p *pod) []series {
	if e.of < quantities {
		return []series{{e.name, e.labelled(p, e.name), func(s *sample) float64 { return s.values[e.of] }}}
	}
	of := func(s *sample) *latencies {
		if e.of == qTTFT {
			return &s.ttft
		}
		return &s.e2e
	}
	all := []series{
		{e.name + "_sum", e.labelled(p, e.name+"_sum"), func(s *sample) float64 { return of(s).sum }},
		{e.name + "_count", e.labelled(p, e.name+"_count"), func(s *sample) float64 { return of(s).total }},
	}
	for i := range buckets {
		bound := "+Inf"
		if i < len(bounds) {
			bound = strconv.FormatFloat(bounds[i], 'g', -1, 64)
		}
		all = append(all, series{e.name + "_bucket", e.labelled(p, e.name+"_bucket", "le", bound), func(s *sample) float64 {
			sum := 0.0
			for _, n := range of(s).counts[:i+1] {
				sum += n
			}
			return sum
		}})
	}
	return all
}

func (e *export) labelled(p *pod, name string, more ...string) labels.Labels {
	b := labels.NewBuilder(p.series)
	b.Set(model.MetricNameLabel, name)
	for _, pairs := range [][]string{e.extra, more} {
		for i := 0; i+1 < len(pairs); i += 2 {
			b.Set(pairs[i], pairs[i+1])
		}
	}
	return b.Labels()
}

// identity are the labels that the scrape gives every series of a pod.
func (f *fleet) identity(p *pod) labels.Labels {
	container := "engine"
	if r := f.view.Recognition; r != nil && r.Container != nil {
		container = r.Container.Name
	}
	set := map[string]string{
		"namespace": f.ref.Namespace, "pod": p.name, "container": container, "job": f.ref.Name, "service": f.ref.Name,
		"endpoint": "http", "instance": fmt.Sprintf("%s:8000", p.ip), "model_name": f.view.Model,
	}
	return labels.FromMap(set)
}

// historyLength is how far back ranges in queries reach.
const historyLength = time.Hour

// scrape notes every replica's numbers, as Prometheus does each interval.
func (w *World) scrape() {
	for _, f := range w.fleets {
		for _, p := range f.pods {
			if !p.isRunning(w.now) {
				continue
			}
			if w.ranges && !p.seen.at.IsZero() {
				p.past = append(p.past, p.seen)
				if w.now.Sub(p.past[0].at) > historyLength {
					p.past = p.past[1:]
				}
			}
			f.look(p, w.now)
		}
	}
}

// look takes the numbers as they are now. An engine counts whole requests.
func (f *fleet) look(p *pod, now time.Time) {
	s := &p.seen
	s.at = now
	s.values[qWaiting], s.values[qRunning] = whole(p.waiting.requests), whole(p.running.requests)
	s.values[qKV] = min(1, p.kvTokens/f.pace.kvTokens)
	s.values[qPrompt], s.values[qGenerated], s.values[qServed] = p.promptTokens, p.genTokens, p.served
	s.values[qGPUUtil], s.values[qGPUMemory], s.values[qUp] = p.gpuUtil, p.gpuMem, 0
	if p.answers(now) {
		s.values[qUp] = 1
	}
	s.only, s.held = p.only, [quantities]bool{}
	for q, value := range p.numbers {
		s.values[q], s.held[q] = value, true
	}
	s.ttft, s.e2e = p.ttft, p.e2e
}

func whole(x float64) float64 { return float64(int64(x + 0.5)) }
