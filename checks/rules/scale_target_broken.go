package rules

import (
	"fmt"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: Kubernetes, pkg/controller/podautoscaler/horizontal.go: the target is
// looked up by group, kind and name in the autoscaler's own namespace, and its
// scale subresource is what is written; KEDA, pkg/util/gvkr.go.
var scaleTargetBroken = &checks.Check{
	ID:       "scale-target-broken",
	Severity: checks.Error,
	Section:  checks.Policy,
	Doc: checks.Doc{
		Title:  "The autoscaler's target does not exist or cannot be scaled",
		Why:    "An autoscaler whose scaleTargetRef leads nowhere is mostly accepted (an HPA's without an API group is refused) and does nothing: its status says FailedGetScale, and the replicas stay as they are under any load. apiVersion and kind must be the target's own, the kind must have a scale subresource, and the name is looked up in the autoscaler's own namespace.",
		Remedy: "Write apiVersion, kind and name of the object that owns the pods, and put the autoscaler in its namespace. RayService and InferenceService scale by fields of their own.",
		Ignore: "Something outside the input makes the target.",
		Sources: []string{
			"https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/podautoscaler/horizontal.go",
			"https://keda.sh/docs/latest/reference/scaledobject-spec/#scaletargetref",
		},
	},
	Needs: checks.Needs{Kinds: checks.Autoscalers()},
	Run: func(pass *checks.Pass) {
		for _, kind := range inventory.AutoscalerKinds() {
			for _, o := range pass.List(kind) {
				a := inventory.ReadAutoscaler(o)
				if a == nil || o.Fragment || !a.GeneratedBy.IsZero() {
					continue
				}
				w := pass.WorkloadOf(a.Target)
				if w == nil {
					w = targetTwin(pass, a)
				}
				if w != nil || a.MentionsInference() {
					judgeTarget(pass, a, w)
				}
			}
		}
	},
}

// targetTwin is the inference workload that an autoscaler with a lost target
// may be meant for: one of the target's name, else the only one of the namespace
// whose name looks like it. Another autoscaler must not have it.
func targetTwin(pass *checks.Pass, a *inventory.Autoscaler) *inventory.Workload {
	var like []*inventory.Workload
	_, misspelt := a.TargetKind()
	for _, w := range pass.Workloads() {
		here := w.Object.Namespace == a.Object.Namespace
		elsewhere := !here && w.Object.Namespace != "" && a.Object.Namespace != "" && w.Object.Kind == a.Target.Kind
		switch {
		case w.Object.Fragment, w.Operated, w.Object.Type == inventory.LeaderWorkerSet, a.Target.Group != "apps" && !misspelt, len(pass.AutoscalersOf(w)) > 0:
		case w.Object.Name == a.Target.Name && (here || elsewhere):
			return w
		case here && w.Object.Kind == a.Target.Kind && inventory.LooksLike(w.Object.Name, a.Target.Name):
			like = append(like, w)
		}
	}
	if len(like) != 1 || pass.HidesPods(a.Object.Namespace) {
		return nil
	}
	return like[0]
}

func judgeTarget(pass *checks.Pass, a *inventory.Autoscaler, w *inventory.Workload) {
	_, presence := pass.Find(a.Target)
	meant, misspelt := a.TargetKind()
	age, aged := a.Object.Age(pass.Now)
	const young = 3 * time.Minute // the rest of what was applied with it may still come
	switch {
	case a.Scaleless():
		reportTarget(pass, a, w, checks.Error, "kind", fmt.Sprintf("the target %s cannot be scaled: its kind has no scale subresource", a.Target.Short()))
	case misspelt && a.Target.Kind != meant.Name:
		reportTarget(pass, a, w, checks.Error, "kind", fmt.Sprintf("the target's kind %s does not exist: it is spelt %s", a.Target.Kind, meant.Name),
			checks.Set(meant.Name, a.TargetPath.Join("kind")...))
	case misspelt:
		reportTarget(pass, a, w, checks.Error, "apiVersion", fmt.Sprintf("the target's kind %s is looked for in %s, and is in %s", a.Target.Kind, targetGroup(a), meant.Group),
			checks.Set(meant.APIVersion(), a.TargetPath.Join("apiVersion")...))
	case presence == inventory.Present, pass.IsLive() && presence == inventory.Unseen:
	case w != nil && w.Object.Namespace != a.Object.Namespace:
		reportTarget(pass, a, w, checks.Error, "name", fmt.Sprintf("the target %s is in namespace %s, and an autoscaler in %s looks for it there", a.Target.Short(), w.Object.Namespace, a.Object.Namespace))
	case pass.IsLive() && a.Target.Kind != "ReplicaSet" && (!aged || age > young):
		reportTarget(pass, a, w, checks.Error, "name", "the target "+a.Target.Short()+" does not exist: nothing is scaled")
	case pass.IsLive() || w == nil:
	case w.Object.Name == a.Target.Name:
		reportTarget(pass, a, w, checks.Error, "kind", fmt.Sprintf("the target %s is not in the input, and %s is", a.Target.Short(), w.Ref().Short()),
			checks.Set(w.Object.Kind, a.TargetPath.Join("kind")...), checks.Set(w.Object.APIVersion, a.TargetPath.Join("apiVersion")...))
	default:
		reportTarget(pass, a, w, checks.Warning, "name", fmt.Sprintf("the target %s is not in the input, and %s is, which nothing scales", a.Target.Short(), w.Ref().Short()),
			checks.Set(w.Object.Name, a.TargetPath.Join("name")...))
	}
}

// targetGroup names the API group in which the target is looked for.
func targetGroup(a *inventory.Autoscaler) string {
	switch {
	case a.Target.Group != "":
		return a.Target.Group
	case a.TargetAPIVersion == "":
		return "the core group, for want of an apiVersion"
	}
	return "the core group"
}

func reportTarget(pass *checks.Pass, a *inventory.Autoscaler, w *inventory.Workload, severity checks.Severity, field, message string, edits ...checks.Edit) {
	fix := &checks.Fix{Title: "aim the autoscaler at the object that owns the pods", Safety: checks.Manual, Object: a.Object, Edits: edits}
	if len(edits) > 0 {
		fix.Safety = checks.Safe
	}
	pass.Report(checks.Finding{
		Severity: severity, At: a.Object.At(a.TargetPath.Join(field)...), Workload: w, Message: message, Fix: fix,
		Evidence: []checks.Evidence{{Path: a.TargetPath.String(), Value: a.TargetAPIVersion + " " + a.Target.Short(), Basis: checks.Observed}},
	})
}
