package source

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Workloads of every kind lead to their pods, claims and ConfigMaps.
const kindsOfWorkloads = `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: set, namespace: a}
spec:
  selector: {matchLabels: {app: set}}
  template: {metadata: {labels: {app: set}}, spec: {containers: [{name: e, image: "vllm/vllm-openai:v0.18.1"}]}}
  volumeClaimTemplates: [{metadata: {name: cache}}]
---
{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: cache-set-0, namespace: a}}
---
{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: cache-other-0, namespace: a}}
---
{apiVersion: v1, kind: Pod, metadata: {name: set-0, namespace: a, labels: {app: set}}, spec: {containers: []}}
---
apiVersion: leaderworkerset.x-k8s.io/v1
kind: LeaderWorkerSet
metadata: {name: big, namespace: a}
spec:
  leaderWorkerTemplate:
    leaderTemplate: {spec: {containers: [{name: e, image: "vllm/vllm-openai:v0.18.1", env: [{name: A, valueFrom: {configMapKeyRef: {name: leaders, key: a}}}]}]}}
    workerTemplate: {spec: {containers: [{name: e, image: "vllm/vllm-openai:v0.18.1"}], volumes: [{name: v, projected: {sources: [{configMap: {name: workers}}]}}]}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: leaders, namespace: a}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: workers, namespace: a}}
---
{apiVersion: v1, kind: Pod, metadata: {name: big-0-1, namespace: a, labels: {leaderworkerset.sigs.k8s.io/name: big}}, spec: {containers: []}}
---
{apiVersion: apps.nvidia.com/v1alpha1, kind: NIMService, metadata: {name: nim, namespace: a}, spec: {image: {repository: nvcr.io/nim/meta/llama-3.1-8b-instruct, tag: 1.8.0}}}
---
{apiVersion: v1, kind: Pod, metadata: {name: nim-x, namespace: a, labels: {app: nim}}, spec: {containers: []}}
---
apiVersion: ray.io/v1
kind: RayService
metadata: {name: ray, namespace: a}
spec:
  serveConfigV2: "applications: [{import_path: ray.serve.llm:build_openai_app}]"
  rayClusterConfig:
    headGroupSpec: {template: {spec: {containers: [{name: head, image: "rayproject/ray-llm:2.49.0"}]}}}
    workerGroupSpecs: [{groupName: gpu, template: {spec: {containers: [{name: worker, image: "rayproject/ray-llm:2.49.0", resources: {limits: {nvidia.com/gpu: "1"}}}]}}}]
---
{apiVersion: v1, kind: Pod, metadata: {name: ray-ours, namespace: a, labels: {ray.io/cluster: ray-abcde}}, spec: {containers: []}}
---
{apiVersion: v1, kind: Pod, metadata: {name: ray-theirs, namespace: a, labels: {ray.io/cluster: notebooks}}, spec: {containers: []}}
---
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {name: kserve, namespace: a}
spec: {predictor: {containers: [{name: kserve-container, image: "vllm/vllm-openai:v0.18.1"}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: kserve-x, namespace: a, labels: {serving.kserve.io/inferenceservice: kserve}}, spec: {containers: []}}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: roll-new, namespace: b, labels: {rollouts-pod-template-hash: new}, ownerReferences: [{apiVersion: argoproj.io/v1alpha1, kind: Rollout, name: roll, uid: u, controller: true}]}
spec:
  replicas: 2
  selector: {matchLabels: {app: roll, rollouts-pod-template-hash: new}}
  template: {metadata: {labels: {app: roll}}, spec: {containers: [{name: e, image: "vllm/vllm-openai:v0.18.1"}]}}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: roll-old, namespace: b, labels: {rollouts-pod-template-hash: old}, ownerReferences: [{apiVersion: argoproj.io/v1alpha1, kind: Rollout, name: roll, uid: u, controller: true}]}
spec:
  replicas: 0
  selector: {matchLabels: {app: roll, rollouts-pod-template-hash: old}}
  template: {metadata: {labels: {app: roll}}, spec: {containers: [{name: e, image: "vllm/vllm-openai:v0.18.1"}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: roll-new-x, namespace: b, labels: {app: roll, rollouts-pod-template-hash: new}}, spec: {containers: []}}
---
{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: roll, namespace: b}, spec: {scaleTargetRef: {apiVersion: argoproj.io/v1alpha1, kind: Rollout, name: roll}, maxReplicas: 8}}
`

func TestLiveFollowsEveryKindOfWorkload(t *testing.T) {
	s := load(t, newAPIServer(t, kindsOfWorkloads).live(), everything())
	want := strings.TrimSpace(`
a/ConfigMap/leaders
a/ConfigMap/workers
a/InferenceService/kserve
a/LeaderWorkerSet/big
a/NIMService/nim
a/PersistentVolumeClaim/cache-set-0
a/Pod/big-0-1
a/Pod/kserve-x
a/Pod/nim-x
a/Pod/ray-ours
a/Pod/set-0
a/RayService/ray
a/StatefulSet/set
b/HorizontalPodAutoscaler/roll
b/Pod/roll-new-x
b/ReplicaSet/roll-new`)
	if diff := cmp.Diff(want, contents(s)); diff != "" {
		t.Error(diff)
	}
}

// Whatever a server sends, it is decoded or refused.
func FuzzPages(f *testing.F) {
	f.Add([]byte(`{"metadata":{"continue":"x"},"items":[{"metadata":{"name":"a"},"spec":{"minReplicaCount":"two","triggers":[{"metadata":{"a":1}}]}}]}`))
	f.Add([]byte(`{"metadata":{"name":"a","creationTimestamp":"never"},"spec":[]}`))
	f.Add([]byte(`{"apiVersion":"apps/v1","kind":"DeploymentList","items":[{"metadata":{"name":"a"}}]}`))
	f.Add([]byte("k8s\x00\n\x18\n\x07apps/v1\x12\x0eDeploymentList\x12\x02\x12\x00"))
	decoder := liveDecoder()
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, kind := range []inventory.Kind{inventory.ScaledObject, inventory.InferenceService, inventory.APIService} {
			if page, err := customPage(kind, kind.Info().Versions[0], body); err == nil {
				for _, item := range page.items {
					item.own()
				}
			}
		}
		if page, err := builtinPage(decoder, inventory.Deployment, "v1", body); err == nil {
			for _, item := range page.items {
				item.own()
				inventory.IsInference(item.Object)
			}
		}
	})
}
