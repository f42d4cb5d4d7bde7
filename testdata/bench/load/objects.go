package load

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func meta(w workload) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: w.name, Namespace: w.namespace, Labels: labels(w)}
}

func selector(w workload) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchLabels: map[string]string{"app": w.name}}
}

func deployment(w workload) *appsv1.Deployment {
	m := meta(w)
	m.Annotations = map[string]string{"deployment.kubernetes.io/revision": "1"}
	return &appsv1.Deployment{ObjectMeta: m, Spec: appsv1.DeploymentSpec{
		Replicas: &w.replicas, Selector: selector(w), Template: template(w), ProgressDeadlineSeconds: new(int32(1800)),
	}}
}

func deploymentStatus(d *appsv1.Deployment) appsv1.DeploymentStatus {
	n, now := *d.Spec.Replicas, metav1.Now()
	condition := func(kind appsv1.DeploymentConditionType, reason string) appsv1.DeploymentCondition {
		return appsv1.DeploymentCondition{Type: kind, Status: corev1.ConditionTrue, Reason: reason, LastUpdateTime: now, LastTransitionTime: now}
	}
	return appsv1.DeploymentStatus{
		ObservedGeneration: d.Generation, Replicas: n, UpdatedReplicas: n, ReadyReplicas: n, AvailableReplicas: n,
		Conditions: []appsv1.DeploymentCondition{
			condition(appsv1.DeploymentAvailable, "MinimumReplicasAvailable"),
			condition(appsv1.DeploymentProgressing, "NewReplicaSetAvailable"),
		},
	}
}

func replicaSet(w workload, owner *appsv1.Deployment) *appsv1.ReplicaSet {
	m := meta(w)
	m.Name, m.Labels = w.name+"-"+templateHash, podLabels(w)
	m.Annotations = map[string]string{"deployment.kubernetes.io/revision": "1", "deployment.kubernetes.io/desired-replicas": fmt.Sprint(w.replicas)}
	m.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(owner, appsv1.SchemeGroupVersion.WithKind("Deployment"))}
	t := template(w)
	t.Labels = podLabels(w)
	of := selector(w)
	of.MatchLabels["pod-template-hash"] = templateHash
	return &appsv1.ReplicaSet{ObjectMeta: m, Spec: appsv1.ReplicaSetSpec{Replicas: &w.replicas, Selector: of, Template: t}}
}

func replicaSetStatus(r *appsv1.ReplicaSet) appsv1.ReplicaSetStatus {
	n := *r.Spec.Replicas
	return appsv1.ReplicaSetStatus{ObservedGeneration: r.Generation, Replicas: n, FullyLabeledReplicas: n, ReadyReplicas: n, AvailableReplicas: n}
}

// service is headless, so that thousands of them use up no address range.
func service(w workload) *corev1.Service {
	return &corev1.Service{ObjectMeta: meta(w), Spec: corev1.ServiceSpec{
		ClusterIP: corev1.ClusterIPNone, Selector: selector(w).MatchLabels,
		Ports: []corev1.ServicePort{{Name: "http", Port: 80, TargetPort: intstr.FromString("http")}},
	}}
}

func autoscaler(w workload) *autoscalingv2.HorizontalPodAutoscaler {
	metric := autoscalingv2.MetricSpec{Type: autoscalingv2.ResourceMetricSourceType, Resource: &autoscalingv2.ResourceMetricSource{
		Name:   corev1.ResourceCPU,
		Target: autoscalingv2.MetricTarget{Type: autoscalingv2.UtilizationMetricType, AverageUtilization: new(int32(70))},
	}}
	if w.inference {
		metric = autoscalingv2.MetricSpec{Type: autoscalingv2.PodsMetricSourceType, Pods: &autoscalingv2.PodsMetricSource{
			Metric: autoscalingv2.MetricIdentifier{Name: "vllm_num_requests_waiting"},
			Target: autoscalingv2.MetricTarget{Type: autoscalingv2.AverageValueMetricType, AverageValue: new(resource.MustParse("5"))},
		}}
	}
	return &autoscalingv2.HorizontalPodAutoscaler{ObjectMeta: meta(w), Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
		ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: w.name},
		MinReplicas:    new(int32(2)), MaxReplicas: 2 * w.replicas, Metrics: []autoscalingv2.MetricSpec{metric},
		Behavior: &autoscalingv2.HorizontalPodAutoscalerBehavior{ScaleDown: &autoscalingv2.HPAScalingRules{
			StabilizationWindowSeconds: new(int32(300)),
			Policies:                   []autoscalingv2.HPAScalingPolicy{{Type: autoscalingv2.PodsScalingPolicy, Value: 1, PeriodSeconds: 300}},
		}},
	}}
}

