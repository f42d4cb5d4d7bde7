package inventory

import (
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

// clusterAutoscaler is in the name of every packaging of the Cluster Autoscaler.
const clusterAutoscaler = "cluster-autoscaler"

// ClusterAutoscaler finds the Deployment of a Cluster Autoscaler that runs in
// the cluster itself; a cloud's own does not show. Its content is nil where
// only the name was listed.
func (s *Snapshot) ClusterAutoscaler() (ref Ref, content *appsv1.Deployment, found bool) {
	s.read(Deployment)
	ref = s.clusterAutoscaler.get(func() Ref { return findClusterAutoscaler(s.store) })
	if o := s.byRef[ref]; o != nil {
		content = As[appsv1.Deployment](o)
	}
	return ref, content, !ref.IsZero()
}

func findClusterAutoscaler(s *store) Ref {
	for _, o := range s.objects[Deployment] {
		if strings.Contains(o.Name, clusterAutoscaler) {
			return o.Ref
		}
	}
	var first Ref
	for stub := range s.stubs {
		if stub.Kind == kinds[Deployment].Name && strings.Contains(stub.Name, clusterAutoscaler) && (first.IsZero() || less(stub, first)) {
			first = stub
		}
	}
	return first
}

// TakesLocalStorage says whether the Cluster Autoscaler was told to remove nodes
// whose pods keep data on them; its default is not to.
func TakesLocalStorage(autoscaler *appsv1.Deployment) bool {
	if autoscaler == nil {
		return false
	}
	for _, c := range autoscaler.Spec.Template.Spec.Containers {
		if slices.Contains(slices.Concat(c.Command, c.Args), "--skip-nodes-with-local-storage=false") {
			return true
		}
	}
	return false
}

// The annotations by which a pod tells the Cluster Autoscaler what it may do.
const (
	SafeToEvict        = "cluster-autoscaler.kubernetes.io/safe-to-evict"
	SafeToEvictVolumes = "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes"
)

// LocalVolumes are the places in the pod's volumes of those that lie on the
// node's disk, and that no annotation declares safe to lose. Memory is none
// (cluster-autoscaler utils/drain, isLocalVolume).
func (w *Workload) LocalVolumes() []int {
	if w.Template == nil {
		return nil
	}
	safe := strings.Split(w.Template.Annotations[SafeToEvictVolumes], ",")
	var all []int
	for i, v := range w.Template.Spec.Volumes {
		disk := v.HostPath != nil || v.EmptyDir != nil && v.EmptyDir.Medium != corev1.StorageMediumMemory
		if disk && !slices.Contains(safe, v.Name) {
			all = append(all, i)
		}
	}
	return all
}

// Sparse says whether a pod of the workload takes less than half of the devices
// of a node that it runs on, or could run on: the Cluster Autoscaler looks at
// devices alone and takes such a node for unneeded (its default threshold is
// 0.5). It is not known where no such node was seen.
func (s *Snapshot) Sparse(w *Workload) (yes, known bool) {
	nodes := s.NodesUnder(w)
	if len(nodes) == 0 {
		nodes = s.NodesFor(w)
	}
	for _, node := range nodes {
		for _, a := range w.Accelerators {
			devices := devicesOf(node, a.Resource)
			known = known || devices > 0
			yes = yes || 2*a.Count < devices
		}
	}
	return yes, known
}
