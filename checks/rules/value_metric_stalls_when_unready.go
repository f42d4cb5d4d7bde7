package rules

import (
	"fmt"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: Kubernetes, replica_calculator.go, getUsageRatioReplicaCount: the
// ratio is multiplied with the number of ready pods.
var valueMetricStallsWhenUnready = &checks.Check{
	ID:       "value-metric-stalls-when-unready",
	Severity: checks.Warning,
	Section:  checks.Policy,
	Doc: checks.Doc{
		Title:  "Replicas that overload makes unready make the autoscaler ask for fewer",
		Why:    "With a Value target the controller multiplies value / target with the number of ready pods. A readiness probe that fails under overload takes pods out of that number just when they are needed: the desired count falls, and with no pod ready nothing can grow at all.",
		Remedy: "Give the readiness probe patience (timeoutSeconds 5 or more, a failureThreshold of some tens of seconds), or scale on a sum with AverageValue, which does not look at readiness.",
		Ignore: "The health endpoint answers whatever the load, as one of a process of its own does.",
		Sources: []string{
			"https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/podautoscaler/replica_calculator.go",
			"https://github.com/kubernetes/kubernetes/issues/130130",
		},
	},
	Needs: checks.Needs{Kinds: checks.Autoscalers(), Sharpens: checks.Only(inventory.Pod)},
	Run: func(pass *checks.Pass) {
		for _, a := range pass.Autoscalers() {
			m := stallingMetric(a)
			if m == nil || a.Workload == nil {
				continue
			}
			f := checks.Finding{
				At: a.Object.At(m.TargetTypePath...), Workload: a.Workload,
				Evidence: []checks.Evidence{{Path: m.TargetTypePath.String(), Value: string(m.TargetType), Basis: checks.Observed}},
				Fix:      &checks.Fix{Title: "give the readiness probe patience, or scale on a sum per replica", Safety: checks.Manual},
			}
			if stallsNow(pass, a, &f) || stallsUnderLoad(a, &f) {
				pass.Report(f)
			}
		}
	},
}

// stallingMetric is a Value target where every other metric has one too: one
// AverageValue target goes on growing.
func stallingMetric(a *inventory.Autoscaler) *inventory.ScalingMetric {
	if a.Max <= a.Min || a.Object.Fragment {
		return nil
	}
	var found *inventory.ScalingMetric
	for i, m := range a.Metrics {
		switch {
		case !m.Value():
			return nil
		case found == nil:
			found = &a.Metrics[i]
		}
	}
	return found
}

// stallsNow: pods that have been ready are not any more, all of them.
func stallsNow(pass *checks.Pass, a *inventory.Autoscaler, f *checks.Finding) bool {
	ready, all := pass.ReadyPods(a.Workload)
	fallen := pass.FallenPods(a.Workload)
	if ready > 0 || fallen == 0 || fallen < all {
		return false
	}
	f.Message = fmt.Sprintf("none of %s is ready any more, and a target of type Value then asks for no more than the minimum", inventory.Count(int32(all), "pod"))
	f.Evidence = append(f.Evidence, checks.Evidence{Path: "pods", Value: fmt.Sprintf("%d of %d fell out of Ready", fallen, all), Basis: checks.Observed})
	return true
}

// stallsUnderLoad judges the probe: a busy engine that misses a second, a few
// times in a row, is out.
func stallsUnderLoad(a *inventory.Autoscaler, f *checks.Finding) bool {
	const patient, short = 30 * time.Second, 2 * time.Second
	w := a.Workload
	if w.Container == nil || w.Container.ReadinessProbe == nil || w.Operated {
		return false
	}
	probe := w.Container.ReadinessProbe
	window, timeout := inventory.ProbeWindow(probe)-time.Duration(probe.InitialDelaySeconds)*time.Second, inventory.ProbeTimeout(probe)
	if window > patient || timeout >= short {
		return false
	}
	f.Severity = checks.Info
	f.Message = fmt.Sprintf("a pod that answers later than %s for %s is no longer ready, and a target of type Value counts ready pods alone", timeout, window)
	f.Evidence = append(f.Evidence, checks.Evidence{Path: w.AtEngine("readinessProbe").Path.String(), Value: fmt.Sprintf("timeout %s, window %s", timeout, window), Basis: checks.Derived})
	return true
}
