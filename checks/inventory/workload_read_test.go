package inventory_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

const (
	isvc = "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: llm}\nspec:\n  predictor:\n    model:\n      modelFormat: {name: huggingface}\n      storageUri: hf://a/b\n      args: [--max-model-len=1024]\n      " + oneGPU + "\n"
	nim  = "apiVersion: apps.nvidia.com/v1alpha1\nkind: NIMService\nmetadata: {name: llm}\nspec:\n  image: {repository: nvcr.io/nim/meta/llama3-8b-instruct, tag: 1.0.3}\n  replicas: 2\n  " + oneGPU + "\n"
	lws  = "apiVersion: leaderworkerset.x-k8s.io/v1\nkind: LeaderWorkerSet\nmetadata: {name: llm}\nspec:\n  replicas: 2\n  leaderWorkerTemplate:\n    size: 4\n    leaderTemplate: {spec: {containers: [{name: l, image: LEADER}]}}\n    workerTemplate: {spec: {containers: [{name: w, image: 'vllm/vllm-openai:v0.11.0', command: [WORKER], " + oneGPU + "}]}}\n"
)

// owned adds labels and a controller to the object that a manifest begins with.
func owned(manifest, name, apiVersion, kind, owner string, more ...string) string {
	meta := fmt.Sprintf("metadata: {name: %s, ownerReferences: [{apiVersion: %s, kind: %s, name: %s, controller: true}]%s}", name, apiVersion, kind, owner, strings.Join(more, ""))
	head, rest, _ := strings.Cut(manifest, "\nmetadata: ")
	_, rest, _ = strings.Cut(rest, "\n")
	return "---\n" + head + "\n" + meta + "\n" + rest
}

func replicaSet(replicas int) string {
	text := strings.Replace(deploymentOf("image: vllm/vllm-openai\nargs: [a/b]"), "kind: Deployment", "kind: ReplicaSet", 1)
	return strings.Replace(text, "spec:\n", fmt.Sprintf("spec:\n  replicas: %d\n", replicas), 1)
}

