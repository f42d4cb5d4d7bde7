package rules

import (
	"fmt"
	"strconv"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: vLLM, vllm/config/parallel.py (the world size is tensor × pipeline,
// times the local copies); SGLang, server_args.py; TGI, launcher/src/main.rs.
var parallelismVsGPUCount = &checks.Check{
	ID:       "parallelism-vs-gpu-count",
	Severity: checks.Error,
	Section:  checks.Capacity,
	Doc: checks.Doc{
		Title:  "The engine is told of another number of accelerators than its container gets",
		Why:    "Tensor and pipeline parallelism multiply to the devices that one server needs, and data parallelism to that many copies. With fewer in the container the server does not start, and each try holds them. With more, the rest stands idle, is paid for, and is missing elsewhere.",
		Remedy: "Ask for as many accelerators in the container's limits as the product of the flags says, or set the flags to what the model needs.",
		Ignore: "Something else in the container uses the rest.",
		Sources: []string{
			"https://docs.vllm.ai/en/latest/serving/parallelism_scaling/",
			"https://docs.sglang.io/advanced_features/server_arguments.html",
			"https://github.com/huggingface/text-generation-inference/blob/main/launcher/src/main.rs",
			"https://docs.nvidia.com/nim/large-language-models/latest/reference/advanced-configuration.html",
		},
	},
	Needs: checks.Needs{Kinds: checks.Workloads(), Sharpens: checks.Only(inventory.Pod)},
	Run: func(pass *checks.Pass) {
		for _, w := range pass.Workloads() {
			count, resource, known := w.EngineDevices()
			if w.Object.Fragment || !known || w.SpansPods() {
				continue
			}
			p := w.Parallel()
			switch {
			case !p.Known:
			case count > 0:
				compareParallel(pass, w, p, count, resource)
			case !w.HasAccelerators():
				reportNoDevice(pass, w)
			}
		}
	},
}

// compareParallel takes a group's pods together, unless the flags say how many
// of them share the product.
func compareParallel(pass *checks.Pass, w *inventory.Workload, p inventory.Parallel, count int64, resource string) {
	all, pods := count, w.AcceleratedPods()
	if p.Nodes == 1 {
		all *= pods
	}
	needs := (p.Devices + p.Nodes - 1) / p.Nodes
	f := checks.Finding{
		Workload: w,
		Evidence: []checks.Evidence{
			{Path: resource, Value: strconv.FormatInt(count, 10), Basis: checks.Observed},
			{Path: "devices by the flags", Value: strconv.FormatInt(needs, 10), Basis: checks.Derived},
		},
	}
	switch {
	case needs > all && !pass.AnyReady(w):
		f.At = w.Blame(w.ContainerPath.Join(p.Path...)...)
		f.Message = fmt.Sprintf("%s takes %d devices, and the container gets %d %s", p.Text, needs, count, resource)
		if all > count {
			f.Message = fmt.Sprintf("%s takes %d devices, and the %d pods of a group get %d %s together", p.Text, needs, pods, all, resource)
		}
		f.Fix = parallelFix(w, needs, resource, p.Nodes == 1 && pods == 1)
	case needs < count && p.Written:
		f.Severity, f.At = checks.Info, w.Blame(w.ContainerPath.Join("resources")...)
		f.Message = fmt.Sprintf("the container gets %d %s, and the server uses %d: %s", count, resource, needs, p.Text)
	case needs < count && w.UsesOne() && !w.Operated:
		f.Severity, f.At = checks.Info, w.Blame(w.ContainerPath.Join("resources")...)
		f.Message = fmt.Sprintf("the container gets %d %s, and the server uses 1: no flag splits the model", count, resource)
	default:
		return
	}
	pass.Report(f)
}

// parallelFix asks for what the flags say, as far as one host has it.
func parallelFix(w *inventory.Workload, needs int64, resource string, alone bool) *checks.Fix {
	const host = 8 // devices of the common large machines
	fix := &checks.Fix{Title: fmt.Sprintf("ask for %d %s", needs, resource), Safety: checks.Manual, Object: w.Owner}
	if !alone || needs > host || w.Generated() || w.Operated {
		return fix
	}
	fix.Safety, fix.Restarts = checks.Unsafe, true
	fix.Edits = []checks.Edit{checks.Set(int(needs), w.ContainerPath.Join("resources", "limits", resource)...)}
	if requests := w.ContainerPath.Join("resources", "requests", resource); w.Object.Written(requests...) {
		fix.Edits = append(fix.Edits, checks.Set(int(needs), requests...))
	}
	return fix
}

// reportNoDevice is about a server that is sent to nodes with accelerators, and
// asks for none. Where the nodes' runtime hands all of them to everybody, it
// gets those of its neighbours.
func reportNoDevice(pass *checks.Pass, w *inventory.Workload) {
	label, path, selects := w.SelectsDevices()
	if !selects || !w.UsesOne() || w.DevicesByOtherMeans() || pass.AnyReady(w) {
		return
	}
	pass.Report(checks.Finding{
		Severity: checks.Warning, At: w.Blame(path...), Workload: w,
		Message:  fmt.Sprintf("the pods select nodes by %s, and no container asks for an accelerator: they get none, or everybody's", label),
		Evidence: []checks.Evidence{{Path: path.String(), Value: label, Basis: checks.Observed}},
	})
}
