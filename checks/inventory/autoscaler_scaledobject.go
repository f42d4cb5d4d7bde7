package inventory

import (
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ScaledObjectContent is keda.sh/v1alpha1 ScaledObject: the fields that
// decide on replicas (https://keda.sh/docs/latest/reference/scaledobject-spec/).
type ScaledObjectContent struct {
	Spec struct {
		ScaleTargetRef        ScaledObjectTarget    `json:"scaleTargetRef"`
		PollingInterval       *int32                `json:"pollingInterval,omitempty"`
		CooldownPeriod        *int32                `json:"cooldownPeriod,omitempty"`
		InitialCooldownPeriod *int32                `json:"initialCooldownPeriod,omitempty"`
		IdleReplicaCount      *int32                `json:"idleReplicaCount,omitempty"`
		MinReplicaCount       *int32                `json:"minReplicaCount,omitempty"`
		MaxReplicaCount       *int32                `json:"maxReplicaCount,omitempty"`
		Fallback              *ScaledObjectFallback `json:"fallback,omitempty"`
		Advanced              *ScaledObjectAdvanced `json:"advanced,omitempty"`
		Triggers              []ScaledObjectTrigger `json:"triggers,omitempty"`
	} `json:"spec"`
	Status struct {
		HPAName             string   `json:"hpaName,omitempty"`
		ExternalMetricNames []string `json:"externalMetricNames,omitempty"`
		Conditions          []struct {
			Type    string `json:"type"`
			Status  string `json:"status"`
			Reason  string `json:"reason,omitempty"`
			Message string `json:"message,omitempty"`
		} `json:"conditions,omitempty"`
		PausedReplicaCount *int32 `json:"pausedReplicaCount,omitempty"`
		// LastActiveTime is when a trigger was active last.
		LastActiveTime *metav1.Time `json:"lastActiveTime,omitempty"`
	} `json:"status"`
}

// ScaledObjectTarget defaults to apps/v1 Deployment.
type ScaledObjectTarget struct {
	APIVersion             string `json:"apiVersion,omitempty"`
	Kind                   string `json:"kind,omitempty"`
	Name                   string `json:"name"`
	EnvSourceContainerName string `json:"envSourceContainerName,omitempty"`
}

// ScaledObjectFallback is what runs when a trigger fails.
type ScaledObjectFallback struct {
	FailureThreshold int32  `json:"failureThreshold,omitempty"`
	Replicas         int32  `json:"replicas"`
	Behavior         string `json:"behavior,omitempty"`
}

// ScaledObjectAdvanced shapes the HPA that KEDA generates.
type ScaledObjectAdvanced struct {
	RestoreToOriginalReplicaCount bool `json:"restoreToOriginalReplicaCount,omitempty"`
	HorizontalPodAutoscalerConfig *struct {
		Name     string                                         `json:"name,omitempty"`
		Behavior *autoscalingv2.HorizontalPodAutoscalerBehavior `json:"behavior,omitempty"`
	} `json:"horizontalPodAutoscalerConfig,omitempty"`
	ScalingModifiers ScalingModifiers `json:"scalingModifiers"`
}

// ScalingModifiers replaces the triggers' metrics by one formula.
type ScalingModifiers struct {
	Formula          string `json:"formula,omitempty"`
	Target           string `json:"target,omitempty"`
	ActivationTarget string `json:"activationTarget,omitempty"`
	MetricType       string `json:"metricType,omitempty"`
}

// ScaledObjectTrigger is one scaler.
type ScaledObjectTrigger struct {
	Type              string            `json:"type"`
	Name              string            `json:"name,omitempty"`
	UseCachedMetrics  bool              `json:"useCachedMetrics,omitempty"`
	Metadata          map[string]string `json:"metadata,omitempty"`
	MetricType        string            `json:"metricType,omitempty"`
	AuthenticationRef *struct {
		Name string `json:"name,omitempty"`
		Kind string `json:"kind,omitempty"`
	} `json:"authenticationRef,omitempty"`
}
