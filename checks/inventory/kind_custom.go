package inventory

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// The structs of this file are the fields that checks read of custom kinds.
// They stand here instead of the projects' own modules, which would bring in
// hundreds of dependencies for a handful of fields.

// NameOnlyContent is for kinds of which only the existence matters.
type NameOnlyContent struct{}

// LeaderWorkerSetContent is leaderworkerset.x-k8s.io/v1 LeaderWorkerSet.
type LeaderWorkerSetContent struct {
	Spec struct {
		Replicas             *int32 `json:"replicas,omitempty"`
		StartupPolicy        string `json:"startupPolicy,omitempty"`
		LeaderWorkerTemplate struct {
			LeaderTemplate *corev1.PodTemplateSpec `json:"leaderTemplate,omitempty"`
			WorkerTemplate corev1.PodTemplateSpec  `json:"workerTemplate"`
			Size           *int32                  `json:"size,omitempty"`
			RestartPolicy  string                  `json:"restartPolicy,omitempty"`
		} `json:"leaderWorkerTemplate"`
		RolloutStrategy struct {
			RollingUpdateConfiguration *struct {
				MaxUnavailable intstr.IntOrString `json:"maxUnavailable,omitempty"`
				MaxSurge       intstr.IntOrString `json:"maxSurge,omitempty"`
			} `json:"rollingUpdateConfiguration,omitempty"`
		} `json:"rolloutStrategy"`
	} `json:"spec"`
	Status struct {
		ReadyReplicas  int32  `json:"readyReplicas,omitempty"`
		Replicas       int32  `json:"replicas,omitempty"`
		HPAPodSelector string `json:"hpaPodSelector,omitempty"`
	} `json:"status"`
}

// InferenceServiceContent is serving.kserve.io/v1beta1 InferenceService.
type InferenceServiceContent struct {
	Spec struct {
		Predictor PredictorSpec `json:"predictor"`
	} `json:"spec"`
}

// PredictorSpec inlines a pod spec, as KServe does.
type PredictorSpec struct {
	MinReplicas     *int32            `json:"minReplicas,omitempty"`
	MaxReplicas     int32             `json:"maxReplicas,omitempty"`
	ScaleTarget     *int32            `json:"scaleTarget,omitempty"`
	ScaleMetric     string            `json:"scaleMetric,omitempty"`
	ScaleMetricType string            `json:"scaleMetricType,omitempty"`
	Model           *ModelSpec        `json:"model,omitempty"`
	WorkerSpec      *WorkerSpec       `json:"workerSpec,omitempty"`
	Labels          map[string]string `json:"labels,omitempty"`
	Annotations     map[string]string `json:"annotations,omitempty"`
	corev1.PodSpec  `json:",inline"`
}

// ModelSpec inlines a container, as KServe does.
type ModelSpec struct {
	ModelFormat struct {
		Name string `json:"name"`
	} `json:"modelFormat"`
	Runtime          string `json:"runtime,omitempty"`
	StorageURI       string `json:"storageUri,omitempty"`
	corev1.Container `json:",inline"`
}

// WorkerSpec is the workers' half of a multi-node predictor.
type WorkerSpec struct {
	PipelineParallelSize *int `json:"pipelineParallelSize,omitempty"`
	TensorParallelSize   *int `json:"tensorParallelSize,omitempty"`
	corev1.PodSpec       `json:",inline"`
}

// NIMServiceContent is apps.nvidia.com/v1alpha1 NIMService.
type NIMServiceContent struct {
	Spec struct {
		Image struct {
			Repository string `json:"repository,omitempty"`
			Tag        string `json:"tag,omitempty"`
		} `json:"image"`
		Replicas  *int32                       `json:"replicas,omitempty"`
		Env       []corev1.EnvVar              `json:"env,omitempty"`
		Resources *corev1.ResourceRequirements `json:"resources,omitempty"`
		Scale     struct {
			Enabled *bool `json:"enabled,omitempty"`
			HPA     struct {
				MinReplicas *int32 `json:"minReplicas,omitempty"`
				MaxReplicas int32  `json:"maxReplicas,omitempty"`
			} `json:"hpa"`
		} `json:"scale"`
		Storage struct {
			NIMCache struct {
				Name string `json:"name,omitempty"`
			} `json:"nimCache"`
			PVC struct {
				Create           *bool  `json:"create,omitempty"`
				Name             string `json:"name,omitempty"`
				VolumeAccessMode string `json:"volumeAccessMode,omitempty"`
			} `json:"pvc"`
			HostPath *string `json:"hostPath,omitempty"`
		} `json:"storage"`
	} `json:"spec"`
}

