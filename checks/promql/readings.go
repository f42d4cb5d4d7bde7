package promql

import "github.com/infscale/kubectl-infscale/checks/inventory"

// Reading is a metric of an autoscaler and what is known about the series
// behind it.
type Reading struct {
	inventory.ScalingMetric
	// Query is nil where nothing tells what is asked.
	Query *Query
	Uses  []Use
	// Known says that every series it reads is in the table: only then may one
	// conclude from what it does not read.
	Known bool
}

// Readings returns what an autoscaler reads. Cron triggers are left out: they
// are a floor by the clock and no signal. ok is false where a formula combines
// the triggers, so that none counts by itself.
func Readings(s *inventory.Snapshot, a *inventory.Autoscaler) (all []Reading, ok bool) {
	if a.Formula() != "" || a.Object.Fragment {
		return nil, false
	}
	for _, m := range a.Metrics {
		if m.TriggerType == "cron" {
			continue
		}
		r := Reading{ScalingMetric: m}
		if q, found := OfMetric(s, m); found {
			r.Query, r.Uses = q, q.Uses()
			r.Known = len(r.Uses) > 0
			for _, u := range r.Uses {
				r.Known = r.Known && u.Known
			}
		}
		all = append(all, r)
	}
	return all, len(all) > 0
}

// Only says whether every reading is known and reads nothing but series that
// the question answers with yes.
func Only(all []Reading, question func(Use) bool) bool {
	for _, r := range all {
		if !r.Known {
			return false
		}
		for _, u := range r.Uses {
			if !question(u) {
				return false
			}
		}
	}
	return len(all) > 0
}

// Names lists the series that the readings read, each once.
func Names(all []Reading) []string {
	var names []string
	seen := map[string]bool{}
	for _, r := range all {
		for _, u := range r.Uses {
			if !seen[u.Name] {
				seen[u.Name] = true
				names = append(names, u.Name)
			}
		}
	}
	return names
}

// Text is what evidence shows of a reading: its query, else its name.
func (r Reading) Text() string {
	if r.ScalingMetric.Query != "" {
		return r.ScalingMetric.Query
	}
	return r.Name
}

// At is the path of that text.
func (r Reading) At() inventory.Path {
	if len(r.QueryPath) > 0 {
		return r.QueryPath
	}
	return r.Path
}
