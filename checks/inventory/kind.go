package inventory

import (
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	nodev1 "k8s.io/api/node/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	storagev1 "k8s.io/api/storage/v1"
)

// Kind is a kind of object that checks read. Everything else in a manifest or
// a cluster is known by its [Ref] alone.
type Kind uint8

// The kinds, in the order in which they are listed.
const (
	Deployment Kind = iota
	StatefulSet
	ReplicaSet
	LeaderWorkerSet
	InferenceService
	NIMService
	RayService
	Pod
	HorizontalPodAutoscaler
	ScaledObject
	PodAutoscaler
	VerticalPodAutoscaler
	TriggerAuthentication
	PodDisruptionBudget
	Service
	PersistentVolumeClaim
	ServiceMonitor
	PodMonitor
	PodMonitoring
	VMServiceScrape
	VMPodScrape
	LLMInferenceService
	DynamoGraphDeployment
	ConfigMap
	ResourceQuota
	LimitRange
	CronJob
	ServiceAccount
	Role
	RoleBinding
	Event
	ClusterRole
	ClusterRoleBinding
	PersistentVolume
	StorageClass
	Node
	APIService
	Prometheus
	NodePool
	NodeClaim
	RuntimeClass
	kindCount
)

// KindInfo says how a kind is spelt, where the API server serves it, and what
// its content is decoded into.
type KindInfo struct {
	Name       string // as in "kind:"
	Group      string
	Versions   []string // served versions, the one to list first
	Resource   string   // plural, as in RBAC rules
	Namespaced bool
	// Closed marks the namespaced kinds that belong to a workload: a
	// directory, a kustomization or a chart is taken to hold all of them.
	Closed bool
	// Custom kinds are served as JSON alone and may not be installed.
	Custom bool
	// New makes the value that the content is decoded into, for a version.
	New func(version string) any
}

func of[T any]() func(string) any { return func(string) any { return new(T) } }

