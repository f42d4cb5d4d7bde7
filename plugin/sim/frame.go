package sim

import (
	"maps"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// frame is the world as a cluster shows itself: what somebody wrote with the
// controllers' status, and what the controllers made.
func (w *World) frame() checks.Frame {
	b := w.store.builder(w.scenario.Cluster)
	for _, ref := range w.store.order {
		b.Add(w.shown(w.store.docs[ref].object))
	}
	for _, f := range w.fleets {
		w.showFleet(b, f)
	}
	for _, s := range w.scalers {
		if s.keda != nil && !s.paused() {
			b.Add(w.showGenerated(s))
		}
	}
	for _, n := range w.capacity.nodes {
		if n.object == nil {
			b.Add(n.shown(w.now))
		}
	}
	frame := checks.Frame{At: w.now, Objects: b.Build()}
	frame.Signals = w.signals(frame.Objects)
	return frame
}

// shown is an object with its status. The stored content is never changed.
func (w *World) shown(o *inventory.Object) *inventory.Object {
	switch content := o.Content.(type) {
	case *appsv1.Deployment:
		if f := w.fleetOf(o.Ref); f != nil {
			d := *content
			d.Spec.Replicas = pointer(f.spec)
			d.Status = f.deploymentStatus(w.now)
			return replaced(o, &d)
		}
	case *appsv1.StatefulSet:
		if f := w.fleetOf(o.Ref); f != nil {
			set := *content
			set.Spec.Replicas = pointer(f.spec)
			_, _, ready := f.count(w.now)
			set.Status = appsv1.StatefulSetStatus{Replicas: int32(f.live()), ReadyReplicas: int32(ready), CurrentReplicas: int32(f.live()), UpdatedReplicas: int32(f.live())}
			return replaced(o, &set)
		}
	case *policyv1.PodDisruptionBudget:
		pdb := *content
		pdb.Status = w.budgetStatus(o.Namespace, &pdb)
		return replaced(o, &pdb)
	case *inventory.ScaledObjectContent:
		return w.showScaledObject(o, content)
	}
	return w.showHPA(o)
}

func pointer[T any](value T) *T { return &value }

func replaced(o *inventory.Object, content any) *inventory.Object {
	other := *o
	other.Content = content
	return &other
}

func (f *fleet) live() int {
	n := 0
	for _, p := range f.pods {
		if p.leaving.IsZero() {
			n++
		}
	}
	return n
}

func (f *fleet) deploymentStatus(now time.Time) appsv1.DeploymentStatus {
	current, old, ready := f.count(now)
	all := current + old
	available := corev1.ConditionFalse
	reason := "MinimumReplicasUnavailable"
	if _, unavailable := f.strategy(); ready >= int(f.spec)-unavailable {
		available, reason = corev1.ConditionTrue, "MinimumReplicasAvailable"
	}
	return appsv1.DeploymentStatus{
		ObservedGeneration: f.view.Object.Meta.Generation,
		Replicas:           int32(all), UpdatedReplicas: int32(current), ReadyReplicas: int32(ready),
		AvailableReplicas: int32(ready), UnavailableReplicas: int32(all - ready),
		Conditions: []appsv1.DeploymentCondition{
			{Type: appsv1.DeploymentAvailable, Status: available, Reason: reason},
			{Type: appsv1.DeploymentProgressing, Status: corev1.ConditionTrue, Reason: "NewReplicaSetAvailable"},
		},
	}
}

func (w *World) budgetStatus(namespace string, pdb *policyv1.PodDisruptionBudget) policyv1.PodDisruptionBudgetStatus {
	var expected, healthy int32
	for _, f := range w.fleets {
		if f.ref.Namespace != namespace || !inventory.Selects(pdb.Spec.Selector, f.view.PodLabels()) {
			continue
		}
		_, _, ready := f.count(w.now)
		expected, healthy = expected+f.spec, healthy+int32(ready)
	}
	desired := expected
	switch {
	case pdb.Spec.MinAvailable != nil:
		desired = scaled(pdb.Spec.MinAvailable, expected)
	case pdb.Spec.MaxUnavailable != nil:
		desired = max(0, expected-scaled(pdb.Spec.MaxUnavailable, expected))
	}
	return policyv1.PodDisruptionBudgetStatus{
		ObservedGeneration: pdb.Generation, ExpectedPods: expected, CurrentHealthy: healthy, DesiredHealthy: desired,
		DisruptionsAllowed: max(0, healthy-desired),
	}
}

func scaled(value *intstr.IntOrString, of int32) int32 {
	n, err := intstr.GetScaledValueFromIntOrPercent(value, int(of), true)
	if err != nil {
		return of
	}
	return int32(n)
}

// showFleet adds the ReplicaSets, pods and events.
func (w *World) showFleet(b *inventory.Builder, f *fleet) {
	sets := map[string]int32{}
	for _, p := range f.pods {
		sets[p.revision]++
	}
	if f.view.Object.Type == inventory.Deployment {
		sets[f.revision] += 0
		for revision, count := range sets {
			b.Add(f.replicaSet(revision, count))
		}
	}
	for _, p := range f.pods {
		b.Add(f.podObject(p, w.now))
		for _, e := range f.events(p, w.now) {
			b.Add(e)
		}
	}
}

func controlledBy(apiVersion, kind, name string) []inventory.OwnerReference {
	yes := true
	return []inventory.OwnerReference{{APIVersion: apiVersion, Kind: kind, Name: name, UID: uid(kind + "/" + name), Controller: &yes}}
}

func (f *fleet) replicaSet(revision string, count int32) *inventory.Object {
	name := f.ref.Name + "-" + revision
	set := &appsv1.ReplicaSet{}
	set.Name, set.Namespace = name, f.ref.Namespace
	if revision == f.revision {
		count = f.spec
	}
	set.Spec.Replicas, set.Spec.Selector = &count, f.view.Selector
	if f.template != nil {
		set.Spec.Template = *f.template
	}
	set.Status.Replicas = count
	meta := inventory.Meta{
		Name: name, Namespace: f.ref.Namespace, UID: uid("rs/" + name), Labels: f.podLabels(revision),
		CreationTimestamp: f.view.Object.Meta.CreationTimestamp,
		OwnerReferences:   controlledBy("apps/v1", f.ref.Kind, f.ref.Name),
	}
	return inventory.FromTyped(inventory.ReplicaSet, meta, set)
}

const revisionLabel = "pod-template-hash"

func (f *fleet) podLabels(revision string) map[string]string {
	set := maps.Clone(f.view.PodLabels())
	if set == nil {
		set = map[string]string{}
	}
	if f.view.Object.Type == inventory.Deployment {
		set[revisionLabel] = revision
	}
	return set
}

func (n *node) shown(now time.Time) *inventory.Object {
	gpus := quantityOf(int64(n.pool.GPUs))
	object := &corev1.Node{}
	object.Name, object.Labels = n.name, maps.Clone(n.pool.Labels)
	if object.Labels == nil {
		object.Labels = map[string]string{}
	}
	object.Labels["kubernetes.io/hostname"] = n.name
	if n.pool.Product != "" {
		object.Labels["nvidia.com/gpu.product"] = n.pool.Product
	}
	object.CreationTimestamp = metav1.NewTime(n.created)
	object.Spec.Taints = []corev1.Taint{{Key: string(gpuResource), Effect: corev1.TaintEffectNoSchedule}}
	list := corev1.ResourceList{
		gpuResource: gpus, corev1.ResourceCPU: quantityOf(192), corev1.ResourceMemory: quantityOf(2 << 40), corev1.ResourcePods: quantityOf(110),
	}
	object.Status.Capacity, object.Status.Allocatable = list, list
	object.Status.Conditions = []corev1.NodeCondition{{
		Type: corev1.NodeReady, Status: corev1.ConditionTrue, Reason: "KubeletReady",
		LastHeartbeatTime: metav1.NewTime(now), LastTransitionTime: metav1.NewTime(n.ready),
	}}
	meta := inventory.Meta{Name: n.name, UID: uid("node/" + n.name), Labels: object.Labels, CreationTimestamp: n.created}
	return inventory.FromTyped(inventory.Node, meta, object)
}
