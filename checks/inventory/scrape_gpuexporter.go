package inventory

import (
	"slices"
	"strings"
)

// ExporterLabels says what becomes of the labels pod, namespace and container
// that NVIDIA's GPU exporter writes for the pod that uses a GPU.
type ExporterLabels struct {
	Monitor Monitor
	// Endpoint is the one that was read; Honored says that it keeps the
	// exporter's labels. Else those names stand for the exporter's own pod, and
	// what the exporter wrote is in exported_pod and so on.
	Endpoint int
	Honored  bool
}

// GPUExporterLabels reads the monitors of dcgm-exporter, which are known by
// their name, labels or selector. It is not ok without one, where two disagree,
// and where somebody changes these labels on the way.
func (s *Snapshot) GPUExporterLabels() (found ExporterLabels, ok bool) {
	for _, m := range s.Monitors() {
		if !m.ofGPUExporter() {
			continue
		}
		for i, e := range m.Endpoints {
			honored := e.HonorLabels
			if e.changesPodLabels() || ok && honored != found.Honored {
				return ExporterLabels{}, false
			}
			if !ok {
				found, ok = ExporterLabels{Monitor: m, Endpoint: i, Honored: honored}, true
			}
		}
	}
	overridden := slices.ContainsFunc(s.List(Prometheus), func(o *Object) bool { return As[PrometheusContent](o).Spec.OverrideHonorLabels })
	return found, ok && !(found.Honored && overridden)
}

func (m Monitor) ofGPUExporter() bool {
	texts := []string{m.Object.Name}
	for _, set := range []map[string]string{m.Object.Meta.Labels, m.Selector.MatchLabels} {
		for _, value := range set {
			texts = append(texts, value)
		}
	}
	return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(text, "dcgm-exporter") })
}

// changesPodLabels says whether a step may write, move or drop the labels that
// name pods.
func (e MonitorEndpoint) changesPodLabels() bool {
	return slices.ContainsFunc(slices.Concat(e.Relabelings, e.MetricRelabelings), func(r Relabeling) bool {
		switch strings.ToLower(r.Action) {
		case "keep", "drop", "keepequal", "dropequal":
			return false
		case "labelmap", "labeldrop", "labelkeep":
			return true
		}
		return slices.Contains([]string{"pod", "namespace", "container"}, strings.TrimPrefix(r.TargetLabel, "exported_"))
	})
}
