package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: Kubernetes, resource quotas and limit ranges are enforced when a pod is
// created; what is refused shows as ReplicaFailure/FailedCreate.
var quotaCapsScaleUp = &checks.Check{
	ID:       "quota-caps-scale-up",
	Severity: checks.Error,
	Section:  checks.Capacity,
	Doc: checks.Doc{
		Title:  "A quota of the namespace ends the scale-up before the maximum",
		Why:    "A ResourceQuota refuses the pod itself: there is no Pending pod to see, and no node autoscaler hears of it. The autoscaler goes on asking for replicas that nobody creates, and the reason stands in a condition of the ReplicaSet alone. Memory, pods and storage run out as well as accelerators. A LimitRange with a lower maximum refuses every pod.",
		Remedy: "Raise the quota to what the maximum needs, with a surge pod for rollouts, or lower the maximum to what the quota allows.",
		Ignore: "The quota is meant to be the limit, and somebody watches it.",
		Sources: []string{
			"https://kubernetes.io/docs/concepts/policy/resource-quotas/",
			"https://kubernetes.io/docs/concepts/policy/limit-range/",
			"https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#failed-deployment",
		},
	},
	Needs: checks.Needs{
		Kinds:    checks.Kinds(checks.Autoscalers(), checks.Only(inventory.ResourceQuota)),
		Sharpens: checks.Only(inventory.LimitRange, inventory.Pod, inventory.Event),
	},
	Run: func(pass *checks.Pass) {
		told := map[*inventory.Workload]bool{}
		for _, w := range pass.Workloads() {
			bounds := pass.Bounds(w)
			if w.Object.Fragment || !bounds.Known {
				continue
			}
			pods := int64(bounds.Max) * w.AcceleratedPods()
			caps := pass.QuotaCaps(w)
			switch {
			case quotaRefuses(pass, w):
				told[w] = true
			case len(caps) > 0 && caps[0].Pods < pods:
				told[w] = true
				reportQuota(pass, w, caps[0], pods)
			}
		}
		for _, total := range pass.QuotaTotals() {
			if total.Needs.Cmp(total.Hard) > 0 && !slices.ContainsFunc(total.Workloads, func(w *inventory.Workload) bool { return told[w] }) {
				reportQuotaTotal(pass, total)
			}
		}
	},
}

// quotaRefuses reports what is refused already, or always will be.
func quotaRefuses(pass *checks.Pass, w *inventory.Workload) bool {
	if words, refused := pass.Refused(w); refused {
		pass.Report(checks.Finding{
			At: w.Owner.At("metadata", "name"), Workload: w,
			Message:  "pods are refused: " + strings.TrimRight(words, ". "),
			Evidence: []checks.Evidence{{Path: "FailedCreate", Value: words, Basis: checks.Observed}},
		})
		return true
	}
	for _, b := range pass.RangeBreaches(pass.AsRun(w)) {
		pass.Report(checks.Finding{
			At: b.Object.At(b.Path...), Workload: w,
			Message:  fmt.Sprintf("a %s may have %s of %s, and that of %s has %s: every pod is refused", strings.ToLower(b.Type), b.Max.String(), b.Resource, w.Ref().Short(), b.Has.String()),
			Evidence: []checks.Evidence{{Path: b.Path.String(), Value: b.Max.String(), Basis: checks.Observed}},
		})
		return true
	}
	return false
}

func reportQuota(pass *checks.Pass, w *inventory.Workload, c inventory.QuotaCap, pods int64) {
	f := checks.Finding{
		At: c.Object.At(c.Path...), Workload: w,
		Message:  fmt.Sprintf("%s is room for %d pods of %s, and its maximum is %d, each with %s", c.Hard.String(), c.Alone, w.Ref().Short(), pods, c.PerPod.String()),
		Evidence: []checks.Evidence{{Path: c.Object.Ref.Short() + " " + c.Path.String(), Value: c.Hard.String(), Basis: checks.Observed}},
		Fix:      &checks.Fix{Title: fmt.Sprintf("raise the quota to what %d pods need, or lower the maximum", pods), Safety: checks.Manual},
	}
	if c.Alone >= pods {
		f.Severity = checks.Warning // the others may leave
		f.Message = fmt.Sprintf("others use %s of %s: that is room for %d pods of %s, and its maximum is %d", c.Others.String(), c.Hard.String(), c.Pods, w.Ref().Short(), pods)
	}
	pass.Report(f)
}

func reportQuotaTotal(pass *checks.Pass, total inventory.QuotaTotal) {
	var names []string
	for _, w := range total.Workloads {
		names = append(names, w.Ref().Short())
	}
	pass.Report(checks.Finding{
		Severity: checks.Warning, At: total.Object.At(total.Path...), Workload: total.Workloads[0],
		Message:  fmt.Sprintf("at their most replicas %s need %s together, and the quota has %s", strings.Join(names, ", "), total.Needs.String(), total.Hard.String()),
		Evidence: []checks.Evidence{{Path: total.Object.Ref.Short() + " " + total.Path.String(), Value: total.Hard.String(), Basis: checks.Observed}},
	})
}
