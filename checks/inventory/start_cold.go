package inventory

import (
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Phase is what a pod does on its way to Ready.
type Phase string

// The phases, in the order in which a pod goes through them.
const (
	PhaseUnschedulable Phase = "unschedulable" // no node takes it, and none is said to come
	PhaseNode          Phase = "node coming"   // a node autoscaler has ordered one
	PhaseScheduled     Phase = "scheduled"     // its node prepares volumes, network and images
	PhaseInit          Phase = "init"          // its init containers run
	PhasePull          Phase = "image pull"    // the engine's image arrives
	PhaseStarted       Phase = "started"       // the engine loads its model
	PhaseReady         Phase = "ready"         // it serves
)

// Step is one phase of one pod. To is zero while it goes on.
type Step struct {
	Phase    Phase
	From, To time.Time
}

// Took is how long the step took, until now where it goes on.
func (s Step) Took(now time.Time) time.Duration {
	if s.To.IsZero() {
		return now.Sub(s.From)
	}
	return s.To.Sub(s.From)
}

// ColdStart is a pod's way to Ready, as its status and the events about it
// tell. Events are kept for an hour or so: without them a wait for a node is
// unschedulable time, and a pull is part of the phase before it.
type ColdStart struct {
	Pod   string
	Steps []Step
	// Why is the scheduler's reason for a pod without a node.
	Why string
	// Restarts of the engine's container: its last start is no cold one.
	Restarts int32
}

// Now is the step that the pod is in.
func (c ColdStart) Now() Step { return c.Steps[len(c.Steps)-1] }

// Step returns the pod's step of a phase, and false where it had none.
func (c ColdStart) Step(phase Phase) (Step, bool) {
	for _, s := range c.Steps {
		if s.Phase == phase {
			return s, true
		}
	}
	return Step{}, false
}

// ColdStarts reads the starts of the workload's live pods, one for each, in the
// order of their names. Pods that are on their way out are left out.
func (s *Snapshot) ColdStarts(w *Workload) []ColdStart {
	pods := s.Pods(w)
	if w.Recognition == nil || w.Container == nil || len(pods) == 0 {
		return nil
	}
	about := map[string][]*corev1.Event{}
	for _, o := range s.In(Event, w.Object.Namespace) {
		if event := As[corev1.Event](o); event.InvolvedObject.Kind == Pod.String() {
			about[event.InvolvedObject.Name] = append(about[event.InvolvedObject.Name], event)
		}
	}
	var all []ColdStart
	for _, pod := range pods {
		if pod.DeletionTimestamp != nil {
			continue
		}
		// A StatefulSet's pods inherit the names of those before them.
		others := func(e *corev1.Event) bool { return e.InvolvedObject.UID != "" && e.InvolvedObject.UID != pod.UID }
		all = append(all, readColdStart(pod, w.Container.Name, slices.DeleteFunc(about[pod.Name], others)))
	}
	return all
}

// startReader collects one pod's steps.
type startReader struct {
	start     ColdStart
	pod       *corev1.Pod
	container string
	events    []*corev1.Event
}

// readColdStart goes through the phases in order. Each one reads when it began
// and ended, and the first that has not ended is the last.
func readColdStart(pod *corev1.Pod, container string, events []*corev1.Event) ColdStart {
	r := &startReader{start: ColdStart{Pod: pod.Name}, pod: pod, container: container, events: events}
	if scheduled, ok := r.waitForNode(); ok {
		r.onNode(scheduled)
	}
	return r.start
}

// add notes a step; one that took no time is none.
func (r *startReader) add(phase Phase, from, to time.Time) {
	if to.IsZero() || to.After(from) {
		r.start.Steps = append(r.start.Steps, Step{phase, from, to})
	}
}

// waitForNode reads the time until the pod has a node.
func (r *startReader) waitForNode() (scheduled time.Time, ok bool) {
	created := r.pod.CreationTimestamp.Time
	condition := podCondition(r.pod, corev1.PodScheduled)
	if condition != nil && condition.Status == corev1.ConditionTrue {
		scheduled, ok = condition.LastTransitionTime.Time, true
	} else if condition != nil {
		r.start.Why = condition.Message
	}
	ordered, coming := r.ordered()
	if !coming || ok && ordered.After(scheduled) || ordered.Before(created) {
		r.add(PhaseUnschedulable, created, scheduled)
		return scheduled, ok
	}
	r.add(PhaseUnschedulable, created, ordered)
	r.add(PhaseNode, ordered, scheduled)
	return scheduled, ok
}

// ordered is when a node autoscaler first said that a node comes for the pod:
// Cluster Autoscaler by TriggeredScaleUp, Karpenter by Nominated.
func (r *startReader) ordered() (first time.Time, ok bool) {
	for _, event := range r.events {
		if event.Reason != "TriggeredScaleUp" && event.Reason != "Nominated" {
			continue
		}
		if at := eventFirst(event); !ok || at.Before(first) {
			first, ok = at, true
		}
	}
	return first, ok
}

// onNode reads what happens from then on.
func (r *startReader) onNode(scheduled time.Time) {
	init, initialized, hasInit := r.init()
	pulling, pulled, hasPull := r.pull()
	started, isStarted := r.started()
	prepared := started // when the node began with one of them
	for _, at := range [...]struct {
		time time.Time
		is   bool
	}{{pulling, hasPull}, {init, hasInit}} {
		if at.is && (prepared.IsZero() || at.time.Before(prepared)) {
			prepared = at.time
		}
	}
	r.add(PhaseScheduled, scheduled, prepared)
	if hasInit {
		r.add(PhaseInit, init, initialized)
	}
	if hasPull && (!hasInit || !initialized.IsZero()) {
		r.add(PhasePull, pulling, pulled)
	}
	if !isStarted {
		if n := len(r.start.Steps); n == 0 || !r.start.Steps[n-1].To.IsZero() {
			r.add(PhaseScheduled, latest(scheduled, initialized, pulled), time.Time{})
		}
		return
	}
	ready, isReady := readySince(r.pod)
	r.add(PhaseStarted, started, ready)
	if isReady {
		r.add(PhaseReady, ready, time.Time{})
	}
}

func latest(times ...time.Time) time.Time {
	return slices.MaxFunc(times, time.Time.Compare)
}

// init is when the first init container started and the last ended. Those that
// are restarted always run beside the engine, and do not count.
func (r *startReader) init() (from, to time.Time, ok bool) {
	for i, c := range r.pod.Spec.InitContainers {
		if staysUp(&r.pod.Spec.InitContainers[i], &r.pod.Spec) {
			continue
		}
		for _, status := range r.pod.Status.InitContainerStatuses {
			at, has := containerStart(status.State)
			if status.Name == c.Name && has && (!ok || at.Before(from)) {
				from, ok = at, true
			}
		}
	}
	if done := podCondition(r.pod, corev1.PodInitialized); done != nil && done.Status == corev1.ConditionTrue {
		to = done.LastTransitionTime.Time
	}
	return from, to, ok
}

// started is when the engine's container started last.
func (r *startReader) started() (time.Time, bool) {
	status := containerStatus(r.pod, r.container)
	if status == nil {
		return time.Time{}, false
	}
	r.start.Restarts = status.RestartCount
	if at, ok := containerStart(status.State); ok {
		return at, true
	}
	return containerStart(status.LastTerminationState) // it waits to be started again
}

func containerStart(state corev1.ContainerState) (time.Time, bool) {
	switch {
	case state.Running != nil:
		return state.Running.StartedAt.Time, true
	case state.Terminated != nil:
		return state.Terminated.StartedAt.Time, true
	}
	return time.Time{}, false
}

func podCondition(pod *corev1.Pod, kind corev1.PodConditionType) *corev1.PodCondition {
	for i := range pod.Status.Conditions {
		if pod.Status.Conditions[i].Type == kind {
			return &pod.Status.Conditions[i]
		}
	}
	return nil
}
