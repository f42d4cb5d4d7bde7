package inventory

// The engines, one row each. The sources name the file of the project's
// repository, or the page of its documentation, that says so.

// huggingFaceCache is the order in which huggingface_hub looks for its cache
// (huggingface_hub constants.py: HF_HUB_CACHE, then HF_HOME/hub, then
// XDG_CACHE_HOME, then HOME).
var huggingFaceCache = []CacheVariable{
	{"HF_HUB_CACHE", ""},
	{"HUGGINGFACE_HUB_CACHE", ""},
	{"HF_HOME", "/hub"},
	{"XDG_CACHE_HOME", "/huggingface/hub"},
	{"HOME", "/.cache/huggingface/hub"},
}

const huggingFaceHome = "/root/.cache/huggingface/hub" // official images run as root

var engineTable = [...]Engine{
	// docker/Dockerfile (ENTRYPOINT vllm serve, once python3 -m
	// vllm.entrypoints.openai.api_server), vllm/utils/argparse_utils.py
	// (underscores, --config), vllm/envs.py (no variable stands for a flag),
	// PR 36666 (--shutdown-timeout).
	{
		ID: VLLM, Name: "vLLM", dashes: true,
		Port: 8000, PortFlags: []string{"--port"}, MetricsPath: "/metrics", MetricsOff: "--disable-log-stats",
		ReadyPath: "/health", LivePath: "/health",
		SlotFlags:   []string{"--max-num-seqs"},
		TensorFlags: []string{"--tensor-parallel-size", "-tp"}, PipelineFlags: []string{"--pipeline-parallel-size", "-pp"},
		Drain:    Drain{OnTerm: TermAborts, Flag: "--shutdown-timeout", Since: Release(0, 18, 0)},
		CacheDir: huggingFaceHome, CacheFlags: []string{"--download-dir"}, CacheEnv: huggingFaceCache,
		ModelFlags: []string{"--model", "--model-id", "--model-tag"}, ModelFirst: true,
		images: vllmImages,
		commands: []commandPattern{
			{program: "vllm", sub: "serve"},
			{module: "vllm.entrypoints.openai.api_server"},
			{module: "vllm.entrypoints.api_server"},
			{module: "*vllm.*entrypoints.openai.api_server"}, // ipex_llm.vllm.xpu.entrypoints.…
			{module: "vllm.entrypoints.cli.main", sub: "serve"},
			{module: "huggingfaceserver"}, // KServe's server runs vLLM inside
		},
		mirrors: []mirror{{env: "VLLM_ADDITIONAL_ARGS", hidden: true}, {env: "VLLM_ARGS", hidden: true}, {env: "VLLM_EXTRA_ARGS", hidden: true}},
	},
	// docker/Dockerfile (no entrypoint of its own), docs production_metrics,
	// python/sglang/srt/server_args.py, http_server.py (waits for requests).
	{
		ID: SGLang, Name: "SGLang", dashes: true,
		Port: 30000, PortFlags: []string{"--port"}, MetricsPath: "/metrics", MetricsOn: "--enable-metrics",
		ReadyPath: "/health", LivePath: "/health",
		SlotFlags:   []string{"--max-running-requests"},
		TensorFlags: []string{"--tp-size", "--tp", "--tensor-parallel-size"}, PipelineFlags: []string{"--pp-size", "--pp", "--pipeline-parallel-size"},
		Drain:    Drain{OnTerm: TermWaits},
		CacheDir: huggingFaceHome, CacheFlags: []string{"--download-dir"}, CacheEnv: huggingFaceCache,
		ModelFlags: []string{"--model-path", "--model"},
		images: []imagePattern{
			{path: "sglang", versioned: true, official: true},
			{path: "sglang-rocm", versioned: true},
			{path: "sgl-dev"},
			{path: "*sglang*", accelerated: true},
		},
		commands: []commandPattern{{module: "sglang.launch_server"}, {program: "sglang", sub: "serve"}, {module: "sglang_router.launch_server"}},
	},
	// launcher/src/main.rs (every flag has a variable of its name; SIGTERM gives
	// the web server 90 s), Dockerfile (PORT=80, HF_HOME=/data).
	{
		ID: TGI, Name: "Text Generation Inference", dashes: true,
		Port: 80, PortFlags: []string{"--port", "-p"}, MetricsPath: "/metrics",
		ReadyPath: "/health", LivePath: "/health",
		SlotFlags:   []string{"--max-batch-size"},
		TensorFlags: []string{"--num-shard"},
		Drain:       Drain{OnTerm: TermWaits, Default: 90},
		CacheDir:    "/data", CacheFlags: []string{"--huggingface-hub-cache"}, CacheEnv: huggingFaceCache,
		ModelFlags: []string{"--model-id"},
		images: []imagePattern{
			{path: "text-generation-inference", versioned: true, official: true, server: true},
			{path: "tgi-gaudi", server: true},
			{path: "*huggingface-text-generation-inference*", server: true}, // Google's
			{path: "*pytorch-hf-tgi-serve*", server: true},                  // Google's
		},
		commands: []commandPattern{{program: "text-generation-launcher"}},
		mirrors:  tgiMirrors,
	},
	// docs/user_guide/metrics.md, src/command_line_parser.cc (exit-timeout-secs
	// 30), tensorrtllm_backend scripts/launch_triton_server.py.
	{
		ID: Triton, Name: "Triton", dashes: false,
		Port: 8000, PortFlags: []string{"--http-port"}, MetricsPort: 8002, MetricsPortFlags: []string{"--metrics-port"},
		MetricsPath: "/metrics", MetricsOff: "--allow-metrics=false",
		ReadyPath: "/v2/health/ready", LivePath: "/v2/health/live",
		Drain:      Drain{OnTerm: TermWaits, Flag: "--exit-timeout-secs", Default: 30},
		CacheFlags: []string{"--model-repository", "--model-store", "--model_repo"},
		ModelFlags: []string{"--model-repository", "--model-store", "--model_repo"},
		images:     []imagePattern{{path: "tritonserver", versioned: true, official: true}, {path: "*tritonserver*", accelerated: true}},
		commands:   []commandPattern{{program: "tritonserver"}, {file: "launch_triton_server.py"}},
	},
	// tensorrt_llm/commands/serve.py (port 8000, host localhost; the drain is not
	// documented), examples/prometheus_metrics (path).
	{
		ID: TRTLLM, Name: "trtllm-serve", dashes: true,
		Port: 8000, PortFlags: []string{"--port"}, MetricsPath: "/prometheus/metrics",
		ReadyPath: "/health", LivePath: "/health",
		SlotFlags:   []string{"--max-batch-size"},
		TensorFlags: []string{"--tp-size", "--tensor-parallel-size"}, PipelineFlags: []string{"--pp-size", "--pipeline-parallel-size"},
		CacheDir: huggingFaceHome, CacheEnv: huggingFaceCache,
		ModelFlags: []string{"--model"}, ModelFirst: true,
		images:   []imagePattern{{path: "tensorrt-llm/release", versioned: true, official: true}, {path: "*trtllm*", accelerated: true}},
		commands: []commandPattern{{program: "trtllm-serve"}, {module: "tensorrt_llm.commands.serve"}},
	},
	// docs.nvidia.com/nim/large-language-models: configuration (1.x) and
	// reference/environment-variables (2.x and 3.x), observability.
	{
		ID: NIM, Name: "NIM", dashes: true,
		Port: 8000, PortFlags: []string{"--port"}, MetricsPath: "/v1/metrics",
		ReadyPath: "/v1/health/ready", LivePath: "/v1/health/live",
		SlotFlags:   []string{"--max-num-seqs"},
		TensorFlags: []string{"--tensor-parallel-size"}, PipelineFlags: []string{"--pipeline-parallel-size"},
		CacheDir: "/opt/nim/.cache", CacheEnv: []CacheVariable{{"NIM_CACHE_PATH", ""}},
		ModelFlags: []string{"--model"},
		images:     []imagePattern{{path: "nim/*/*", versioned: true, official: true, server: true}},
		commands:   []commandPattern{{file: "/opt/nim/start-server.sh"}, {file: "/opt/nim/start_server.sh"}},
		mirrors: []mirror{
			{env: "NIM_PASSTHROUGH_ARGS"},
			{env: "NIM_MODEL_NAME", flag: "--model"},
			{env: "NIM_MODEL_PATH", flag: "--model"},
			{env: "NIM_SERVER_PORT", flag: "--port"},
			{env: "NIM_HTTP_API_PORT", flag: "--port"},
			{env: "NIM_TENSOR_PARALLEL_SIZE", flag: "--tensor-parallel-size"},
			{env: "NIM_PIPELINE_PARALLEL_SIZE", flag: "--pipeline-parallel-size"},
			{env: "NIM_MAX_MODEL_LEN", flag: "--max-model-len"},
			{env: "NIM_MAX_NUM_SEQS", flag: "--max-num-seqs"},
			{env: "NIM_SERVED_MODEL_NAME", flag: "--served-model-name"},
		},
	},
	// tools/server/README.md (flags and their variables), .devops/cuda.Dockerfile
	// (entrypoints, LLAMA_ARG_HOST), common/hf-cache.cpp (cache; older builds
	// used ~/.cache/llama.cpp).
	{
		ID: LlamaCpp, Name: "llama.cpp", dashes: false,
		Port: 8080, PortFlags: []string{"--port"}, MetricsPath: "/metrics", MetricsOn: "--metrics",
		ReadyPath: "/health", LivePath: "/health",
		SlotFlags:  []string{"--parallel", "-np"},
		CacheEnv:   append([]CacheVariable{{"LLAMA_CACHE", ""}}, huggingFaceCache[:3]...),
		ModelFlags: []string{"--hf-repo", "-hf", "-hfr", "--model-url", "-mu", "--model", "-m"},
		images:     llamaImages,
		commands:   []commandPattern{{program: "llama-server"}},
		mirrors:    llamaMirrors,
	},
	// docs.ray.io serve (graceful_shutdown_timeout_s 20, proxy on 8000, node
	// metrics on 8080); serve/llm for build_openai_app.
	{
		ID: RayServe, Name: "Ray Serve",
		Port: 8000, MetricsPort: 8080, MetricsPath: "/metrics",
		ReadyPath: "/-/healthz", LivePath: "/-/healthz",
		Drain:    Drain{OnTerm: TermWaits, Default: 20},
		CacheEnv: huggingFaceCache,
		images:   []imagePattern{{path: "rayproject/ray-llm*"}, {path: "anyscale/ray-llm*"}},
		commands: []commandPattern{{program: "serve", sub: "run", accelerated: true}},
	},
	// docs.nvidia.com/dynamo: health checks (system port off by default),
	// graceful shutdown; components/src/dynamo for the modules.
	{
		ID: Dynamo, Name: "Dynamo", dashes: true,
		MetricsPath: "/metrics", ReadyPath: "/health", LivePath: "/live",
		SlotFlags:   []string{"--max-num-seqs", "--max-running-requests"},
		TensorFlags: []string{"--tensor-parallel-size", "-tp", "--tp-size", "--tp"}, PipelineFlags: []string{"--pipeline-parallel-size", "-pp"},
		Drain:    Drain{OnTerm: TermWaits},
		CacheEnv: huggingFaceCache, CacheFlags: []string{"--download-dir"},
		ModelFlags: []string{"--model", "--model-path"},
		images:     []imagePattern{{path: "ai-dynamo/*-runtime", versioned: true, accelerated: true}},
		commands:   []commandPattern{{module: "dynamo.vllm*"}, {module: "dynamo.sglang*"}, {module: "dynamo.trtllm*"}, {module: "dynamo.tensorrt_llm*"}, {module: "dynamo.llama_cpp*"}},
	},
	// Model servers without entries of their own. Servers that load models only
	// when somebody asks (Ollama, LocalAI) are left out: they are ready before
	// any weights are, so what is said about loading is wrong for them.
	{
		ID: OtherEngine, Name: "model server",
		ModelFlags: []string{"--model-id", "--model_id", "--model"},
		images: []imagePattern{
			{path: "pytorch/torchserve*"},
			{path: "torchserve-kfs"},
			{path: "tensorflow/serving"},
			{path: "text-embeddings-inference"},
			{path: "openmmlab/lmdeploy"},
			{path: "openvino/model_server"},
			{path: "djl-serving"},
			{path: "djl-inference"},
		},
		commands: []commandPattern{
			{program: "torchserve"},
			{program: "tensorflow_model_server"},
			{program: "text-embeddings-router"},
			{program: "lmdeploy", sub: "serve"},
			{module: "llama_cpp.server"},
		},
	},
}