// RayServiceContent is ray.io/v1 RayService.
type RayServiceContent struct {
	Spec struct {
		ServeConfigV2  string `json:"serveConfigV2,omitempty"`
		RayClusterSpec struct {
			EnableInTreeAutoscaling *bool `json:"enableInTreeAutoscaling,omitempty"`
			HeadGroupSpec           struct {
				Template corev1.PodTemplateSpec `json:"template"`
			} `json:"headGroupSpec"`
			WorkerGroupSpecs []struct {
				GroupName   string                 `json:"groupName,omitempty"`
				Replicas    *int32                 `json:"replicas,omitempty"`
				MinReplicas *int32                 `json:"minReplicas,omitempty"`
				MaxReplicas *int32                 `json:"maxReplicas,omitempty"`
				NumOfHosts  int32                  `json:"numOfHosts,omitempty"`
				Template    corev1.PodTemplateSpec `json:"template"`
			} `json:"workerGroupSpecs,omitempty"`
		} `json:"rayClusterConfig"`
	} `json:"spec"`
}

// APIServiceContent is apiregistration.k8s.io/v1 APIService.
type APIServiceContent struct {
	Spec struct {
		Group   string `json:"group,omitempty"`
		Version string `json:"version,omitempty"`
		Service *struct {
			Namespace string `json:"namespace,omitempty"`
			Name      string `json:"name,omitempty"`
			Port      *int32 `json:"port,omitempty"`
		} `json:"service,omitempty"`
	} `json:"spec"`
	Status struct {
		Conditions []metav1.Condition `json:"conditions,omitempty"`
	} `json:"status"`
}

// NodeClaimContent is karpenter.sh/v1 NodeClaim: a node that was ordered.
type NodeClaimContent struct {
	Spec struct {
		Resources struct {
			Requests corev1.ResourceList `json:"requests,omitempty"`
		} `json:"resources"`
	} `json:"spec"`
	Status struct {
		NodeName   string             `json:"nodeName,omitempty"`
		Conditions []metav1.Condition `json:"conditions,omitempty"`
	} `json:"status"`
}

// PodAutoscalerContent is autoscaling.aibrix.ai/v1alpha1 PodAutoscaler.
type PodAutoscalerContent struct {
	Spec struct {
		ScaleTargetRef  corev1.ObjectReference `json:"scaleTargetRef"`
		MinReplicas     *int32                 `json:"minReplicas,omitempty"`
		MaxReplicas     int32                  `json:"maxReplicas"`
		ScalingStrategy string                 `json:"scalingStrategy,omitempty"`
		MetricsSources  []struct {
			MetricSourceType string `json:"metricSourceType"`
			Port             string `json:"port,omitempty"`
			Path             string `json:"path,omitempty"`
			TargetMetric     string `json:"targetMetric"`
			TargetValue      string `json:"targetValue"`
		} `json:"metricsSources,omitempty"`
	} `json:"spec"`
}

// VerticalPodAutoscalerContent is autoscaling.k8s.io/v1 VerticalPodAutoscaler.
type VerticalPodAutoscalerContent struct {
	Spec struct {
		TargetRef *struct {
			APIVersion string `json:"apiVersion,omitempty"`
			Kind       string `json:"kind"`
			Name       string `json:"name"`
		} `json:"targetRef,omitempty"`
		UpdatePolicy *struct {
			UpdateMode  *string `json:"updateMode,omitempty"`
			MinReplicas *int32  `json:"minReplicas,omitempty"`
		} `json:"updatePolicy,omitempty"`
		ResourcePolicy *struct {
			ContainerPolicies []struct {
				ContainerName       string    `json:"containerName,omitempty"`
				Mode                *string   `json:"mode,omitempty"`
				ControlledResources *[]string `json:"controlledResources,omitempty"`
			} `json:"containerPolicies,omitempty"`
		} `json:"resourcePolicy,omitempty"`
	} `json:"spec"`
}

// LLMInferenceServiceContent is serving.kserve.io/v1alpha1 LLMInferenceService.
type LLMInferenceServiceContent struct {
	Spec struct {
		LLMWorkloadSpec `json:",inline"`
		Prefill         *LLMWorkloadSpec `json:"prefill,omitempty"`
	} `json:"spec"`
}

// LLMWorkloadSpec is one of the two halves of a disaggregated service, or all of
// another one.
type LLMWorkloadSpec struct {
	Replicas *int32 `json:"replicas,omitempty"`
	Scaling  *struct {
		MinReplicas *int32 `json:"minReplicas,omitempty"`
		MaxReplicas int32  `json:"maxReplicas,omitempty"`
	} `json:"scaling,omitempty"`
}

// DynamoGraphDeploymentContent is nvidia.com/v1alpha1 DynamoGraphDeployment.
type DynamoGraphDeploymentContent struct {
	Spec struct {
		Services map[string]struct {
			ComponentType  string `json:"componentType,omitempty"`
			Replicas       *int32 `json:"replicas,omitempty"`
			ScalingAdapter *struct {
				Enabled *bool `json:"enabled,omitempty"`
			} `json:"scalingAdapter,omitempty"`
			Autoscaling *struct {
				Enabled bool `json:"enabled,omitempty"`
			} `json:"autoscaling,omitempty"`
		} `json:"services,omitempty"`
	} `json:"spec"`
}
