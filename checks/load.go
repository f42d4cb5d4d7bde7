package checks

import (
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
	return w.EstimateLoad(inventory.LoadRates{
		HubSlowest:    p.Param(paramHub),
		VolumeSlowest: p.Param(paramVolume),
		WarmupSlowest: time.Duration(p.Param(paramWarmup) * float64(time.Second)),
	})
}
