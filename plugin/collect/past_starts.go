package collect

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// PastStarts reads how long the workload's pods of the last 26 hours took from the
// engine's container start to Ready, fastest first, from kube-state-metrics'
// history. Starts of pods whose container restarted are left out.
func (p *Prometheus) PastStarts(ctx context.Context, w *inventory.Workload) ([]inventory.LoadTime, error) {
	if w.Container == nil || w.Object.Name == "" {
		return nil, nil
	}
	of := fmt.Sprintf("namespace=%q,pod=~%q", w.Object.Namespace, regexp.QuoteMeta(w.Object.Name)+"-.+")
	seconds := func(series, more string) map[string]float64 {
		all := map[string]float64{}
		for _, s := range p.latest(ctx, series, of+more) {
			all[s.Labels["pod"]] = s.Value
		}
		return all
	}
	engine := fmt.Sprintf(",container=%q", w.Container.Name)
	ready, started := seconds("kube_pod_status_ready_time", ""), seconds("kube_pod_container_state_started", engine)
	restarts := seconds("kube_pod_container_status_restarts_total", engine)
	var all []inventory.LoadTime
	for pod, at := range ready {
		took := time.Duration((at - started[pod]) * float64(time.Second))
		if NamedAfter(w, pod) && started[pod] > 0 && restarts[pod] == 0 && took > 0 && took < longestStart {
			all = append(all, inventory.LoadTime{Took: took, Pod: pod})
		}
	}
	slices.SortFunc(all, func(a, b inventory.LoadTime) int {
		return cmp.Or(cmp.Compare(a.Took, b.Took), cmp.Compare(a.Pod, b.Pod))
	})
	return all, ctx.Err()
}

// latest is what a series last said of each pod within the history.
func (p *Prometheus) latest(ctx context.Context, series, matchers string) []Series {
	all, _ := p.Series(ctx, fmt.Sprintf("max by (pod) (max_over_time(%s{%s}[%s]))", series, matchers, history)) // none where nobody scrapes kube-state-metrics
	return all
}
