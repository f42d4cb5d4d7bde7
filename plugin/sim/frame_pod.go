package sim

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

const gpuResource corev1.ResourceName = "nvidia.com/gpu"

func quantityOf(n int64) resource.Quantity { return *resource.NewQuantity(n, resource.DecimalSI) }

// podObject is a pod as its node and the scheduler report it.
func (f *fleet) podObject(p *pod, now time.Time) *inventory.Object {
	o := &corev1.Pod{}
	o.Name, o.Namespace, o.UID = p.name, f.ref.Namespace, types.UID(p.uid)
	o.Labels, o.CreationTimestamp = f.podLabels(p.revision), metav1.NewTime(p.created)
	meta := inventory.Meta{
		Name: p.name, Namespace: f.ref.Namespace, UID: p.uid, Labels: o.Labels, CreationTimestamp: p.created,
		OwnerReferences: controlledBy("apps/v1", "ReplicaSet", f.ref.Name+"-"+p.revision),
	}
	if f.view.Object.Type != inventory.Deployment {
		meta.OwnerReferences = controlledBy(f.view.Object.APIVersion, f.ref.Kind, f.ref.Name)
	}
	if !p.leaving.IsZero() {
		deleted := p.leaving.Add(f.grace())
		meta.DeletionTimestamp, o.DeletionTimestamp = &deleted, pointer(metav1.NewTime(deleted))
	}
	if f.template != nil {
		o.Spec = f.template.Spec
	}
	if p.node != nil {
		o.Spec.NodeName = p.node.name
	}
	f.podStatus(o, p, now)
	return inventory.FromTyped(inventory.Pod, meta, o)
}

func (f *fleet) podStatus(o *corev1.Pod, p *pod, now time.Time) {
	status := &o.Status
	status.Phase, status.QOSClass = corev1.PodPending, corev1.PodQOSBurstable
	if p.scheduled.IsZero() {
		status.Conditions = []corev1.PodCondition{condition1(corev1.PodScheduled, false, p.created, "Unschedulable", f.unschedulable())}
		return
	}
	status.StartTime = pointer(metav1.NewTime(p.scheduled))
	initialized := p.scheduled
	if !p.initTo.IsZero() {
		initialized = p.initTo
	}
	status.Conditions = []corev1.PodCondition{
		condition1(corev1.PodScheduled, true, p.scheduled, "", ""),
		condition1(corev1.PodInitialized, has(initialized, now), initialized, "ContainersNotInitialized", ""),
	}
	if has(p.started, now) || p.restarts > 0 {
		status.Phase, status.PodIP = corev1.PodRunning, p.ip
	}
	isReady := p.isReady(now)
	since := p.started
	if isReady {
		since = p.ready
	}
	for _, kind := range []corev1.PodConditionType{corev1.ContainersReady, corev1.PodReady} {
		status.Conditions = append(status.Conditions, condition1(kind, isReady, since, "ContainersNotReady", ""))
	}
	f.containers(o, p, now)
}

// condition1 is a condition; reason and message are of one that does not hold.
func condition1(kind corev1.PodConditionType, holds bool, since time.Time, reason, message string) corev1.PodCondition {
	c := corev1.PodCondition{Type: kind, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(since)}
	if !holds {
		c.Status, c.Reason, c.Message = corev1.ConditionFalse, reason, message
	}
	return c
}

func (f *fleet) unschedulable() string {
	return fmt.Sprintf("0/%d nodes are available: %d Insufficient %s.", f.nodes, f.nodes, gpuResource)
}

func (f *fleet) containers(o *corev1.Pod, p *pod, now time.Time) {
	for _, c := range o.Spec.InitContainers {
		state := corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "PodInitializing"}}
		switch {
		case has(p.initTo, now):
			state = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: "Completed", StartedAt: metav1.NewTime(p.initFrom), FinishedAt: metav1.NewTime(p.initTo)}}
		case has(p.initFrom, now):
			state = corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(p.initFrom)}}
		}
		o.Status.InitContainerStatuses = append(o.Status.InitContainerStatuses, corev1.ContainerStatus{Name: c.Name, Image: c.Image, Ready: has(p.initTo, now), State: state})
	}
	for _, c := range o.Spec.Containers {
		o.Status.ContainerStatuses = append(o.Status.ContainerStatuses, containerOf(c, p, now))
	}
}

