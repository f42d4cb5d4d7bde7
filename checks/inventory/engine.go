package inventory

import corev1 "k8s.io/api/core/v1"

// EngineID names an inference engine.
type EngineID string

// The engines with entries of their own. OtherEngine stands for model servers
// that are recognised but judged only by engine-neutral checks (TorchServe,
// TensorFlow Serving, …).
const (
	VLLM        EngineID = "vllm"
	SGLang      EngineID = "sglang"
	TGI         EngineID = "tgi"
	Triton      EngineID = "triton"
	TRTLLM      EngineID = "trtllm-serve"
	NIM         EngineID = "nim"
	LlamaCpp    EngineID = "llama.cpp"
	RayServe    EngineID = "ray-serve"
	Dynamo      EngineID = "dynamo"
	OtherEngine EngineID = "other"
)

// Engine is one row of the engine table. Nobody changes it.
type Engine struct {
	ID   EngineID
	Name string // as its project writes it: "vLLM", "llama.cpp"
	// Port is what the server listens on unless told otherwise; MetricsPort
	// is zero when metrics are on the same port. PortFlags and
	// MetricsPortFlags move them.
	Port             int32
	MetricsPort      int32
	PortFlags        []string
	MetricsPortFlags []string
	MetricsPath      string
	// MetricsOn is the flag without which there are no metrics, MetricsOff the
	// one that turns them off; empty where there is none.
	MetricsOn  string
	MetricsOff string
	// ReadyPath and LivePath are the health endpoints a probe should ask.
	ReadyPath string
	LivePath  string
	// SlotFlags limit the requests that run at the same time in one server.
	SlotFlags []string
	// TensorFlags and PipelineFlags multiply to the devices of one server.
	TensorFlags   []string
	PipelineFlags []string
	Drain         Drain
	// CacheDir is where weights land when nothing says otherwise; CacheFlags
	// and then CacheEnv, strongest first, move it.
	CacheDir   string
	CacheFlags []string
	CacheEnv   []CacheVariable
	// ModelFlags name the model, the one that counts first; ModelFirst says
	// that the first positional argument does.
	ModelFlags []string
	ModelFirst bool

	images   []imagePattern
	commands []commandPattern
	mirrors  []mirror
	// dashes says that underscores and dashes are the same in flags.
	dashes bool
}

// Drain is what SIGTERM does to requests that are in flight.
type Drain struct {
	OnTerm TermAction
	// Flag sets the limit of the wait in seconds, Default is the limit
	// without the flag (0: none), Since the first version that has the flag.
	Flag    string
	Default int
	Since   Version
}

// TermAction is what a server does with running requests on SIGTERM.
type TermAction uint8

// The actions.
const (
	TermUnknown TermAction = iota // nobody checked, or it depends on an inner engine
	TermAborts                    // running requests are cut off
	TermWaits                     // running requests finish
)

// CacheVariable is an environment variable that moves the weight cache.
type CacheVariable struct {
	Name   string
	Append string // "/hub" behind HF_HOME
}

// mirror is an environment variable that an engine reads as a flag. A mirror
// without a flag holds a whole piece of command line.
type mirror struct {
	env  string
	flag string
	// hidden marks variables that no engine reads but entrypoint scripts do:
	// they count only where the entrypoint cannot be seen.
	hidden bool
}

// Recognition is what was found out about the engine in a pod template.
type Recognition struct {
	Engine *Engine
	// Container is the engine's container, Index its place in
	// spec.containers of the template. ContainerPath leads to where the object
	// writes it, from the object's root.
	Container     *corev1.Container
	Index         int
	ContainerPath Path
	// Version is the engine's own, and unknown unless the image's tag is
	// honest about it.
	Version Version
	// Args are the engine's command line, wherever it was hidden.
	Args Args
	// Model is the model as written: a hub id, a path, a URI; empty when
	// unknown. ModelPath leads to it from the engine's container; nil when it
	// stands outside the container.
	Model     string
	ModelPath Path
	// By says what decided: `image "vllm/vllm-openai"`, `command "vllm serve"`.
	By string

	image imageMatch
	env   *environment
}

// Engines returns the engine table.
func Engines() []*Engine {
	all := make([]*Engine, len(engineTable))
	for i := range engineTable {
		all[i] = &engineTable[i]
	}
	return all
}

// EngineOf returns the row of an engine, nil for an unknown one.
func EngineOf(id EngineID) *Engine {
	for i := range engineTable {
		if engineTable[i].ID == id {
			return &engineTable[i]
		}
	}
	return nil
}

// Env returns what the engine's process finds in an environment variable. Not
// ok means that nothing sets it that can be seen; an ok with an empty value may
// be one whose value cannot be seen (a Secret's).
func (r *Recognition) Env(name string) (value string, ok bool) {
	v, ok := r.env.get(name)
	return v.value, ok
}

// Port is what the server listens on. It is not known where an operator or a
// value that cannot be seen decides.
func (r *Recognition) Port() (port int32, known bool) {
	return r.port(r.Engine.PortFlags, r.Engine.Port)
}

// MetricsPort is where the metrics are served.
func (r *Recognition) MetricsPort() (port int32, known bool) {
	if r.Engine.MetricsPort == 0 {
		return r.Port()
	}
	return r.port(r.Engine.MetricsPortFlags, r.Engine.MetricsPort)
}

func (r *Recognition) port(flags []string, standard int32) (int32, bool) {
	text, written := r.Args.Get(flags...)
	if !written {
		return standard, standard != 0 && r.Args.Complete
	}
	port, ok := portNumber(text)
	if !ok {
		return standard, false
	}
	return port, true
}

// portNumber reads a port; false for anything else.
func portNumber(text string) (int32, bool) {
	var port int32
	for i := range len(text) {
		c := text[i]
		if c < '0' || c > '9' || port > 65535 {
			return 0, false
		}
		port = port*10 + int32(c-'0')
	}
	return port, port > 0 && port <= 65535
}
