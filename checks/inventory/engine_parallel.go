package inventory

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Parallel is over how many devices an engine's flags split a model, and its
// copies, in one pod or in a group of pods.
type Parallel struct {
	// Known is false for engines that decide by themselves, and where part of
	// the command line is not to be seen, or holds a number that is none.
	Known   bool
	Devices int64
	// Written says that a flag says so; else it is the engine's default of 1.
	Written bool
	// Text is the product: "tensor parallelism 4 × pipeline parallelism 2".
	Text string
	// Path leads to the first of the flags, from the engine's container.
	Path Path
	// Nodes is how many pods share the devices, by the flags; 1 unless they say.
	Nodes int64
}

// Flags of data parallelism, by engine. vLLM: vllm/engine/arg_utils.py, where
// only the local copies run in this pod; SGLang: server_args.py, where copies
// of the attention alone share the devices of the tensors.
var (
	dataFlags  = []string{"--data-parallel-size", "-dp", "--dp-size", "--dp"}
	localFlags = []string{"--data-parallel-size-local", "-dpl"}
	nodesFlags = []string{"--nnodes"}
	// elsewhere are flags by which the copies of a model, or its parts, run in
	// pods that something else starts.
	elsewhere = []string{"--data-parallel-rank", "-dpn", "--data-parallel-address", "-dpa", "--data-parallel-start-rank", "-dpr", "--data-parallel-external-lb", "--data-parallel-hybrid-lb", "--headless", "--data-parallel-backend", "-dpb"}
)

// Parallel reads the flags. A pod that joins a Ray cluster by hand splits the
// model over devices that nobody counts here.
func (r *Recognition) Parallel() Parallel {
	p := Parallel{Devices: 1, Nodes: 1}
	if len(r.Engine.TensorFlags) == 0 || r.Args.Has("--omni") || r.joinsRay() {
		return p
	}
	if _, written := r.Args.Get(elsewhere...); written {
		return p
	}
	known := true
	data, nodes := r.degree("data", localFlags, &known), r.degree("", nodesFlags, &known)
	if !data.written && !r.Args.Has("--enable-dp-attention") {
		data = r.degree("data", dataFlags, &known)
	}
	for _, d := range [...]degree{r.degree("tensor", r.Engine.TensorFlags, &known), r.degree("pipeline", r.Engine.PipelineFlags, &known), data} {
		if d.written {
			p.add(d)
		}
	}
	if nodes.written && nodes.count > 0 {
		p.Nodes = nodes.count
	}
	p.Known = known && (r.Args.Complete || p.Written)
	return p
}

// degree is one of the factors.
type degree struct {
	kind    string
	count   int64
	written bool
	at      Path
}

// degree reads a factor; a value that is no number above 0 makes it unknown.
func (r *Recognition) degree(kind string, flags []string, known *bool) degree {
	text, written := r.Args.Get(flags...)
	if !written {
		return degree{count: 1}
	}
	count, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || count < 1 || count > 1<<16 {
		*known = false
		return degree{count: 1}
	}
	at, _ := r.Args.Where(flags...)
	return degree{kind: kind, count: count, written: true, at: at}
}

func (p *Parallel) add(d degree) {
	p.Devices *= d.count
	if !p.Written {
		p.Written, p.Path = true, d.at
	} else {
		p.Text += " × "
	}
	p.Text += fmt.Sprintf("%s parallelism %d", d.kind, d.count)
}

// joinsRay says whether the pod's processes are told of a Ray cluster.
func (r *Recognition) joinsRay() bool {
	if _, told := r.Env("RAY_ADDRESS"); told {
		return true
	}
	return r.Args.Shell != nil && strings.Contains(r.Args.Shell.Script, "ray start")
}

// wholeDevices are resources of which one unit is one device that an engine sees.
// Slices (MIG) and shares of a device are not: several do not add up. Neither is
// a card that shows as several devices: Intel's by its tiles, and a TPU's chip by
// its two cores from TPU7x on (llm-d's guides for it; older chips show as one).
var wholeDevices = wordSet("nvidia.com/gpu amd.com/gpu habana.ai/gaudi google.com/tpu")

// tpuLabel names the generation of the TPUs that pods on GKE ask for.
const tpuLabel = "cloud.google.com/gke-tpu-accelerator"

// EngineDevices is how many whole devices the engine's container asks for, and
// of which resource. It is not known when it asks for parts, claims, or for
// devices of two kinds.
func (w *Workload) EngineDevices() (count int64, resource string, known bool) {
	if w.Recognition == nil || w.Container == nil || len(w.Container.Resources.Claims) > 0 {
		return 0, "", false
	}
	amounts := map[string]int64{}
	addAccelerators(amounts, w.Container)
	for name, amount := range amounts {
		if !wholeDevices[name] || len(amounts) > 1 {
			return 0, "", false
		}
		count, resource = amount, name
	}
	if generation := w.nodeLabels()[tpuLabel]; resource == "google.com/tpu" && !strings.HasPrefix(generation, "tpu-v") {
		return 0, "", false
	}
	return count, resource, true
}

// UsesOne says whether an engine without such flags is known to use a single
// device. Others count what they find, or a profile decides.
func (r *Recognition) UsesOne() bool {
	switch r.Engine.ID {
	case VLLM, SGLang, TRTLLM:
		return !strings.Contains(r.By, "huggingfaceserver")
	}
	return false
}

// SpansPods says whether an operator starts several pods that share one model:
// nobody can tell here what runs in which.
func (w *Workload) SpansPods() bool {
	for _, o := range [...]*Object{w.Object, w.Owner} {
		if isvc := As[InferenceServiceContent](o); isvc != nil && isvc.Spec.Predictor.WorkerSpec != nil {
			return true
		}
		if o.Kind == RayService.String() {
			return true
		}
	}
	return false
}

// SelectsDevices returns the label of a node selector by which the pods ask for
// nodes with accelerators.
func (w *Workload) SelectsDevices() (label string, path Path, found bool) {
	if w.Template == nil {
		return "", nil, false
	}
	for _, key := range slices.Sorted(maps.Keys(w.Template.Spec.NodeSelector)) {
		if strings.Contains(key, "gpu") || strings.Contains(key, "accelerator") || strings.HasPrefix(key, "nvidia.com/") {
			return key + "=" + w.Template.Spec.NodeSelector[key], w.TemplatePath.Join("spec", "nodeSelector", key), true
		}
	}
	return "", nil, false
}

// DevicesByOtherMeans says whether the engine may get devices that it does not
// ask for: by a runtime class or an environment variable of the container
// runtime, from the host, or by needing none.
func (w *Workload) DevicesByOtherMeans() bool {
	_, visible := w.Env("NVIDIA_VISIBLE_DEVICES")
	security := w.Container.SecurityContext
	privileged := security != nil && security.Privileged != nil && *security.Privileged
	return visible || privileged || w.Operated || w.Template.Spec.RuntimeClassName != nil || strings.Contains(w.Container.Image, "cpu") || w.sharesDevices()
}

// sharesDevices says whether the pods may get a part of a device by a scheduler's
// own terms: its resources (aliyun.com/gpu-mem, koordinator.sh/gpu-core), or its
// annotations (Run:ai's gpu-fraction), which only that scheduler reads.
func (w *Workload) sharesDevices() bool {
	for name := range w.Container.Resources.Limits {
		if domain, rest, extended := strings.Cut(string(name), "/"); extended && domain != "" && containsAny(rest, []string{"gpu", "cuda", "npu"}) {
			return true
		}
	}
	scheduler := w.Template.Spec.SchedulerName
	return scheduler != "" && scheduler != "default-scheduler"
}
