package plugin

import (
	"context"
	"fmt"
	"strings"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/plugin/collect"
	"github.com/infscale/kubectl-infscale/plugin/sim"
)

func unread(why string) sim.Reading { return sim.Reading{Err: why} }

// apiHop asks the metrics API what the controller asks it.
func (t *tracer) apiHop(ctx context.Context, a *inventory.Autoscaler, hpa *autoscalingv2.HorizontalPodAutoscaler, index int) (hop, sim.Reading) {
	group := a.Metrics[index].API()
	h := hop{Hop: metricsAPIHop, Where: group, State: hopBroken}
	registered, presence := t.objects.MetricsAPI(group)
	h.Proof = "kubectl get apiservices | grep " + group
	switch {
	case presence == inventory.Absent:
		h.Says = "no APIService serves it"
		return h, unread(h.Says)
	case registered != nil && !registered.Available:
		h.Says = fmt.Sprintf("APIService %s is not available: %s", registered.Name, registered.Why)
		return h, unread(h.Says)
	}
	at := a.InHPA(hpa, index)
	if hpa == nil || at < 0 {
		h.State, h.Says, h.Proof = hopUnknown, "no HPA was seen that asks it", ""
		return h, unread(h.Says)
	}
	path := collect.MetricPath(hpa.Namespace, hpa.Spec.Metrics[at], t.workload.Selector)
	if path == "" {
		return t.resourceHop(h, hpa, at)
	}
	h.Proof = fmt.Sprintf("kubectl get --raw '%s'", path)
	answer, err := t.api.Metric(ctx, path)
	if err != nil {
		h.Says = err.Error()
		if strings.HasPrefix(h.Says, "forbidden") {
			h.State = hopUnknown
		}
		return h, unread(h.Says)
	}
	value := float64(answer.Sum) / 1000
	h.State, h.Says = hopOK, inventory.Decimal(value)
	reading := sim.Reading{Value: answer.Sum}
	if a.Metrics[index].Source == inventory.SourcePods {
		reading = sim.Reading{PerPod: answer.PerPod}
		h.Says = fmt.Sprintf("%s on %s", h.Says, inventory.Count(int32(answer.Items), "pod"))
	}
	return h.with(value).aged(t.now.Sub(answer.At)), reading
}

// resourceHop takes a Resource metric from the HPA's status: what
// metrics-server says is not compared with anything else.
func (t *tracer) resourceHop(h hop, hpa *autoscalingv2.HorizontalPodAutoscaler, at int) (hop, sim.Reading) {
	h.State, h.Says, h.Proof = hopUnknown, "not read by itself", ""
	value, _, ok := inventory.MetricValue(hpa, at)
	if !ok {
		return h, unread("no value in the HPA's status")
	}
	return h, sim.Reading{Value: int64(value * 1000)}
}

// hpaHop reads what the controller made of it.
func (t *tracer) hpaHop(a *inventory.Autoscaler, hpa *autoscalingv2.HorizontalPodAutoscaler, index int) hop {
	h := hop{Hop: "HPA", Where: a.Object.Short(), State: hopUnknown}
	if hpa == nil {
		h.Says = "no HPA was seen"
		if c, refused := t.objects.RefusedByKEDA(a); refused {
			h.State, h.Says = hopBroken, fmt.Sprintf("%s: %s", c, c.FirstLine())
			h.Proof = fmt.Sprintf("kubectl describe scaledobject %s -n %s", a.Object.Name, a.Object.Namespace)
		}
		return h
	}
	name := a.Object.Name
	if a.KEDA != nil {
		name = a.HPAName()
	}
	h.Where, h.Proof = "HorizontalPodAutoscaler/"+name, fmt.Sprintf("kubectl describe hpa %s -n %s", name, a.Object.Namespace)
	for _, c := range t.objects.Conditions(a) {
		if c.Type == "ScalingActive" && c.Status == "False" && c.Reason != "ScalingDisabled" {
			h.State, h.Says = hopBroken, fmt.Sprintf("%s: %s", c, c.FirstLine())
			return h
		}
	}
	value, target, ok := inventory.MetricValue(hpa, a.InHPA(hpa, index))
	if !ok {
		h.State, h.Says = hopBroken, "no value in status.currentMetrics"
		return h
	}
	h.State, h.Says = hopOK, fmt.Sprintf("%s / %s", inventory.Decimal(value), inventory.Decimal(target))
	switch m := a.Metrics[index]; {
	case m.TargetType == autoscalingv2.UtilizationMetricType:
		h.Says = fmt.Sprintf("%s%% / %s%% of the requests", inventory.Decimal(value), inventory.Decimal(target))
	case !m.Value():
		h.Says += " per replica"
	}
	return h.with(value)
}

// replicas is the last hop: what was asked for, and what is there.
func (t *tracer) replicas(a *inventory.Autoscaler, d sim.Decision) hop {
	ready, all := t.objects.ReadyPods(t.workload)
	h := hop{Hop: "replicas", Where: a.Target.Short(), State: hopOK, Says: fmt.Sprintf("%d ready of %s", ready, inventory.Count(int32(all), "pod"))}
	h.Says += t.loading()
	if wanted, ok := t.objects.Wanted(a); ok {
		h.Says = fmt.Sprintf("%d wanted, %s", wanted, h.Says)
	}
	h.Proof = fmt.Sprintf("kubectl get pods -n %s -o wide", a.Object.Namespace)
	if waiting := t.objects.WaitingPods(t.workload); len(waiting) > 0 {
		h.State, h.Says = hopBroken, fmt.Sprintf("%s, %d waiting for a node", h.Says, len(waiting))
	}
	for _, c := range t.objects.Conditions(a) {
		if c.Type == "ScalingLimited" && c.Status == "True" && c.Reason == string(sim.TooManyReplicas) {
			return h.atMax(a, d)
		}
	}
	return h.with(float64(ready))
}

// atMax tells a maximum that the metrics are beyond now from one that the window
// holds, or that the controller has not looked at again.
func (h hop) atMax(a *inventory.Autoscaler, d sim.Decision) hop {
	if d.By >= 0 && d.Failed == "" && d.Asked <= a.Max {
		h.Says = fmt.Sprintf("%s: more than %s was asked for, and %d is now", h.Says, a.MaxText(), d.Asked)
		return h
	}
	h.State, h.Says = hopBroken, fmt.Sprintf("%s: the metrics ask for more than %s", h.Says, a.MaxText())
	return h
}

// moment is what the controller sees of the target.
func (t *tracer) moment(hpa *autoscalingv2.HorizontalPodAutoscaler) sim.Moment {
	m := sim.Moment{Now: t.now}
	for _, pod := range t.objects.Pods(t.workload) {
		m.Pods = append(m.Pods, sim.Pod{
			Name: pod.Name, Running: pod.Status.Phase == corev1.PodRunning, Ready: podReady(pod),
			Leaving: pod.DeletionTimestamp != nil || pod.Status.Phase == corev1.PodFailed,
		})
	}
	m.Status = int32(len(m.Pods))
	if hpa != nil {
		m.Spec = hpa.Status.CurrentReplicas
		m.Status = hpa.Status.CurrentReplicas
	}
	return m
}

func podReady(pod *corev1.Pod) bool {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

// decision says why the controller wants as many replicas as it does. Where the
// numbers have moved since it looked, that is said too.
func decision(a *inventory.Autoscaler, d sim.Decision) string {
	why := d.Why(a)
	if !d.Agrees(a) {
		why += " (at its last sync: the numbers have moved since)"
	}
	return why
}