func containerOf(c corev1.Container, p *pod, now time.Time) corev1.ContainerStatus {
	running := has(p.started, now)
	status := corev1.ContainerStatus{Name: c.Name, Image: c.Image, RestartCount: p.restarts, Ready: p.isReady(now), Started: pointer(p.serves(now))}
	status.State.Waiting = &corev1.ContainerStateWaiting{Reason: "ContainerCreating"}
	if running {
		status.State = corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(p.started)}}
	}
	if p.restarts > 0 {
		const killed = 137 // 128 + SIGKILL
		status.LastTerminationState.Terminated = &corev1.ContainerStateTerminated{
			ExitCode: killed, Reason: "Error", StartedAt: metav1.NewTime(p.firstStarted), FinishedAt: metav1.NewTime(p.killed),
		}
		if !running {
			status.State.Waiting.Reason = "CrashLoopBackOff"
		}
	}
	return status
}

// eventAge is how long an API server keeps events.
const eventAge = time.Hour

// events are what scheduler, autoscaler and kubelet told of a pod's start.
func (f *fleet) events(p *pod, now time.Time) []*inventory.Object {
	container := "engine"
	if f.view.Recognition != nil && f.view.Container != nil {
		container = f.view.Container.Name
	}
	path := "spec.containers{" + container + "}"
	var all []*inventory.Object
	add := func(at time.Time, kind, reason, path, message string) {
		if has(at, now) && now.Sub(at) < eventAge {
			all = append(all, f.event(p, len(all), at, kind, reason, path, message))
		}
	}
	waited := p.scheduled.Sub(p.created) > time.Second || p.scheduled.IsZero()
	if waited {
		add(p.created, corev1.EventTypeWarning, "FailedScheduling", "", f.unschedulable())
	}
	add(p.ordered, corev1.EventTypeNormal, "TriggeredScaleUp", "", "pod triggered scale-up")
	if p.node != nil {
		add(p.scheduled, corev1.EventTypeNormal, "Scheduled", "", fmt.Sprintf("Successfully assigned %s/%s to %s", f.ref.Namespace, p.name, p.node.name))
	}
	if took := p.pulled.Sub(p.pulling); took > defaultCached {
		add(p.pulling, corev1.EventTypeNormal, "Pulling", path, fmt.Sprintf("Pulling image %q", f.image))
		add(p.pulled, corev1.EventTypeNormal, "Pulled", path, fmt.Sprintf("Successfully pulled image %q in %s (%s including waiting)", f.image, took, took))
	} else {
		add(p.pulled, corev1.EventTypeNormal, "Pulled", path, fmt.Sprintf("Container image %q already present on machine", f.image))
	}
	if p.restarts > 0 {
		add(p.firstStarted, corev1.EventTypeNormal, "Started", path, "Started container "+container)
		add(p.killed, corev1.EventTypeWarning, "Unhealthy", path, "Startup probe failed: HTTP probe failed with statuscode: 503")
		add(p.killed, corev1.EventTypeNormal, "Killing", path, fmt.Sprintf("Container %s failed startup probe, will be restarted", container))
	}
	add(p.started, corev1.EventTypeNormal, "Started", path, "Started container "+container)
	return all
}

func (f *fleet) event(p *pod, n int, at time.Time, kind, reason, path, message string) *inventory.Object {
	e := &corev1.Event{Type: kind, Reason: reason, Message: message, Count: 1}
	e.Name, e.Namespace = fmt.Sprintf("%s.%x", p.name, at.UnixMilli()*16+int64(n)), f.ref.Namespace
	e.FirstTimestamp, e.LastTimestamp = metav1.NewTime(at), metav1.NewTime(at)
	e.InvolvedObject = corev1.ObjectReference{APIVersion: "v1", Kind: "Pod", Namespace: f.ref.Namespace, Name: p.name, UID: types.UID(p.uid), FieldPath: path}
	meta := inventory.Meta{Name: e.Name, Namespace: e.Namespace, CreationTimestamp: at}
	return inventory.FromTyped(inventory.Event, meta, e)
}
