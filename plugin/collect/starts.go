package collect

import (
	"fmt"
	"math"
	"regexp"
	"time"

	"github.com/prometheus/common/model"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

// history is how far back past starts are looked for: long enough for a daily
// peak, short enough for one query.
const history = "26h"

// longestStart bounds what counts as one: a pod that became Ready again after a
// day has not loaded for a day.
const longestStart = 4 * time.Hour

// starts asks kube-state-metrics' history for the starts of pods that are gone:
// from the engine's container start to Ready, of pods whose container never
// restarted. The workload's number is the slowest.
func (c *collection) starts() {
	ready := c.byPod("kube_pod_status_ready_time", "")
	if len(ready) == 0 {
		return
	}
	started, restarts := map[string]map[inventory.Ref]float64{}, map[string]map[inventory.Ref]float64{}
	for _, w := range c.objects.Workloads() {
		if w.Container == nil || w.Template == nil {
			continue
		}
		name := w.Container.Name
		if started[name] == nil {
			started[name] = c.byPod("kube_pod_container_state_started", name)
			restarts[name] = c.byPod("kube_pod_container_status_restarts_total", name)
		}
		slowest, count := 0.0, 0
		for pod, at := range ready {
			took := at - started[name][pod]
			known := started[name][pod] > 0 && restarts[name][pod] == 0
			if known && ownPod(w, pod) && took > 0 && took < longestStart.Seconds() {
				slowest = math.Max(slowest, took)
				count++
			}
		}
		if count > 0 {
			c.set.Add(signals.Sample{
				Metric: signals.ModelLoadTime, Of: w.Ref(), Value: slowest, At: time.Now(),
				Source: fmt.Sprintf("%s, %s in %s", c.source(), inventory.Count(int32(count), "start"), history),
			})
		}
	}
}

// byPod is the last value of a series of each pod within the history.
func (c *collection) byPod(series, container string) map[inventory.Ref]float64 {
	matchers := fmt.Sprintf("namespace=~%q", c.within)
	if container != "" {
		matchers += fmt.Sprintf(",container=%q", container)
	}
	all := map[inventory.Ref]float64{}
	for _, s := range c.vector(fmt.Sprintf("max by (namespace, pod) (max_over_time(%s{%s}[%s]))", series, matchers, history)) {
		ref := inventory.Ref{Kind: inventory.Pod.String(), Namespace: string(s.Metric["namespace"]), Name: string(s.Metric["pod"])}
		if value := float64(s.Value); !math.IsNaN(value) && s.Metric[model.LabelName("pod")] != "" {
			all[ref] = value
		}
	}
	return all
}

// podSuffix is what controllers put behind a workload's name: a hash and five
// letters (Deployment), or a number (StatefulSet, group).
var podSuffix = regexp.MustCompile(`^(-[0-9a-z]{5,10})?-[0-9a-z]{5}$|^(-[0-9]+){1,2}$`)

// ownPod says whether a pod that is gone was the workload's, by its name.
func ownPod(w *inventory.Workload, pod inventory.Ref) bool {
	name := w.Object.Name
	return pod.Namespace == w.Object.Namespace && len(pod.Name) > len(name) && pod.Name[:len(name)] == name && podSuffix.MatchString(pod.Name[len(name):])
}
