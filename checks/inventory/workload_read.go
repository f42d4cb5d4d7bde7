package inventory

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

// findWorkloads lists the inference workloads: objects whose pods run a
// recognised engine, model servers without a row of their own ("other")
// included. A Deployment that only asks for accelerators is none: training,
// notebooks and video jobs do so too.
//
// Of an operator's object and the objects it generated, one is listed. It is
// the generated one, whose template is what runs, with the operator's object as
// its Owner; see Answers for scale targets that name the Owner. A group
// (LeaderWorkerSet) is listed itself instead of its StatefulSets, because its
// templates run as they are written and it alone knows the group's size.
func findWorkloads(s *store) []*Workload {
	var all []*Workload
	generated := map[*Object]bool{}
	for _, kind := range WorkloadKinds() {
		for _, o := range s.objects[kind] {
			w := readWorkload(o, s)
			if w == nil || w.Recognition == nil || controlledHere(s, o) {
				continue
			}
			all = append(all, w)
			for _, owner := range owners(s, o) {
				generated[owner] = true
			}
		}
	}
	kept := all[:0]
	for _, w := range all {
		if !generated[w.Object] {
			kept = append(kept, w)
		}
	}
	return kept
}

// controlledHere says whether another workload of the snapshot is judged in o's
// place: its Deployment for a ReplicaSet, its group for the StatefulSets of a
// LeaderWorkerSet. What a rollout left at zero replicas is history.
func controlledHere(s *store, o *Object) bool {
	owner, ok := controllerOf(o)
	if !ok {
		return false
	}
	switch o.Type {
	case ReplicaSet:
		replicas := As[appsv1.ReplicaSet](o).Spec.Replicas
		return s.byRef[owner] != nil || replicas != nil && *replicas == 0
	case StatefulSet:
		// The workers of a group are controlled by its leader's pod.
		return owner.Kind == kinds[Pod].Name || owner.Kind == kinds[LeaderWorkerSet].Name && s.byRef[owner] != nil
	case Deployment:
		replicas := As[appsv1.Deployment](o).Spec.Replicas
		return isRevision(o) && replicas != nil && *replicas == 0 // an old revision, or one at zero: its InferenceService is judged
	}
	return false
}

// Answers says whether a reference names the workload: the object that is
// judged, or the one that owns it and whose scale decides on its replicas.
func (w *Workload) Answers(ref Ref) bool { return ref == w.Object.Ref || ref == w.Owner.Ref }

// kserveLabel names the InferenceService on what Knative generates for it, where
// the owner references end at Knative's own objects.
const kserveLabel = "serving.kserve.io/inferenceservice"

func isRevision(o *Object) bool {
	owner, ok := o.Controller()
	return ok && GroupOf(owner.APIVersion) == "serving.knative.dev"
}

// controllerOf names the object that controls o, one step up.
func controllerOf(o *Object) (Ref, bool) {
	owner, ok := o.Controller()
	if !ok {
		return Ref{}, false
	}
	if name := o.Meta.Labels[kserveLabel]; name != "" && isRevision(o) {
		info := InferenceService.Info()
		return Ref{Group: info.Group, Kind: info.Name, Namespace: o.Namespace, Name: name}, true
	}
	return ownerRef(o, owner), true
}

func ownerRef(o *Object, owner OwnerReference) Ref {
	return Ref{Group: GroupOf(owner.APIVersion), Kind: owner.Kind, Namespace: o.Namespace, Name: owner.Name}
}

// maxOwners bounds the walk up the owner references.
const maxOwners = 10

// owners walks the owner references up from o, nearest first. Where an owner is
// not in the snapshot (its kind may not be listed), a placeholder with its name
// stands for it and ends the walk.
func owners(s *store, o *Object) []*Object {
	var all []*Object
	for range maxOwners {
		ref, ok := controllerOf(o)
		if !ok {
			break
		}
		next := s.byRef[ref]
		if next == nil {
			owner, _ := o.Controller()
			return append(all, &Object{Ref: ref, APIVersion: owner.APIVersion})
		}
		all = append(all, next)
		o = next
	}
	return all
}

// topOwner is the last of the owners, or o itself.
func topOwner(s *store, o *Object) *Object {
	if all := owners(s, o); len(all) > 0 {
		return all[len(all)-1]
	}
	return o
}

