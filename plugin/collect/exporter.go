package collect

import (
	"context"
	"net/url"
	"sync"
	"time"

	dto "github.com/prometheus/client_model/go"
	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

// exporterSelectors find dcgm-exporter: as the GPU operator labels it, and as its
// own chart does.
var exporterSelectors = [...]string{"app=nvidia-dcgm-exporter", "app.kubernetes.io/name=dcgm-exporter"}

// exportersAgain is how long it is believed where they are: looking lists pods of
// the whole cluster, and they come and go with nodes.
const exportersAgain = 10 * time.Minute

// exportersSoon is the same where nobody could look.
const exportersSoon = time.Minute

// exporterPort is dcgm-exporter's where its pod names none.
const exporterPort = 9400

// CollectGPUs asks the dcgm-exporters on the nodes of the workloads' pods for the
// GPUs of those whose use nobody told of. There need not be any, and where pods may
// not be listed in every namespace nobody knows.
func (s *Scraper) CollectGPUs(ctx context.Context, objects *inventory.Snapshot, collected *signals.Set) *signals.Set {
	set := new(signals.Set)
	pods, nodes := map[inventory.Ref]bool{}, map[string]bool{}
	for _, w := range objects.Workloads() {
		for _, pod := range objects.Pods(w) {
			_, known := collected.Of(signals.GPUUtilisation, podRef(pod))
			if pod.Status.Phase == corev1.PodRunning && !known && inventory.PodDevices(pod, gpuResource) > 0 {
				pods[podRef(pod)], nodes[pod.Spec.NodeName] = true, true
			}
		}
	}
	if len(nodes) == 0 {
		return set
	}
	var mu sync.Mutex // of set
	var group errgroup.Group
	group.SetLimit(scrapesAtOnce)
	for _, exporter := range s.exporters(ctx, nodes) {
		group.Go(func() error {
			got, err := s.scrape(ctx, exporter.Namespace, exporter.Name, target{portOf(exporter), "/metrics"})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				set.Miss(signals.Gap{Source: scrapeSource(exporter.Name), Reason: err.Error()})
			} else {
				got.tellGPUs(set, pods, scrapeSource(exporter.Name))
			}
			return nil
		})
	}
	_ = group.Wait() // what fails is a gap
	return set
}

// exporters are the running ones on some nodes.
func (s *Scraper) exporters(ctx context.Context, nodes map[string]bool) []*corev1.Pod {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.looked.IsZero() || s.now().Sub(s.looked) >= exportersAgain {
		found, ok := s.look(ctx)
		if s.found, s.looked = found, s.now(); !ok {
			s.looked = s.looked.Add(exportersSoon - exportersAgain)
		}
	}
	var all []*corev1.Pod
	for _, pod := range s.found {
		if nodes[pod.Spec.NodeName] && pod.Status.Phase == corev1.PodRunning {
			all = append(all, pod)
		}
	}
	return all
}

// look lists them; not ok where that fails.
func (s *Scraper) look(ctx context.Context) (all []*corev1.Pod, ok bool) {
	seen := map[inventory.Ref]bool{}
	for _, selector := range exporterSelectors {
		var list corev1.PodList
		if s.API.read(ctx, "/api/v1/pods", url.Values{"labelSelector": {selector}}, &list) != nil {
			return nil, false
		}
		for i := range list.Items {
			if pod := &list.Items[i]; !seen[podRef(pod)] {
				seen[podRef(pod)] = true
				all = append(all, pod)
			}
		}
	}
	return all, true
}

// portOf is the port that the exporter calls metrics.
func portOf(exporter *corev1.Pod) int32 {
	for _, c := range exporter.Spec.Containers {
		for _, p := range c.Ports {
			if p.Name == "metrics" {
				return p.ContainerPort
			}
		}
	}
	return exporterPort
}

// tellGPUs puts together what an exporter tells of the GPUs of each pod, of which the
// first series counts that tells of any: where MIG is on, there is only the second.
func (p *page) tellGPUs(set *signals.Set, pods map[inventory.Ref]bool, source string) {
	for _, t := range dcgmTerms() {
		family := p.families[t.series[0]]
		if family == nil {
			continue
		}
		values := map[inventory.Ref][]float64{}
		for _, m := range family.Metric {
			if value, ok := number(m); ok && pods[gpuHolder(m)] {
				values[gpuHolder(m)] = append(values[gpuHolder(m)], value*t.factor())
			}
		}
		for pod, all := range values {
			if _, known := set.Of(t.metric, pod); !known {
				set.Add(signals.Sample{Metric: t.metric, Of: pod, Value: ofAll(t.metric, all), At: p.at, Source: source})
			}
		}
	}
}

// gpuHolder is the pod that a GPU belongs to, as the kubelet told the exporter.
func gpuHolder(m *dto.Metric) inventory.Ref {
	name, namespace := "pod", "namespace"
	if labelOf(m, "exported_pod") != "" {
		name, namespace = "exported_pod", "exported_namespace"
	}
	return inventory.Ref{Kind: inventory.Pod.String(), Namespace: labelOf(m, namespace), Name: labelOf(m, name)}
}
