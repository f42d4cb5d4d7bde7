package rules

import (
	"fmt"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: vLLM pull request 36666; of the other engines, the engine table.
var engineDoesNotDrain = &checks.Check{
	ID:       "engine-does-not-drain",
	Severity: checks.Error,
	Section:  checks.Shutdown,
	Doc: checks.Doc{
		Title:  "Running requests are cut off when a replica stops",
		Why:    "Every scale-in, rollout and node drain sends SIGTERM to a replica that is generating. vLLM aborts all running requests then unless it was given a time to finish them; a longer terminationGracePeriodSeconds alone changes nothing, because vLLM exits by itself. Clients see broken streams each time load goes down.",
		Remedy: "Give vLLM --shutdown-timeout (0.18.0 and newer), and a terminationGracePeriodSeconds above it and the preStop hook together. For older versions, and engines without such a flag, let a preStop hook wait until no request is running.",
		Ignore: "Clients repeat requests that broke off, or requests last no longer than the preStop delay.",
		Sources: []string{
			"https://github.com/vllm-project/vllm/pull/36666",
			"https://github.com/vllm-project/vllm/issues/24885",
			"https://github.com/kserve/kserve/pull/5496",
			"https://github.com/sgl-project/sglang/blob/main/python/sglang/srt/managers/tokenizer_manager.py",
			"https://github.com/ggml-org/llama.cpp/blob/master/tools/server/server.cpp",
		},
	},
	Needs:    checks.Needs{Kinds: checks.Workloads(), Sharpens: inventory.AutoscalerKinds()},
	CausedBy: []string{"sigterm-swallowed"},
	Run: func(pass *checks.Pass) {
		for _, w := range pass.Workloads() {
			if w.Container == nil || w.Object.Fragment || w.Operated || w.PreStop().Open {
				continue
			}
			if f, found := drainVerdict(w); found {
				f.Workload, f.At, f.Fix = w, w.Blame(w.ContainerPath.Join(w.Draining().Path...)...), drainFix(pass, w)
				switch bounds := pass.Bounds(w); {
				case w.Pooling():
					f.Severity = checks.Info
				case f.Severity == 0 && bounds.Known && bounds.Max <= 1 && !bounds.Scaled:
					f.Severity = checks.Warning // it stops only when somebody stops it
				}
				pass.Report(f)
			}
		}
	},
}

// drainVerdict says error only of what is known. A preStop hook that sleeps for
// longer than routing needs to forget the pod is a drain of that length.
func drainVerdict(w *inventory.Workload) (checks.Finding, bool) {
	d, pause := w.Draining(), w.PreStop().Sleep
	const routing = 30 * time.Second
	engine, requests := w.EngineName(), "running requests"
	if w.Version.Known {
		engine += " " + w.Version.String()
	}
	if pause > routing {
		requests = fmt.Sprintf("requests that outlast the preStop hook's %s", pause)
	}
	f := checks.Finding{Message: fmt.Sprintf("%s are aborted on SIGTERM: %s", requests, engine), Evidence: checks.EngineEvidence(w)}
	switch {
	case d.OnTerm == inventory.TermAborts && d.By != "":
		f.Message += " with " + d.By
		f.Evidence = []checks.Evidence{{Path: w.ContainerPath.Join(d.Path...).String(), Value: d.By, Basis: checks.Observed}}
	case d.OnTerm == inventory.TermAborts && w.Engine.Drain.Flag != "":
		f.Message += " without " + w.Engine.Drain.Flag
	case d.OnTerm == inventory.TermAborts:
		f.Message += " does not wait for them"
		f.Severity = checks.Warning // there is no flag to set: only a hook can wait
	case pause > routing || d.Hidden || d.OnTerm != inventory.TermUnknown:
		return f, false
	default:
		return drainUnknown(w)
	}
	if pause > routing {
		f.Severity = checks.Info
	}
	return f, true
}

// drainUnknown is for engines of which nobody can say what they do.
func drainUnknown(w *inventory.Workload) (checks.Finding, bool) {
	const doubt = "could not tell what becomes of running requests on SIGTERM: "
	since, flag := w.Engine.Drain.Since, w.Engine.Drain.Flag
	f := checks.Finding{Severity: checks.Info, Evidence: checks.EngineEvidence(w)}
	switch {
	case w.EngineID() == inventory.NIM && !w.Args.Has("--shutdown-timeout"):
		f.Message = doubt + "the engine inside the NIM decides"
	case !since.Known:
		return f, false
	case w.Version.Known:
		f.Message = fmt.Sprintf("%sthis is %s %s, and %s came with %s", doubt, w.EngineName(), w.Version, flag, since)
	default:
		f.Message = fmt.Sprintf("%sthe version of %s is not known, and from %s on it aborts them without %s", doubt, w.EngineName(), since, flag)
	}
	return f, true
}

// drainFix sets the flag, and the grace period where that is too short for it.
func drainFix(pass *checks.Pass, w *inventory.Workload) *checks.Fix {
	d, flag := w.Draining(), w.Engine.Drain.Flag
	fix := checks.WaitForRequests(pass, w)
	if flag == "" && d.By != "" {
		fix.Title = "remove " + d.By
	}
	limit, grace := pass.DrainTime(w)
	path, words, ok := w.SetFlag(flag, fmt.Sprint(int(limit.Seconds())))
	if d.OnTerm != inventory.TermAborts || !ok || w.Generated() {
		return fix
	}
	fix.Title, fix.Safety, fix.Restarts = fmt.Sprintf("set %s to %.0f", flag, limit.Seconds()), checks.Unsafe, true
	fix.Edits = []checks.Edit{checks.Set(words, w.ContainerPath.Join(path...)...)}
	if current, _ := pass.Grace(w); current != grace {
		fix.Edits = append(fix.Edits, checks.Set(int(grace.Seconds()), w.GracePath()...))
	}
	return fix
}
