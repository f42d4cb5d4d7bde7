package inventory

import (
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// PodSet are the pods that one template makes: a workload's, or those of one
// half of a LeaderWorkerSet.
type PodSet struct {
	Object *Object
	Labels map[string]string
	// PerReplica is how many of them one replica of the object has.
	PerReplica int32
	// Open says that an operator writes the pods' labels: one that is not here
	// may still be on the pods.
	Open bool

	adds []string // prefixes of labels that a controller adds
}

// PodSets returns the pods of a namespace by what makes them, whether they
// serve models or not. What another object of the snapshot makes (a
// Deployment's ReplicaSets) is not listed beside it, and an operator's object
// not beside what it made.
func (s *Snapshot) PodSets(namespace string) []PodSet {
	s.read(WorkloadKinds()...)
	var found []*Object
	makers := map[*Object]bool{}
	for _, kind := range WorkloadKinds() {
		for _, o := range s.In(kind, namespace) {
			if o.Fragment || controlledHere(s.store, o) {
				continue
			}
			found = append(found, o)
			for _, owner := range owners(s.store, o) {
				makers[owner] = true
			}
		}
	}
	var all []PodSet
	for _, o := range found {
		if !makers[o] {
			all = append(all, podSets(o)...)
		}
	}
	return all
}

// PodSetsOf returns the pods of one workload.
func PodSetsOf(w *Workload) []PodSet { return podSets(w.Object) }

// Labels that the controllers of built-in kinds and of LeaderWorkerSet add to
// what the template says.
const (
	revisionLabel = "controller-revision-hash"
	hashLabel     = "pod-template-hash"
	podNameLabel  = "statefulset.kubernetes.io/pod-name"
	podIndexLabel = "apps.kubernetes.io/pod-index"
	groupLabels   = "leaderworkerset.sigs.k8s.io/"
)

func podSets(o *Object) []PodSet {
	if c := As[LeaderWorkerSetContent](o); c != nil {
		return groupPods(o, c)
	}
	set := PodSet{Object: o, PerReplica: 1}
	switch c := o.Content.(type) {
	case *appsv1.Deployment:
		set.Labels, set.adds = c.Spec.Template.Labels, []string{hashLabel}
	case *appsv1.StatefulSet:
		set.Labels, set.adds = c.Spec.Template.Labels, []string{revisionLabel, podNameLabel, podIndexLabel}
	case *appsv1.ReplicaSet:
		set.Labels = c.Spec.Template.Labels
	case *InferenceServiceContent:
		set.Labels, set.Open = c.Spec.Predictor.Labels, true
	default:
		set.Open = true
	}
	return []PodSet{set}
}

// groupPods are the leaders and the workers of a LeaderWorkerSet, which labels
// them by its own name and by their place.
func groupPods(o *Object, c *LeaderWorkerSetContent) []PodSet {
	size := int32(1)
	if c.Spec.LeaderWorkerTemplate.Size != nil {
		size = *c.Spec.LeaderWorkerTemplate.Size
	}
	leader := &c.Spec.LeaderWorkerTemplate.WorkerTemplate
	if c.Spec.LeaderWorkerTemplate.LeaderTemplate != nil {
		leader = c.Spec.LeaderWorkerTemplate.LeaderTemplate
	}
	adds := []string{groupLabels, revisionLabel, podNameLabel, podIndexLabel}
	name := map[string]string{groupLabels + "name": o.Name}
	leaders := PodSet{Object: o, PerReplica: 1, adds: adds, Labels: labels.Merge(leader.Labels, name)}
	leaders.Labels[groupLabels+"worker-index"] = "0"
	if size <= 1 {
		return []PodSet{leaders}
	}
	workers := c.Spec.LeaderWorkerTemplate.WorkerTemplate.Labels
	return []PodSet{leaders, {Object: o, PerReplica: size - 1, adds: adds, Labels: labels.Merge(workers, name)}}
}

// mayCarry says whether something else than the template may put a label on
// the pods.
func (p PodSet) mayCarry(key string) bool {
	for _, prefix := range p.adds {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return p.Open
}

// quietGroups are API groups whose objects make no pods.
var quietGroups = wordSet(`autoscaling batch policy networking.k8s.io rbac.authorization.k8s.io storage.k8s.io scheduling.k8s.io apiextensions.k8s.io
	admissionregistration.k8s.io coordination.k8s.io discovery.k8s.io gateway.networking.k8s.io inference.networking.k8s.io inference.networking.x-k8s.io
	monitoring.coreos.com keda.sh cert-manager.io external-secrets.io networking.istio.io security.istio.io karpenter.sh kustomize.config.k8s.io`)

// HidesPods says whether a namespace of manifests holds pods whose labels nobody
// knows: a DaemonSet's, those of a kind that is not read here, a patch's, or
// bare ones. Jobs, which end by themselves and want no budget, do not count.
// On a cluster the budgets' own status tells.
func (s *Snapshot) HidesPods(namespace string) bool {
	if s.live {
		return false
	}
	for ref := range s.stubs {
		core := ref.Group == "" && ref.Kind != "ReplicationController"
		if ref.Namespace == namespace && !core && !quietGroups[ref.Group] {
			return true
		}
	}
	for _, kind := range append(WorkloadKinds(), Pod) {
		for _, o := range s.objects[kind] {
			if o.Namespace == namespace && (o.Fragment || kind == Pod) {
				return true
			}
		}
	}
	return false
}
