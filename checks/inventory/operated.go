package inventory

// OperatedAutoscalers returns the autoscalers of inference workloads that an
// operator keeps, and which Autoscalers leaves out: in a cluster the HPA that an
// object of the snapshot generated, in manifests what will be made of an
// InferenceService or a NIMService.
func (s *Snapshot) OperatedAutoscalers() []*Autoscaler {
	var all []*Autoscaler
	for _, a := range s.Scalers() {
		future := a.HPA == nil && a.KEDA == nil
		if a.Workload != nil && (future || a.generatedHere(s)) {
			all = append(all, a)
		}
	}
	return all
}

// BlameAutoscaler locates a field of an autoscaler on the object that people
// write: where the snapshot holds what generated the autoscaler, that is this
// one as a whole.
func (s *Snapshot) BlameAutoscaler(a *Autoscaler, path Path) Location {
	if a.generatedHere(s) {
		return s.byRef[a.GeneratedBy].At("spec")
	}
	return a.Object.At(path...)
}
