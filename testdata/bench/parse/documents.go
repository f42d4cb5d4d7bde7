package parse

import (
	"bytes"
	"iter"
)

// documents yields the YAML documents of a file without decoding anything. A
// line that starts with three hyphens ends a document; inside a block scalar
// the same hyphens are indented.
func documents(data []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for len(data) > 0 {
			document := data
			if end := bytes.Index(data, []byte("\n---")); end >= 0 {
				document, data = data[:end+1], restOfLine(data[end+1:])
			} else {
				data = nil
			}
			if bytes.HasPrefix(document, []byte("---")) {
				document = restOfLine(document)
			}
			if len(document) > 0 && !yield(document) {
				return
			}
		}
	}
}

func restOfLine(data []byte) []byte {
	_, rest, _ := bytes.Cut(data, []byte("\n"))
	return rest
}

// kind finds a document's kind by its line: a key at the margin.
func kind(document []byte) string {
	key := []byte("kind:")
	at := 0
	if !bytes.HasPrefix(document, key) {
		at = bytes.Index(document, []byte("\nkind:")) + 1
		if at == 0 {
			return ""
		}
	}
	line, _, _ := bytes.Cut(document[at+len(key):], []byte("\n"))
	return string(bytes.Trim(line, " \t\r\"'"))
}

// relevant tells the kinds that a linter for autoscaled inference has to know.
func relevant(kind string) bool {
	switch kind {
	case "Deployment", "StatefulSet", "Service", "PodDisruptionBudget", "PersistentVolumeClaim",
		"HorizontalPodAutoscaler", "ScaledObject":
		return true
	}
	return false
}

// inference is relevant, less the pod templates whose bytes name neither an
// engine nor a GPU: nothing in those can be about inference.
func inference(kind string, document []byte) bool {
	if kind != "Deployment" && kind != "StatefulSet" {
		return relevant(kind)
	}
	for _, mark := range [...]string{"nvidia.com/gpu", "amd.com/gpu", "vllm", "sglang", "text-generation-inference"} {
		if bytes.Contains(document, []byte(mark)) {
			return true
		}
	}
	return false
}
