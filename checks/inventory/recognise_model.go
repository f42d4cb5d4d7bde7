package inventory

import (
	"strconv"
	"strings"
)

// findModel returns the model as the engine gets it, and where it is written.
// A placeholder, or a value that cannot be seen, is no model.
func findModel(r *Recognition) (string, Path) {
	if r.Engine.ModelFirst {
		if first := r.Args.Positional(); len(first) > 0 && r.Args.ours(first[0]) {
			return clean(first[0]), nil
		}
	}
	for _, name := range r.Engine.ModelFlags {
		if value, ok := r.Args.Get(name); ok && value != "" {
			at, _ := r.Args.Where(name)
			return clean(value), at
		}
	}
	if r.Engine.ID == NIM {
		return nimModel(r.image), Path{"image"}
	}
	return "", nil
}

// ours guards against the rest of a subcommand that was taken for a model.
func (Args) ours(text string) bool { return text != "" && !strings.ContainsAny(text, " \n") }

func clean(model string) string {
	if placeholder(model) {
		return ""
	}
	return model
}

// nimModel is the organisation and model in a NIM's repository. The images that
// serve any model have none.
func nimModel(m imageMatch) string {
	if m.engine == nil || m.engine.ID != NIM {
		return ""
	}
	parts := m.image.path[len(m.image.path)-2:]
	switch parts[1] {
	case "llm-nim", "model-free-nim", "vllm-nim", "multi-llm-nim", "vlm-nim":
		return ""
	}
	return strings.Join(parts, "/")
}

// ModelIsHubID says whether a model names a repository of a hub, from which an
// engine downloads it: "org/name", "hf://org/name", a llama.cpp
// "org/name:quant". Paths and other stores' URIs do not.
func ModelIsHubID(model string) bool {
	model, scheme := strings.CutPrefix(model, "hf://")
	if !scheme && (strings.Contains(model, "://") || strings.HasPrefix(model, "/") || strings.HasPrefix(model, ".") || strings.HasPrefix(model, "~")) {
		return false
	}
	org, name, found := strings.Cut(model, "/")
	if !found || org == "" || name == "" || placeholder(model) || strings.ContainsAny(model, " \\@") {
		return false
	}
	return scheme || !strings.Contains(name, "/") && !strings.HasSuffix(name, ".gguf")
}

// mixtureShare is how much of N×size a mixture of N experts really weighs: the
// experts share their attention layers. 8x7B has 46.7 of 56 billion.
const mixtureShare = 5.0 / 6

// ModelBillions reads the number of parameters, in billions, out of a model's
// name: "Llama-3.1-70B", "Mixtral-8x7B", "Qwen3-0.6B", "opt-125m". It is not
// ok where the name gives only a part of them, as those do that count active
// parameters beside a number of experts (17B-16E, E2B).
func ModelBillions(model string) (billions float64, ok bool) {
	words := strings.FieldsFunc(strings.ToLower(model), func(r rune) bool { return strings.ContainsRune("/-_: ", r) })
	for _, w := range words {
		if experts, found := strings.CutSuffix(w, "e"); found && allDigits(experts) {
			return 0, false
		}
		if size, found := sizeWord(w); found && size > billions {
			billions, ok = size, true
		}
	}
	return billions, ok
}

// sizeWord reads one word of a name; active parameters (a3b) are not a size.
func sizeWord(w string) (float64, bool) {
	number, scale := strings.TrimSuffix(w, "b"), 1.0
	if number == w {
		if number, scale = strings.TrimSuffix(w, "m"), 1e-3; number == w {
			return 0, false
		}
	}
	if experts, each, mixture := strings.Cut(number, "x"); mixture && allDigits(experts) {
		count, _ := strconv.ParseFloat(experts, 64)
		number, scale = each, scale*count*mixtureShare
	}
	if number == "" || strings.Trim(number, "0123456789.") != "" {
		return 0, false
	}
	size, err := strconv.ParseFloat(number, 64)
	return size * scale, err == nil && size > 0
}

// Bytes that one parameter takes, with the scales that quantised weights carry
// beside them.
const (
	bytesHalf   = 2.0  // bf16 and fp16, which nearly all models are published in
	bytesEight  = 1.05 // fp8, int8
	bytesFour   = 0.57 // awq, gptq, nvfp4, mxfp4, Q4: four bits, a scale per group, and embeddings that stay wide
	bytesSingle = 4.0
)

// quantisations are words of a name or values of --quantization and --dtype,
// most telling first.
var quantisations = [...]struct {
	word  string
	bytes float64
}{
	{"w4a", bytesFour},
	{"awq", bytesFour},
	{"gptq", bytesFour},
	{"marlin", bytesFour},
	{"int4", bytesFour},
	{"4bit", bytesFour},
	{"4-bit", bytesFour},
	{"nvfp4", bytesFour},
	{"mxfp4", bytesFour},
	{"fp4", bytesFour},
	{"nf4", bytesFour},
	{"bnb", bytesFour},
	{"q4_", bytesFour},
	{"q4k", bytesFour},
	{"gpt-oss", bytesFour},
	{"w8a", bytesEight},
	{"fp8", bytesEight},
	{"int8", bytesEight},
	{"8bit", bytesEight},
	{"8-bit", bytesEight},
	{"q8_", bytesEight},
	{"gguf", bytesFour}, // llama.cpp takes Q4_K_M of a repository where nothing else is asked for
	{"float32", bytesSingle},
	{"fp32", bytesSingle},
}

// WeightsGiB estimates how much an engine loads, from the model's name and the
// value of its quantisation flag, which may be empty. It says nothing of the
// KV cache. Estimates are for load times: right within a fifth or so.
func WeightsGiB(model, quantisation string) (gib float64, ok bool) {
	billions, ok := ModelBillions(model)
	if !ok {
		return 0, false
	}
	text, bytes := strings.ToLower(model+" "+quantisation), bytesHalf
	for _, q := range quantisations {
		if strings.Contains(text, q.word) {
			bytes = q.bytes
			break
		}
	}
	const giga, gibi = 1e9, 1 << 30
	return billions * giga * bytes / gibi, true
}
