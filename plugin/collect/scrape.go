package collect

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/promql"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

const (
	// scrapesAtOnce is how many pods are asked side by side.
	scrapesAtOnce = 8
	// scrapePatience is how long one pod may take: an engine under load answers
	// late, and one that hangs must not hold the others up.
	scrapePatience = 5 * time.Second
)

// Scraper asks the engines' own /metrics, through the API server.
// It remembers the pages of the last time: rates and quantiles then are of the
// time in between.
type Scraper struct {
	API *APIServer
	// Now dates the numbers; nil is time.Now.
	Now func() time.Time

	mu   sync.Mutex
	last map[inventory.Ref]*page
	// found are dcgm-exporter's pods when they were looked for.
	found  []*corev1.Pod
	looked time.Time
}

// Collect asks every running pod of every inference workload whose engine and
// port are known.
func (s *Scraper) Collect(ctx context.Context, objects *inventory.Snapshot) *signals.Set {
	set := new(signals.Set)
	pages := s.ask(ctx, objects, objects.Workloads(), set)
	s.mu.Lock()
	earlier := s.last
	s.last = pages
	s.mu.Unlock()
	for _, w := range objects.Workloads() {
		s.read(set, w, objects.Pods(w), pages, earlier)
	}
	for _, a := range objects.Autoscalers() {
		exported(set, objects, a, pages)
	}
	return set
}

// CollectUnheard asks the pods whose autoscaler's query has no series in
// Prometheus, by what was collected there, and only whether they export what it
// asks for: the rest is known from there.
func (s *Scraper) CollectUnheard(ctx context.Context, objects *inventory.Snapshot, collected *signals.Set) *signals.Set {
	set := new(signals.Set)
	var unheard []*inventory.Autoscaler
	var workloads []*inventory.Workload
	for _, a := range objects.Autoscalers() {
		silent := slices.ContainsFunc(a.Metrics, func(m inventory.ScalingMetric) bool {
			series, asked := collected.Part(signals.TriggerSeries, a.Object.Ref, m.Path.String())
			return asked && series.Value == 0
		})
		if silent && a.Workload != nil {
			unheard = append(unheard, a)
			if !slices.Contains(workloads, a.Workload) {
				workloads = append(workloads, a.Workload)
			}
		}
	}
	pages := s.ask(ctx, objects, workloads, set)
	for _, a := range unheard {
		exported(set, objects, a, pages)
	}
	return set
}

// ask reads the pages of the workloads' running pods; one that cannot be had is
// a gap in the set.
func (s *Scraper) ask(ctx context.Context, objects *inventory.Snapshot, workloads []*inventory.Workload, set *signals.Set) map[inventory.Ref]*page {
	var group errgroup.Group
	group.SetLimit(scrapesAtOnce)
	pages := map[inventory.Ref]*page{}
	var mu sync.Mutex // of pages and set
	for _, w := range workloads {
		target, known := targetOf(w)
		if !known {
			continue
		}
		for _, pod := range objects.Pods(w) {
			if pod.Status.Phase != corev1.PodRunning {
				continue
			}
			group.Go(func() error {
				got, err := s.scrape(ctx, pod.Namespace, pod.Name, target)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					set.Miss(signals.Gap{Source: scrapeSource(pod.Name), Reason: err.Error()})
				} else {
					pages[podRef(pod)] = got
				}
				return nil
			})
		}
	}
	_ = group.Wait() // what fails is a gap
	return pages
}

// exported counts the pods on whose pages the metrics of an autoscaler are.
func exported(set *signals.Set, objects *inventory.Snapshot, a *inventory.Autoscaler, pages map[inventory.Ref]*page) {
	if a.Workload == nil || a.Workload.Recognition == nil {
		return
	}
	for _, m := range a.Metrics {
		var names []string
		for _, u := range promql.ReadingOf(objects, m).Uses {
			if u.Engine == a.Workload.EngineID() && !u.ByPattern {
				names = append(names, u.Name)
			}
		}
		asked, have := 0, 0
		sample := signals.Sample{Metric: signals.TriggerExported, Of: a.Object.Ref, Part: m.Path.String()}
		for _, pod := range objects.Pods(a.Workload) {
			if now := pages[podRef(pod)]; now != nil && len(names) > 0 {
				asked, sample.At = asked+1, now.at
				if !slices.ContainsFunc(names, func(name string) bool { return !now.has(name) }) {
					have++
				}
			}
		}
		if asked > 0 {
			sample.Value, sample.Source = float64(have), "scrape of "+inventory.Count(int32(asked), "pod")
			set.Add(sample)
		}
	}
}

// target is where an engine serves its metrics.
type target struct {
	port int32
	path string
}

// targetOf is not known where the engine serves none, or an operator decides on
// the port.
func targetOf(w *inventory.Workload) (target, bool) {
	if dialect(w.EngineID()) == nil || w.Engine.MetricsPath == "" {
		return target{}, false
	}
	port, known := w.MetricsPort()
	if !known && !w.Operated || port == 0 {
		return target{}, false
	}
	return target{port, w.Engine.MetricsPath}, true
}

func (s *Scraper) scrape(ctx context.Context, namespace, pod string, at target) (*page, error) {
	body, err := s.API.fromPod(ctx, namespace, pod, at, scrapePatience)
	if err != nil {
		return nil, fmt.Errorf("%s on port %d: %w", at.path, at.port, err)
	}
	if len(body) == 0 {
		return nil, errors.New("the answer is empty")
	}
	return parsePage(body, s.now())
}

func (s *Scraper) now() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}

// read turns the pages of a workload's pods into numbers of each pod, and of
// the workload as a whole.
func (s *Scraper) read(set *signals.Set, w *inventory.Workload, pods []*corev1.Pod, pages, earlier map[inventory.Ref]*page) {
	if w.Recognition == nil {
		return
	}
	whole := fleet{of: w.Ref(), sums: map[signals.Metric]*total{}}
	for _, pod := range pods {
		now := pages[podRef(pod)]
		if now == nil {
			continue
		}
		told := map[signals.Metric]bool{}
		for _, t := range dialect(w.EngineID()) {
			got, ok := now.read(t, earlier[podRef(pod)])
			if !ok || told[t.metric] {
				continue
			}
			told[t.metric] = true
			whole.add(t, got, now.at)
			if value, ok := got.number(t); ok {
				set.Add(signals.Sample{Metric: t.metric, Of: podRef(pod), Value: value, At: now.at, Source: scrapeSource(pod.Name)})
			}
		}
		if count, ok := now.engineSeries(w.EngineID()); ok {
			set.Add(signals.Sample{Metric: signals.EngineSeries, Of: podRef(pod), Value: float64(count), At: now.at, Source: scrapeSource(pod.Name)})
		}
	}
	whole.tell(set)
}

// number is the amount's value, or its quantile.
func (a amount) number(t term) (float64, bool) {
	if t.read == quantile {
		value, ok := a.buckets.quantile(t.q)
		return value * t.factor(), ok
	}
	return a.value, true
}

func podRef(pod *corev1.Pod) inventory.Ref {
	return inventory.Ref{Kind: inventory.Pod.String(), Namespace: pod.Namespace, Name: pod.Name}
}

func scrapeSource(pod string) string { return "scrape pod/" + pod }
