package source

import (
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Labels by which operators mark the pods of their own objects.
const (
	labelLWS        = "leaderworkerset.sigs.k8s.io/name"
	labelKServe     = "serving.kserve.io/inferenceservice"
	labelNIM        = "app" // of the NIM operator: the NIMService's name
	labelRayCluster = "ray.io/cluster"
)

// liveName is an object's place: a namespace and a name.
type liveName struct{ namespace, name string }

// liveSelection is one list of pods.
type liveSelection struct {
	namespace, labels string
	deployment        bool // a Deployment's: it has ReplicaSets of the same labels
}

// liveFleet is what the inference workloads of the cluster lead to.
type liveFleet struct {
	namespaces []string // sorted
	// targets are the workloads, and the objects that control them.
	targets    map[inventory.Ref]bool
	selections []liveSelection
	configMaps []liveName
	claims     map[liveName]bool
	// claimPrefixes are those of StatefulSets' own claims: "cache-vllm-".
	claimPrefixes map[string][]string // by namespace
	rayServices   map[liveName]bool
}

func (f *liveFleet) in(namespace string) bool {
	_, found := slices.BinarySearch(f.namespaces, namespace)
	return found
}

// gather reads the held objects: which serve models in a namespace that was
// chosen, and what those lead to.
func (l *liveLoad) gather() liveFleet {
	f := liveFleet{
		targets: map[inventory.Ref]bool{}, claims: map[liveName]bool{},
		claimPrefixes: map[string][]string{}, rayServices: map[liveName]bool{},
	}
	var workloads []*inventory.Workload
	chosen := map[string]bool{}
	for _, o := range l.held {
		w := inventory.ReadWorkload(o)
		if w == nil || w.Recognition == nil && !l.named[o.Ref] {
			continue
		}
		workloads = append(workloads, w)
		if l.selector.Matches(labels.Set(o.Meta.Labels)) {
			chosen[o.Namespace] = true
		}
	}
	for namespace := range chosen {
		f.namespaces = append(f.namespaces, namespace)
	}
	slices.Sort(f.namespaces)
	for _, w := range workloads {
		if chosen[w.Object.Namespace] {
			f.add(w)
		}
	}
	f.selections = mergeSelections(f.selections)
	return f
}

func (f *liveFleet) add(w *inventory.Workload) {
	o := w.Object
	f.targets[o.Ref] = true
	if owner, ok := o.Controller(); ok {
		f.targets[inventory.Ref{Group: inventory.GroupOf(owner.APIVersion), Kind: owner.Kind, Namespace: o.Namespace, Name: owner.Name}] = true
	}
	if s := podSelector(w); s != nil && !s.Empty() {
		f.selections = append(f.selections, liveSelection{o.Namespace, s.String(), o.Type == inventory.Deployment})
	}
	if o.Type == inventory.RayService {
		f.rayServices[liveName{o.Namespace, o.Name}] = true
	}
	for _, spec := range podSpecs(w) {
		f.mentions(o.Namespace, spec)
	}
	if set := inventory.As[appsv1.StatefulSet](o); set != nil {
		for _, claim := range set.Spec.VolumeClaimTemplates {
			f.claimPrefixes[o.Namespace] = append(f.claimPrefixes[o.Namespace], claim.Name+"-"+set.Name+"-")
		}
	}
}

// podSpecs are those of all the pods that a workload runs: a group has leaders
// and workers.
func podSpecs(w *inventory.Workload) []*corev1.PodSpec {
	var all []*corev1.PodSpec
	switch c := w.Object.Content.(type) {
	case *inventory.LeaderWorkerSetContent:
		all = append(all, &c.Spec.LeaderWorkerTemplate.WorkerTemplate.Spec)
		if leader := c.Spec.LeaderWorkerTemplate.LeaderTemplate; leader != nil {
			all = append(all, &leader.Spec)
		}
	case *inventory.RayServiceContent:
		all = append(all, &c.Spec.RayClusterSpec.HeadGroupSpec.Template.Spec)
		for i := range c.Spec.RayClusterSpec.WorkerGroupSpecs {
			all = append(all, &c.Spec.RayClusterSpec.WorkerGroupSpecs[i].Template.Spec)
		}
	default:
		if w.Template != nil {
			all = append(all, &w.Template.Spec)
		}
	}
	return all
}

// podSelector selects a workload's pods. It is never empty: that would be all
// the pods of a namespace.
func podSelector(w *inventory.Workload) labels.Selector {
	by := func(key string) labels.Selector { return labels.SelectorFromSet(labels.Set{key: w.Object.Name}) }
	switch w.Object.Type {
	case inventory.LeaderWorkerSet:
		return by(labelLWS)
	case inventory.InferenceService:
		return by(labelKServe)
	case inventory.NIMService:
		return by(labelNIM)
	case inventory.RayService:
		// The cluster's name is made up by the operator; its pods are sorted
		// out on arrival.
		parsed, _ := labels.Parse(labelRayCluster)
		return parsed
	}
	parsed, err := metav1.LabelSelectorAsSelector(w.Selector)
	if err != nil || w.Selector == nil {
		return nil
	}
	return parsed
}

// mentions notes the claims and ConfigMaps that a pod spec names.
func (f *liveFleet) mentions(namespace string, spec *corev1.PodSpec) {
	configMap := func(name string) {
		if at := (liveName{namespace, name}); name != "" && !slices.Contains(f.configMaps, at) {
			f.configMaps = append(f.configMaps, at)
		}
	}
	for _, v := range spec.Volumes {
		if v.PersistentVolumeClaim != nil {
			f.claims[liveName{namespace, v.PersistentVolumeClaim.ClaimName}] = true
		}
		if v.ConfigMap != nil {
			configMap(v.ConfigMap.Name)
		}
		if v.Projected != nil {
			for _, source := range v.Projected.Sources {
				if source.ConfigMap != nil {
					configMap(source.ConfigMap.Name)
				}
			}
		}
	}
	for _, containers := range [][]corev1.Container{spec.InitContainers, spec.Containers} {
		for i := range containers {
			for _, from := range containers[i].EnvFrom {
				if from.ConfigMapRef != nil {
					configMap(from.ConfigMapRef.Name)
				}
			}
			for _, env := range containers[i].Env {
				if env.ValueFrom != nil && env.ValueFrom.ConfigMapKeyRef != nil {
					configMap(env.ValueFrom.ConfigMapKeyRef.Name)
				}
			}
		}
	}
}

// mounted says whether an inference workload mounts the claim.
func (f *liveFleet) mounted(o *inventory.Object) bool {
	if f.claims[liveName{o.Namespace, o.Name}] {
		return true
	}
	for _, prefix := range f.claimPrefixes[o.Namespace] {
		if strings.HasPrefix(o.Name, prefix) {
			return true
		}
	}
	return false
}
