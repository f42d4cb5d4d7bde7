package inventory

import "time"

// Spend is where the time of cold starts goes: what one phase took in the pod
// that says most about it.
type Spend struct {
	Phase Phase
	Took  time.Duration
	Pod   string
	// Least says that the shortest of several is meant, else it is the longest.
	Least bool
}

// ColdBudget adds up where the time of the workload's cold starts went, by the
// pods that became Ready without a restart, and how many these are. Loading
// counts by the shortest, because a Ready condition moves each time that
// readiness flaps; the phases before it by the longest, because only some pods
// meet a new node or a cold image cache.
func (s *Snapshot) ColdBudget(w *Workload) (spends []Spend, pods int) {
	best := map[Phase]Spend{}
	for _, c := range s.ColdStarts(w) {
		if c.Restarts > 0 || len(c.Steps) == 0 || c.Now().Phase != PhaseReady {
			continue
		}
		pods++
		for _, step := range c.Steps {
			if step.To.IsZero() {
				continue
			}
			spend := Spend{step.Phase, step.Took(step.To), c.Pod, step.Phase == PhaseStarted}
			old, has := best[step.Phase]
			if !has || spend.Least == (spend.Took < old.Took) && spend.Took != old.Took {
				best[step.Phase] = spend
			}
		}
	}
	for _, phase := range [...]Phase{PhaseUnschedulable, PhaseNode, PhaseScheduled, PhaseInit, PhasePull, PhaseStarted} {
		if spend, has := best[phase]; has {
			spends = append(spends, spend)
		}
	}
	return spends, pods
}
