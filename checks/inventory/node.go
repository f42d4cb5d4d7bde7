package inventory

import (
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
)

// NodesFor returns the nodes that could take one more of the workload's pods as
// far as selectors, required node affinity and taints go: Ready, and open for
// scheduling. What those fields leave in doubt counts as possible.
func (s *Snapshot) NodesFor(w *Workload) []*corev1.Node {
	s.read(Node)
	if w.Template == nil {
		return nil
	}
	var all []*corev1.Node
	for _, o := range s.objects[Node] {
		if node := As[corev1.Node](o); node != nil && isOpen(node) && nodeTakes(node, w) {
			all = append(all, node)
		}
	}
	return all
}

func isOpen(node *corev1.Node) bool {
	for _, condition := range node.Status.Conditions {
		if condition.Type == corev1.NodeReady {
			return condition.Status == corev1.ConditionTrue && !node.Spec.Unschedulable
		}
	}
	return false
}

func nodeTakes(node *corev1.Node, w *Workload) bool { return w.misfit(node) == "" }

// misfit names what keeps the workload's pods from a node however empty it is:
// "without the label pool=gpu", "with the taint dedicated=training:NoSchedule";
// empty for nothing.
func (w *Workload) misfit(node *corev1.Node) string {
	spec := &w.Template.Spec
	if spec.NodeName != "" && spec.NodeName != node.Name {
		return "other than " + spec.NodeName
	}
	for _, key := range slices.Sorted(maps.Keys(spec.NodeSelector)) {
		if value, has := node.Labels[key]; !has || value != spec.NodeSelector[key] {
			return "without the label " + key + "=" + spec.NodeSelector[key]
		}
	}
	if terms := requiredTerms(spec); terms != nil && !slices.ContainsFunc(terms, func(t corev1.NodeSelectorTerm) bool { return termTakes(t, node) }) {
		return "outside of the required node affinity"
	}
	for _, taint := range node.Spec.Taints {
		if !passing[taint.Key] && !w.tolerates(taint) {
			return "with the taint " + taint.ToString()
		}
	}
	return ""
}

// passing are taints that Kubernetes itself puts on nodes for a condition that
// comes and goes, cordoning among them (component-helpers' nodelifecycle
// controller, pkg/controller/nodelifecycle): they say nothing about how a node is.
var passing = map[string]bool{
	corev1.TaintNodeNotReady: true, corev1.TaintNodeUnreachable: true, corev1.TaintNodeUnschedulable: true,
	corev1.TaintNodeMemoryPressure: true, corev1.TaintNodeDiskPressure: true, corev1.TaintNodePIDPressure: true,
	corev1.TaintNodeNetworkUnavailable: true, "node.cloudprovider.kubernetes.io/uninitialized": true,
}

// requiredTerms are the terms of a required node affinity, of which one has to
// match; nil for none.
func requiredTerms(spec *corev1.PodSpec) []corev1.NodeSelectorTerm {
	if spec.Affinity == nil || spec.Affinity.NodeAffinity == nil || spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution == nil {
		return nil
	}
	return spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms
}

// termTakes evaluates one term of a required affinity; an empty one takes no
// node.
func termTakes(term corev1.NodeSelectorTerm, node *corev1.Node) bool {
	for _, r := range term.MatchExpressions {
		if !requirementTakes(r, node.Labels) {
			return false
		}
	}
	for _, r := range term.MatchFields {
		if !requirementTakes(r, map[string]string{"metadata.name": node.Name}) {
			return false
		}
	}
	return len(term.MatchExpressions)+len(term.MatchFields) > 0
}

// nodeOperators translates the operators of node selectors.
var nodeOperators = map[corev1.NodeSelectorOperator]selection.Operator{
	corev1.NodeSelectorOpIn: selection.In, corev1.NodeSelectorOpNotIn: selection.NotIn,
	corev1.NodeSelectorOpExists: selection.Exists, corev1.NodeSelectorOpDoesNotExist: selection.DoesNotExist,
	corev1.NodeSelectorOpGt: selection.GreaterThan, corev1.NodeSelectorOpLt: selection.LessThan,
}

