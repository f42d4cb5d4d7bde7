package rules

import (
	"fmt"
	"strings"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: the kubelet asks the pod's address (pkg/kubelet/prober/prober.go);
// what each server listens on and answers is in its own code, see
// inventory/listens.go.
var probeWrongPortOrPath = &checks.Check{
	ID:       "probe-wrong-port-or-path",
	Severity: checks.Error,
	Section:  checks.Startup,
	Doc: checks.Doc{
		Title:  "A probe asks at a place where the engine does not answer",
		Why:    "The probe fails whatever the engine does. As a readinessProbe it keeps the pod out of its Service for ever, as a startupProbe or livenessProbe it kills a server that may have loaded its model for minutes, again and again, with a GPU held all the time.",
		Remedy: "Ask the port that the server listens on and the health endpoint that it has: /health for vLLM, SGLang, TGI, trtllm-serve and llama.cpp, /v2/health/ready for Triton, /v1/health/ready for NIM. Let the server listen on 0.0.0.0, and use no endpoint that wants a key.",
		Ignore: "Something that these manifests do not show answers there: a proxy that is injected, or an entrypoint that changes the server's arguments.",
		Sources: []string{
			"https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/prober/prober.go",
			"https://github.com/sgl-project/sglang/blob/main/python/sglang/srt/utils/auth.py",
			"https://github.com/NVIDIA/TensorRT-LLM/blob/main/tensorrt_llm/commands/serve.py",
			"https://github.com/huggingface/text-generation-inference/blob/main/router/src/server.rs",
			"https://github.com/ggml-org/llama.cpp/blob/master/tools/server/server-http.cpp",
			"https://docs.nvidia.com/nim/large-language-models/reference/api-reference/health-ready",
		},
	},
	Needs: checks.Needs{Kinds: checks.Workloads(), Sharpens: checks.Only(inventory.Pod)},
	Run: func(pass *checks.Pass) {
		for _, w := range pass.Workloads() {
			if w.Object.Fragment || w.Operated {
				continue
			}
			for _, m := range pass.Misdirected(w) {
				f := checks.Finding{
					At: w.Blame(misdirectedPlace(w, m.Probes[0])...), Workload: w, Fix: misdirectedFix(w, m),
					Message: m.Fields() + ": " + misdirectedMessage(w, m),
				}
				if !m.Sure {
					f.Severity = checks.Warning
				}
				for _, p := range m.Probes {
					asked := strings.TrimSpace(fmt.Sprintf("%s:%d%s", p.Name, p.Port, p.Path))
					f.Evidence = append(f.Evidence, checks.Evidence{Path: misdirectedPlace(w, p).String(), Value: asked, Basis: checks.Observed})
				}
				pass.Report(f)
			}
		}
	},
}

func misdirectedPlace(w *inventory.Workload, p inventory.Probe) inventory.Path {
	return w.ContainerPath.Join(p.Field, p.Handler)
}

func misdirectedMessage(w *inventory.Workload, m inventory.Misdirected) string {
	port, _ := w.Port()
	engine := w.EngineName()
	switch m.Fault {
	case inventory.FaultName:
		return fmt.Sprintf("container %s has no port named %q", w.Container.Name, m.Name)
	case inventory.FaultPort:
		return fmt.Sprintf("%s listens on port %d, not on %d", engine, port, m.Port)
	case inventory.FaultLoopback:
		return fmt.Sprintf("%s listens on %s alone, and the kubelet asks the pod's address", engine, m.By)
	case inventory.FaultPath:
		return fmt.Sprintf("%s has no endpoint %s, which is %s", engine, m.Path, m.By)
	case inventory.FaultKey:
		return fmt.Sprintf("%s refuses %s without the key of %s", engine, m.Path, m.By)
	}
	return fmt.Sprintf("%s speaks %s", engine, m.Speaks())
}

// misdirectedFix corrects the probes where the right place is certain, and the
// server where it hides.
func misdirectedFix(w *inventory.Workload, m inventory.Misdirected) *checks.Fix {
	port, known := w.Port()
	fix := &checks.Fix{Safety: checks.Unsafe, Restarts: true, Object: w.Object}
	set := func(value any, last string) {
		for _, p := range m.Probes {
			fix.Edits = append(fix.Edits, checks.Set(value, misdirectedPlace(w, p).Join(last)...))
		}
	}
	switch m.Fault {
	case inventory.FaultName, inventory.FaultPort:
		fix.Title = "ask a port that the server listens on"
		if known && m.Sure {
			fix.Title = fmt.Sprintf("ask port %d", port)
			set(int(port), "port")
		}
	case inventory.FaultLoopback:
		fix.Title = "let the server listen on 0.0.0.0"
		if path, words, ok := w.SetFlag("--host", "0.0.0.0"); ok {
			fix.Edits = []checks.Edit{checks.Set(words, w.ContainerPath.Join(path...)...)}
		}
	case inventory.FaultTLS:
		fix.Title = "speak " + m.Speaks()
		set(m.Speaks(), "scheme")
	default:
		fix.Title = "ask " + w.Engine.ReadyPath
		set(w.Engine.ReadyPath, "path")
	}
	if len(fix.Edits) == 0 || w.Generated() {
		fix.Safety, fix.Restarts, fix.Object, fix.Edits = checks.Manual, false, w.Owner, nil
	}
	return fix
}
