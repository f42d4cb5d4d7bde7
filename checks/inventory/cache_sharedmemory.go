package inventory

import (
	"path"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// SharedMemory is what a container has at /dev/shm.
type SharedMemory struct {
	Volume *corev1.Volume // nil: the runtime's own 64 MiB
	Path   Path           // of the volume, or of the container's mounts
	Host   bool           // hostIPC: the node's
	Limit  *resource.Quantity
}

// SharedMemory reads the engine's container. Not known where a claim template or
// an operator may have put something there, and for TPU and Neuron cores, whose
// collectives do not go over NCCL.
func (w *Workload) SharedMemory() (shm SharedMemory, known bool) {
	if w.Recognition == nil || w.Container == nil || w.Template == nil || w.Operated || w.Object.Fragment {
		return SharedMemory{}, false
	}
	for _, a := range w.Accelerators {
		if strings.HasPrefix(a.Resource, "google.com/") || strings.HasPrefix(a.Resource, "aws.amazon.com/") {
			return SharedMemory{}, false
		}
	}
	shm = SharedMemory{Path: w.ContainerPath.Join("volumeMounts"), Host: w.Template.Spec.HostIPC}
	const dir = "/dev/shm"
	if mount := longestMount(w.Container, dir); mount != nil && path.Clean(mount.MountPath) == dir {
		if shm.Volume = volumeOf(&w.Template.Spec, mount.Name); shm.Volume == nil {
			return shm, false
		}
		shm.Path = w.volumePath(shm.Volume)
		if shm.Volume.EmptyDir != nil {
			shm.Limit = shm.Volume.EmptyDir.SizeLimit
		}
	}
	return shm, true
}

// HasVolume says whether the pods have a volume of that name.
func (w *Workload) HasVolume(name string) bool {
	return w.Template != nil && volumeOf(&w.Template.Spec, name) != nil
}
