package promql

import (
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// defaultPolling is KEDA's pollingInterval where none is written.
const defaultPolling = 30 * time.Second

// CachedFor returns how old a KEDA trigger's value may be because the HPA gets
// what the last polling left, and the field that says so; 0 where every question
// of the HPA goes on to the source, as it does without useCachedMetrics.
func (r Reading) CachedFor(a *inventory.Autoscaler) (every time.Duration, path inventory.Path, written bool) {
	if a.KEDA == nil {
		return 0, nil, false
	}
	path = inventory.Path{"spec", "pollingInterval"}
	for i, trigger := range a.KEDA.Spec.Triggers {
		if !trigger.UseCachedMetrics || r.Path.String() != (inventory.Path{"spec", "triggers", i}).String() {
			continue
		}
		if polling := a.KEDA.Spec.PollingInterval; polling != nil {
			return time.Duration(*polling) * time.Second, path, true
		}
		return defaultPolling, path, false
	}
	return 0, nil, false
}