func TestOneWorkloadOfAnOwnersTree(t *testing.T) {
	vllm := deploymentOf("name: kserve-container\nimage: kserve/huggingfaceserver:v0.15.0-gpu\nargs: [--model_id=a/b]\n" + oneGPU)
	custom := deploymentOf("name: kserve-container\nimage: registry/server:1\n" + oneGPU)
	statefulSet := strings.Replace(deploymentOf("image: vllm/vllm-openai\nargs: [a/b]"), "kind: Deployment", "kind: StatefulSet", 1)
	group := strings.NewReplacer("LEADER", "vllm/vllm-openai:v0.11.0", "WORKER", "ray, start").Replace(lws)
	for _, test := range []struct{ name, text, want string }{
		{"InferenceService alone", isvc, "InferenceService/llm of InferenceService/llm vllm operated"},
		{"its Deployment runs", isvc + owned(vllm, "llm-predictor", "serving.kserve.io/v1beta1", "InferenceService", "llm"), "Deployment/llm-predictor of InferenceService/llm vllm operated"},
		{"its Deployment with an image of one's own", isvc + owned(custom, "llm-predictor", "serving.kserve.io/v1beta1", "InferenceService", "llm"), "Deployment/llm-predictor of InferenceService/llm vllm operated"},
		{"its owner is not seen", owned(vllm, "llm-predictor", "serving.kserve.io/v1beta1", "InferenceService", "llm"), "Deployment/llm-predictor of InferenceService/llm vllm operated"},
		{"through Knative", isvc + owned(vllm, "llm-00001", "serving.knative.dev/v1", "Revision", "llm-00001", ", labels: {serving.kserve.io/inferenceservice: llm}"), "Deployment/llm-00001 of InferenceService/llm vllm operated"},
		{"old revision", isvc + owned(strings.Replace(vllm, "spec:\n", "spec:\n  replicas: 0\n", 1), "llm-00001", "serving.knative.dev/v1", "Revision", "llm-00001", ", labels: {serving.kserve.io/inferenceservice: llm}"), "InferenceService/llm of InferenceService/llm vllm operated"},
		{"NIMService alone", nim, "NIMService/llm of NIMService/llm nim operated"},
		{"its Deployment from a private registry", nim + owned(custom, "llm", "apps.nvidia.com/v1alpha1", "NIMService", "llm"), "Deployment/llm of NIMService/llm nim"},
		{"its Deployment without it", owned(custom, "llm", "apps.nvidia.com/v1alpha1", "NIMService", "llm"), "Deployment/llm of NIMService/llm nim"},
		{"two steps up", nim + owned(isvc, "kserve-llm", "apps.nvidia.com/v1alpha1", "NIMService", "llm") + owned(vllm, "llm-predictor", "serving.kserve.io/v1beta1", "InferenceService", "kserve-llm"), "Deployment/llm-predictor of NIMService/llm vllm"},
		{"ReplicaSet of a Deployment", deploymentOf("image: vllm/vllm-openai\nargs: [a/b]") + owned(replicaSet(2), "d-1", "apps/v1", "Deployment", "d"), "Deployment/d of Deployment/d vllm"},
		{"ReplicaSet of something else", owned(replicaSet(2), "r-1", "argoproj.io/v1alpha1", "Rollout", "r") + owned(replicaSet(0), "r-0", "argoproj.io/v1alpha1", "Rollout", "r"), "ReplicaSet/r-1 of Rollout/r vllm"},
		{"group", group, "LeaderWorkerSet/llm of LeaderWorkerSet/llm vllm"},
		{"group's StatefulSets", group + owned(statefulSet, "llm", "leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", "llm") + owned(statefulSet, "llm-0", "v1", "Pod", "llm-0"), "LeaderWorkerSet/llm of LeaderWorkerSet/llm vllm"},
		{"group under an operator", group[:strings.Index(group, "metadata")] + "metadata: {name: llm, ownerReferences: [{apiVersion: serving.kserve.io/v1alpha1, kind: LLMInferenceService, name: big, controller: true}]}\n" + group[strings.Index(group, "spec:"):], "LeaderWorkerSet/llm of LLMInferenceService/big vllm"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, w := range world(t, test.text).Workloads() {
				text := fmt.Sprintf("%s of %s %s", w.Ref().Short(), w.Owner.Ref.Short(), w.EngineID())
				if w.Operated {
					text += " operated"
				}
				got = append(got, text)
				if !w.Answers(w.Object.Ref) || !w.Answers(w.Owner.Ref) || w.Answers(inventory.Ref{Kind: "Deployment", Name: "other"}) {
					t.Error("answers to the wrong names")
				}
			}
			if all := strings.Join(got, ", "); all != test.want {
				t.Errorf("got  %s\nwant %s", all, test.want)
			}
			if !inventory.MayBeInference([]byte(test.text)) {
				t.Error("MayBeInference says no")
			}
		})
	}
}

func TestGroups(t *testing.T) {
	for _, test := range []struct{ leader, worker, path string }{
		{"vllm/vllm-openai:v0.11.0", "ray, start", "spec.leaderWorkerTemplate.leaderTemplate.spec.containers[0]"},
		{"nginx", "vllm, serve, a/b", "spec.leaderWorkerTemplate.workerTemplate.spec.containers[0]"},
	} {
		w := recognised(t, strings.NewReplacer("LEADER", test.leader, "WORKER", test.worker).Replace(lws))
		if w == nil || w.ContainerPath.String() != test.path || w.PodsPerReplica != 4 || *w.Replicas != 2 {
			t.Errorf("%s: %+v", test.leader, w)
		}
	}
}

