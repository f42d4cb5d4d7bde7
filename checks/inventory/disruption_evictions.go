package inventory

// Evictable says whether the Eviction API lets a pod of the workload go: no
// budget keeps all of them, even at the most replicas.
func (s *Snapshot) Evictable(w *Workload) bool {
	for _, b := range s.Budgets(w) {
		if spares, ok := b.Spares(s.Bounds(w).Max * w.PodsPerReplica); ok && spares == 0 {
			return false
		}
	}
	return true
}
