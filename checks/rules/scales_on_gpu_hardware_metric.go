package rules

import (
	"fmt"
	"slices"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/promql"
)

// Source: NVML defines GPU utilisation as the share of time in which any kernel
// ran; vLLM, SGLang, TGI and TensorRT-LLM reserve GPU memory at start
// (--gpu-memory-utilization, --mem-fraction-static, --cuda-memory-fraction,
// free_gpu_memory_fraction).
var scalesOnGPUHardwareMetric = &checks.Check{
	ID:       "scales-on-gpu-hardware-metric",
	Severity: checks.Error,
	Section:  checks.MetricPath,
	Doc: checks.Doc{
		Title:  "GPU utilisation or GPU memory is the only signal",
		Why:    "GPU utilisation is a duty cycle: under continuous batching it is near 100 % with five requests as with five hundred, so it does not say how much load there is. GPU memory is reserved when the engine starts and stays reserved: an autoscaler that reads it scales out and never in, or does nothing at all.",
		Remedy: "Scale on what the engine says about its requests: running plus waiting, or KV cache use as a Value.",
		Ignore: "The model generates no text: what a classifier, an embedding or an image model can do may be bound by the GPU's duty cycle.",
		Sources: []string{
			"https://cloud.google.com/kubernetes-engine/docs/best-practices/machine-learning/inference/autoscaling",
			"https://docs.nvidia.com/deploy/nvml-api/structnvmlUtilization__t.html",
		},
	},
	Needs: checks.Needs{Kinds: checks.Autoscalers(), Sharpens: checks.Only(inventory.ConfigMap)},
	Run: func(pass *checks.Pass) {
		for _, a := range pass.Autoscalers() {
			readings, ok := promql.Readings(pass.Snapshot, a)
			if ok && a.Moves() && hardwareAlone(readings) {
				pass.Report(hardwareFinding(a, readings))
			}
		}
	},
}

// hardwareAlone says whether nothing but a GPU exporter's load metrics is read,
// at most with CPU and memory of the pods beside them, which tell no more.
func hardwareAlone(readings []promql.Reading) bool {
	gpu := false
	for _, r := range readings {
		if r.Source == inventory.SourceResource {
			continue
		}
		if !r.Known {
			return false
		}
		for _, u := range r.Uses {
			capacity := u.Metric.Meaning == inventory.MeansOther && (u.Metric.Unit == "MiB" || u.Metric.Unit == "bytes")
			if !u.Metric.Hardware() && !capacity {
				return false
			}
			gpu = gpu || u.Metric.Hardware()
		}
	}
	return gpu
}

func hardwareFinding(a *inventory.Autoscaler, readings []promql.Reading) checks.Finding {
	only, blamed, memory := promql.OnlySignal(readings), hardwareReads(readings, inventory.MeansGPUUtil), false
	f := checks.Finding{
		Severity: checks.Warning, Workload: a.Workload,
		Message:  only + ": how busy the hardware is, not how many requests run or wait",
		Evidence: checks.ReadingEvidence(readings...),
		Fix:      &checks.Fix{Title: "scale on the engine's request metrics", Safety: checks.Manual, Object: a.Object},
	}
	if i := hardwareReads(readings, inventory.MeansGPUMemory); i >= 0 {
		blamed, memory = i, true
		f.Message = only + ": how much GPU memory is taken, not how many requests run or wait"
	}
	switch w := a.Workload; {
	case w == nil:
	case !w.Generates(), w.EngineID() == inventory.Triton, w.EngineID() == inventory.OtherEngine:
		f.Severity = checks.Info
	case memory && hardwareReserves(w):
		f.Severity = checks.Error
		f.Message = fmt.Sprintf("%s: %s reserves GPU memory when it starts and keeps it, whatever the load", only, w.EngineName())
	}
	f.At = a.Object.At(readings[blamed].At()...)
	return f
}

// hardwareReads is the place of the first reading of that meaning, or -1.
func hardwareReads(readings []promql.Reading, meaning inventory.Meaning) int {
	return slices.IndexFunc(readings, func(r promql.Reading) bool {
		return slices.ContainsFunc(r.Uses, func(u promql.Use) bool { return u.Metric.Meaning == meaning })
	})
}

// hardwareReserves names the engines that take their share of GPU memory when
// they start.
func hardwareReserves(w *inventory.Workload) bool {
	switch w.EngineID() {
	case inventory.VLLM, inventory.SGLang, inventory.TGI, inventory.TRTLLM, inventory.NIM, inventory.Dynamo:
		return true
	}
	return false
}
