package inventory

import (
	"bytes"
	"strings"
	"sync"
)

// inferenceWords are in every image, command and kind that recognise accepts:
// each pattern of the engine table holds one of them.
var inferenceWords = [...]string{
	"vllm", "llm-d/", "huggingfaceserver", "sglang", "sgl-dev", "text-generation", "tgi-gaudi", "hf-tgi", "triton", "tensorrt", "trtllm",
	"nim/", "llama", "ray-llm", "dynamo", "torchserve", "tensorflow", "text-embeddings", "lmdeploy", "model_server", "djl-",
}

// inferenceKinds are names of kinds that serve models, on the object itself or
// in its owner references, and the prefix of KServe's labels.
var inferenceKinds = [...]string{"InferenceService", "NIMService", "RayService", "serving.kserve.io/", "resourceClaim"}

// MayBeInference says whether a manifest's bytes name an engine's image or
// command, a kind that serves models, or an accelerator. Without any of them
// the document holds no inference workload, and decoding it finds none: false
// is certain, true is only a reason to look. It is about workloads alone.
// Autoscalers, budgets and Services belong to one without naming any of this.
func MayBeInference(document []byte) bool {
	return holdsAny(inferenceScanner(), document) || hidesCharacters(document)
}

// namesInference is the same question about a text that was decoded.
func namesInference(text string) bool {
	return len(text) >= scanWindow && holdsAny(inferenceScanner(), text)
}

// hidesCharacters says whether a document may spell a word in a way that a
// search for its bytes misses: escapes for characters, or a line that is
// continued in the middle of a word.
func hidesCharacters(document []byte) bool {
	for rest := document; ; {
		i := bytes.IndexByte(rest, '\\')
		if i < 0 || i+1 == len(rest) {
			return false
		}
		switch rest[i+1] {
		case 'x', 'u', 'U':
			return true
		case '\n', '\r':
			if i > 0 && rest[i-1] != ' ' && rest[i-1] != '\t' {
				return true
			}
		}
		rest = rest[i+2:]
	}
}

// scanWindow is how much of each word the scanner steps by: the length of the
// shortest.
const scanWindow = 4

// scanner searches for many words at once, and skips most of the text: it
// looks at two characters at a time and knows how far ahead a word that
// contains them could end (Wu and Manber's search). Of each word it steps by
// one window of four characters, the one that other text has least.
type scanner struct {
	skip  [scanPairs]uint8
	words [scanPairs][]scanWord // by their window's last two characters
}

type scanWord struct {
	text   string
	window int // where the window begins
}

const scanPairs = 1 << 12

// inferenceScanner is built when it is first asked for, and never changes.
var inferenceScanner = sync.OnceValue(func() *scanner {
	all := append(append([]string{}, inferenceWords[:]...), inferenceKinds[:]...)
	return newScanner(append(all, acceleratorPrefixes[:]...))
})

func pair(a, b byte) uint16 { return (uint16(a)<<5 ^ uint16(b)) & (scanPairs - 1) }

func newScanner(words []string) *scanner {
	s := &scanner{}
	for i := range s.skip {
		s.skip[i] = scanWindow - 1
	}
	for _, text := range words {
		w := scanWord{text, rarest(text)}
		for i := range scanWindow - 1 {
			p := pair(text[w.window+i], text[w.window+i+1])
			s.skip[p] = min(s.skip[p], uint8(scanWindow-2-i))
			if i == scanWindow-2 {
				s.words[p] = append(s.words[p], w)
			}
		}
	}
	return s
}

// commonLetters are the characters of manifests, the most frequent first.
const commonLetters = " eatnoirsclpmdu-:h/gfbyvw."

// rarest returns where the window of a word begins whose last two characters
// are the least common.
func rarest(text string) int {
	best, bestRank := 0, -1
	for at := 0; at+scanWindow <= len(text); at++ {
		rank := 1
		for _, c := range []byte(text[at+scanWindow-2 : at+scanWindow]) {
			if i := strings.IndexByte(commonLetters, c); i >= 0 {
				rank *= i + 1
			} else {
				rank *= 2 * len(commonLetters)
			}
		}
		if rank > bestRank {
			best, bestRank = at, rank
		}
	}
	return best
}

// holdsAny says whether the text holds one of the scanner's words.
func holdsAny[T string | []byte](s *scanner, text T) bool {
	for i := scanWindow - 1; i < len(text); {
		p := pair(text[i-1], text[i])
		if skip := s.skip[p]; skip > 0 {
			i += int(skip)
			continue
		}
		for _, w := range s.words[p] {
			from := i - scanWindow + 1 - w.window
			if from >= 0 && len(text)-from >= len(w.text) && string(text[from:from+len(w.text)]) == w.text {
				return true
			}
		}
		i++
	}
	return false
}
