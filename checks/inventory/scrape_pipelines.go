package inventory

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// ScrapedOtherwise says whether something else than a ServiceMonitor or a
// PodMonitor may collect the workload's metrics: annotations that a collector
// goes by, Google's PodMonitoring, VictoriaMetrics' scrapes, an OpenTelemetry
// collector, a ScrapeConfig, or a configuration with scrape jobs of its own.
func (s *Snapshot) ScrapedOtherwise(w *Workload) bool {
	s.read(ConfigMap, PodMonitoring, VMPodScrape, VMServiceScrape, Service)
	s.read(WorkloadKinds()...)
	anything := s.otherwise.get(func() bool { return s.hidesScrapes() || s.OpenTelemetry() || s.holdsScrapeJobs() })
	return anything || s.annotatedForScrape(w) || s.scrapedByOthersObjects(w)
}

// scrapeAnnotations are what collectors look for on pods and Services.
var scrapeAnnotations = []string{"prometheus.io/", "ad.datadoghq.com/", "k8s.grafana.com/", "io.opentelemetry", "co.elastic.metrics/", "newrelic.io/"}

func (s *Snapshot) annotatedForScrape(w *Workload) bool {
	all := []map[string]string{w.Object.Meta.Annotations}
	if w.Template != nil {
		all = append(all, w.Template.Annotations)
	}
	for _, o := range s.Services(w) {
		all = append(all, o.Meta.Annotations)
	}
	for _, annotations := range all {
		for key, value := range annotations {
			for _, prefix := range scrapeAnnotations {
				if strings.HasPrefix(key, prefix) && value != "false" {
					return true
				}
			}
		}
	}
	return false
}

func (s *Snapshot) scrapedByOthersObjects(w *Workload) bool {
	for _, kind := range []Kind{PodMonitoring, VMPodScrape, VMServiceScrape} {
		for _, o := range s.List(kind) {
			if s.scrapeTakes(o, w) {
				return true
			}
		}
	}
	return false
}

// hidesScrapes says whether there are objects whose scrapes nobody reads.
func (s *Snapshot) hidesScrapes() bool {
	for ref := range s.stubs {
		if ref.Kind == "ScrapeConfig" || ref.Kind == "ClusterPodMonitoring" || ref.Group == "operator.victoriametrics.com" {
			return true
		}
	}
	return false
}

// scrapeTakes says whether a PodMonitoring, VMPodScrape or VMServiceScrape may
// select the workload; a patch may.
func (s *Snapshot) scrapeTakes(o *Object, w *Workload) bool {
	c := As[ScrapeContent](o)
	m := Monitor{Object: o, Selector: c.Spec.Selector, Namespaces: c.Spec.NamespaceSelector, OfPods: o.Type != VMServiceScrape}
	if yes, sure := m.LooksIn(w.Object.Namespace); !yes && sure {
		return false
	}
	if m.OfPods {
		return m.Selects(w.PodLabels())
	}
	for _, service := range s.Services(w) {
		if m.Selects(service.Meta.Labels) {
			return true
		}
	}
	return false
}

// holdsScrapeJobs says whether a ConfigMap configures a Prometheus, or Grafana's
// collector, by hand.
func (s *Snapshot) holdsScrapeJobs() bool {
	for _, o := range s.List(ConfigMap) {
		content := As[corev1.ConfigMap](o)
		if content == nil {
			continue
		}
		for _, text := range content.Data {
			for _, word := range []string{"scrape_configs:", "prometheus.scrape ", "prometheus.operator."} {
				if strings.Contains(text, word) {
					return true
				}
			}
		}
	}
	return false
}
