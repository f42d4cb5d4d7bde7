package inventory

import (
	"reflect"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// LoadTime is how long a container took from its start to Ready.
type LoadTime struct {
	Took time.Duration `json:"took"` // nanoseconds, in JSON
	Pod  string        `json:"pod"`
}

// LoadTimes measures the past starts of the workload's engine container that
// its live pods still show, fastest first. Pods whose container restarted are left out (the page
// cache was warm), and so are pods that are not Ready. A Ready transition moves
// when readiness flaps, so the shortest of several is the one to trust.
func (s *Snapshot) LoadTimes(w *Workload) []LoadTime {
	if w.Recognition == nil || w.Container == nil {
		return nil
	}
	var all []LoadTime
	for _, pod := range s.Pods(w) {
		status := containerStatus(pod, w.Container.Name)
		if status == nil || status.RestartCount > 0 || status.State.Running == nil {
			continue
		}
		ready, ok := readySince(pod)
		if !ok {
			continue
		}
		if took := ready.Sub(status.State.Running.StartedAt.Time); took > 0 && !returned(pod, w.Container.Name, took) {
			all = insertSorted(all, LoadTime{took, pod.Name})
		}
	}
	if len(all) == 0 {
		return s.noted(w)
	}
	return all
}

// Loading is a pod whose engine runs for the first time and is not Ready yet.
type Loading struct {
	Pod   *corev1.Pod
	Since time.Time // when the engine's container was started
}

// Left is how long the pod will load still, if it takes as long as another start
// did; zero when it is late.
func (l Loading) Left(now time.Time, took time.Duration) time.Duration {
	return max(0, took-now.Sub(l.Since)).Round(time.Second)
}

// Loading returns the workload's pods that load their model, the one that began
// last at the end. A container that was started again is no cold start.
func (s *Snapshot) Loading(w *Workload) []Loading {
	if w.Recognition == nil || w.Container == nil {
		return nil
	}
	var all []Loading
	for _, pod := range s.Pods(w) {
		status := containerStatus(pod, w.Container.Name)
		if status == nil || status.RestartCount > 0 || status.State.Running == nil {
			continue
		}
		if _, ready := readySince(pod); !ready && pod.DeletionTimestamp == nil && !fell(pod, status) {
			all = append(all, Loading{pod, status.State.Running.StartedAt.Time})
		}
	}
	slices.SortStableFunc(all, func(a, b Loading) int { return a.Since.Compare(b.Since) })
	return all
}

// returned says whether a pod that is Ready so long after its container's start
// cannot have been loading until then, and was Ready before: no model loads for
// hours, and the kubelet would have killed a server that its startup probe got
// no answer from.
func returned(pod *corev1.Pod, container string, took time.Duration) bool {
	const longest, late = 6 * time.Hour, 30 * time.Second // of a kubelet that is busy
	for i := range pod.Spec.Containers {
		c := &pod.Spec.Containers[i]
		if c.Name != container || c.StartupProbe == nil || c.StartupProbe.HTTPGet == nil {
			continue
		}
		if took > ProbeWindow(c.StartupProbe)+delayOf("readinessProbe", c.ReadinessProbe).FirstTry+late {
			return true
		}
	}
	return took > longest
}

// Outlived names a pod of the workload that became Ready under the liveness probe
// of the template, with no startup probe to hold it back, and whose engine was
// never restarted: it started in time, whatever its conditions say.
func (s *Snapshot) Outlived(w *Workload) (pod string, yes bool) {
	for _, p := range s.Pods(w) {
		status := containerStatus(p, w.Container.Name)
		if _, ready := readySince(p); !ready || status == nil || status.RestartCount > 0 {
			continue
		}
		for i := range p.Spec.Containers {
			c := &p.Spec.Containers[i]
			if c.Name == w.Container.Name && c.StartupProbe == nil && c.LivenessProbe != nil && reflect.DeepEqual(c.LivenessProbe, w.Container.LivenessProbe) {
				return p.Name, true
			}
		}
	}
	return "", false
}

func insertSorted(all []LoadTime, l LoadTime) []LoadTime {
	at := len(all)
	for at > 0 && all[at-1].Took > l.Took {
		at--
	}
	all = append(all, LoadTime{})
	copy(all[at+1:], all[at:])
	all[at] = l
	return all
}

func containerStatus(pod *corev1.Pod, name string) *corev1.ContainerStatus {
	for i := range pod.Status.ContainerStatuses {
		if pod.Status.ContainerStatuses[i].Name == name {
			return &pod.Status.ContainerStatuses[i]
		}
	}
	return nil
}

func readySince(pod *corev1.Pod) (time.Time, bool) {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady && condition.Status == corev1.ConditionTrue {
			return condition.LastTransitionTime.Time, true
		}
	}
	return time.Time{}, false
}

// otherWindow says whether the pod's container has a startup probe that allows
// more or less time than the template's.
func otherWindow(pod *corev1.Pod, of *corev1.Container) bool {
	for i := range pod.Spec.Containers {
		if c := &pod.Spec.Containers[i]; c.Name == of.Name {
			return c.StartupProbe != nil && ProbeWindow(c.StartupProbe) != ProbeWindow(of.StartupProbe)
		}
	}
	return false
}

// KilledByStartupProbe says whether the kubelet's events tell of a pod of the
// workload whose engine was killed for failing its startup probe. Pods that have
// another window than the template, which was changed since, do not count.
func (s *Snapshot) KilledByStartupProbe(w *Workload) (pod string, killed bool) {
	pods := map[string]bool{}
	for _, p := range s.Pods(w) {
		pods[p.Name] = w.Container == nil || !otherWindow(p, w.Container)
	}
	for _, o := range s.In(Event, w.Object.Namespace) {
		event := As[corev1.Event](o)
		about := event.InvolvedObject
		if about.Kind == Pod.String() && pods[about.Name] && event.Reason == "Killing" && strings.Contains(event.Message, "failed startup probe") {
			return about.Name, true
		}
	}
	return "", false
}
