package inventory

// Evictable says whether the Eviction API lets a pod of the workload go: no
// budget keeps all of them, even at the most replicas, and there are not two: it
// refuses a pod that more than one selects.
func (s *Snapshot) Evictable(w *Workload) bool {
	budgets := s.Budgets(w)
	if len(budgets) > 1 {
		return false
	}
	for _, b := range budgets {
		if spares, ok := b.Spares(s.Bounds(w).Max * w.PodsPerReplica); ok && spares == 0 {
			return false
		}
	}
	return true
}
