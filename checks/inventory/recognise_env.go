package inventory

import (
	"path"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// variable is one environment variable as far as it can be seen.
type variable struct {
	value string
	known bool // false: it is set, and nobody can see to what
	at    Path // from the container; nil when a script or a ConfigMap sets it
}

// environment is what a container's processes find in their environment.
type environment struct {
	vars map[string]variable
	// open says that more variables may be set than are seen: a Secret's, or
	// those of a ConfigMap that is not in the snapshot.
	open bool
}

func (e *environment) get(name string) (variable, bool) {
	if e == nil {
		return variable{}, false
	}
	v, ok := e.vars[name]
	return v, ok
}

// with returns a copy of the environment with more variables in it.
func (e *environment) with(more map[string]variable) *environment {
	if len(more) == 0 {
		return e
	}
	all := &environment{vars: make(map[string]variable, len(e.vars)+len(more)), open: e.open}
	for name, v := range e.vars {
		all.vars[name] = v
	}
	for name, v := range more {
		all.vars[name] = v
	}
	return all
}

// readEnvironment reads a container's env and envFrom, with the ConfigMaps of
// the snapshot.
func readEnvironment(c *corev1.Container, namespace string, s *store) *environment {
	e := &environment{vars: make(map[string]variable, len(c.Env))}
	for _, from := range c.EnvFrom {
		if from.ConfigMapRef == nil {
			e.open = true
			continue
		}
		data, ok := s.configMap(namespace, from.ConfigMapRef.Name)
		e.open = e.open || !ok
		for name, value := range data {
			e.vars[from.Prefix+name] = variable{value: value, known: true}
		}
	}
	for i, entry := range c.Env {
		v := variable{at: Path{"env", i, "value"}}
		switch {
		case entry.ValueFrom == nil:
			v.value, v.known = e.expand(entry.Value)
			v.known = v.known && !placeholder(v.value)
		case entry.ValueFrom.ConfigMapKeyRef != nil:
			data, _ := s.configMap(namespace, entry.ValueFrom.ConfigMapKeyRef.Name)
			v.value, v.known = data[entry.ValueFrom.ConfigMapKeyRef.Key]
		}
		if !v.known {
			v.value = ""
		}
		e.vars[entry.Name] = v
	}
	return e
}

func (s *store) configMap(namespace, name string) (map[string]string, bool) {
	if s == nil {
		return nil, false
	}
	content := As[corev1.ConfigMap](s.byRef[Ref{Kind: "ConfigMap", Namespace: namespace, Name: name}])
	if content == nil {
		return nil, false
	}
	return content.Data, true
}

// expand replaces $(NAME) as the kubelet does in commands, arguments and
// values; $$ stands for one dollar. Variables that are not seen stay as they
// are written, and make the result incomplete.
func (e *environment) expand(text string) (expanded string, complete bool) {
	if !strings.Contains(text, "$") {
		return text, true
	}
	var b strings.Builder
	complete = true
	for {
		before, rest, found := strings.Cut(text, "$")
		b.WriteString(before)
		if !found {
			return b.String(), complete
		}
		name, after, closed := strings.Cut(strings.TrimPrefix(rest, "("), ")")
		switch {
		case strings.HasPrefix(rest, "$"):
			b.WriteByte('$')
			text = rest[1:]
		case strings.HasPrefix(rest, "(") && closed && isName(name):
			if v, ok := e.get(name); ok && v.known {
				b.WriteString(v.value)
			} else {
				b.WriteString("$(" + name + ")")
				complete = false
			}
			text = after
		default:
			b.WriteByte('$')
			text = rest
		}
	}
}

// isName says whether a text can name a variable.
func isName(text string) bool {
	for i := range len(text) {
		c := text[i]
		if c != '_' && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return text != ""
}

// placeholder says whether a text waits for somebody to fill it in: $NAME,
// ${NAME}, $(NAME), <name>, {{ … }}, YOUR-MODEL.
func placeholder(text string) bool {
	for rest := text; ; {
		_, after, found := strings.Cut(rest, "$")
		if !found {
			break
		}
		if after != "" && (after[0] == '{' || after[0] == '(' || isName(after[:1])) {
			return true
		}
		rest = after
	}
	if open := strings.IndexByte(text, '<'); open >= 0 && strings.IndexByte(text[open:], '>') > 1 {
		return true
	}
	return strings.Contains(text, "{{") || strings.Contains(text, "YOUR-") || strings.Contains(text, "YOUR_")
}

// mountedFile finds the text of a file that a ConfigMap of the snapshot puts
// into the container.
func mountedFile(spec *corev1.PodSpec, c *corev1.Container, file, namespace string, s *store) (string, bool) {
	mount := longestMount(c, file)
	if mount == nil {
		return "", false
	}
	volume := volumeOf(spec, mount.Name)
	if volume == nil || volume.ConfigMap == nil {
		return "", false
	}
	data, ok := s.configMap(namespace, volume.ConfigMap.Name)
	if !ok {
		return "", false
	}
	inside := strings.TrimPrefix(strings.TrimPrefix(path.Clean(file), path.Clean(mount.MountPath)), "/")
	if mount.SubPath != "" {
		inside = path.Join(mount.SubPath, inside)
	}
	for _, item := range volume.ConfigMap.Items {
		if path.Clean(item.Path) == inside {
			inside = item.Key
			break
		}
	}
	text, ok := data[inside]
	return text, ok
}

func volumeOf(spec *corev1.PodSpec, name string) *corev1.Volume {
	for i := range spec.Volumes {
		if spec.Volumes[i].Name == name {
			return &spec.Volumes[i]
		}
	}
	return nil
}

// longestMount is the mount a path of the container lies in, nil when it is on
// the container's own layer.
func longestMount(c *corev1.Container, file string) *corev1.VolumeMount {
	var best *corev1.VolumeMount
	for i := range c.VolumeMounts {
		mount := &c.VolumeMounts[i]
		if within(file, mount.MountPath) && (best == nil || len(path.Clean(mount.MountPath)) > len(path.Clean(best.MountPath))) {
			best = mount
		}
	}
	return best
}

// within says whether a path is dir or below it.
func within(file, dir string) bool {
	file, dir = path.Clean(file), path.Clean(dir)
	return file == dir || dir == "/" || strings.HasPrefix(file, dir+"/")
}

// tgiMirrors: launcher/src/main.rs reads every flag from a variable of its name.
var tgiMirrors = mirrorsOf("MODEL_ID", "REVISION", "SHARDED", "NUM_SHARD", "QUANTIZE", "SPECULATE", "DTYPE", "KV_CACHE_DTYPE", "TRUST_REMOTE_CODE",
	"MAX_CONCURRENT_REQUESTS", "MAX_INPUT_TOKENS", "MAX_INPUT_LENGTH", "MAX_TOTAL_TOKENS", "MAX_BATCH_PREFILL_TOKENS", "MAX_BATCH_TOTAL_TOKENS",
	"MAX_WAITING_TOKENS", "MAX_BATCH_SIZE", "WAITING_SERVED_RATIO", "CUDA_GRAPHS", "CUDA_MEMORY_FRACTION", "HOSTNAME", "PORT", "PROMETHEUS_PORT",
	"HUGGINGFACE_HUB_CACHE", "WEIGHTS_CACHE_OVERRIDE", "API_KEY", "MAX_CLIENT_BATCH_SIZE", "LORA_ADAPTERS", "ENABLE_PREFILL_LOGPROBS")

// mirrorsOf names the flag after the variable: MODEL_ID, --model-id.
func mirrorsOf(names ...string) []mirror {
	all := make([]mirror, len(names))
	for i, name := range names {
		all[i] = mirror{env: name, flag: "--" + strings.ReplaceAll(strings.ToLower(name), "_", "-")}
	}
	return all
}

// llamaMirrors: tools/server/README.md, those that say something about the
// model, the load and the port.
var llamaMirrors = []mirror{
	{env: "LLAMA_ARG_MODEL", flag: "--model"},
	{env: "LLAMA_ARG_MODEL_URL", flag: "--model-url"},
	{env: "LLAMA_ARG_HF_REPO", flag: "--hf-repo"},
	{env: "LLAMA_ARG_HF_FILE", flag: "--hf-file"},
	{env: "LLAMA_ARG_N_PARALLEL", flag: "--parallel"},
	{env: "LLAMA_ARG_ENDPOINT_METRICS", flag: "--metrics"},
	{env: "LLAMA_ARG_HOST", flag: "--host"},
	{env: "LLAMA_ARG_PORT", flag: "--port"},
	{env: "LLAMA_ARG_API_PREFIX", flag: "--api-prefix"},
	{env: "LLAMA_ARG_CTX_SIZE", flag: "--ctx-size"},
	{env: "LLAMA_ARG_N_GPU_LAYERS", flag: "--n-gpu-layers"},
	{env: "LLAMA_ARG_TENSOR_SPLIT", flag: "--tensor-split"},
	{env: "LLAMA_ARG_ALIAS", flag: "--alias"},
	{env: "LLAMA_ARG_EMBEDDINGS", flag: "--embeddings"},
	{env: "LLAMA_ARG_RERANKING", flag: "--reranking"},
	{env: "LLAMA_ARG_MODELS_DIR", flag: "--models-dir"},
	{env: "LLAMA_API_KEY", flag: "--api-key"},
}
