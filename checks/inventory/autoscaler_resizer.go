package inventory

import "slices"

// Resizer is a VerticalPodAutoscaler and what it may do to running pods.
type Resizer struct {
	Object *Object
	*VerticalPodAutoscalerContent
}

// Resizers returns the VerticalPodAutoscalers that are aimed at a workload.
func (s *Snapshot) Resizers(w *Workload) []Resizer {
	var all []Resizer
	for _, o := range s.In(VerticalPodAutoscaler, w.Object.Namespace) {
		c := As[VerticalPodAutoscalerContent](o)
		if ref := c.Spec.TargetRef; ref != nil && w.Answers(Ref{Group: GroupOf(ref.APIVersion), Kind: ref.Kind, Namespace: o.Namespace, Name: ref.Name}) {
			all = append(all, Resizer{o, c})
		}
	}
	return all
}

// Mode is the update mode; Recreate where none is written
// (vertical-pod-autoscaler/pkg/apis/autoscaling.k8s.io/v1/types.go).
func (r Resizer) Mode() (mode string, written bool) {
	if policy := r.Spec.UpdatePolicy; policy != nil && policy.UpdateMode != nil {
		return *policy.UpdateMode, true
	}
	return "Recreate", false
}

// Evicts says whether pods are evicted for new requests. InPlaceOrRecreate does
// it where a pod cannot be resized as it runs; InPlace never does.
func (r Resizer) Evicts() bool {
	mode, _ := r.Mode()
	return mode == "Auto" || mode == "Recreate" || mode == "InPlaceOrRecreate"
}

// Fewest is how many replicas have to be there before one is evicted; the
// updater's default is 2 (--min-replicas).
func (r Resizer) Fewest() int32 {
	if policy := r.Spec.UpdatePolicy; policy != nil && policy.MinReplicas != nil {
		return *policy.MinReplicas
	}
	return 2
}

// Resizes lists the resources of a container for which requests are computed:
// cpu and memory, unless its policy, or that of all containers, says less.
func (r Resizer) Resizes(container string) []string {
	both := []string{"cpu", "memory"}
	if r.Spec.ResourcePolicy == nil {
		return both
	}
	policies := r.Spec.ResourcePolicy.ContainerPolicies
	for _, name := range []string{container, "*"} {
		for _, policy := range policies {
			switch {
			case policy.ContainerName != name:
			case policy.Mode != nil && *policy.Mode == "Off":
				return nil
			case policy.ControlledResources != nil:
				return slices.DeleteFunc(both, func(resource string) bool { return !slices.Contains(*policy.ControlledResources, resource) })
			default:
				return both
			}
		}
	}
	return both
}
