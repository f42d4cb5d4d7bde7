package inventory

import (
	"cmp"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// QuotaCap is how many pods of a workload one line of a ResourceQuota allows.
type QuotaCap struct {
	Object   *Object
	Path     Path // of the line
	Resource string
	// PerPod is what one pod takes of Hard, Others what is used of it by others;
	// in manifests that is not known and 0.
	PerPod, Hard, Others resource.Quantity
	// Alone is how many pods fit if nobody else used any, Pods how many with
	// what Others use.
	Alone, Pods int64
}

// QuotaCaps returns the lines of the namespace's quotas that count the
// workload's pods, the tightest first.
func (s *Snapshot) QuotaCaps(w *Workload) []QuotaCap {
	quotas := s.In(ResourceQuota, w.Object.Namespace)
	if w.Template == nil || len(quotas) == 0 {
		return nil
	}
	run, pods := s.AsRun(w), s.Pods(w)
	var all []QuotaCap
	for _, o := range quotas {
		quota := As[corev1.ResourceQuota](o)
		if quota == nil || o.Fragment || !quotaCovers(quota, &run.Template.Spec) {
			continue
		}
		for name, hard := range quota.Spec.Hard {
			c := QuotaCap{Object: o, Path: Path{"spec", "hard", string(name)}, Resource: string(name), Hard: hard, PerPod: run.takes(string(name))}
			if c.PerPod.Sign() <= 0 {
				continue
			}
			if used, known := quota.Status.Used[name]; known && s.live {
				c.Others = used.DeepCopy()
				for _, pod := range pods {
					if pod.Status.Phase != corev1.PodSucceeded && pod.Status.Phase != corev1.PodFailed {
						c.Others.Sub(c.PerPod)
					}
				}
			}
			c.Alone, c.Pods = c.room(resource.Quantity{}), c.room(c.Others)
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b QuotaCap) int {
		return cmp.Or(cmp.Compare(a.Pods, b.Pods), strings.Compare(a.Object.Name, b.Object.Name), strings.Compare(a.Resource, b.Resource))
	})
	return all
}

// room is how many pods fit beside what is used. Thousandths keep the CPUs exact.
func (c QuotaCap) room(used resource.Quantity) int64 {
	left := c.Hard.DeepCopy()
	if used.Sign() > 0 {
		left.Sub(used)
	}
	if left.Sign() <= 0 {
		return 0
	}
	if c.PerPod.MilliValue()%1000 != 0 {
		return left.MilliValue() / c.PerPod.MilliValue()
	}
	return left.Value() / c.PerPod.Value()
}

// takes is how much one pod counts for a line of a quota: 0 for lines that do
// not count pods.
func (w *Workload) takes(line string) resource.Quantity {
	spec := &w.Template.Spec
	switch line {
	case "pods", "count/pods":
		return *resource.NewQuantity(1, resource.DecimalSI)
	case "cpu", "memory", "ephemeral-storage":
		return PodRequest(spec, corev1.ResourceName(line))
	case "persistentvolumeclaims", "count/persistentvolumeclaims":
		if set := As[appsv1.StatefulSet](w.Object); set != nil {
			return *resource.NewQuantity(int64(len(set.Spec.VolumeClaimTemplates)), resource.DecimalSI)
		}
	}
	if name, asks := strings.CutPrefix(line, "requests."); asks {
		return PodRequest(spec, corev1.ResourceName(name))
	}
	if name, limits := strings.CutPrefix(line, "limits."); limits {
		return PodLimit(spec, corev1.ResourceName(name))
	}
	return resource.Quantity{}
}

// quotaCovers says whether a quota's scopes take in a pod that serves: it has
// requests and no deadline. Scopes that nobody can judge here take none.
func quotaCovers(quota *corev1.ResourceQuota, spec *corev1.PodSpec) bool {
	for _, scope := range quota.Spec.Scopes {
		if scope != corev1.ResourceQuotaScopeNotTerminating && scope != corev1.ResourceQuotaScopeNotBestEffort {
			return false
		}
	}
	if quota.Spec.ScopeSelector == nil {
		return true
	}
	for _, e := range quota.Spec.ScopeSelector.MatchExpressions {
		priority := e.ScopeName == corev1.ResourceQuotaScopePriorityClass && e.Operator == corev1.ScopeSelectorOpIn
		if !priority || !slices.Contains(e.Values, spec.PriorityClassName) {
			return false
		}
	}
	return true
}

// RangeBreach is a maximum of a LimitRange that every pod of a workload breaks.
type RangeBreach struct {
	Object   *Object
	Path     Path
	Type     string // "Container" or "Pod"
	Resource string
	Max, Has resource.Quantity
}

// RangeBreaches returns the maxima of the namespace's LimitRanges that the
// workload's pods exceed. A limit that is not written gets the range's own.
func (s *Snapshot) RangeBreaches(w *Workload) []RangeBreach {
	var all []RangeBreach
	for _, o := range s.In(LimitRange, w.Object.Namespace) {
		limits := As[corev1.LimitRange](o)
		if limits == nil || o.Fragment || w.Template == nil {
			continue
		}
		for i, item := range limits.Spec.Limits {
			for name, most := range item.Max {
				if has := w.largest(item.Type, name); has.Cmp(most) > 0 {
					all = append(all, RangeBreach{o, Path{"spec", "limits", i, "max", string(name)}, string(item.Type), string(name), most, has})
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b RangeBreach) int { return strings.Compare(a.Resource, b.Resource) })
	return all
}

// largest is the most that a container, or the pod, may use of a resource.
func (w *Workload) largest(kind corev1.LimitType, name corev1.ResourceName) resource.Quantity {
	var most resource.Quantity
	switch kind {
	case corev1.LimitTypePod:
		return PodLimit(&w.Template.Spec, name)
	case corev1.LimitTypeContainer:
		for _, list := range [...][]corev1.Container{w.Template.Spec.InitContainers, w.Template.Spec.Containers} {
			for i := range list {
				for _, q := range [...]resource.Quantity{list[i].Resources.Limits[name], list[i].Resources.Requests[name]} {
					if q.Cmp(most) > 0 {
						most = q
					}
				}
			}
		}
	}
	return most
}

// Refused returns the API server's words about a pod of the workload that it did
// not create because of a quota or a limit, as the controllers report them.
func (s *Snapshot) Refused(w *Workload) (words string, refused bool) {
	var said []string
	switch c := w.Object.Content.(type) {
	case *appsv1.Deployment:
		for _, condition := range c.Status.Conditions {
			if condition.Type == appsv1.DeploymentReplicaFailure && condition.Status == corev1.ConditionTrue {
				said = append(said, condition.Message)
			}
		}
	case *appsv1.ReplicaSet:
		for _, condition := range c.Status.Conditions {
			if condition.Type == appsv1.ReplicaSetReplicaFailure && condition.Status == corev1.ConditionTrue {
				said = append(said, condition.Message)
			}
		}
	case *appsv1.StatefulSet:
		for _, o := range s.In(Event, w.Object.Namespace) {
			event := As[corev1.Event](o)
			about := event.InvolvedObject
			short := w.Replicas == nil || c.Status.Replicas < *w.Replicas // the event is not history
			if event.Reason == "FailedCreate" && about.Kind == w.Object.Kind && about.Name == w.Object.Name && short {
				said = append(said, event.Message)
			}
		}
	}
	for _, message := range said {
		_, words, refused = strings.Cut(message, "is forbidden: ")
		if refused && (strings.Contains(words, "quota") || strings.Contains(words, " usage per ")) {
			return words, true
		}
	}
	return "", false
}

// QuotaTotal is what several workloads take together of one line of a quota, at
// their most replicas.
type QuotaTotal struct {
	QuotaCap
	Workloads []*Workload
	Needs     resource.Quantity
}

// QuotaTotals adds up the workloads whose bounds are known, for every line that
// more than one of them takes from.
func (s *Snapshot) QuotaTotals() []QuotaTotal {
	var all []QuotaTotal
	for _, w := range s.Workloads() {
		bounds := s.Bounds(w)
		if w.Object.Fragment || !bounds.Known {
			continue
		}
		for _, c := range s.QuotaCaps(w) {
			at := slices.IndexFunc(all, func(t QuotaTotal) bool { return t.Object == c.Object && t.Resource == c.Resource })
			if at < 0 {
				at, all = len(all), append(all, QuotaTotal{QuotaCap: c})
			}
			all[at].Workloads = append(all[at].Workloads, w)
			needs := c.PerPod.DeepCopy()
			needs.Mul(int64(bounds.Max) * w.AcceleratedPods())
			all[at].Needs.Add(needs)
		}
	}
	return slices.DeleteFunc(all, func(t QuotaTotal) bool { return len(t.Workloads) < 2 })
}
