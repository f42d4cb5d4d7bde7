package inventory

// OperatedAutoscalers returns the autoscalers that operators will make of the
// manifests' InferenceServices and NIMServices. In a cluster they are there
// already, and Autoscalers lists them.
func (s *Snapshot) OperatedAutoscalers() []*Autoscaler {
	var all []*Autoscaler
	for _, a := range s.Scalers() {
		if a.Workload != nil && a.HPA == nil && a.KEDA == nil {
			all = append(all, a)
		}
	}
	return all
}

// Writable returns the object to blame and to change instead of a generated
// autoscaler, where the snapshot holds it; nil for an object that people write.
func (s *Snapshot) Writable(o *Object) *Object {
	if o == nil || o.Type != HorizontalPodAutoscaler {
		return nil
	}
	owner := topOwner(s.store, o)
	if s.byRef[owner.Ref] == nil || owner == o {
		return nil
	}
	s.read(owner.Type)
	return owner
}
