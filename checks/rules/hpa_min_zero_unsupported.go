package rules

import (
	"fmt"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: Kubernetes pkg/apis/autoscaling/validation/validation.go,
// validateMetrics, and pkg/features/kube_features.go, HPAScaleToZero;
// pkg/controller/podautoscaler/horizontal.go, shouldComputeMetricsForZeroReplicas.
var hpaMinZeroUnsupported = &checks.Check{
	ID:       "hpa-min-zero-unsupported",
	Severity: checks.Error,
	Section:  checks.Schedules,
	Doc: checks.Doc{
		Title:  "An HPA with minReplicas 0 that the API server refuses, or that never starts a replica",
		Why:    "minReplicas 0 needs at least one metric of type Object or External: metrics of pods are gone with the last pod, and every version of Kubernetes refuses such an HPA. It also needs the feature gate HPAScaleToZero, which is off before Kubernetes 1.37. And an HPA starts a first replica only where it took the last one away itself: a target that was applied with replicas 0 counts as switched off by hand.",
		Remedy: "Scale on a queue outside the pods (External or Object), leave replicas out of the target's manifest, or use a ScaledObject of KEDA, which goes to zero on any version. Where none of them is at hand, keep one replica.",
		Ignore: "Every cluster that the manifest goes to has the feature gate on.",
		Sources: []string{
			"https://github.com/kubernetes/enhancements/blob/master/keps/sig-autoscaling/2021-scale-from-zero/README.md",
			"https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/autoscaling/validation/validation.go",
			"https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/#implicit-maintenance-mode-deactivation",
		},
	},
	Needs: checks.Needs{Kinds: checks.Autoscalers()},
	Run: func(pass *checks.Pass) {
		for _, a := range pass.Autoscalers() {
			if a.HPA != nil && a.Min == 0 && !a.Object.Fragment {
				hpaZeroReport(pass, a)
			}
		}
	},
}

func hpaZeroReport(pass *checks.Pass, a *inventory.Autoscaler) {
	f := checks.Finding{
		At: a.Object.At(a.MinPath...), Workload: a.Workload,
		Evidence: []checks.Evidence{{Path: a.MinPath.String(), Value: "0", Basis: checks.Observed}},
		Fix:      &checks.Fix{Title: "scale by a ScaledObject, or keep one replica", Safety: checks.Manual, Object: a.Object},
	}
	outside, known := hpaZeroOutside(a)
	switch {
	case !outside && known && !pass.IsLive(): // what a cluster serves, it has accepted
		f.Message = "minReplicas 0 is refused without a metric of type Object or External"
		for _, m := range a.Metrics {
			f.Evidence = append(f.Evidence, checks.Evidence{Path: m.Path.String(), Value: string(m.Source) + " " + m.Name, Basis: checks.Observed})
		}
	case hpaZeroOff(a):
		f.Severity = checks.Warning
		f.Message = fmt.Sprintf("minReplicas is 0 and %s has replicas 0 that the HPA did not set: it takes that for switched off and never starts the first one", a.Target.Short())
		f.Evidence = append(f.Evidence, checks.Evidence{Path: a.Target.Short() + " spec.replicas", Value: "0", Basis: checks.Observed})
	case !pass.IsLive():
		f.Severity = checks.Warning
		since := inventory.HPAScalesToZero.Info().Since
		f.Message = fmt.Sprintf("minReplicas 0 is refused before Kubernetes %d.%d, unless the feature gate HPAScaleToZero is on", since.Major, since.Minor)
	default:
		return
	}
	pass.Report(f)
}

// hpaZeroOff says whether the target stands at zero and not by this HPA's doing.
func hpaZeroOff(a *inventory.Autoscaler) bool {
	if a.Workload == nil || a.Workload.Replicas == nil || *a.Workload.Replicas > 0 {
		return false
	}
	for _, condition := range a.HPA.Status.Conditions {
		if condition.Type == "ScaledToZero" && condition.Status == "True" {
			return false
		}
	}
	return true
}

// hpaZeroOutside says whether a metric comes from outside the pods. That is not
// known where one cannot be read.
func hpaZeroOutside(a *inventory.Autoscaler) (outside, known bool) {
	known = !a.Hidden()
	for _, m := range a.Metrics {
		outside = outside || m.Source == inventory.SourceObject || m.Source == inventory.SourceExternal
		known = known && m.Source != ""
	}
	return outside, known
}
