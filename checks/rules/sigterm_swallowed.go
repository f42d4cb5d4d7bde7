package rules

import (
	"fmt"
	"strings"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: pid_namespaces(7), process 1 gets only the signals that it has a
// handler for; which shells let the last command take their place was tried on
// dash 0.5.12 and bash 5.2.
var sigtermSwallowed = &checks.Check{
	ID:       "sigterm-swallowed",
	Severity: checks.Error,
	Section:  checks.Shutdown,
	Doc: checks.Doc{
		Title:  "SIGTERM stops at a shell and never reaches the engine",
		Why:    "The kubelet sends SIGTERM to the container's first process. A shell there ignores it, and passes nothing on. The engine serves on as if nothing had happened and is killed when the grace period ends: no drain, whatever it was told about one, every running request lost, and the GPU held until then on each scale-in and rollout.",
		Remedy: "Start the engine with exec as the script's last command, outside pipes and without an ampersand, or run it as the container's command without a shell. Where the script has to live on, start the engine in the background, trap SIGTERM, pass it on and wait.",
		Ignore: "The image's entrypoint starts an init that signals the whole process group.",
		Sources: []string{
			"https://man7.org/linux/man-pages/man7/pid_namespaces.7.html",
			"https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination",
			"https://github.com/ggml-org/llama.cpp/pull/10815",
			"https://github.com/kserve/kserve/pull/5496",
		},
	},
	Needs: checks.Needs{Kinds: checks.Workloads()},
	Run: func(pass *checks.Pass) {
		for _, w := range pass.Workloads() {
			if w.Container == nil || w.Object.Fragment {
				continue
			}
			s, swallows := w.SwallowsTerm()
			if !swallows || w.PreStopKills() {
				continue
			}
			grace, _ := pass.Grace(w)
			how := s.Name + " " + fmt.Sprintf(s.How, w.EngineName())
			place := w.ContainerPath.Join(s.Path...)
			f := checks.Finding{
				Severity: checks.Warning, At: w.Blame(place...), Workload: w, Fix: swallowedFix(w),
				Message:  fmt.Sprintf("%s: SIGTERM does not reach the engine, which is killed after %s", how, grace),
				Evidence: []checks.Evidence{{Path: place.String(), Value: swallowedScript(s.Script), Basis: checks.Observed}},
			}
			drain := w.Draining()
			switch {
			case !s.Sure:
				f.Severity = checks.Info
				f.Message = how + ": unless the image's shell or entrypoint sees to it, SIGTERM does not reach the engine"
			case drain.Set && drain.OnTerm == inventory.TermWaits:
				f.Severity = checks.Error
				f.Message += ": " + drain.By + " is of no use"
			}
			pass.Report(f)
		}
	},
}

// swallowedScript is the script's beginning, on one line.
func swallowedScript(script string) string {
	const most = 80
	text := strings.Join(strings.Fields(script), " ")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

func swallowedFix(w *inventory.Workload) *checks.Fix {
	path, words, ok := w.WithExec()
	if !ok || w.Generated() || w.Operated {
		return &checks.Fix{Title: "let the engine take the shell's place, or pass SIGTERM on", Safety: checks.Manual, Object: w.Owner}
	}
	return &checks.Fix{
		Title: "put exec before the engine's command", Safety: checks.Unsafe, Restarts: true, Object: w.Object,
		Edits: []checks.Edit{checks.Set(words, w.ContainerPath.Join(path...)...)},
	}
}
