package sim

import (
	"testing"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// TestExportsAreKnownSeries holds the simulated series against the metric table:
// a name that it does not hold is a misspelt one.
func TestExportsAreKnownSeries(t *testing.T) {
	for _, engine := range inventory.Engines() {
		for _, e := range append(engineExports(engine.ID), gpuExports()...) {
			m, known := inventory.LookupMetric(e.name)
			if !known {
				m, known = inventory.RespeltMetric(e.name)
			}
			switch {
			case e.own:
			case !known:
				t.Errorf("%s: no series is called %s", engine.Name, e.name)
			case e.of >= quantities != (m.Type == inventory.Histogram):
				t.Errorf("%s: %s is of type %v", engine.Name, e.name, m.Type)
			}
		}
	}
}
