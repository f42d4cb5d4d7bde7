package inventory

import (
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// routingLabels are labels by which gateways find the pods that they send
// requests to: llm-d's inference pools, AIBrix's gateway.
var routingLabels = [...]string{"llm-d.ai/", "model.aibrix.ai/name"}

// RoutedBy names what sends requests to the workload's pods: a Service with an
// address of its own, else a label that a gateway selects by. A headless
// Service only gives pods a name. Not ok means that nothing is seen.
func (s *Snapshot) RoutedBy(w *Workload) (by string, ok bool) {
	for _, service := range s.Services(w) {
		if As[corev1.Service](service).Spec.ClusterIP != corev1.ClusterIPNone {
			return service.Short(), true
		}
	}
	for _, key := range slices.Sorted(maps.Keys(w.PodLabels())) {
		for _, prefix := range routingLabels {
			if strings.HasPrefix(key, prefix) {
				return "a gateway that selects by the label " + key, true
			}
		}
	}
	return "", false
}
