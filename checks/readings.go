package checks

import (
	"strconv"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/promql"
)

// ReadingEvidence lists what an autoscaler reads: its queries and metric names,
// and for metrics that prometheus-adapter makes, the query behind them.
func ReadingEvidence(readings ...promql.Reading) []Evidence {
	var all []Evidence
	for _, r := range readings {
		all = append(all, Evidence{Path: r.At().String(), Value: r.Text(), Basis: Observed})
		if at := r.Rule.Location; at.Object != nil {
			path := at.Object.Short() + " " + at.Path.Join("metricsQuery").String()
			all = append(all, Evidence{Path: path, Value: r.Rule.MetricsQuery, Basis: Observed})
		}
	}
	return all
}

// LowestEvidence says how few replicas the autoscaler goes down to.
func LowestEvidence(a *inventory.Autoscaler) Evidence {
	lowest, at := a.Lowest()
	e := Evidence{Path: at.String(), Value: strconv.Itoa(int(lowest)), Basis: Observed}
	if lowest == a.Min && !a.MinSet {
		e.Basis = Assumed
	}
	return e
}

// EngineEvidence is the engine of a workload and its version, by the image.
func EngineEvidence(w *inventory.Workload) []Evidence {
	return []Evidence{{Path: w.ContainerPath.Join("image").String(), Value: w.EngineName() + ", version " + w.Version.String(), Basis: Observed}}
}
