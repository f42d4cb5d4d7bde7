package inventory

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Workload is anything that runs pods from a template and can be scaled: one
// view for Deployment, StatefulSet, bare ReplicaSet, LeaderWorkerSet,
// InferenceService, NIMService and RayService.
type Workload struct {
	// Object is the one whose template is judged.
	Object *Object
	// Owner is the one to blame and to patch: the topmost object that
	// generated this one (an InferenceService, say), else Object itself.
	Owner *Object
	// Template is the pods' template, nil where a kind has none to read.
	// TemplatePath leads to it from the object's root.
	Template     *corev1.PodTemplateSpec
	TemplatePath Path
	// Replicas is spec.replicas as written; nil when it was left out.
	Replicas *int32
	Selector *metav1.LabelSelector
	// PodsPerReplica is the group size of a LeaderWorkerSet, else 1.
	PodsPerReplica int32
	// Recognition is nil when no engine was recognised.
	*Recognition
	// Accelerators are what one pod needs, by resource name; a replica of a group
	// has PodsPerReplica such pods.
	Accelerators []Accelerator
	// Operated marks templates that an operator completes (KubeRay, KServe,
	// NIM): what is not written there may still be in the pod.
	Operated bool
}

// Accelerator is an amount of one kind of device, per pod.
type Accelerator struct {
	Resource string // "nvidia.com/gpu"; "" for a DRA claim of unknown size
	Count    int64
}

// Ref names the workload.
func (w *Workload) Ref() Ref { return w.Object.Ref }

// EngineID is the recognised engine's, or empty.
func (w *Workload) EngineID() EngineID {
	if w.Recognition == nil {
		return ""
	}
	return w.Engine.ID
}

// EngineName is the recognised engine's name for messages, or "inference server".
func (w *Workload) EngineName() string {
	if w.Recognition == nil || w.Engine.ID == OtherEngine {
		return "inference server"
	}
	return w.Engine.Name
}

// GPUs is the number of accelerator devices of one replica, all its pods and
// resources together.
func (w *Workload) GPUs() int64 {
	var total int64
	for _, a := range w.Accelerators {
		total += a.Count
	}
	return total * int64(max(w.PodsPerReplica, 1))
}

// At locates a field of the pod template: At("spec", "containers", 0).
func (w *Workload) At(path ...any) Location {
	return w.Object.At(w.TemplatePath.Join(path...)...)
}

// AtEngine locates a field of the engine's container.
func (w *Workload) AtEngine(path ...any) Location {
	return w.Object.At(w.ContainerPath.Join(path...)...)
}

// Annotation returns an annotation of the workload, else of its pod template.
func (w *Workload) Annotation(key string) (string, bool) {
	if value, ok := w.Object.Meta.Annotations[key]; ok {
		return value, true
	}
	if w.Template == nil {
		return "", false
	}
	value, ok := w.Template.Annotations[key]
	return value, ok
}

// Workloads returns the inference workloads: those with a recognised engine.
// Objects that are controlled by another one in the snapshot (a Deployment's
// ReplicaSets) are not listed beside it.
func (s *Snapshot) Workloads() []*Workload {
	s.read(WorkloadKinds()...)
	return s.workloads.get(func() []*Workload { return findWorkloads(s.store) })
}

// WorkloadOf returns the inference workload of that name, nil when there is
// none of that name or it serves no model.
func (s *Snapshot) WorkloadOf(target Ref) *Workload {
	for _, w := range s.Workloads() {
		if w.Answers(target) {
			return w
		}
	}
	return nil
}
