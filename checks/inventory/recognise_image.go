package inventory

import (
	"path"
	"strings"
)

// imagePattern is one family of images in the engine table.
type imagePattern struct {
	// path is what the last components of the repository look like, * for any
	// text within one, so that a mirror of any registry fits.
	path string
	// tag is what the tag must begin with.
	tag string
	// versioned: the tag is the engine's own version.
	versioned bool
	// official: built by the engine's project as documented, which says where
	// its home directory is.
	official bool
	// server: the entrypoint starts the server, and arguments are its flags.
	server bool
	// verb is the first argument without which the image runs something else.
	verb string
	// accelerated: the name alone does not decide, the container must ask for
	// an accelerator as well. That is for own builds, and for images that hold
	// helpers beside the engine.
	accelerated bool
}

// vllmImages: docker hub vllm/* and rocm/*, public.ecr.aws/q9t5s3a7 for CPU
// builds, Google's and KServe's builds. LMCache's tags are LMCache's versions,
// llm-d's are llm-d's (docker/Dockerfile.cuda), and forks have their own.
var vllmImages = []imagePattern{
	{path: "lmcache/vllm-openai*", official: true, server: true},
	{path: "vllm-openai-nonroot*", versioned: true, server: true},
	{path: "vllm-openai*", versioned: true, official: true, server: true},
	{path: "vllm-tpu", versioned: true},
	{path: "vllm-cpu*", versioned: true, server: true},
	{path: "vllm", versioned: true},
	{path: "vllm-dev"},
	{path: "vllm-omni*"},
	{path: "*pytorch-vllm-serve*"},
	{path: "llm-d/llm-d", server: true},
	{path: "llm-d/llm-d-cuda*", server: true},
	{path: "llm-d/llm-d-rocm*", server: true},
	{path: "llm-d/llm-d-xpu*", server: true},
	{path: "llm-d/llm-d-hpu*", server: true},
	{path: "llm-d/llm-d-cpu*", server: true},
	{path: "llm-d/llm-d-tpu*", server: true},
	{path: "llm-d/llm-d-aws*", server: true},
	{path: "llm-d/llm-d-gke*", server: true},
	{path: "llm-d/llm-d-gb200*", server: true},
	{path: "llm-d/llm-d-dev*", server: true},
	{path: "llm-d/*", accelerated: true},
	{path: "kserve/huggingfaceserver*", server: true},
	{path: "huggingfaceserver*", server: true},
	{path: "*vllm*", accelerated: true},
}

// llamaImages: .devops/*.Dockerfile. The full image runs a server only when
// told to, the light one never.
var llamaImages = []imagePattern{
	{path: "llama.cpp", tag: "server", versioned: true, official: true, server: true},
	{path: "llama.cpp", tag: "full", versioned: true, official: true, server: true, verb: "--server"},
	{path: "llama-server*", accelerated: true, server: true},
	{path: "llama-cpp-server*", accelerated: true, server: true},
}

// notEngineWords are words of an image's name that make it something beside an
// engine, whatever else the name says: "vllm-router", "llm-d-inference-sim".
var notEngineWords = map[string]bool{
	"router": true, "routing": true, "gateway": true, "proxy": true, "sidecar": true, "epp": true, "picker": true, "scheduler": true,
	"sim": true, "simulator": true, "simulation": true, "mock": true, "mocker": true, "fake": true, "stub": true, "dummy": true, "emulator": true,
	"bench": true, "benchmark": true, "benchmarks": true, "genai": true, "perf": true, "aiperf": true, "loadgen": true, "loadtest": true, "eval": true,
	"exporter": true, "monitor": true, "dashboard": true, "ui": true, "webui": true, "client": true, "tokenizer": true,
	"operator": true, "controller": true, "webhook": true, "autoscaler": true, "planner": true, "manager": true, "launcher": true,
	"downloader": true, "syncer": true, "loader": true, "litellm": true,
}

// image is a container image's reference, taken apart.
type image struct {
	path []string // the repository's components, without the registry's host
	tag  string   // empty when left out or when only a digest is given
}

// parseImage takes a reference apart; ok is false for one that is empty or
// holds a placeholder in its repository.
func parseImage(reference string) (image, bool) {
	repository, _, _ := strings.Cut(reference, "@")
	var tag string
	if before, after, found := cutLast(repository, ":"); found && !strings.Contains(after, "/") {
		repository, tag = before, after
	}
	if repository == "" || placeholder(repository) {
		return image{}, false
	}
	parts := strings.Split(repository, "/")
	if len(parts) > 1 && (strings.ContainsAny(parts[0], ".:") || parts[0] == "localhost") {
		parts = parts[1:]
	}
	return image{parts, tag}, true
}

// name is the repository without its registry, for messages.
func (i image) name() string { return strings.Join(i.path, "/") }

// last is the repository's last component.
func (i image) last() string { return i.path[len(i.path)-1] }

// imageMatch is an image that the engine table knows.
type imageMatch struct {
	engine  *Engine
	pattern imagePattern
	image   image
}

// matchImage finds the engine whose image it is; patterns that begin with *
// come last, because they would swallow the others. accelerated says whether
// the container asks for an accelerator.
func matchImage(reference string, accelerated bool) (imageMatch, bool) {
	img, ok := parseImage(reference)
	if !ok {
		return imageMatch{}, false
	}
	for _, loose := range []bool{false, true} {
		for i := range engineTable {
			for _, pattern := range engineTable[i].images {
				if (pattern.path[0] == '*') != loose || pattern.accelerated && !accelerated || !img.fits(pattern) {
					continue
				}
				// The words of a NIM's name are its model's.
				if engineTable[i].ID != NIM && img.noEngine() {
					return imageMatch{}, false
				}
				return imageMatch{&engineTable[i], pattern, img}, true
			}
		}
	}
	return imageMatch{}, false
}

func (i image) fits(p imagePattern) bool {
	if !strings.HasPrefix(i.tag, p.tag) {
		return false
	}
	want := strings.Split(p.path, "/")
	if len(want) > len(i.path) {
		return false
	}
	have := i.path[len(i.path)-len(want):]
	for k := range want {
		if ok, _ := path.Match(want[k], have[k]); !ok {
			return false
		}
	}
	return true
}

// noEngine says whether the name's words, or a tag of client tools, make the
// image something else.
func (i image) noEngine() bool {
	if strings.HasSuffix(i.tag, "-sdk") || strings.Contains(i.last(), "router") {
		return true
	}
	return hasWord(i.last(), notEngineWords)
}

func hasWord(name string, words map[string]bool) bool {
	for _, word := range strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '_' || r == '.' }) {
		if words[word] {
			return true
		}
	}
	return false
}

// version is the engine's own version that the image's tag tells, if it tells
// one honestly. NVIDIA numbers its builds of other people's engines by year and
// month, and images named "vllm" carry all sorts of versions: vLLM's own have
// all begun with 0.
func (m imageMatch) version() Version {
	if !m.pattern.versioned {
		return Version{}
	}
	switch m.engine.ID {
	case LlamaCpp:
		return buildVersion(m.image.tag)
	case VLLM:
		if v := namedVersion(m.image.tag, "vllm"); v.Known {
			return v
		}
		v := ParseVersion(m.image.tag)
		if v.Major >= firstYear || m.pattern.path == "vllm" && v.Major > 0 {
			return Version{}
		}
		return v
	case Triton:
		return ParseVersion(m.image.tag)
	}
	if v := ParseVersion(m.image.tag); v.Major < firstYear {
		return v
	}
	return Version{}
}
