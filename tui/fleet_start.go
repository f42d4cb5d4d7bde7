package tui

import (
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

// Start is a pod on its way to Ready.
type Start struct {
	Pod   string
	Phase inventory.Phase
	Words string // the phase, for people
	Why   string // the scheduler's reason, where a node is missing
	// Elapsed is how long the phase goes on, and Age how long the pod is there.
	Elapsed, Age time.Duration
	// Expected is how long loading takes; 0 where nothing tells, and How says
	// what does.
	Expected time.Duration
	How      string
	// Window is how long the startup probe lets it load, 0 without one.
	Window   time.Duration
	Restarts int32
}

// left is what is left of the probe's window; negative when it is over.
func (s Start) left() time.Duration { return s.Window - s.Elapsed }

// phaseWords are what a pod does, for people.
var phaseWords = map[inventory.Phase]string{
	inventory.PhaseUnschedulable: "waiting for a GPU",
	inventory.PhaseNode:          "waiting for its node",
	inventory.PhaseScheduled:     "preparing on its node",
	inventory.PhaseInit:          "running init containers",
	inventory.PhasePull:          "pulling the image",
	inventory.PhaseStarted:       "loading weights",
}

// starts reads the pods that do not serve yet, the longest on its way first.
func (f *Fleet) starts(w *inventory.Workload) []Start {
	var all []Start
	loading := map[string]bool{}
	for _, l := range f.frame.Objects.Loading(w) {
		loading[l.Pod.Name] = true
	}
	expected, how := f.expected(w)
	for _, c := range f.frame.Objects.ColdStarts(w) {
		if len(c.Steps) == 0 || c.Now().Phase == inventory.PhaseReady {
			continue
		}
		now := c.Now()
		if now.Phase == inventory.PhaseStarted && !loading[c.Pod] && c.Restarts == 0 {
			continue // it was Ready, and is not at the moment
		}
		s := Start{
			Pod: f.clean(c.Pod), Phase: now.Phase, Words: phaseWords[now.Phase], Why: f.clean(c.Why), Restarts: c.Restarts,
			Elapsed: max(0, now.Took(f.At)), Age: max(0, f.At.Sub(c.Steps[0].From)),
		}
		if u, ok := inventory.ParseUnschedulable(c.Why); ok && now.Phase == inventory.PhaseUnschedulable {
			s.Words, s.Why = waitingFor(w, u), f.clean(reasons(u))
		}
		if now.Phase == inventory.PhaseStarted {
			s.Expected, s.How = f.expectedOf(c.Pod, w, s.Elapsed, expected, how)
			if w.Container.StartupProbe != nil {
				s.Window = inventory.ProbeWindow(w.Container.StartupProbe)
			}
		}
		all = insert(all, s)
	}
	return all
}

// waitingFor says what a pod waits for: a taint, a selector or a claim may keep it
// from a node with free devices.
func waitingFor(w *inventory.Workload, u inventory.Unschedulable) string {
	for _, a := range w.Accelerators {
		if u.Short(a.Resource) {
			return phaseWords[inventory.PhaseUnschedulable]
		}
	}
	return "waiting for a node"
}

// reasons are the scheduler's, and of how many nodes each holds.
func reasons(u inventory.Unschedulable) string {
	var all []string
	for _, r := range u.Reasons {
		all = append(all, r.String())
	}
	return strings.Join(all, ", ")
}

// insert keeps the oldest first.
func insert(all []Start, s Start) []Start {
	at := len(all)
	for at > 0 && all[at-1].Age < s.Age {
		at--
	}
	all = append(all, Start{})
	copy(all[at+1:], all[at:])
	all[at] = s
	return all
}

// expected is how long a start takes: what was measured, else an estimate.
func (f *Fleet) expected(w *inventory.Workload) (took time.Duration, how string) {
	if sample, ok := f.frame.Signals.Of(signals.ModelLoadTime, w.Ref()); ok {
		return seconds(sample.Value), "the slowest measured start"
	}
	start, ok := f.frame.Objects.StartTime(w, inventory.AssumedRates())
	switch {
	case !ok:
		return 0, ""
	case start.Measured > 0:
		return start.Slow, "the slowest of " + inventory.Count(int32(start.Measured), "measured start")
	}
	return start.Slow, fmt.Sprintf("an estimate for %.0f GiB", start.GiB)
}

// expectedOf prefers what somebody measured of the pod itself.
func (f *Fleet) expectedOf(pod string, w *inventory.Workload, elapsed, expected time.Duration, how string) (time.Duration, string) {
	ref := inventory.Ref{Kind: inventory.Pod.String(), Namespace: w.Ref().Namespace, Name: pod}
	if sample, ok := f.frame.Signals.Of(signals.LoadTimeLeft, ref); ok && sample.Value > 0 {
		return elapsed + seconds(sample.Value), f.clean(sample.Source)
	}
	return expected, how
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// device counts what the nodes offer of a resource and what listed pods hold.
func (f *Fleet) device(resource string) (offered, held int64) {
	for _, o := range f.frame.Objects.List(inventory.Node) {
		if node := inventory.As[corev1.Node](o); node != nil {
			quantity := node.Status.Allocatable[corev1.ResourceName(resource)]
			offered += quantity.Value()
		}
	}
	for _, o := range f.frame.Objects.List(inventory.Pod) {
		pod := inventory.As[corev1.Pod](o)
		if pod != nil && pod.Spec.NodeName != "" && pod.Status.Phase != corev1.PodSucceeded && pod.Status.Phase != corev1.PodFailed {
			held += inventory.PodDevices(pod, resource)
		}
	}
	return offered, held
}