func requirementTakes(r corev1.NodeSelectorRequirement, set map[string]string) bool {
	requirement, err := labels.NewRequirement(r.Key, nodeOperators[r.Operator], r.Values)
	return err != nil || requirement.Matches(labels.Set(set))
}

// tolerates says whether a taint lets the workload's pods in. The API server's
// ExtendedResourceToleration plugin, which managed clusters turn on, adds a
// toleration for a taint named like the resource that a pod asks for.
func (w *Workload) tolerates(taint corev1.Taint) bool {
	if taint.Effect == corev1.TaintEffectPreferNoSchedule {
		return true
	}
	for _, a := range w.Accelerators {
		if a.Resource == taint.Key {
			return true
		}
	}
	for _, t := range w.Template.Spec.Tolerations {
		key := t.Key == taint.Key || t.Key == "" && t.Operator == corev1.TolerationOpExists
		value := t.Operator == corev1.TolerationOpExists || t.Value == taint.Value
		if key && value && (t.Effect == "" || t.Effect == taint.Effect) {
			return true
		}
	}
	return false
}

// Room is how many of a device are left for one more pod.
type Room struct {
	// Known is false when nodes were not listed, or when devices are claimed in
	// a way that counts none.
	Known bool
	// Nodes is how many nodes have the device and could take the pod, Devices
	// what they offer together, Taken what known pods hold of it there.
	Nodes          int
	Devices, Taken int64
	// Most is the most that is left on one node. Pods of other workloads are
	// not listed: it can only be less.
	Most int64
}

// RoomFor counts one of the devices that the workload's pods ask for.
func (s *Snapshot) RoomFor(w *Workload, resource string) Room {
	s.read(Pod)
	room := Room{Known: s.Saw(Node, "") && resource != ""}
	for _, node := range s.NodesFor(w) {
		quantity, has := node.Status.Allocatable[corev1.ResourceName(resource)]
		if !has || quantity.IsZero() {
			continue
		}
		devices, taken := quantity.Value(), s.taken(node.Name, resource)
		room.Nodes++
		room.Devices += devices
		room.Taken += taken
		room.Most = max(room.Most, devices-taken)
	}
	return room
}

// taken adds up what the listed pods of a node hold of a device. Those that are
// on their way out give it back.
func (s *Snapshot) taken(node, resource string) int64 {
	var total int64
	for _, o := range s.objects[Pod] {
		pod := As[corev1.Pod](o)
		if pod == nil || pod.Spec.NodeName != node || pod.DeletionTimestamp != nil || pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed {
			continue
		}
		total += PodDevices(pod, resource)
	}
	return total
}

// NodeAutoscaler says whether something adds nodes when pods do not fit, and
// names it. Unseen means that nobody can tell: not everything was listed, or
// the nodes are a cloud's, whose own autoscaler does not show.
func (s *Snapshot) NodeAutoscaler() (name string, presence Presence) {
	s.read(NodePool, Deployment, Node)
	if pools := s.objects[NodePool]; len(pools) > 0 {
		return pools[0].Short(), Present
	}
	return s.autoscalerBesidePools()
}

func (s *Snapshot) autoscalerBesidePools() (name string, presence Presence) {
	if ref, _, found := s.ClusterAutoscaler(); found {
		return ref.Short(), Present
	}
	if s.cluster != nil {
		return s.cluster.NodeAutoscaler, s.cluster.AddsNodes
	}
	if !s.Saw(NodePool, "") || !s.Saw(Deployment, "") || !s.Saw(Node, "") {
		return "", Unseen
	}
	for _, o := range s.objects[Node] {
		if node := As[corev1.Node](o); node != nil && !standsAlone(node.Spec.ProviderID) {
			return "", Unseen
		}
	}
	return "", Absent
}

// standsAlone says whether a node's provider can make no further ones.
func standsAlone(providerID string) bool {
	scheme, _, _ := strings.Cut(providerID, "://")
	switch scheme {
	case "", "k3s", "rke2", "kind", "kwok", "microk8s", "minikube":
		return true
	}
	return false
}
