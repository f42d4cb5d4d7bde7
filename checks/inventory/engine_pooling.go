package inventory

import "strings"

// poolingTasks are values of flags that make an engine compute one vector or
// score per request instead of generating text.
var poolingTasks = wordSet("embed embedding embeddings pooling pool classify classification score reward rerank ranking encode")

// poolingWords are words in the names of such models.
var poolingWords = wordSet("embed embedding embeddings embedqa reranker rerank rerankqa bge gte e5 minilm colbert")

// Pooling says whether the model answers in one pass: it embeds, ranks or
// classifies. Its requests take milliseconds, where generating takes minutes.
func (r *Recognition) Pooling() bool {
	for _, flag := range [...]string{"--task", "--runner", "--convert"} {
		if value, _ := r.Args.Get(flag); poolingTasks[value] {
			return true
		}
	}
	if r.Args.Has("--is-embedding", "--embedding", "--embeddings", "--reranking") {
		return true
	}
	for _, word := range strings.FieldsFunc(strings.ToLower(r.Model), func(c rune) bool { return strings.ContainsRune("/-_.:", c) }) {
		if poolingWords[word] {
			return true
		}
	}
	return false
}
