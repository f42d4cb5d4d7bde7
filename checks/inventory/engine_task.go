package inventory

import (
	"path"
	"slices"
	"strings"
)

// Generates says whether the workload may generate text token by token. It is
// false for what is known to do something else: to embed, rerank or classify,
// to paint, to transcribe. Flags decide, then the model's name.
func (w *Workload) Generates() bool {
	if w.Recognition == nil {
		return true
	}
	if w.Args.Has("--is-embedding", "--embedding", "--embeddings", "--reranking", "--rerank") {
		return false
	}
	for _, flag := range []string{"--task", "--runner", "--convert"} {
		if task, ok := w.Args.Get(flag); ok && slices.Contains(otherTasks, strings.ReplaceAll(task, "-", "_")) {
			return false
		}
	}
	// An organisation may be called EmbeddedLLM.
	return !otherModel(strings.ToLower(path.Base(w.Model)))
}

// otherTasks are values of vLLM's --runner, --convert and older --task,
// and of --task of KServe's huggingfaceserver.
var otherTasks = []string{
	"embed", "embedding", "score", "classify", "reward", "pooling", "transcription",
	"sequence_classification", "token_classification", "fill_mask", "text_embedding",
}

// otherModel knows families of models by how they are called.
func otherModel(name string) bool {
	for _, part := range []string{"embed", "rerank", "diffusion", "whisper", "colbert", "minilm", "classifier"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	words := strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '_' || r == '.' })
	return slices.ContainsFunc(words, func(word string) bool {
		return slices.Contains([]string{"bge", "e5", "gte", "bert", "mpnet", "clip", "siglip", "sdxl", "flux"}, word)
	})
}
