package rules

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/promql"
)

// Source: Kubernetes pkg/controller/podautoscaler/horizontal.go,
// stabilizeRecommendationWithBehaviors: the highest answer of the window counts.
var scaleDownWindowTooShort = &checks.Check{
	ID:       "scale-down-window-too-short",
	Severity: checks.Warning,
	Section:  checks.Policy,
	Doc: checks.Doc{
		Title:  "Replicas are taken away in a lull shorter than a start",
		Why:    "A replica that was taken away comes back only after it has loaded the model again. When the window that scaling down looks back on is shorter than that, a lull of minutes costs more than it saves: the accelerators are released and asked for again, and the load that returns waits through a start.",
		Remedy: "Set stabilizationWindowSeconds of scaleDown to the time that a start takes at least; the API allows up to 3600. A policy that takes one replica at a time bounds the damage as well.",
		Ignore: "Lulls last for hours when they come, or the released accelerators are wanted elsewhere at once.",
		Sources: []string{
			"https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/podautoscaler/horizontal.go",
			"https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/#stabilization-window",
			"https://github.com/kubernetes/kubernetes/issues/39090",
		},
	},
	Needs:    checks.Needs{Kinds: checks.Autoscalers(), Sharpens: checks.Only(inventory.Pod, inventory.Event, inventory.ConfigMap)},
	CausedBy: []string{"scale-down-unthrottled"},
	Params: checks.LoadParams(
		checks.Param{Name: "returnsPerHour", Value: 3, Min: 2, Max: 60, Doc: "how often an autoscaler may come back down to one size, by the events that a cluster keeps; more is flapping"},
		checks.Param{Name: "rateWindowSeconds", Value: 120, Min: 0, Max: 3600, Doc: "the shortest window that suits a rate or a quantile, which lag behind by a minute or two"},
	),
	Run: func(pass *checks.Pass) {
		for _, a := range pass.Autoscalers() {
			if _, held := a.Held(); a.Max > a.Floor() && !a.Object.Fragment && a.BoundsKnown() && !a.Hidden() && !held {
				windowJudge(pass, a, a.ScaleDown())
			}
		}
	},
}

// windowJudge compares the window with a start where one is known, else with
// what the events tell, else with what the metrics are.
func windowJudge(pass *checks.Pass, a *inventory.Autoscaler, down inventory.ScalingRules) {
	const most = time.Hour // the API's bound of the field
	f := checks.Finding{At: a.Object.At(down.Path.Join("stabilizationWindowSeconds")...), Workload: a.Workload, Evidence: []checks.Evidence{windowEvidence(down)}}
	head := fmt.Sprintf("the scaleDown window of %s is %s", a.Object.Short(), down.Window)
	start, known := pass.StartTime(a.Workload)
	if known {
		wanted := min(start.Fast, most)
		if down.Window >= wanted || windowSlow(a, down, start.Fast) {
			return
		}
		f.Message, f.Fix = head+", and "+start.String(), windowFix(a, down, wanted)
		f.Evidence = append(f.Evidence, checks.StartEvidence(a.Workload, start))
		if start.Measured == 0 && !down.WindowSet {
			f.Severity = checks.Info // an estimate against a default
		}
		pass.Report(f)
		return
	}
	f.Fix = &checks.Fix{Title: "lengthen the window to the time that a start takes", Safety: checks.Manual}
	back, rate := pass.Returns(a), windowRate(pass, a)
	switch {
	case back.Times > int32(pass.Param("returnsPerHour")):
		f.Message = fmt.Sprintf("%s, and by its events it came back down to %s replicas %d times", head, back.Size, back.Times)
		f.Evidence = append(f.Evidence, checks.Evidence{Path: "event SuccessfulRescale", Value: fmt.Sprintf("New size: %s, %d times", back.Size, back.Times), Basis: checks.Observed})
	case down.Window.Seconds() < pass.Param("rateWindowSeconds") && rate != "":
		f.Severity, f.Message = checks.Info, fmt.Sprintf("%s, about as long as the metric %s lags behind", head, rate)
		f.Evidence = append(f.Evidence, checks.Evidence{Path: "metric", Value: rate, Basis: checks.Observed})
	default:
		return
	}
	pass.Report(f)
}

// windowSlow says whether the policies take so little that a fifth of the
// replicas at most is gone when one that went too early is back.
func windowSlow(a *inventory.Autoscaler, down inventory.ScalingRules, took time.Duration) bool {
	const share = 5
	return share*(a.Max-down.Reach(a.Max, a.Floor(), took-1)) <= a.Max
}

// windowRate names a counter or a histogram that the autoscaler reads: it has to
// be averaged over time.
func windowRate(pass *checks.Pass, a *inventory.Autoscaler) string {
	readings, _ := promql.Readings(pass.Snapshot, a)
	for _, r := range readings {
		if i := slices.IndexFunc(r.Uses, func(u promql.Use) bool { return u.Metric.Type != inventory.Gauge }); i >= 0 {
			return r.Uses[i].Name
		}
	}
	return ""
}

func windowEvidence(down inventory.ScalingRules) checks.Evidence {
	e := checks.Evidence{Path: down.Path.Join("stabilizationWindowSeconds").String(), Value: strconv.Itoa(int(down.Window.Seconds())), Basis: checks.Observed}
	if !down.WindowSet {
		e.Basis = checks.Assumed
	}
	return e
}

func windowFix(a *inventory.Autoscaler, down inventory.ScalingRules, wanted time.Duration) *checks.Fix {
	seconds := int((wanted + time.Minute - 1).Truncate(time.Minute).Seconds())
	fix := &checks.Fix{Title: fmt.Sprintf("look back on %d s before scaling down", seconds), Safety: checks.Manual}
	if a.GeneratedBy.IsZero() && a.Object.APIVersion != "autoscaling/v1" {
		fix.Safety, fix.Object = checks.Safe, a.Object
		fix.Edits = []checks.Edit{checks.Set(seconds, down.Path.Join("stabilizationWindowSeconds")...)}
	}
	return fix
}
