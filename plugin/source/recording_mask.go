package source

import (
	"regexp"
	"slices"
	"strings"
)

// What stands in a recording where something was left out. An unrecorded value
// is written like a placeholder, which checks take for unknown and not for
// empty.
const (
	unrecorded = "<not recorded>"
	masked     = "MASKED"
)

// mask leaves out of objects what no check reads and what may be secret.
type mask struct {
	tokens, flags, assignments, lines, pairs, bearers, userinfo *regexp.Regexp
	mentioned                                                   *regexp.Regexp
}

func newMask() *mask {
	const value = `("[^"]*"|'[^']*'|[^\s"'-][^\s"';&|]*)`
	return &mask{
		// The forms of Hugging Face, NVIDIA, OpenAI, GitHub, GitLab, Slack and
		// AWS, and JSON web tokens.
		tokens: regexp.MustCompile(`\b(hf_[A-Za-z0-9]{6,}|nvapi-[\w-]{6,}|sk-[\w-]{10,}|gh[pousr]_\w{10,}|github_pat_\w{10,}|` +
			`glpat-[\w-]{10,}|xox[abprs]-[\w-]{10,}|AKIA[0-9A-Z]{12,}|eyJ[\w-]{6,}\.[\w-]+\.[\w-]+)`),
		flags:       regexp.MustCompile(`(--?[A-Za-z][\w-]*)(=|\s+)` + value),
		assignments: regexp.MustCompile(`\b([A-Za-z_]\w*)(=)` + value),
		lines:       regexp.MustCompile(`(?m)^(\s*["']?[\w.-]+["']?)(\s*:\s+|\s+=\s*)(\S.*)$`),
		pairs:       regexp.MustCompile(`("[\w.-]+")(\s*:\s*)("(?:[^"\\]|\\.)*")`), // of JSON
		bearers:     regexp.MustCompile(`(?i)\b(bearer|basic)(\s+)([\w+/=._-]{6,})`),
		userinfo:    regexp.MustCompile(`(://[^/\s:@]*)(:)([^/\s@]+)@`),
		mentioned:   regexp.MustCompile(`\$[({]?(\w+)`),
	}
}

// object masks an object in place.
func (m *mask) object(fields map[string]any) {
	if fields["kind"] == "ConfigMap" {
		delete(fields, "binaryData")
		if data, ok := fields["data"].(map[string]any); ok {
			for key, text := range data {
				data[key] = m.setting(key, text)
			}
		}
	}
	m.walk(fields)
}

// walk goes through an object and treats the fields that it knows by name,
// wherever they are.
func (m *mask) walk(value any) {
	switch value := value.(type) {
	case []any:
		for _, inner := range value {
			m.walk(inner)
		}
	case map[string]any:
		m.environment(value)
		for key, inner := range value {
			switch key {
			case "annotations":
				keepAnnotations(inner)
			case "args", "command":
				m.words(inner)
			case "httpHeaders":
				m.headers(inner)
			case "metadata": // of a KEDA trigger, whose keys are the scaler's
				maskKeys(inner)
			}
			if text, ok := inner.(string); ok {
				value[key] = m.known(text)
				continue
			}
			m.walk(inner)
		}
	}
}

// known masks what is a secret by its form alone.
func (m *mask) known(text string) string {
	text = m.userinfo.ReplaceAllString(text, "${1}${2}"+masked+"@")
	text = m.bearers.ReplaceAllString(text, "${1}${2}"+masked)
	return m.tokens.ReplaceAllString(text, masked)
}

// text masks a command line, a script or a file: what a flag, a variable or a
// line calls secret, too.
func (m *mask) text(text string) string {
	for _, pattern := range []*regexp.Regexp{m.flags, m.assignments, m.lines} {
		text = pattern.ReplaceAllStringFunc(text, func(match string) string {
			parts := pattern.FindStringSubmatch(match)
			if !isSecret(parts[1]) || refersToVariable(parts[3]) {
				return match
			}
			return parts[1] + parts[2] + masked
		})
	}
	text = m.pairs.ReplaceAllStringFunc(text, func(match string) string {
		parts := m.pairs.FindStringSubmatch(match)
		if !isSecret(strings.Trim(parts[1], `"`)) || refersToVariable(parts[3]) {
			return match
		}
		return parts[1] + parts[2] + `"` + masked + `"`
	})
	return m.known(text)
}

// words masks a list of arguments, in which a flag's value may be the next.
func (m *mask) words(list any) {
	words, _ := list.([]any)
	for i, word := range words {
		text, ok := word.(string)
		if !ok {
			continue
		}
		words[i] = m.text(text)
		if i == 0 {
			continue
		}
		flag, _ := words[i-1].(string)
		if strings.HasPrefix(flag, "-") && !strings.ContainsAny(flag, "= \n") && isSecret(flag) && !strings.HasPrefix(text, "-") && !refersToVariable(text) {
			words[i] = masked
		}
	}
}

// environment leaves out the values of a container's variables but for those
// that configure an engine, and those that its own command line takes up.
func (m *mask) environment(container map[string]any) {
	env, _ := container["env"].([]any)
	if len(env) == 0 {
		return
	}
	mentioned := map[string]bool{}
	for _, field := range []string{"command", "args"} {
		words, _ := container[field].([]any)
		for _, word := range words {
			text, _ := word.(string)
			for _, match := range m.mentioned.FindAllStringSubmatch(text, -1) {
				mentioned[match[1]] = true
			}
		}
	}
	for _, entry := range env {
		entry, _ := entry.(map[string]any)
		name, _ := entry["name"].(string)
		value, ok := entry["value"].(string)
		switch {
		case !ok || value == "":
		case isSecret(name) && !isLimit(name, value), !mentioned[name] && !configuresEngine(name):
			entry["value"] = unrecorded
		default:
			entry["value"] = m.text(value)
		}
	}
}

