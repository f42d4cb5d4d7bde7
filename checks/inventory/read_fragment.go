package inventory

import (
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

// fragment says whether a manifest is a patch of something else, by what no
// complete object of its kind can lack.
func fragment(o *Object) bool {
	switch c := o.Content.(type) {
	case *appsv1.Deployment:
		return c.Spec.Selector == nil || lacksImage(c.Spec.Template.Spec.Containers)
	case *appsv1.StatefulSet:
		return c.Spec.Selector == nil || lacksImage(c.Spec.Template.Spec.Containers)
	case *appsv1.ReplicaSet:
		return c.Spec.Selector == nil || lacksImage(c.Spec.Template.Spec.Containers)
	case *LeaderWorkerSetContent:
		group := &c.Spec.LeaderWorkerTemplate
		return lacksImage(group.WorkerTemplate.Spec.Containers) || group.LeaderTemplate != nil && lacksImage(group.LeaderTemplate.Spec.Containers)
	case *InferenceServiceContent:
		return c.Spec.Predictor.Model == nil && len(c.Spec.Predictor.Containers) == 0
	case *NIMServiceContent:
		return c.Spec.Image.Repository == ""
	case *RayServiceContent:
		return lacksImage(c.Spec.RayClusterSpec.HeadGroupSpec.Template.Spec.Containers)
	case *autoscalingv2.HorizontalPodAutoscaler:
		return c.Spec.ScaleTargetRef.Name == "" || c.Spec.MaxReplicas == 0
	case *autoscalingv1.HorizontalPodAutoscaler:
		return c.Spec.ScaleTargetRef.Name == "" || c.Spec.MaxReplicas == 0
	case *ScaledObjectContent:
		return c.Spec.ScaleTargetRef.Name == "" || len(c.Spec.Triggers) == 0
	}
	return fragmentOfNeighbour(o)
}

// fragmentOfNeighbour is fragment for the kinds that stand beside a workload.
func fragmentOfNeighbour(o *Object) bool {
	switch c := o.Content.(type) {
	case *ServiceMonitorContent:
		return len(c.Spec.Endpoints) == 0
	case *PodMonitorContent:
		return len(c.Spec.PodMetricsEndpoints) == 0
	case *corev1.PersistentVolumeClaim:
		return len(c.Spec.AccessModes) == 0
	case *batchv1.CronJob:
		return c.Spec.Schedule == ""
	}
	return false
}

func lacksImage(containers []corev1.Container) bool {
	if len(containers) == 0 {
		return true
	}
	for _, c := range containers {
		if c.Image == "" {
			return true
		}
	}
	return false
}
