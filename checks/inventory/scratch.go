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
	// GiB is the size of the weights; 0 when it is not known.
	GiB float64
}

// Scratch finds what holds the weights of an engine that downloads them onto a
// node. Generic ephemeral volumes have a size of their own and are not among it.
func (w *Workload) Scratch() (Scratch, bool) {
	at := w.WeightsAt()
	if at.Place != WeightsScratch && at.Place != WeightsLayer || at.Volume != nil && at.Volume.EmptyDir == nil {
		return Scratch{}, false
	}
	s := Scratch{Dir: at.Dir, Volume: at.Volume, Path: w.ContainerPath.Join("resources")}
	quantisation, _ := w.Args.Get("--quantization", "--quantize", "--dtype")
	s.GiB, _ = WeightsGiB(w.Model, quantisation)
	name := corev1.ResourceEphemeralStorage
	if at.Volume != nil {
		s.Path, s.Memory = w.volumePath(at.Volume), at.Volume.EmptyDir.Medium == corev1.StorageMediumMemory
		if limit := at.Volume.EmptyDir.SizeLimit; limit != nil {
			s.bound(*limit, "sizeLimit")
		}
	}
	if s.Memory {
		name = corev1.ResourceMemory
	}
	resources := w.Container.Resources
	if limit, ok := resources.Limits[name]; ok {
		s.bound(limit, "the limit of "+string(name))
		s.Reserved = true
	}
	if _, ok := resources.Requests[name]; ok {
		s.Reserved = true
	}
	return s, true
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
	return s.Bound == "" || s.GiB == 0 || s.Limit.AsApproximateFloat64() >= s.GiB*reserve*(1<<30)
}
