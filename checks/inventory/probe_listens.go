package inventory

import "strings"

// What an engine's server answers to, as far as its command line and its
// project's code tell.

// hostFlags choose the address that the server listens on.
var hostFlags = map[EngineID][]string{
	VLLM: {"--host"}, SGLang: {"--host"}, LlamaCpp: {"--host"}, TRTLLM: {"--host", "--hostname"}, TGI: {"--hostname"}, Triton: {"--http-address"},
}

// loopback are the engines that listen on the loopback address unless told
// otherwise: SGLang (server_args.py, host 127.0.0.1) and trtllm-serve
// (commands/serve.py, localhost). llama-server does, too, but images say
// otherwise in their environment.
var loopback = map[EngineID]string{SGLang: "127.0.0.1", TRTLLM: "localhost"}

// Loopback says whether the server can be reached from inside the container
// alone, and by which address.
func (r *Recognition) Loopback() (host string, yes bool) {
	host, written := r.Args.Get(hostFlags[r.Engine.ID]...)
	if !written {
		host, yes = loopback[r.Engine.ID]
		return host, yes && r.Args.Complete && r.plainServer()
	}
	return host, host == "localhost" || host == "::1" || strings.HasPrefix(host, "127.")
}

// plainServer rules out the ways to start an engine that serve something else
// than its own HTTP server.
func (r *Recognition) plainServer() bool {
	words := r.Args.Positional()
	disaggregated := r.Engine.ID == TRTLLM && len(words) > 0 && strings.HasPrefix(words[0], "disaggregated")
	return !disaggregated && !strings.Contains(r.By, "router") && !strings.Contains(r.By, "huggingfaceserver") &&
		!r.Args.Has("--headless", "--grpc", "--grpc-mode", "--uds")
}

// OpensPortEarly says whether the server listens, or may listen, before its model is
// loaded: llama-server answers 503 meanwhile (tools/server, README: /health), and of
// servers without an entry nobody knows.
func (r *Recognition) OpensPortEarly() bool {
	return r.Engine.ID == LlamaCpp || r.Engine.ID == OtherEngine
}

// tlsFlags make the server speak HTTPS alone.
var tlsFlags = map[EngineID][]string{
	VLLM: {"--ssl-keyfile", "--ssl-certfile"}, SGLang: {"--ssl-keyfile", "--ssl-certfile"}, LlamaCpp: {"--ssl-key-file", "--ssl-cert-file"},
}

// ServesTLS says whether the server speaks HTTPS, and by which flag; not known
// where flags may be set that are not seen.
func (r *Recognition) ServesTLS() (by string, yes, known bool) {
	flags := tlsFlags[r.Engine.ID]
	for _, flag := range flags {
		if value, written := r.Args.Get(flag); written {
			return flag, value != "", value != ""
		}
	}
	_, byVariable := r.env.get("LLAMA_ARG_SSL_KEY_FILE")
	return "", false, len(flags) > 0 && r.Args.Complete && !byVariable
}

// WantsKey says whether the server refuses a request for the path that sends no
// key, and by which setting; sure where the key itself is seen. vLLM guards all
// below /v1 (entrypoints/openai), SGLang all but /health…, /ready… and
// /metrics… (srt/utils/auth.py). llama-server and TGI leave /v1/models open.
func (r *Recognition) WantsKey(path string) (by string, yes, sure bool) {
	value, written := r.Args.Get("--api-key")
	by = "--api-key"
	switch r.Engine.ID {
	case VLLM:
		if v, ok := r.env.get("VLLM_API_KEY"); !written && ok {
			by, value, written = "VLLM_API_KEY", v.value, true
		}
		written = written && strings.HasPrefix(path, "/v1/")
	case SGLang:
		for _, open := range [...]string{"/health", "/ready", "/metrics"} {
			written = written && !strings.HasPrefix(path, open)
		}
	default:
		return "", false, false
	}
	return by, written, value != ""
}

// Health endpoints by the servers that have them.
const (
	tritonHealth = "Triton's"
	nimHealth    = "NIM's"
	rayHealth    = "Ray Serve's"
	kubeHealth   = "the API server's"
)

var healthOwners = map[string]string{
	"/v2/health/ready": tritonHealth, "/v2/health/live": tritonHealth,
	"/v1/health/ready": nimHealth, "/v1/health/live": nimHealth,
	"/-/healthz": rayHealth, "/-/routes": rayHealth,
	"/healthz": kubeHealth, "/livez": kubeHealth, "/readyz": kubeHealth,
	"/health_generate": "SGLang's",
	"/health":          "vLLM's, SGLang's and others'",
	"/v1/models":       "an OpenAI server's",
}

// foreignHealth are the endpoints that an engine's server answers with 404:
// those of others that its routes do not have (vllm/entrypoints, which was
// asked for livez and readyz in vllm#1244 and did without; TGI's
// router/src/server.rs, Triton's src/http_server.cc, trtllm-serve's
// openai_server.py, llama.cpp's tools/server/server.cpp).
var foreignHealth = map[EngineID]map[string]bool{
	VLLM:     wordSet("/v2/health/ready /v2/health/live /v1/health/ready /v1/health/live /-/healthz /-/routes /health_generate /healthz /livez /readyz"),
	SGLang:   wordSet("/v2/health/ready /v2/health/live /v1/health/ready /v1/health/live /-/healthz /-/routes"),
	TGI:      wordSet("/v1/health/ready /v1/health/live /-/healthz /-/routes /health_generate"),
	Triton:   wordSet("/health /v1/health/ready /v1/health/live /-/healthz /-/routes /health_generate /v1/models"),
	TRTLLM:   wordSet("/v2/health/ready /v2/health/live /v1/health/ready /v1/health/live /-/healthz /-/routes"),
	LlamaCpp: wordSet("/v2/health/ready /v2/health/live /v1/health/ready /v1/health/live /-/healthz /-/routes /health_generate"),
}

// Foreign says whether a path is another server's health endpoint, which this
// one does not have, and whose.
func (r *Recognition) Foreign(path string) (whose string, yes bool) {
	path = strings.TrimSuffix(path, "/")
	if !foreignHealth[r.Engine.ID][path] || !r.Args.Complete || !r.plainServer() || r.Args.Has("--middleware") {
		return "", false
	}
	for _, name := range [...]string{"--root-path", "--middleware", "--api-prefix"} {
		if _, written := r.Args.Get(name); written {
			return "", false
		}
	}
	for _, name := range [...]string{"AIP_HEALTH_ROUTE", "AIP_MODE"} {
		if _, set := r.env.get(name); set { // Vertex AI's routes
			return "", false
		}
	}
	return healthOwners[path], true
}