var kinds = [kindCount]KindInfo{
	Deployment:       {Name: "Deployment", Group: "apps", Versions: []string{"v1"}, Resource: "deployments", Namespaced: true, New: of[appsv1.Deployment]()},
	StatefulSet:      {Name: "StatefulSet", Group: "apps", Versions: []string{"v1"}, Resource: "statefulsets", Namespaced: true, New: of[appsv1.StatefulSet]()},
	ReplicaSet:       {Name: "ReplicaSet", Group: "apps", Versions: []string{"v1"}, Resource: "replicasets", Namespaced: true, New: of[appsv1.ReplicaSet]()},
	LeaderWorkerSet:  {Name: "LeaderWorkerSet", Group: "leaderworkerset.x-k8s.io", Versions: []string{"v1"}, Resource: "leaderworkersets", Namespaced: true, Custom: true, New: of[LeaderWorkerSetContent]()},
	InferenceService: {Name: "InferenceService", Group: "serving.kserve.io", Versions: []string{"v1beta1"}, Resource: "inferenceservices", Namespaced: true, Custom: true, New: of[InferenceServiceContent]()},
	NIMService:       {Name: "NIMService", Group: "apps.nvidia.com", Versions: []string{"v1alpha1"}, Resource: "nimservices", Namespaced: true, Custom: true, New: of[NIMServiceContent]()},
	RayService:       {Name: "RayService", Group: "ray.io", Versions: []string{"v1", "v1alpha1"}, Resource: "rayservices", Namespaced: true, Custom: true, New: of[RayServiceContent]()},
	Pod:              {Name: "Pod", Versions: []string{"v1"}, Resource: "pods", Namespaced: true, New: of[corev1.Pod]()},
	HorizontalPodAutoscaler: {Name: "HorizontalPodAutoscaler", Group: "autoscaling", Versions: []string{"v2", "v1"}, Resource: "horizontalpodautoscalers", Namespaced: true, Closed: true, New: func(version string) any {
		if version == "v1" {
			return new(autoscalingv1.HorizontalPodAutoscaler)
		}
		return new(autoscalingv2.HorizontalPodAutoscaler)
	}},
	ScaledObject:          {Name: "ScaledObject", Group: "keda.sh", Versions: []string{"v1alpha1"}, Resource: "scaledobjects", Namespaced: true, Closed: true, Custom: true, New: of[ScaledObjectContent]()},
	PodAutoscaler:         {Name: "PodAutoscaler", Group: "autoscaling.aibrix.ai", Versions: []string{"v1alpha1"}, Resource: "podautoscalers", Namespaced: true, Closed: true, Custom: true, New: of[PodAutoscalerContent]()},
	VerticalPodAutoscaler: {Name: "VerticalPodAutoscaler", Group: "autoscaling.k8s.io", Versions: []string{"v1"}, Resource: "verticalpodautoscalers", Namespaced: true, Closed: true, Custom: true, New: of[VerticalPodAutoscalerContent]()},
	TriggerAuthentication: {Name: "TriggerAuthentication", Group: "keda.sh", Versions: []string{"v1alpha1"}, Resource: "triggerauthentications", Namespaced: true, Custom: true, New: of[NameOnlyContent]()},
	PodDisruptionBudget:   {Name: "PodDisruptionBudget", Group: "policy", Versions: []string{"v1"}, Resource: "poddisruptionbudgets", Namespaced: true, Closed: true, New: of[policyv1.PodDisruptionBudget]()},
	Service:               {Name: "Service", Versions: []string{"v1"}, Resource: "services", Namespaced: true, Closed: true, New: of[corev1.Service]()},
	PersistentVolumeClaim: {Name: "PersistentVolumeClaim", Versions: []string{"v1"}, Resource: "persistentvolumeclaims", Namespaced: true, Closed: true, New: of[corev1.PersistentVolumeClaim]()},
	ServiceMonitor:        {Name: "ServiceMonitor", Group: "monitoring.coreos.com", Versions: []string{"v1"}, Resource: "servicemonitors", Namespaced: true, Closed: true, Custom: true, New: of[ServiceMonitorContent]()},
	PodMonitor:            {Name: "PodMonitor", Group: "monitoring.coreos.com", Versions: []string{"v1"}, Resource: "podmonitors", Namespaced: true, Closed: true, Custom: true, New: of[PodMonitorContent]()},
	PodMonitoring:         {Name: "PodMonitoring", Group: "monitoring.googleapis.com", Versions: []string{"v1"}, Resource: "podmonitorings", Namespaced: true, Closed: true, Custom: true, New: of[ScrapeContent]()},
	VMServiceScrape:       {Name: "VMServiceScrape", Group: "operator.victoriametrics.com", Versions: []string{"v1beta1"}, Resource: "vmservicescrapes", Namespaced: true, Closed: true, Custom: true, New: of[ScrapeContent]()},
	VMPodScrape:           {Name: "VMPodScrape", Group: "operator.victoriametrics.com", Versions: []string{"v1beta1"}, Resource: "vmpodscrapes", Namespaced: true, Closed: true, Custom: true, New: of[ScrapeContent]()},
	LLMInferenceService:   {Name: "LLMInferenceService", Group: "serving.kserve.io", Versions: []string{"v1alpha1", "v1alpha2"}, Resource: "llminferenceservices", Namespaced: true, Custom: true, New: of[LLMInferenceServiceContent]()},
	DynamoGraphDeployment: {Name: "DynamoGraphDeployment", Group: "nvidia.com", Versions: []string{"v1alpha1"}, Resource: "dynamographdeployments", Namespaced: true, Custom: true, New: of[DynamoGraphDeploymentContent]()},
	ConfigMap:             {Name: "ConfigMap", Versions: []string{"v1"}, Resource: "configmaps", Namespaced: true, New: of[corev1.ConfigMap]()},
	ResourceQuota:         {Name: "ResourceQuota", Versions: []string{"v1"}, Resource: "resourcequotas", Namespaced: true, New: of[corev1.ResourceQuota]()},
	LimitRange:            {Name: "LimitRange", Versions: []string{"v1"}, Resource: "limitranges", Namespaced: true, New: of[corev1.LimitRange]()},
	CronJob:               {Name: "CronJob", Group: "batch", Versions: []string{"v1"}, Resource: "cronjobs", Namespaced: true, New: of[batchv1.CronJob]()},
	ServiceAccount:        {Name: "ServiceAccount", Versions: []string{"v1"}, Resource: "serviceaccounts", Namespaced: true, New: of[corev1.ServiceAccount]()},
	Role:                  {Name: "Role", Group: "rbac.authorization.k8s.io", Versions: []string{"v1"}, Resource: "roles", Namespaced: true, New: of[rbacv1.Role]()},
	RoleBinding:           {Name: "RoleBinding", Group: "rbac.authorization.k8s.io", Versions: []string{"v1"}, Resource: "rolebindings", Namespaced: true, New: of[rbacv1.RoleBinding]()},
	Event:                 {Name: "Event", Versions: []string{"v1"}, Resource: "events", Namespaced: true, New: of[corev1.Event]()},
	ClusterRole:           {Name: "ClusterRole", Group: "rbac.authorization.k8s.io", Versions: []string{"v1"}, Resource: "clusterroles", New: of[rbacv1.ClusterRole]()},
	ClusterRoleBinding:    {Name: "ClusterRoleBinding", Group: "rbac.authorization.k8s.io", Versions: []string{"v1"}, Resource: "clusterrolebindings", New: of[rbacv1.ClusterRoleBinding]()},
	PersistentVolume:      {Name: "PersistentVolume", Versions: []string{"v1"}, Resource: "persistentvolumes", New: of[corev1.PersistentVolume]()},
	StorageClass:          {Name: "StorageClass", Group: "storage.k8s.io", Versions: []string{"v1"}, Resource: "storageclasses", New: of[storagev1.StorageClass]()},
	Node:                  {Name: "Node", Versions: []string{"v1"}, Resource: "nodes", New: of[corev1.Node]()},
	APIService:            {Name: "APIService", Group: "apiregistration.k8s.io", Versions: []string{"v1"}, Resource: "apiservices", Custom: true, New: of[APIServiceContent]()},
	Prometheus:            {Name: "Prometheus", Group: "monitoring.coreos.com", Versions: []string{"v1"}, Resource: "prometheuses", Namespaced: true, Custom: true, New: of[PrometheusContent]()},
	NodePool:              {Name: "NodePool", Group: "karpenter.sh", Versions: []string{"v1", "v1beta1"}, Resource: "nodepools", Custom: true, New: of[NodePoolContent]()},
	NodeClaim:             {Name: "NodeClaim", Group: "karpenter.sh", Versions: []string{"v1", "v1beta1"}, Resource: "nodeclaims", Custom: true, New: of[NodeClaimContent]()},
	RuntimeClass:          {Name: "RuntimeClass", Group: "node.k8s.io", Versions: []string{"v1"}, Resource: "runtimeclasses", New: of[nodev1.RuntimeClass]()},
}

// Kinds lists every kind, in listing order.
func Kinds() []Kind {
	all := make([]Kind, kindCount)
	for i := range all {
		all[i] = Kind(i)
	}
	return all
}

// Info returns the kind's row.
func (k Kind) Info() KindInfo { return kinds[k] }

func (k Kind) String() string { return kinds[k].Name }

// KindOf finds the kind of an apiVersion and a kind as written in a manifest.
// A group that is right with a version that is not in the table still counts:
// the caller decides what to make of the version.
func KindOf(apiVersion, name string) (Kind, bool) {
	group := GroupOf(apiVersion)
	for k := range kinds {
		if kinds[k].Name == name && kinds[k].Group == group {
			return Kind(k), true
		}
	}
	return 0, false
}

// WorkloadKinds own pod templates that serve models. Reading a [Workload]
// reads all of them.
func WorkloadKinds() []Kind {
	return []Kind{Deployment, StatefulSet, ReplicaSet, LeaderWorkerSet, InferenceService, NIMService, RayService}
}

// AutoscalerKinds decide on replica counts. Reading an [Autoscaler] reads all
// of them.
func AutoscalerKinds() []Kind { return []Kind{HorizontalPodAutoscaler, ScaledObject} }
