package collect

import (
	"testing"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

// TestDialectsUseKnownSeries holds the terms against the metric table: a name
// that it does not hold is a misspelt one.
func TestDialectsUseKnownSeries(t *testing.T) {
	check := func(where string, terms []term) {
		seen := map[string]bool{}
		for _, term := range terms {
			if len(term.series) == 0 || term.read == quantile != (term.q > 0) || (term.label == "") != (term.value == "") {
				t.Errorf("%s: %s is not whole: %+v", where, term.metric, term)
			}
			for _, name := range term.series {
				m, known := inventory.LookupMetric(name)
				if !known {
					m, known = inventory.RespeltMetric(name)
				}
				switch {
				case !known:
					t.Errorf("%s: no series is called %s", where, name)
				case (term.read == quantile) != (m.Type == inventory.Histogram):
					t.Errorf("%s: %s is read as no %v", where, name, m.Type)
				case term.read == rate && m.Type != inventory.Counter:
					t.Errorf("%s: %s is no counter", where, name)
				case term.read == share && m.Max != 1 && term.label == "":
					t.Errorf("%s: %s is no share", where, name)
				}
			}
			key := string(term.metric) + term.series[0] + term.value
			if seen[key] {
				t.Errorf("%s: %s twice", where, key)
			}
			seen[key] = true
		}
	}
	for _, engine := range inventory.Engines() {
		terms := dialect(engine.ID)
		check(engine.Name, terms)
		has := map[signals.Metric]bool{}
		for _, term := range terms {
			has[term.metric] = true
		}
		if engine.ID != inventory.OtherEngine && (!has[signals.QueueDepth] || !has[signals.Running]) {
			t.Errorf("%s: queue depth and running are what every engine tells", engine.Name)
		}
	}
	check("DCGM", dcgmTerms())
}
