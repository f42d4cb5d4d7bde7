package inventory

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// Foreign names what the workload's selector matches beside its own pods: other
// objects of the same namespace whose pods it takes for its own. In a cluster the
// pods themselves tell, with the name of what controls them.
func (s *Snapshot) Foreign(w *Workload) []Ref {
	if w.Selector == nil || w.Object.Fragment {
		return nil
	}
	if s.live {
		return s.foreignPods(w)
	}
	var all []Ref
	for _, set := range s.PodSets(w.Object.Namespace) {
		if set.Object != w.Object && set.Object != w.Owner && !set.Open && !set.Object.Apart(w.Object) && Selects(w.Selector, set.Labels) {
			all = append(all, set.Object.Ref)
		}
	}
	return slices.Compact(all)
}

func (s *Snapshot) foreignPods(w *Workload) []Ref {
	var all []Ref
	for _, o := range s.In(Pod, w.Object.Namespace) {
		phase := As[corev1.Pod](o).Status.Phase
		if phase == corev1.PodSucceeded || phase == corev1.PodFailed || !Selects(w.Selector, o.Meta.Labels) || s.belongs(o, w) {
			continue
		}
		ref := o.Ref
		if owner, ok := controllerOf(o); ok {
			ref = s.maker(owner)
		}
		if !slices.Contains(all, ref) {
			all = append(all, ref)
		}
	}
	return all
}

// maker names a Deployment for its ReplicaSet, which nobody wrote.
func (s *Snapshot) maker(owner Ref) Ref {
	set := s.byRef[owner]
	if set == nil || set.Type != ReplicaSet {
		return owner
	}
	if deployment, ok := controllerOf(set); ok {
		return deployment
	}
	return owner
}
