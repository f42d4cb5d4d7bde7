package rules

import (
	"fmt"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: Kubernetes documentation, images: a tag may move, a digest not;
// imagePullPolicy is Always for :latest.
var mutableImageOnScaleOut = &checks.Check{
	ID:       "mutable-image-on-scale-out",
	Severity: checks.Warning,
	Section:  checks.Cache,
	Doc: checks.Doc{
		Title:  "A replica that is added later may be another version than its siblings",
		Why:    "A tag like latest or nightly is looked up when a node pulls the image, so a scale-out at noon may start another version of the engine than the one that was tested in the morning. Between two minors of vLLM metric names and flags change: the new replica then is not scraped as the others are, or does not start at all.",
		Remedy: "Pin the image to a release, best by its digest, and roll new versions out as a change of the manifest.",
		Ignore: "Nodes keep the image, pull policy is IfNotPresent, and new nodes are never added.",
		Sources: []string{
			"https://kubernetes.io/docs/concepts/containers/images/#image-names",
			"https://docs.vllm.ai/en/latest/usage/metrics/",
		},
	},
	Needs: checks.Needs{Kinds: checks.Autoscalers()},
	Run: func(pass *checks.Pass) {
		done := map[*inventory.Workload]bool{}
		for _, a := range pass.Autoscalers() {
			w := a.Workload
			if w == nil || w.Container == nil || done[w] || a.Max <= a.Floor() {
				continue
			}
			done[w] = true
			tag, moving := inventory.MovingTag(w.Container.Image)
			if !moving {
				continue
			}
			pass.Report(checks.Finding{
				At: w.Blame(w.ContainerPath.Join("image")...), Workload: w,
				Message:  fmt.Sprintf("the tag %s of %s may be another image for each replica that %s adds", tag, w.Container.Image, a.Short()),
				Evidence: []checks.Evidence{{Path: w.AtEngine("image").Path.String(), Value: w.Container.Image, Basis: checks.Observed}},
				Fix:      &checks.Fix{Title: "pin the image to a release or a digest", Safety: checks.Manual, Object: w.Owner},
			})
		}
	},
}