func (m *mask) headers(list any) {
	headers, _ := list.([]any)
	for _, header := range headers {
		header, _ := header.(map[string]any)
		name, _ := header["name"].(string)
		if value, ok := header["value"]; ok {
			header["value"] = m.setting(name, value)
		}
	}
}

// maskKeys masks the values behind keys that call them secret, and those that are
// sent along with a request under names of their own. Other values stay as they
// are: one may be a query, where nothing looks like a flag.
func maskKeys(value any) {
	settings, _ := value.(map[string]any)
	for key, value := range settings {
		sent := key == "customHeaders" || key == "queryParameters"
		if text, ok := value.(string); ok && (sent || holdsSecret(key, text)) {
			settings[key] = masked
		}
	}
}

// setting masks the value behind a key, which may be a whole file.
func (m *mask) setting(key string, value any) any {
	text, ok := value.(string)
	switch {
	case !ok:
		return value
	case holdsSecret(key, text):
		return masked
	}
	return m.text(text)
}

// holdsSecret says whether a key calls a value secret that is not itself the
// name of where to find it.
func holdsSecret(key, text string) bool {
	secret := isSecret(key) || strings.EqualFold(key, "authorization")
	return secret && !strings.HasSuffix(key, "FromEnv") && !refersToVariable(text)
}

// isSecret says whether a name calls its value a secret: --api-key, HF_TOKEN,
// awsSecretAccessKey, but not --max-num-batched-tokens or --tokenizer.
func isSecret(name string) bool {
	if name == strings.ToUpper(name) { // an environment variable: to be on the safe side, any part of the name
		for _, word := range []string{"TOKEN", "KEY", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL"} {
			if strings.Contains(name, word) {
				return true
			}
		}
		return false
	}
	for _, word := range nameWords(name) {
		switch word {
		case "token", "key", "apikey", "secret", "password", "passwd", "credential", "credentials":
			return true
		}
	}
	return false
}

// nameWords takes --api-key, api_key and apiKey apart.
func nameWords(name string) []string {
	var b strings.Builder
	for _, r := range name {
		if r >= 'A' && r <= 'Z' {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return strings.FieldsFunc(strings.ToLower(b.String()), func(r rune) bool { return r < 'a' || r > 'z' })
}

// isLimit says whether a variable is a number of tokens, such as
// MAX_TOTAL_TOKENS, and no token.
func isLimit(name, value string) bool {
	const longest = 9 // digits; no secret is that short and only digits
	return strings.HasSuffix(name, "_TOKENS") && len(value) <= longest && strings.Trim(value, "0123456789") == ""
}

func refersToVariable(value string) bool { return strings.HasPrefix(strings.Trim(value, `"'`), "$") }

// configuresEngine says whether a variable is one of those that engines, their
// caches and their libraries are configured with.
func configuresEngine(name string) bool {
	for _, prefix := range []string{
		"VLLM_", "NIM_", "LLAMA_ARG_", "SGLANG_", "SGL_", "TRTLLM_", "TLLM_", "DYN_", "RAY_", "HF_", "HUGGINGFACE_", "TRANSFORMERS_", "TORCH",
		"CUDA_", "NCCL_", "NVIDIA_", "MAX_", "PYTORCH_",
	} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return slices.Contains([]string{
		"MODEL", "MODEL_ID", "MODEL_NAME", "MODEL_PATH", "SERVED_MODEL_NAME", "LLAMA_CACHE", "HOME", "XDG_CACHE_HOME", "TRITON_CACHE_DIR",
		"PORT", "HOSTNAME", "PROMETHEUS_PORT", "REVISION", "SHARDED", "NUM_SHARD", "QUANTIZE", "SPECULATE", "DTYPE", "KV_CACHE_DTYPE",
		"TRUST_REMOTE_CODE", "WAITING_SERVED_RATIO", "WEIGHTS_CACHE_OVERRIDE", "LORA_ADAPTERS", "ENABLE_PREFILL_LOGPROBS",
		"TENSOR_PARALLEL_SIZE", "PIPELINE_PARALLEL_SIZE", "GPU_MEMORY_UTILIZATION",
	}, name)
}

// keepAnnotations drops the annotations that no check knows, first of all the
// copy of the whole object that kubectl apply leaves in one.
func keepAnnotations(value any) {
	annotations, _ := value.(map[string]any)
	for key := range annotations {
		if !isKnownAnnotation(key) {
			delete(annotations, key)
		}
	}
}

func isKnownAnnotation(key string) bool {
	switch domain, _, _ := strings.Cut(key, "/"); domain {
	case "infscale.dev", "autoscaling.keda.sh", "scaledobject.keda.sh", "karpenter.sh", "cluster-autoscaler.kubernetes.io",
		"argocd.argoproj.io", "serving.kserve.io", "prometheus.io", "leaderworkerset.sigs.k8s.io", "ray.io",
		"controller.kubernetes.io", "volume.kubernetes.io", "pv.kubernetes.io", "storageclass.kubernetes.io",
		"kustomize.toolkit.fluxcd.io", "helm.toolkit.fluxcd.io", "meta.helm.sh", "gke-gcsfuse":
		return true
	}
	return key == "deployment.kubernetes.io/revision"
}
