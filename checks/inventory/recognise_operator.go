package inventory

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// kserveContainer is the name KServe gives to the container that serves.
const kserveContainer = "kserve-container"

// otherFormats are model formats of KServe whose servers have no row of their
// own: config/runtimes of kserve/kserve, those that serve neural networks.
var otherFormats = wordSet("pytorch torchscript tensorflow onnx tensorrt mlflow openvino openvino_ir djl")

// recogniseInferenceService reads KServe's predictor. A container with an
// image of its own is judged like any other. Otherwise the model's format
// chooses the server; of the formats of classical machine learning only those
// with an accelerator count, since what is said about loading and scaling
// models on accelerators is wrong for a decision tree.
func recogniseInferenceService(w *Workload, c *InferenceServiceContent, s *store) *Recognition {
	r := recogniseTemplate(w, s)
	model := c.Spec.Predictor.Model
	if r == nil {
		i := 0
		if model == nil {
			i = servingContainer(&w.Template.Spec)
		}
		engine, by := formatEngine(model, len(accelerators(w)) > 0)
		if engine == nil || i < 0 || i >= len(w.Template.Spec.Containers) {
			return nil
		}
		facts := readContainer(&w.Template.Spec.Containers[i], &w.Template.Spec, w.Object.Namespace, s)
		r = newRecognition(w, i, &facts, engine, by)
	}
	r.ContainerPath = inferenceServicePath(model != nil, r.Index)
	if model != nil {
		// The runtime, which nobody sees here, adds arguments and decides on
		// the port.
		r.Args.Complete = false
		if model.StorageURI != "" && !placeholder(model.StorageURI) {
			r.Model, r.ModelPath = model.StorageURI, Path{"storageUri"}
		}
	}
	return r
}

func inferenceServicePath(model bool, index int) Path {
	switch {
	case model && index == 0:
		return Path{"spec", "predictor", "model"}
	case model:
		index-- // readInferenceService put the model's container first
	}
	return Path{"spec", "predictor", "containers", index}
}

// formatEngine returns the engine that serves a predictor, and what decided.
func formatEngine(model *ModelSpec, accelerated bool) (*Engine, string) {
	if model == nil {
		if accelerated {
			return EngineOf(OtherEngine), "predictor with an accelerator"
		}
		return nil, ""
	}
	format := strings.ToLower(model.ModelFormat.Name)
	by := `modelFormat "` + model.ModelFormat.Name + `"`
	switch {
	case strings.HasPrefix(format, "nvidia-nim"), strings.HasPrefix(model.Runtime, "nvidia-nim"):
		return EngineOf(NIM), by
	case format == "huggingface", format == "vllm":
		return EngineOf(VLLM), by
	case format == "triton":
		return EngineOf(Triton), by
	case format == "sglang":
		return EngineOf(SGLang), by
	case otherFormats[format], accelerated:
		return EngineOf(OtherEngine), by
	}
	return nil, ""
}

// huggingFaceBackend says whether KServe's server runs a model without vLLM:
// when told to, and for the tasks that vLLM is not asked to do
// (kserve/kserve python/huggingfaceserver).
func huggingFaceBackend(r *Recognition) bool {
	if r.Engine.ID != VLLM {
		return false
	}
	backend, _ := r.Args.Get("--backend")
	task, _ := r.Args.Get("--task")
	switch task {
	case "sequence_classification", "token_classification", "fill_mask", "text_embedding":
		return true
	}
	return backend == "huggingface"
}

// recogniseNIMService reads the operator's image and env.
func recogniseNIMService(w *Workload, s *store) *Recognition {
	facts := readContainer(&w.Template.Spec.Containers[0], &w.Template.Spec, w.Object.Namespace, s)
	r := newRecognition(w, 0, &facts, EngineOf(NIM), "NIMService")
	r.ContainerPath = w.TemplatePath
	return r
}

// recogniseRayService takes a RayService for an inference workload when its
// configuration or its image says that it serves language models, or when its
// workers ask for accelerators. Ray Serve also runs plain web applications.
func recogniseRayService(w *Workload, c *RayServiceContent, s *store) *Recognition {
	if w.Template == nil || len(w.Template.Spec.Containers) == 0 {
		return nil
	}
	facts := readContainer(&w.Template.Spec.Containers[0], &w.Template.Spec, w.Object.Namespace, s)
	config := strings.ToLower(c.Spec.ServeConfigV2)
	image := strings.ToLower(facts.container.Image)
	llm := strings.Contains(config, "vllm") || strings.Contains(config, "ray.serve.llm") || strings.Contains(config, "llm_config") ||
		strings.Contains(image, "vllm") || strings.Contains(image, "ray-llm")
	if !llm && len(accelerators(w)) == 0 {
		return nil
	}
	r := newRecognition(w, 0, &facts, EngineOf(RayServe), "RayService")
	r.Args = Args{} // ray start, which KubeRay writes, is not the engine's
	r.Model, r.ModelPath = rayModel(c.Spec.ServeConfigV2), nil
	if r.Model == "" {
		for _, name := range rayModelNames {
			if v, ok := r.env.get(name); ok && v.known {
				r.Model, r.ModelPath = v.value, v.at
				break
			}
		}
	}
	return r
}

// rayModelNames are what applications call the variable with the model.
var rayModelNames = [...]string{"MODEL_ID", "MODEL_NAME", "HF_MODEL_ID"}

// rayModel finds the model in a Serve configuration: model_source or model_id
// of an llm_config (docs.ray.io, serve/llm), else an application's MODEL_ID.
func rayModel(config string) string {
	var node yaml.Node
	if config == "" || yaml.Unmarshal([]byte(config), &node) != nil {
		return ""
	}
	for _, key := range append([]string{"model_source", "model_id", "model"}, rayModelNames[:]...) {
		if value := scalarOf(resolve(&node), key, 0); value != "" && !placeholder(value) {
			return value
		}
	}
	return ""
}

// maxConfigDepth bounds the walk through a configuration.
const maxConfigDepth = 20

// scalarOf returns the first scalar under a key, at any depth.
func scalarOf(node *yaml.Node, key string, depth int) string {
	if depth > maxConfigDepth {
		return ""
	}
	node = resolve(node)
	if node.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(node.Content); i += 2 {
			if value := resolve(node.Content[i+1]); node.Content[i].Value == key && value.Kind == yaml.ScalarNode {
				return value.Value
			}
		}
	}
	for _, inner := range node.Content {
		if value := scalarOf(inner, key, depth+1); value != "" {
			return value
		}
	}
	return ""
}
