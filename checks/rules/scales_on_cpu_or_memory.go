package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: Kubernetes pkg/apis/autoscaling/v2/defaults.go (an HPA without metrics
// gets 80 % CPU) and KServe reconcilers/hpa/hpa_reconciler.go (so does a
// predictor outside Knative).
var scalesOnCPUOrMemory = &checks.Check{
	ID:       "scales-on-cpu-or-memory",
	Severity: checks.Warning,
	Section:  checks.MetricPath,
	Doc: checks.Doc{
		Title:  "Replicas that serve from GPUs follow nothing but CPU or memory",
		Why:    "The work is done on the accelerator. The engine's CPU use says little about its load (one busy core of many is the usual picture, idle or full), and its memory hardly moves once the model is loaded. So the fleet stays small while requests queue up, or grows and never shrinks.",
		Remedy: "Scale on what requests do: requests running and waiting, KV cache in use, time to first token; for KServe with the annotation serving.kserve.io/autoscalerClass: keda or external.",
		Ignore: "The CPU is the bottleneck and was measured to be: tokenisation or image decoding in the same pod.",
		Sources: []string{
			"https://cloud.google.com/kubernetes-engine/docs/best-practices/machine-learning/inference/autoscaling",
			"https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/autoscaling/v2/defaults.go",
			"https://github.com/kserve/kserve/blob/master/pkg/controller/v1beta1/inferenceservice/reconcilers/hpa/hpa_reconciler.go",
		},
	},
	Needs: checks.Needs{Kinds: checks.Autoscalers()},
	Run: func(pass *checks.Pass) {
		for _, a := range pass.Scalers() {
			if a.Workload == nil || !a.Workload.HasAccelerators() || a.Object.Fragment || a.Hidden() || a.Max <= a.Min {
				continue
			}
			if only := cpuOrMemoryOnly(a); len(only) > 0 {
				cpuReport(pass, a, only)
			}
		}
	},
}

// cpuOrMemoryOnly returns the resource metrics where nothing else follows the
// load. Cron triggers follow the clock, so they are no second signal.
func cpuOrMemoryOnly(a *inventory.Autoscaler) []inventory.ScalingMetric {
	load := slices.DeleteFunc(slices.Clone(a.Metrics), func(m inventory.ScalingMetric) bool { return m.TriggerType == "cron" })
	other := slices.ContainsFunc(load, func(m inventory.ScalingMetric) bool {
		return m.Source != inventory.SourceResource || m.Name != "cpu" && m.Name != "memory"
	})
	if other || a.Formula() != "" {
		return nil
	}
	return load
}

func cpuReport(pass *checks.Pass, a *inventory.Autoscaler, only []inventory.ScalingMetric) {
	w, names := a.Workload, []string{}
	f := checks.Finding{
		At: a.Object.At(only[0].Path...), Workload: w,
		Fix: &checks.Fix{Title: "scale on requests instead of CPU or memory", Safety: checks.Manual},
	}
	for _, m := range only {
		if !slices.Contains(names, m.Name) {
			names = append(names, m.Name)
		}
		e := checks.Evidence{Path: m.Path.String(), Value: m.Name + " " + m.TargetText, Basis: checks.Observed}
		if a.Object.Root() != nil && !a.Object.Written(m.Path...) {
			e.Value, e.Basis = "no metric is named: "+e.Value+" applies", checks.Assumed
		}
		f.Evidence = append(f.Evidence, e)
	}
	if owner, _ := pass.Find(a.GeneratedBy); owner != nil {
		f.At = owner.At("spec")
	}
	f.Message = fmt.Sprintf("%s is all that %s knows of the load of %s (%s on %s)",
		strings.Join(names, " and "), a.Short(), a.Target.Short(), w.EngineName(), cpuDevices(w))
	pass.Report(f)
}

// cpuDevices names the accelerators of one replica for the message.
func cpuDevices(w *inventory.Workload) string {
	if name := w.Accelerators[len(w.Accelerators)-1].Resource; name != "" {
		return name
	}
	return "claimed devices"
}
