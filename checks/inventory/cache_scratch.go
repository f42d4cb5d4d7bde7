package inventory

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// Scratch is the node's disk or memory that the weights are written to, and what
// bounds it.
type Scratch struct {
	Dir    string
	Volume *corev1.Volume // nil: the container's own layer
	Path   Path           // of the volume, or of the container's resources
	Memory bool           // an emptyDir in memory
	// Limit is the least that bounds it, and Bound says what that is; empty for
	// nothing.
	Limit resource.Quantity
	Bound string
	// Reserved says whether the scheduler knows of it: a request or limit of
	// ephemeral storage (of memory, for an emptyDir in memory).
	Reserved bool
	// GiB is the size of the weights, if the model's name tells it.
	GiB   float64
	Sized bool
}

// Scratch finds what holds the weights of an engine that downloads them onto a
// node. Generic ephemeral volumes have a size of their own and are not among it.
func (w *Workload) Scratch() (Scratch, bool) {
	at := w.WeightsAt()
	if at.Place != WeightsScratch && at.Place != WeightsLayer || at.Volume != nil && at.Volume.EmptyDir == nil {
		return Scratch{}, false
	}
	s := Scratch{Dir: at.Dir, Volume: at.Volume, Path: w.ContainerPath.Join("resources")}
	filled := false
	quantisation, _ := w.Args.Get("--quantization", "--quantize", "--dtype")
	s.GiB, s.Sized = WeightsGiB(w.Model, quantisation)
	name := corev1.ResourceEphemeralStorage
	if at.Volume != nil {
		s.Path, s.Memory = w.volumePath(at.Volume), at.Volume.EmptyDir.Medium == corev1.StorageMediumMemory
		if limit := at.Volume.EmptyDir.SizeLimit; limit != nil {
			s.bound(*limit, "sizeLimit")
		}
		_, filled = w.filledBy(at.Volume.Name)
	}
	if s.Memory {
		name = corev1.ResourceMemory
	}
	// A volume counts for the pod, a layer for its container. Memory counts for
	// whoever wrote it, which an init container may have done.
	limits := []corev1.ResourceList{w.Container.Resources.Limits}
	requests := []corev1.ResourceList{w.Container.Resources.Requests}
	whose := "the limit of "
	if s.Volume != nil {
		whose, limits, requests = "the pod's limit of ", nil, nil
		for _, c := range append(append([]corev1.Container{}, w.Template.Spec.InitContainers...), w.Template.Spec.Containers...) {
			limits, requests = append(limits, c.Resources.Limits), append(requests, c.Resources.Requests)
		}
	}
	limit, limited := total(limits, name)
	_, requested := total(requests, name)
	s.Reserved = limited || requested
	if limited && !(s.Memory && filled) {
		s.bound(limit, whose+string(name))
	}
	return s, true
}

// total adds up what is said of a resource. Init containers are over when the
// others run: with them it is too much rather than too little.
func total(lists []corev1.ResourceList, name corev1.ResourceName) (sum resource.Quantity, said bool) {
	for _, list := range lists {
		if amount, ok := list[name]; ok {
			sum.Add(amount)
			said = true
		}
	}
	return sum, said
}

func (s *Scratch) bound(limit resource.Quantity, what string) {
	if s.Bound == "" || limit.Cmp(s.Limit) < 0 {
		s.Limit, s.Bound = limit, what
	}
}

// Holds says whether the bound leaves room for the weights and a tenth more; true
// where either is not known.
func (s Scratch) Holds() bool {
	const reserve = 1.1 // partial files, the tokenizer, an engine's own caches
	return s.Bound == "" || !s.Sized || s.Limit.AsApproximateFloat64() >= s.GiB*reserve*(1<<30)
}
