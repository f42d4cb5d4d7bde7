package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/promql"
)

// Source: Kubernetes pkg/controller/podautoscaler/horizontal.go,
// calculateScaleUpLimitWithScalingRules; a pod that is not Ready yet takes no
// requests off the queue.
var scaleUpOutrunsLoadTime = &checks.Check{
	ID:       "scale-up-outruns-load-time",
	Severity: checks.Warning,
	Section:  checks.Policy,
	Doc: checks.Doc{
		Title:  "Scaling up goes on to the maximum before the first new replica serves",
		Why:    "A queue keeps growing while new replicas load, and the autoscaler answers by adding more of them, every 15 s unless a policy says otherwise. All are asked for before the first one has served a request and shown that it was enough. A short peak then takes every accelerator up to the maximum, and gives them back when the peak is long over.",
		Remedy: "Write a scaleUp policy that adds a few replicas at once and the next ones after about the time that a start takes: value replicas per periodSeconds. Bound the rest by the maximum.",
		Ignore: "Accelerators are there anyway, and a few starts in vain cost less than a longer queue.",
		Sources: []string{
			"https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/podautoscaler/horizontal.go",
			"https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#default-behavior",
			"https://github.com/kubernetes/kubernetes/issues/59975",
		},
	},
	Needs: checks.Needs{Kinds: checks.Autoscalers(), Sharpens: checks.Only(inventory.Pod, inventory.ConfigMap)},
	Params: checks.LoadParams(
		checks.Param{Name: "shortStartSeconds", Value: 60, Min: 0, Max: 3600, Doc: "starts shorter than this are left alone; the queue has hardly grown by then"},
		checks.Param{Name: "assumedStartSeconds", Value: 180, Min: 60, Max: 7200, Doc: "how long a start takes where neither a pod nor the model's name tells; findings that rest on it are infos"},
	),
	Run: func(pass *checks.Pass) {
		for _, a := range pass.Autoscalers() {
			const few = 2 // replicas, of which none is much too many
			if held, _ := a.Held(); a.Max-a.Floor() > few && a.BoundsKnown() && !a.Hidden() && !held {
				outrunJudge(pass, a)
			}
		}
	},
}

func outrunJudge(pass *checks.Pass, a *inventory.Autoscaler) {
	readings, ok := promql.Readings(pass.Snapshot, a)
	queue := slices.IndexFunc(readings, outrunQueue)
	if !ok || queue < 0 {
		return
	}
	start, known := pass.StartTime(a.Workload)
	took := start.Fast
	if !known {
		took = time.Duration(pass.Param("assumedStartSeconds")) * time.Second
	}
	up := a.ScaleUp()
	last := took - 1 // the latest moment at which no new replica is Ready
	if took.Seconds() < pass.Param("shortStartSeconds") || up.Reach(a.Floor(), a.Max, last) < a.Max {
		return
	}
	f := checks.Finding{
		At: a.Object.At(up.Path.Join("policies")...), Workload: a.Workload,
		Message:  fmt.Sprintf("the scaleUp rules of %s allow all %d replicas from %d to the maximum of %d before the first of them is Ready", a.Object.Short(), a.Max-a.Floor(), a.Floor(), a.Max),
		Evidence: checks.ReadingEvidence(readings[queue]), Fix: outrunFix(a, up, took),
	}
	basis := checks.Assumed
	if up.PoliciesSet {
		basis = checks.Observed
	}
	for _, policy := range up.Policies {
		f.Evidence = append(f.Evidence, checks.Evidence{Path: up.Path.Join("policies").String(), Value: fmt.Sprintf("%s %d per %d s", policy.Type, policy.Value, policy.PeriodSeconds), Basis: basis})
	}
	if known {
		f.Message += ": " + start.String()
		f.Evidence = append(f.Evidence, checks.StartEvidence(a.Workload, start))
	} else {
		f.Severity = checks.Info
		f.Message += fmt.Sprintf(", if a start takes %s", took)
		f.Evidence = append(f.Evidence, checks.Evidence{Path: "load time", Value: took.String(), Basis: checks.Assumed})
	}
	pass.Report(f)
}

// outrunQueue says whether a metric reads a backlog and nothing else. Requests in
// flight are bounded by the clients: more replicas do not run after them.
func outrunQueue(r promql.Reading) bool {
	return promql.Only([]promql.Reading{r}, func(u promql.Use) bool {
		gateways := u.Metric.Meaning == inventory.MeansGatewayLoad && strings.Contains(u.Name, "queue")
		return u.Metric.Meaning == inventory.MeansWaiting || gateways
	})
}

// outrunFix adds a third of the room at once, and the next third when the first
// may be Ready.
func outrunFix(a *inventory.Autoscaler, up inventory.ScalingRules, took time.Duration) *checks.Fix {
	fix := &checks.Fix{Title: "add a part of the replicas per start", Safety: checks.Manual}
	if !a.GeneratedBy.IsZero() || a.Object.APIVersion == "autoscaling/v1" {
		return fix // nowhere to write it
	}
	const sync, most = 15, 1800 // seconds: of the controller, and of the API
	value, period := int(max(1, (a.Max-a.Floor())/3)), min((int(took.Seconds())+sync-1)/sync*sync, most)
	fix.Title, fix.Safety, fix.Object = fmt.Sprintf("add %d at most per %d s", value, period), checks.Safe, a.Object
	fix.Edits = []checks.Edit{checks.Set([]any{map[string]any{"type": "Pods", "value": value, "periodSeconds": period}}, up.Path.Join("policies")...)}
	return fix
}
