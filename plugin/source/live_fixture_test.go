package source

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// everything is what all kinds together need.
func everything() checks.Needs { return checks.Needs{Kinds: inventory.Kinds()} }

// load reads the server and fails the test on an error.
func load(t *testing.T, live *Live, needs checks.Needs) *inventory.Snapshot {
	t.Helper()
	frame, err := live.Load(t.Context(), needs)
	if err != nil {
		t.Fatal(err)
	}
	return frame.Objects
}

// live reads the server.
func (s *apiServer) live() *Live { return &Live{Config: s.config()} }

// contents lists the snapshot's objects, one a line.
func contents(s *inventory.Snapshot) string {
	var all []string
	for _, kind := range inventory.Kinds() {
		for _, o := range s.List(kind) {
			all = append(all, o.Ref.String())
		}
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

// gaps lists the snapshot's gaps, one a line: "Kind namespace: reason".
func gaps(s *inventory.Snapshot) string {
	var all []string
	for _, gap := range s.Gaps() {
		all = append(all, fmt.Sprintf("%s %q: %s", gap.Kind, gap.Namespace, gap.Reason))
	}
	return strings.Join(all, "\n")
}

func ref(text string) inventory.Ref {
	parts := strings.Split(text, "/")
	if len(parts) == 2 {
		parts = append([]string{""}, parts...)
	}
	for _, kind := range inventory.Kinds() {
		if kind.Info().Name == parts[1] {
			return inventory.Ref{Group: kind.Info().Group, Kind: parts[1], Namespace: parts[0], Name: parts[2]}
		}
	}
	return inventory.Ref{Kind: parts[1], Namespace: parts[0], Name: parts[2]}
}

// A cluster with one inference workload in a shared namespace, a shop, and the
// operators' namespaces.
const cluster = `
{apiVersion: v1, kind: Namespace, metadata: {name: inference, labels: {team: ml}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: shop}}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: vllm
  namespace: inference
  labels: {app: vllm, tier: gold}
  annotations: {kubectl.kubernetes.io/last-applied-configuration: "{}", team: ml}
  managedFields: [{manager: argocd-controller, operation: Apply, time: "2026-01-01T11:00:00Z", fieldsV1: {"f:spec": {"f:replicas": {}}}}]
spec:
  replicas: 2
  selector: {matchLabels: {app: vllm}}
  template:
    metadata: {labels: {app: vllm}}
    spec:
      containers:
      - name: engine
        image: vllm/vllm-openai:v0.18.1
        args: [--model, meta-llama/Llama-3.1-8B-Instruct]
        envFrom: [{configMapRef: {name: engine-env}}]
        resources: {limits: {nvidia.com/gpu: "1"}}
      volumes:
      - {name: cache, persistentVolumeClaim: {claimName: weights}}
      - {name: gone, configMap: {name: no-such-map}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: router, namespace: inference}
spec:
  selector: {matchLabels: {app: router}}
  template: {metadata: {labels: {app: router}}, spec: {containers: [{name: nginx, image: "nginx:1.29"}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop, namespace: shop}
spec:
  selector: {matchLabels: {app: shop}}
  template: {metadata: {labels: {app: shop}}, spec: {containers: [{name: nginx, image: "nginx:1.29"}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: keda-operator, namespace: keda, labels: {app.kubernetes.io/version: 2.21.0}}
spec:
  selector: {matchLabels: {app: keda-operator}}
  template: {metadata: {labels: {app: keda-operator}}, spec: {containers: [{name: keda, image: "ghcr.io/kedacore/keda:2.21.0"}]}}
---
{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: vllm-1, namespace: inference, labels: {app: vllm, pod-template-hash: "1"}, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: vllm, uid: u, controller: true}]}, spec: {replicas: 0}}
---
{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: vllm-2, namespace: inference, labels: {app: vllm, pod-template-hash: "2"}, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: vllm, uid: u, controller: true}]}, spec: {replicas: 2}}
---
{apiVersion: v1, kind: Pod, metadata: {name: vllm-2-a, namespace: inference, labels: {app: vllm, pod-template-hash: "2"}, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: vllm-2, uid: u, controller: true}]}, spec: {containers: [], nodeName: gpu-1}, status: {phase: Running}}
---
{apiVersion: v1, kind: Pod, metadata: {name: vllm-2-b, namespace: inference, labels: {app: vllm, pod-template-hash: "2"}, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: vllm-2, uid: u, controller: true}]}, spec: {containers: []}, status: {phase: Pending}}
---
{apiVersion: v1, kind: Pod, metadata: {name: router-a, namespace: inference, labels: {app: router}}, spec: {containers: []}}
---
{apiVersion: v1, kind: Pod, metadata: {name: shop-a, namespace: shop, labels: {app: shop}}, spec: {containers: []}}
---
{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: keda-hpa-vllm, namespace: inference}, spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: vllm}, maxReplicas: 8}}
---
{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: router, namespace: inference}, spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: router}, maxReplicas: 8}}
---
{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: shop, namespace: shop}, spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: shop}, maxReplicas: 8}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: orphan, namespace: shop}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: renamed}
  maxReplicas: 8
  metrics: [{type: Pods, pods: {metric: {name: "vllm:num_requests_waiting"}, target: {type: AverageValue, averageValue: "5"}}}]
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: strange, namespace: shop}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: ReplicaSet, name: shop-1}
  maxReplicas: 8
  metrics: [{type: Pods, pods: {metric: {name: "vllm:num_requests_waiting"}, target: {type: AverageValue, averageValue: "5"}}}]
---
{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {name: vllm, namespace: inference, managedFields: [{manager: helm, operation: Apply}]}, spec: {scaleTargetRef: {name: vllm}, triggers: [{type: prometheus, metadata: {query: "sum(x)", threshold: "5"}}]}}
---
{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {name: shop, namespace: shop}, spec: {scaleTargetRef: {name: shop}, triggers: [{type: cpu}]}}
---
{apiVersion: keda.sh/v1alpha1, kind: TriggerAuthentication, metadata: {name: prometheus, namespace: inference}}
---
{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: vllm, namespace: inference}, spec: {selector: {matchLabels: {app: vllm}}}}
---
{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: shop, namespace: shop}}
---
{apiVersion: v1, kind: Service, metadata: {name: vllm, namespace: inference}, spec: {selector: {app: vllm}}}
---
{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: weights, namespace: inference}, spec: {volumeName: pv-weights}}
---
{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: notebooks, namespace: inference}, spec: {volumeName: pv-notebooks}}
---
{apiVersion: v1, kind: PersistentVolume, metadata: {name: pv-weights}}
---
{apiVersion: v1, kind: PersistentVolume, metadata: {name: pv-notebooks}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: engine-env, namespace: inference}, data: {VLLM_USE_V1: "1"}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: unrelated, namespace: inference}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: adapter-config, namespace: monitoring}, data: {config.yaml: "rules: [{seriesQuery: x}]"}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: dashboard, namespace: monitoring}, data: {a.json: "{}"}}
---
{apiVersion: apiregistration.k8s.io/v1, kind: APIService, metadata: {name: v1beta1.custom.metrics.k8s.io}, spec: {group: custom.metrics.k8s.io, service: {namespace: monitoring, name: prometheus-adapter}}}
---
{apiVersion: apiregistration.k8s.io/v1, kind: APIService, metadata: {name: v1beta1.external.metrics.k8s.io}, spec: {group: external.metrics.k8s.io, service: {namespace: keda, name: keda-operator-metrics-apiserver}}}
---
{apiVersion: monitoring.coreos.com/v1, kind: ServiceMonitor, metadata: {name: engines, namespace: monitoring}, spec: {namespaceSelector: {any: true}, endpoints: [{port: http}]}}
---
{apiVersion: monitoring.coreos.com/v1, kind: ServiceMonitor, metadata: {name: node-exporter, namespace: monitoring}}
---
{apiVersion: monitoring.coreos.com/v1, kind: ServiceMonitor, metadata: {name: nvidia-dcgm-exporter, namespace: gpu-operator}}
---
{apiVersion: monitoring.coreos.com/v1, kind: PodMonitor, metadata: {name: shop, namespace: shop}}
---
{apiVersion: monitoring.coreos.com/v1, kind: Prometheus, metadata: {name: k8s, namespace: monitoring}}
---
{apiVersion: v1, kind: ResourceQuota, metadata: {name: gpus, namespace: inference}}
---
{apiVersion: batch/v1, kind: CronJob, metadata: {name: morning, namespace: inference}, spec: {schedule: "0 7 * * *", jobTemplate: {spec: {template: {spec: {serviceAccountName: scaler, containers: []}}}}}}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: scaler, namespace: inference}}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: default, namespace: inference}}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: scaler, namespace: inference}}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: scaler, namespace: inference}, subjects: [{kind: ServiceAccount, name: scaler, namespace: inference}], roleRef: {kind: ClusterRole, name: edit, apiGroup: rbac.authorization.k8s.io}}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: people, namespace: inference}, subjects: [{kind: User, name: ann}], roleRef: {kind: ClusterRole, name: admin, apiGroup: rbac.authorization.k8s.io}}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: edit}}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: admin}}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: everyone}, subjects: [{kind: Group, name: "system:serviceaccounts"}], roleRef: {kind: ClusterRole, name: discovery, apiGroup: rbac.authorization.k8s.io}}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: admins}, subjects: [{kind: Group, name: admins}], roleRef: {kind: ClusterRole, name: admin, apiGroup: rbac.authorization.k8s.io}}
---
{apiVersion: v1, kind: Event, metadata: {name: e1, namespace: inference}, type: Warning, reason: FailedScheduling, involvedObject: {apiVersion: v1, kind: Pod, namespace: inference, name: vllm-2-b}}
---
{apiVersion: v1, kind: Event, metadata: {name: e2, namespace: inference}, type: Normal, reason: TriggeredScaleUp, involvedObject: {apiVersion: v1, kind: Pod, namespace: inference, name: vllm-2-b}}
---
{apiVersion: v1, kind: Event, metadata: {name: e3, namespace: inference}, type: Normal, reason: Created, involvedObject: {apiVersion: v1, kind: Pod, namespace: inference, name: vllm-2-b}}
---
{apiVersion: v1, kind: Event, metadata: {name: e4, namespace: inference}, type: Warning, reason: BackOff, involvedObject: {apiVersion: v1, kind: Pod, namespace: inference, name: router-a}}
---
{apiVersion: v1, kind: Event, metadata: {name: e5, namespace: inference}, type: Normal, reason: SuccessfulRescale, involvedObject: {apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, namespace: inference, name: keda-hpa-vllm}}
---
{apiVersion: v1, kind: Node, metadata: {name: gpu-1}, status: {images: [{names: [a]}], allocatable: {nvidia.com/gpu: "8"}}}
---
{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: fast}, provisioner: x}
---
{apiVersion: karpenter.sh/v1, kind: NodePool, metadata: {name: gpus}}
`

// fleetOnly is what of the cluster concerns its inference workload.
const fleetOnly = `APIService/v1beta1.custom.metrics.k8s.io
APIService/v1beta1.external.metrics.k8s.io
ClusterRole/edit
ClusterRoleBinding/everyone
Node/gpu-1
NodePool/gpus
PersistentVolume/pv-weights
StorageClass/fast
gpu-operator/ServiceMonitor/nvidia-dcgm-exporter
inference/ConfigMap/engine-env
inference/CronJob/morning
inference/Deployment/router
inference/Deployment/vllm
inference/Event/e1
inference/Event/e2
inference/Event/e5
inference/HorizontalPodAutoscaler/keda-hpa-vllm
inference/PersistentVolumeClaim/weights
inference/Pod/vllm-2-a
inference/Pod/vllm-2-b
inference/PodDisruptionBudget/vllm
inference/ReplicaSet/vllm-2
inference/ResourceQuota/gpus
inference/Role/scaler
inference/RoleBinding/scaler
inference/ScaledObject/vllm
inference/Service/vllm
inference/ServiceAccount/scaler
inference/TriggerAuthentication/prometheus
monitoring/ConfigMap/adapter-config
monitoring/Prometheus/k8s
monitoring/ServiceMonitor/engines
shop/HorizontalPodAutoscaler/orphan
shop/HorizontalPodAutoscaler/strange`