// readWorkload reads the view of any workload kind; nil for an object that has
// nothing to run.
func readWorkload(o *Object, s *store) *Workload {
	w := &Workload{Object: o, Owner: topOwner(s, o), PodsPerReplica: 1, TemplatePath: Path{"spec", "template"}}
	switch c := o.Content.(type) {
	case *appsv1.Deployment:
		w.Template, w.Replicas, w.Selector = &c.Spec.Template, c.Spec.Replicas, c.Spec.Selector
	case *appsv1.StatefulSet:
		w.Template, w.Replicas, w.Selector = &c.Spec.Template, c.Spec.Replicas, c.Spec.Selector
	case *appsv1.ReplicaSet:
		w.Template, w.Replicas, w.Selector = &c.Spec.Template, c.Spec.Replicas, c.Spec.Selector
	case *LeaderWorkerSetContent:
		readLeaderWorkerSet(w, c)
	case *InferenceServiceContent:
		readInferenceService(w, c)
	case *NIMServiceContent:
		readNIMService(w, c)
	case *RayServiceContent:
		readRayService(w, c)
	default:
		return nil
	}
	// KServe's pod webhook adds to the pods of its Deployments, too.
	w.Operated = w.Operated || w.Owner != o && w.Owner.Kind == kinds[InferenceService].Name
	if w.Recognition = recognise(w, s); w.Recognition == nil && w.judgeWorkers() {
		w.Recognition = recognise(w, s)
	}
	w.Accelerators = accelerators(w)
	return w
}

func readLeaderWorkerSet(w *Workload, c *LeaderWorkerSetContent) {
	w.Replicas = c.Spec.Replicas
	if c.Spec.LeaderWorkerTemplate.Size != nil {
		w.PodsPerReplica = *c.Spec.LeaderWorkerTemplate.Size
	}
	w.Template, w.TemplatePath = &c.Spec.LeaderWorkerTemplate.WorkerTemplate, Path{"spec", "leaderWorkerTemplate", "workerTemplate"}
	if c.Spec.LeaderWorkerTemplate.LeaderTemplate != nil {
		w.Template, w.TemplatePath = c.Spec.LeaderWorkerTemplate.LeaderTemplate, Path{"spec", "leaderWorkerTemplate", "leaderTemplate"}
	}
}

// judgeWorkers turns a group whose leader only directs to its workers; false
// where there are no others to judge.
func (w *Workload) judgeWorkers() bool {
	c := As[LeaderWorkerSetContent](w.Object)
	if c == nil || c.Spec.LeaderWorkerTemplate.LeaderTemplate == nil {
		return false
	}
	w.Template, w.TemplatePath = &c.Spec.LeaderWorkerTemplate.WorkerTemplate, Path{"spec", "leaderWorkerTemplate", "workerTemplate"}
	return true
}

// readInferenceService puts the predictor's inlined pod spec, and its model
// container if that is how it is written, into a template. The template's path
// cannot follow both, so findings point at the predictor.
func readInferenceService(w *Workload, c *InferenceServiceContent) {
	predictor := c.Spec.Predictor
	template := &corev1.PodTemplateSpec{Spec: predictor.PodSpec}
	template.Labels, template.Annotations = predictor.Labels, predictor.Annotations
	if predictor.Model != nil {
		container := predictor.Model.Container
		if container.Name == "" {
			container.Name = "kserve-container"
		}
		template.Spec.Containers = append([]corev1.Container{container}, template.Spec.Containers...)
	}
	w.Template, w.TemplatePath, w.Replicas, w.Operated = template, Path{"spec", "predictor"}, predictor.MinReplicas, true
}

func readNIMService(w *Workload, c *NIMServiceContent) {
	container := corev1.Container{Name: "nim", Image: c.Spec.Image.Repository, Env: c.Spec.Env}
	if c.Spec.Image.Tag != "" {
		container.Image += ":" + c.Spec.Image.Tag
	}
	if c.Spec.Resources != nil {
		container.Resources = *c.Spec.Resources
	}
	w.Template = &corev1.PodTemplateSpec{Spec: corev1.PodSpec{Containers: []corev1.Container{container}}}
	w.TemplatePath, w.Replicas, w.Operated = Path{"spec"}, c.Spec.Replicas, true
}

// readRayService judges the worker group where the models run: the first that
// asks for accelerators, else the first. A cluster without one runs them on the
// head.
func readRayService(w *Workload, c *RayServiceContent) {
	w.Operated = true
	cluster := &c.Spec.RayClusterSpec
	if len(cluster.WorkerGroupSpecs) == 0 {
		w.Template, w.TemplatePath = &cluster.HeadGroupSpec.Template, Path{"spec", "rayClusterConfig", "headGroupSpec", "template"}
		return
	}
	chosen := 0
	for i := range cluster.WorkerGroupSpecs {
		if len(accelerators(&Workload{Template: &cluster.WorkerGroupSpecs[i].Template})) > 0 {
			chosen = i
			break
		}
	}
	group := &cluster.WorkerGroupSpecs[chosen]
	w.Template, w.TemplatePath = &group.Template, Path{"spec", "rayClusterConfig", "workerGroupSpecs", chosen, "template"}
	w.Replicas = group.Replicas
}
