package inventory

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// Selects says whether a label selector matches labels. A nil selector matches
// nothing, an empty one everything; one that cannot be parsed matches nothing.
func Selects(selector *metav1.LabelSelector, set map[string]string) bool {
	if selector == nil {
		return false
	}
	if len(selector.MatchExpressions) == 0 {
		return hasAll(set, selector.MatchLabels)
	}
	parsed, err := metav1.LabelSelectorAsSelector(selector)
	return err == nil && parsed.Matches(labels.Set(set))
}

// hasAll says whether all of the wanted labels are among a set's.
func hasAll(set, wanted map[string]string) bool {
	for key, value := range wanted {
		if got, ok := set[key]; !ok || got != value {
			return false
		}
	}
	return true
}

// PodLabels are the labels that the workload's pods get from their template;
// nil when there is none to read.
func (w *Workload) PodLabels() map[string]string {
	if w.Template == nil {
		return nil
	}
	return w.Template.Labels
}

// Budget is a PodDisruptionBudget and its content.
type Budget struct {
	Object *Object
	*policyv1.PodDisruptionBudget
}

// Budgets returns the PodDisruptionBudgets whose selector matches the
// workload's pods. Whether one is missing can be told only where
// Saw(PodDisruptionBudget, namespace).
func (s *Snapshot) Budgets(w *Workload) []Budget {
	var all []Budget
	for _, o := range s.In(PodDisruptionBudget, w.Object.Namespace) {
		pdb := As[policyv1.PodDisruptionBudget](o)
		if !o.Fragment && Selects(pdb.Spec.Selector, w.PodLabels()) {
			all = append(all, Budget{o, pdb})
		}
	}
	return all
}

// Services returns the Services that send traffic to the workload's pods.
func (s *Snapshot) Services(w *Workload) []*Object {
	var all []*Object
	for _, o := range s.In(Service, w.Object.Namespace) {
		selector := As[corev1.Service](o).Spec.Selector
		if len(selector) > 0 && hasAll(w.PodLabels(), selector) {
			all = append(all, o)
		}
	}
	return all
}

// Pods returns the live pods that belong to the workload: matched by its
// selector and not controlled by something foreign. The list is everybody's: it
// is not to be changed.
func (s *Snapshot) Pods(w *Workload) []*corev1.Pod {
	s.read(Pod)
	return Remember(s, podsKey{w.Object, w.Selector}, func() []*corev1.Pod { return s.findPods(w) })
}

// podsKey is what a workload's pods depend on; copies of a workload share both.
type podsKey struct {
	object   *Object
	selector *metav1.LabelSelector
}

func (s *Snapshot) findPods(w *Workload) []*corev1.Pod {
	selector := labels.Everything()
	if w.Selector != nil {
		parsed, err := metav1.LabelSelectorAsSelector(w.Selector) // once, not for every pod
		if err != nil {
			parsed = labels.Nothing()
		}
		selector = parsed
	}
	var all []*corev1.Pod
	for _, o := range s.In(Pod, w.Object.Namespace) {
		if selector.Matches(labels.Set(o.Meta.Labels)) && s.belongs(o, w) {
			all = append(all, As[corev1.Pod](o))
		}
	}
	return slices.Clip(all)
}

// belongs walks a pod's owners up to the workload. A Deployment's ReplicaSets
// may not have been listed: their names are the Deployment's and a hash.
func (s *Snapshot) belongs(pod *Object, w *Workload) bool {
	for o, depth := pod, 0; depth < maxOwners; depth++ {
		owner, ok := o.Controller()
		if !ok {
			return false
		}
		ref := ownerRef(o, owner)
		if ref == w.Object.Ref {
			return true
		}
		next := s.byRef[ref]
		if next == nil {
			hash, named := strings.CutPrefix(ref.Name, w.Object.Name+"-")
			return ref.Kind == ReplicaSet.String() && w.Object.Type == Deployment && named && !strings.Contains(hash, "-")
		}
		o = next
	}
	return false
}
