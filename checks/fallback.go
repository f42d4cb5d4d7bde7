package checks

import "github.com/infscale/kubectl-infscale/checks/inventory"

// AddFallback gives a ScaledObject a fallback that keeps what is there, and half
// of the maximum at least. Older versions of KEDA know no such behavior: there a
// fixed number would take replicas away, and people have to choose it. With it
// go the edits without which it would never run.
func AddFallback(p *Pass, a *inventory.Autoscaler, with []Edit) []Edit {
	if keeps, known := p.Holds(inventory.KEDAFallbackBehavior); known && !keeps {
		return nil
	}
	const errors = 3 // in a row, as in KEDA's own example
	return append([]Edit{Set(map[string]any{
		"failureThreshold": errors, "replicas": int(max(a.Min, (a.Max+1)/2)), "behavior": "currentReplicasIfHigher",
	}, "spec", "fallback")}, with...)
}
