package collect

import (
	"fmt"
	"math"
	"regexp"
	"sync"
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

// history is how far back past starts are looked for: long enough for a daily
// peak, short enough for one query.
const history = "26h"

// longestStart bounds what counts as one: a pod that became Ready again after a
// day has not loaded for a day.
const longestStart = 4 * time.Hour

// pastStarts are the starts that a server told of, and when it was asked: the
// question is about a whole day, and the answer changes little from one look at
// the fleet to the next.
type pastStarts struct {
	mu    sync.Mutex
	asked time.Time
	of    string // the namespaces
	found []signals.Sample
}

// askStartsAgain is how long an answer about past starts is good for.
const askStartsAgain = time.Minute

// starts tells of the workloads' past starts, as they are remembered or asked for.
func (c *collection) starts() {
	c.past.mu.Lock()
	defer c.past.mu.Unlock()
	if c.past.of != c.within || time.Since(c.past.asked) >= askStartsAgain {
		found := c.slowestStarts()
		if c.dead {
			return
		}
		c.past.asked, c.past.of, c.past.found = time.Now(), c.within, found
	}
	for _, sample := range c.past.found {
		c.set.Add(sample)
	}
}

// slowestStarts asks kube-state-metrics' history for the starts of pods that are
// gone: from the engine's container start to Ready, of pods whose container never
// restarted. The workload's number is the slowest.
func (c *collection) slowestStarts() []signals.Sample {
	ready := c.byPod("kube_pod_status_ready_time", "")
	if len(ready) == 0 {
		return nil
	}
	var all []signals.Sample
	started, restarts := map[string]map[inventory.Ref]float64{}, map[string]map[inventory.Ref]float64{}
	for _, w := range c.objects.Workloads() {
		if w.Container == nil || w.Template == nil {
			continue
		}
		name := w.Container.Name
		if _, asked := started[name]; !asked {
			started[name] = c.byPod("kube_pod_container_state_started", name)
			restarts[name] = c.byPod("kube_pod_container_status_restarts_total", name)
		}
		slowest, count := 0.0, 0
		for pod, at := range ready {
			if !ownPod(w, pod) {
				continue
			}
			took := at - started[name][pod]
			known := started[name][pod] > 0 && restarts[name][pod] == 0
			if known && took > 0 && took < longestStart.Seconds() {
				slowest = math.Max(slowest, took)
				count++
			}
		}
		if count > 0 {
			all = append(all, signals.Sample{
				Metric: signals.ModelLoadTime, Of: w.Ref(), Value: slowest, At: time.Now(),
				Source: fmt.Sprintf("%s, %s in %s", c.source, inventory.Count(int32(count), "start"), history),
			})
		}
	}
	return all
}

// byPod is the last value of a series of each pod within the history.
func (c *collection) byPod(series, container string) map[inventory.Ref]float64 {
	matchers := fmt.Sprintf("namespace=~%q", c.within)
	if container != "" {
		matchers += fmt.Sprintf(",container=%q", container)
	}
	all := map[inventory.Ref]float64{}
	answered := c.each(fmt.Sprintf("max by (namespace, pod) (max_over_time(%s{%s}[%s]))", series, matchers, history), func(s *vectorSample) {
		if !math.IsNaN(s.value) && s.pod != "" {
			all[inventory.Ref{Kind: inventory.Pod.String(), Namespace: s.namespace, Name: s.pod}] = s.value
		}
	})
	if !answered {
		return nil
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
