package checks

import (
	"fmt"
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// The parameters of checks that estimate how long a model loads.
const (
	paramHub    = "hubSlowestGiBPerSecond"
	paramVolume = "volumeSlowestGiBPerSecond"
	paramWarmup = "warmupSlowestSeconds"
)

// LoadParams are the parameters of a check that asks [Pass.EstimateLoad]; a
// check puts them before its own.
func LoadParams(more ...Param) []Param {
	rates := inventory.AssumedRates()
	return append([]Param{
		{paramHub, rates.HubSlowest, 0.001, 100, "how fast a model arrives from its hub, at the worst; twice as fast at best"},
		{paramVolume, rates.VolumeSlowest, 0.001, 100, "how fast weights are read from a volume, at the worst; five times as fast at best"},
		{paramWarmup, rates.WarmupSlowest.Seconds(), 0, 7200, "compiling kernels and capturing graphs after that, at the worst; a fifth of it at best"},
	}, more...)
}

// EstimateLoad estimates a start of the workload by the check's own
// parameters; the check declares [LoadParams].
func (p *Pass) EstimateLoad(w *inventory.Workload) (inventory.LoadEstimate, bool) {
	return w.EstimateLoad(p.loadRates())
}

// StartTime is what was measured of the workload's starts, else such an
// estimate. The workload may be nil.
func (p *Pass) StartTime(w *inventory.Workload) (inventory.StartTime, bool) {
	return p.Snapshot.StartTime(w, p.loadRates())
}

func (p *Pass) loadRates() inventory.LoadRates {
	return inventory.LoadRates{
		HubSlowest:    p.Param(paramHub),
		VolumeSlowest: p.Param(paramVolume),
		WarmupSlowest: time.Duration(p.Param(paramWarmup) * float64(time.Second)),
	}
}

// StartEvidence says how long a replica takes to be Ready, and how that is known.
func StartEvidence(w *inventory.Workload, start inventory.StartTime) Evidence {
	if start.Measured > 0 {
		return Evidence{Path: "pod/" + start.Pod, Value: "Ready after " + start.Fast.String(), Basis: Derived}
	}
	return Evidence{Path: "load time", Value: fmt.Sprintf("%s to %s for %s", start.Fast, start.Slow, w.Model), Basis: Assumed}
}