func autoscalerStatus(w workload, h *autoscalingv2.HorizontalPodAutoscaler) autoscalingv2.HorizontalPodAutoscalerStatus {
	now := metav1.Now()
	current := autoscalingv2.MetricStatus{Type: autoscalingv2.ResourceMetricSourceType, Resource: &autoscalingv2.ResourceMetricStatus{
		Name:    corev1.ResourceCPU,
		Current: autoscalingv2.MetricValueStatus{AverageUtilization: new(int32(55)), AverageValue: new(resource.MustParse("138m"))},
	}}
	if w.inference {
		current = autoscalingv2.MetricStatus{Type: autoscalingv2.PodsMetricSourceType, Pods: &autoscalingv2.PodsMetricStatus{
			Metric: h.Spec.Metrics[0].Pods.Metric, Current: autoscalingv2.MetricValueStatus{AverageValue: new(resource.MustParse("4"))},
		}}
	}
	return autoscalingv2.HorizontalPodAutoscalerStatus{
		ObservedGeneration: new(h.Generation), CurrentReplicas: w.replicas, DesiredReplicas: w.replicas, LastScaleTime: &now,
		CurrentMetrics: []autoscalingv2.MetricStatus{current},
		Conditions: []autoscalingv2.HorizontalPodAutoscalerCondition{
			{Type: autoscalingv2.AbleToScale, Status: corev1.ConditionTrue, Reason: "ReadyForNewScale", LastTransitionTime: now},
			{Type: autoscalingv2.ScalingActive, Status: corev1.ConditionTrue, Reason: "ValidMetricFound", LastTransitionTime: now},
			{Type: autoscalingv2.ScalingLimited, Status: corev1.ConditionFalse, Reason: "DesiredWithinRange", LastTransitionTime: now},
		},
	}
}

func budget(w workload) *policyv1.PodDisruptionBudget {
	return &policyv1.PodDisruptionBudget{ObjectMeta: meta(w), Spec: policyv1.PodDisruptionBudgetSpec{
		MaxUnavailable: new(intstr.FromInt32(1)), Selector: selector(w), UnhealthyPodEvictionPolicy: new(policyv1.AlwaysAllow),
	}}
}

func budgetStatus(w workload, b *policyv1.PodDisruptionBudget) policyv1.PodDisruptionBudgetStatus {
	return policyv1.PodDisruptionBudgetStatus{
		ObservedGeneration: b.Generation, DisruptionsAllowed: 1, CurrentHealthy: w.replicas, DesiredHealthy: w.replicas - 1, ExpectedPods: w.replicas,
		Conditions: []metav1.Condition{{
			Type: policyv1.DisruptionAllowedCondition, Status: metav1.ConditionTrue, Reason: policyv1.SufficientPodsReason,
			ObservedGeneration: b.Generation, LastTransitionTime: metav1.Now(),
		}},
	}
}

func claimName(w workload) string { return w.name + "-models" }

func claim(w workload) *corev1.PersistentVolumeClaim {
	m := meta(w)
	m.Name = claimName(w)
	return &corev1.PersistentVolumeClaim{ObjectMeta: m, Spec: corev1.PersistentVolumeClaimSpec{
		AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteMany}, StorageClassName: new("shared-nvme"), VolumeName: "pv-" + m.Name,
		Resources: corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{"storage": resource.MustParse("100Gi")}},
	}}
}

func claimStatus(c *corev1.PersistentVolumeClaim) corev1.PersistentVolumeClaimStatus {
	return corev1.PersistentVolumeClaimStatus{
		Phase: corev1.ClaimBound, AccessModes: c.Spec.AccessModes, Capacity: corev1.ResourceList{"storage": resource.MustParse("100Gi")},
	}
}