func TestOperatorKinds(t *testing.T) {
	model := func(format, more string) string {
		return "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: i}\nspec: {predictor: {model: {modelFormat: {name: " + format + "}" + more + "}}}\n"
	}
	const gpu = ", " + oneGPU
	ray := func(config, image, more string) string {
		return "apiVersion: ray.io/v1\nkind: RayService\nmetadata: {name: r}\nspec:\n  serveConfigV2: |\n    applications:\n    - " + config + "\n  rayClusterConfig:\n    headGroupSpec: {template: {spec: {containers: [{name: h, image: x}]}}}\n    workerGroupSpecs:\n    - {template: {spec: {containers: [{name: c, image: x}]}}}\n    - {template: {spec: {containers: [{name: w, image: " + image + more + "}]}}}\n"
	}
	for _, test := range []struct{ name, text, engine, model, path string }{
		{"huggingface", isvc, "vllm", "hf://a/b", "spec.predictor.model"},
		{"huggingface by argument", model("huggingface", ", args: [--model_id=a/b]"), "vllm", "a/b", "spec.predictor.model"},
		{"without vllm", model("huggingface", ", args: [--model_id=a/b, --backend=huggingface]"), "other", "a/b", "spec.predictor.model"},
		{"a task without vllm", model("huggingface", ", args: [--model_id=a/b, --task=fill_mask]"), "other", "a/b", "spec.predictor.model"},
		{"vLLM", model("vLLM", ""), "vllm", "", "spec.predictor.model"},
		{"an image of its own", model("custom", ", image: 'vllm/vllm-openai:v0.11.0', args: [a/b]"), "vllm", "a/b", "spec.predictor.model"},
		{"nim", model("nvidia-nim-llama3-8b-instruct", ", storageUri: 'pvc://nim/'"+gpu), "nim", "pvc://nim/", "spec.predictor.model"},
		{"nim by runtime", model("llama", ", runtime: nvidia-nim-llama3-1.0.0"), "nim", "", "spec.predictor.model"},
		{"triton", model("triton", ", storageUri: 's3://b/m'"), "triton", "s3://b/m", "spec.predictor.model"},
		{"pytorch", model("pytorch", ""), "other", "", "spec.predictor.model"},
		{"unknown format with accelerator", model("mine", gpu), "other", "", "spec.predictor.model"},
		{"placeholder URI", model("vllm", ", storageUri: 's3://${bucket}/m'"), "vllm", "", "spec.predictor.model"},
		{"sklearn", model("sklearn", ", storageUri: 'gs://b/m'"), "", "", ""},
		{"own containers", "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: i}\nspec: {predictor: {containers: [{name: proxy, image: nginx}, {name: c, image: 'lmsysorg/sglang:v0.5.0', command: [sglang, serve, --model-path, a/b]}]}}\n", "sglang", "a/b", "spec.predictor.containers[1]"},
		{"own container with accelerator", "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: i}\nspec: {predictor: {containers: [{name: kserve-container, image: mine" + gpu + "}]}}\n", "other", "", "spec.predictor.containers[0]"},
		{"own container without", "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: i}\nspec: {predictor: {containers: [{name: kserve-container, image: mine}]}}\n", "", "", ""},

		{"NIMService", nim, "nim", "meta/llama3-8b-instruct", "spec"},

		{"ray.serve.llm", ray("{import_path: 'ray.serve.llm:build_openai_app', args: {llm_configs: [{model_loading_config: {model_id: small, model_source: a/b}}]}}", "rayproject/ray-llm:2.52.0", gpu), "ray-serve", "a/b", "spec.rayClusterConfig.workerGroupSpecs[1].template.spec.containers[0]"},
		{"application's variable", ray("{import_path: 'vllm_serve:deployment', runtime_env: {env_vars: {MODEL_ID: a/b}}}", "x", ""), "ray-serve", "a/b", "spec.rayClusterConfig.workerGroupSpecs[0].template.spec.containers[0]"},
		{"placeholder", ray("{import_path: 'vllm_serve:deployment', runtime_env: {env_vars: {MODEL_ID: $MODEL_ID}}}", "x", gpu), "ray-serve", "", "spec.rayClusterConfig.workerGroupSpecs[1].template.spec.containers[0]"},
		{"models of another sort", ray("{import_path: 'sd:entrypoint'}", "x", gpu), "ray-serve", "", "spec.rayClusterConfig.workerGroupSpecs[1].template.spec.containers[0]"},
		{"web application", ray("{import_path: 'fruit:app'}", "x", ""), "", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := recognised(t, test.text)
			if w == nil {
				if test.engine != "" {
					t.Error("not recognised")
				}
				return
			}
			if got := string(w.EngineID()); got != test.engine || w.Model != test.model || w.ContainerPath.String() != test.path {
				t.Errorf("%s, model %q at %s", got, w.Model, w.ContainerPath)
			}
			if w.Version.Known != (test.engine == "nim" && test.path == "spec" || strings.Contains(test.text, ":v0")) {
				t.Errorf("version %s", w.Version)
			}
		})
	}
}

func TestNIMServicePlaces(t *testing.T) {
	w := recognised(t, strings.Replace(nim, "  replicas: 2\n", "  replicas: 2\n  env:\n  - {name: A, value: b}\n  - name: NIM_SERVER_PORT\n    value: '9000'\n", 1))
	at, ok := w.Args.Where("--port")
	if loc := w.Object.At(w.ContainerPath.Join(at...)...); !ok || loc.Line != 10 || w.Version.String() != "1.0.3" {
		t.Errorf("line %d, %v, version %s", loc.Line, ok, w.Version)
	}
}
