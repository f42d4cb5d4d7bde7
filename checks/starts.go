package checks

import (
	"fmt"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// StartEvidence says how long a replica takes to be Ready, and how that is known.
func StartEvidence(w *inventory.Workload, start inventory.Start) Evidence {
	if start.Measured > 0 {
		return Evidence{Path: "pod/" + start.Pod, Value: "Ready after " + start.Took.String(), Basis: Derived}
	}
	return Evidence{Path: "load time", Value: fmt.Sprintf("%s to %s for %s", start.Took, start.Estimate.Slow, w.Model), Basis: Assumed}
}
