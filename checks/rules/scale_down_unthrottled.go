package rules

import (
	"fmt"
	"strconv"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: Kubernetes pkg/apis/autoscaling/v2/defaults.go; KEDA
// controllers/keda/hpa.go, which hands a missing behavior on as missing.
var scaleDownUnthrottled = &checks.Check{
	ID:       "scale-down-unthrottled",
	Severity: checks.Warning,
	Section:  checks.Policy,
	Doc: checks.Doc{
		Title:  "Scaling down takes every surplus replica at once",
		Why:    "Without a scaleDown policy the HPA may remove 100 % of the replicas every 15 s; stabilizationWindowSeconds alone does not change that, and with a window of 0 a single low reading is enough. A lull then empties the fleet to its minimum in one step, requests in flight are cut off on every pod that goes, and the next wave waits for as many models to load again.",
		Remedy: "Write a scaleDown policy that takes one replica, or a tenth, in the time that a pod needs to drain, and a window above 0. In a ScaledObject it goes to advanced.horizontalPodAutoscalerConfig.behavior.",
		Ignore: "Replicas are back in seconds, or the work is in batches that end together.",
		Sources: []string{
			"https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/autoscaling/v2/defaults.go",
			"https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#default-behavior",
			"https://keda.sh/docs/latest/reference/scaledobject-spec/#advanced",
		},
	},
	Needs: checks.Needs{Kinds: checks.Autoscalers()},
	Run: func(pass *checks.Pass) {
		for _, a := range pass.Autoscalers() {
			if a.Unthrottled() > 0 {
				downReport(pass, a, a.ScaleDown(), a.Max-a.Floor())
			}
		}
	},
}

// downReport tells policies that hold nothing back from a window that is not
// there.
func downReport(pass *checks.Pass, a *inventory.Autoscaler, down inventory.ScalingRules, surplus int32) {
	atOnce := down.AtOnce(a.Max, surplus)
	when := fmt.Sprintf("after %d s of lower load", int(down.Window.Seconds()))
	f := checks.Finding{Workload: a.Workload, Evidence: []checks.Evidence{downWindow(down)}, Fix: downFix(a, down, surplus, atOnce)}
	switch {
	case down.Window == 0:
		f.At = a.Object.At(down.Path.Join("stabilizationWindowSeconds")...)
		f.Message = fmt.Sprintf("the scaleDown window of %s is 0, so the first low reading may take %d of %d replicas", a.Object.Short(), a.Unthrottled(), a.Max)
	case down.PoliciesSet:
		f.At = a.Object.At(down.Path.Join("policies")...)
		f.Message = fmt.Sprintf("the scaleDown policies of %s let all %d replicas above the minimum of %d go in one step, %s", a.Object.Short(), surplus, a.Floor(), when)
	default:
		f.At = a.Object.At(down.Path...)
		f.Message = fmt.Sprintf("no scaleDown policy in %s: all %d replicas above the minimum of %d may go in one step, %s", a.Object.Short(), surplus, a.Floor(), when)
	}
	for _, policy := range down.Policies {
		e := checks.Evidence{Path: down.Path.Join("policies").String(), Value: fmt.Sprintf("%s %d per %d s", policy.Type, policy.Value, policy.PeriodSeconds), Basis: checks.Observed}
		if !down.PoliciesSet {
			e.Basis = checks.Assumed
		}
		f.Evidence = append(f.Evidence, e)
	}
	pass.Report(f)
}

func downWindow(down inventory.ScalingRules) checks.Evidence {
	e := checks.Evidence{Path: down.Path.Join("stabilizationWindowSeconds").String(), Value: strconv.Itoa(int(down.Window.Seconds())), Basis: checks.Observed}
	if !down.WindowSet {
		e.Basis = checks.Assumed
	}
	return e
}

// downFix takes a tenth of the surplus, one replica at least, in the time that
// a pod has to drain.
func downFix(a *inventory.Autoscaler, down inventory.ScalingRules, surplus int32, atOnce bool) *checks.Fix {
	fix := &checks.Fix{Title: "limit scaleDown by a policy and a window", Safety: checks.Manual}
	if !a.GeneratedBy.IsZero() || a.Object.APIVersion == "autoscaling/v1" {
		return fix // nowhere to write it
	}
	fix.Safety, fix.Object = checks.Safe, a.Object
	if down.Window == 0 {
		const window = 300 // the API's own default
		fix.Edits = append(fix.Edits, checks.Set(window, down.Path.Join("stabilizationWindowSeconds")...))
	}
	if atOnce {
		policy := map[string]any{"type": "Pods", "value": int(max(1, surplus/10)), "periodSeconds": downPeriod(a.Workload)}
		fix.Edits = append(fix.Edits, checks.Set([]any{policy}, down.Path.Join("policies")...))
	}
	return fix
}

// downPeriod is the grace period of the pods, within a minute and the API's
// most, half an hour.
func downPeriod(w *inventory.Workload) int {
	const least, most = 60, 1800
	if w == nil || w.Template == nil || w.Template.Spec.TerminationGracePeriodSeconds == nil {
		return least
	}
	return int(min(max(*w.Template.Spec.TerminationGracePeriodSeconds, least), most))
}
