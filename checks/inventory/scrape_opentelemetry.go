package inventory

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// OpenTelemetry says whether metrics may pass through an OpenTelemetry
// collector, which older releases of it and of Prometheus' OTLP endpoint answer
// by rewriting colons in names: a collector's object or configuration is in the
// snapshot, or pods ask for one.
func (s *Snapshot) OpenTelemetry() bool {
	s.read(WorkloadKinds()...)
	for ref := range s.stubs {
		if strings.HasSuffix(ref.Group, "opentelemetry.io") {
			return true
		}
	}
	for _, o := range s.List(ConfigMap) {
		content := As[corev1.ConfigMap](o)
		if content == nil {
			continue
		}
		for _, text := range content.Data {
			if strings.Contains(text, "receivers:") && strings.Contains(text, "exporters:") && strings.Contains(text, "pipelines:") {
				return true
			}
		}
	}
	for _, kind := range WorkloadKinds() {
		for _, o := range s.objects[kind] {
			if w := readWorkload(o, s.store); w != nil && w.asksForCollector() {
				return true
			}
		}
	}
	return false
}

func (w *Workload) asksForCollector() bool {
	if _, inject := w.Annotation("sidecar.opentelemetry.io/inject"); inject || w.Template == nil {
		return inject
	}
	for _, c := range w.Template.Spec.Containers {
		if strings.Contains(c.Image, "opentelemetry-collector") || strings.Contains(c.Image, "aws-otel-collector") {
			return true
		}
	}
	return false
}
