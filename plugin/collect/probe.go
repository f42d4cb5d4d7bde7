package collect

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// PodPage is what one pod's /metrics says of some series by name, with nothing
// in between.
type PodPage struct {
	Pod  string
	Port int32
	Path string
	At   time.Time
	// Values are the sums of the series of each name that is there, Labels what
	// each of these series has.
	Values map[string]float64
	Labels map[string][]map[string]string
	Err    string // why there is no page
}

// Pages asks every running pod of a workload for series by name. Not ok where
// it is not known where the engine serves its metrics.
func (s *Scraper) Pages(ctx context.Context, objects *inventory.Snapshot, w *inventory.Workload, names []string) (pages []PodPage, ok bool) {
	at, known := targetOf(w)
	if !known {
		return nil, false
	}
	var mu sync.Mutex
	var group errgroup.Group
	group.SetLimit(scrapesAtOnce)
	for _, pod := range objects.Pods(w) {
		if pod.Status.Phase != corev1.PodRunning {
			continue
		}
		group.Go(func() error {
			p := PodPage{Pod: pod.Name, Port: at.port, Path: at.path, Values: map[string]float64{}, Labels: map[string][]map[string]string{}}
			got, err := s.scrape(ctx, pod.Namespace, pod.Name, at)
			if err != nil {
				p.Err = err.Error()
			} else {
				p.fill(got, names)
			}
			mu.Lock()
			defer mu.Unlock()
			pages = append(pages, p)
			return nil
		})
	}
	_ = group.Wait() // what fails is in the page
	slices.SortFunc(pages, func(a, b PodPage) int {
		if a.Pod < b.Pod {
			return -1
		}
		return 1
	})
	return pages, true
}

func (p *PodPage) fill(got *page, names []string) {
	p.At = got.at
	for _, name := range names {
		if family := got.families[name]; family != nil {
			if sum := sumOf(family, term{}); sum.count > 0 {
				p.Values[name] = sum.value
			} else if histogram := bucketsOf(family, term{}); histogram.total() > 0 {
				p.Values[name] = histogram.total()
			}
			for _, m := range family.Metric {
				p.Labels[name] = append(p.Labels[name], labelsOf(m))
			}
		}
	}
}

// Target is what Prometheus says of one place that it scrapes.
type Target struct {
	Namespace, Pod, Address string
	Up                      bool
	LastError               string
	LastScrape              time.Time
}

// Targets lists what Prometheus scrapes of pods: by its own labels, or by what
// the service discovery told it.
func (p *Prometheus) Targets(ctx context.Context) ([]Target, error) {
	var data struct {
		Active []struct {
			Discovered map[string]string `json:"discoveredLabels"`
			Labels     map[string]string `json:"labels"`
			Health     string            `json:"health"`
			LastError  string            `json:"lastError"`
			LastScrape time.Time         `json:"lastScrape"`
		} `json:"activeTargets"`
	}
	read := func(in *reader) error {
		raw, err := in.ReadValue()
		if err != nil {
			return err
		}
		return json.Unmarshal(raw, &data)
	}
	if _, err := p.ask(ctx, "targets", nil, read); err != nil {
		return nil, err
	}
	var all []Target
	for _, t := range data.Active {
		all = append(all, Target{
			Namespace: first(t.Labels["namespace"], t.Discovered["__meta_kubernetes_namespace"]),
			Pod:       first(t.Labels["pod"], t.Discovered["__meta_kubernetes_pod_name"]),
			Address:   t.Discovered["__address__"],
			Up:        t.Health == "up", LastError: firstLine(t.LastError), LastScrape: t.LastScrape,
		})
	}
	return all, nil
}

func first(words ...string) string {
	for _, word := range words {
		if word != "" {
			return word
		}
	}
	return ""
}

// Answer is what a query returned.
type Answer struct {
	Series int
	// Value is the one number, or the sum of several series.
	Value float64
	At    time.Time
}

// Query runs a query once.
func (p *Prometheus) Query(ctx context.Context, expr string) (Answer, error) {
	return p.QueryAt(ctx, expr, time.Time{})
}

// QueryAt runs a query once, as of a whole second; now where the time is zero.
func (p *Prometheus) QueryAt(ctx context.Context, expr string, at time.Time) (Answer, error) {
	var a Answer
	said := answered{}
	said.take = func(s *vectorSample) {
		if !math.IsNaN(s.value) {
			a.Series++
			a.Value += s.value
			a.At = s.at
		}
	}
	if err := p.queryAt(ctx, expr, at, &said); err != nil {
		return Answer{}, err
	}
	return a, nil
}
