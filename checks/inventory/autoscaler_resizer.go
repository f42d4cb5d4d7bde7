package inventory

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
)

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

// Restarts lists the resources of a container that are resized by starting it
// anew (resizePolicy), of those that are resized at all.
func (r Resizer) Restarts(c *corev1.Container) []string {
	return slices.DeleteFunc(r.Resizes(c.Name), func(resource string) bool {
		return !slices.ContainsFunc(c.ResizePolicy, func(p corev1.ContainerResizePolicy) bool {
			return string(p.ResourceName) == resource && p.RestartPolicy == corev1.RestartContainer
		})
	})
}

// BestEffort says whether a workload's pods have no requests and limits of cpu
// and memory. Such pods cannot be resized as they run: it would change their
// class (Kubernetes, ValidatePodResize). Where pods run, it is those that count: a
// LimitRange or a webhook may have given them some.
func (s *Snapshot) BestEffort(w *Workload) bool {
	if pods := s.Pods(w); len(pods) > 0 {
		return slices.ContainsFunc(pods, func(p *corev1.Pod) bool { return bestEffort(&p.Spec) })
	}
	return w.Template != nil && !w.Operated && bestEffort(&w.Template.Spec)
}

func bestEffort(spec *corev1.PodSpec) bool {
	asks := func(r corev1.ResourceRequirements) bool {
		for _, list := range []corev1.ResourceList{r.Requests, r.Limits} {
			if !list.Cpu().IsZero() || !list.Memory().IsZero() {
				return true
			}
		}
		return false
	}
	container := func(c corev1.Container) bool { return asks(c.Resources) }
	return !slices.ContainsFunc(spec.Containers, container) && !slices.ContainsFunc(spec.InitContainers, container) &&
		(spec.Resources == nil || !asks(*spec.Resources))
}
