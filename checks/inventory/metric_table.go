package inventory

import "sync"

// metricFamily is a name prefix that only one kind of exporter uses.
type metricFamily struct {
	prefix  string
	engine  EngineID // empty for GPU exporters and gateways
	gateway bool
}

// metricPrefixes are the families, a longer prefix before the shorter one that
// it begins with. NIM's names have no prefix of their own, so NIM is not here.
var metricPrefixes = [...]metricFamily{
	{prefix: "vllm_router_", gateway: true},
	{prefix: "vllm:", engine: VLLM},
	{prefix: "vllm_", engine: VLLM},
	{prefix: "sgl_router_", gateway: true},
	{prefix: "smg_", gateway: true}, // sgl_router_ since it became a gateway of its own
	{prefix: "sglang:", engine: SGLang},
	{prefix: "sglang_", engine: SGLang},
	{prefix: "tgi_", engine: TGI},
	{prefix: "nv_", engine: Triton},
	{prefix: "trtllm_", engine: TRTLLM},
	{prefix: "llamacpp:", engine: LlamaCpp},
	{prefix: "llamacpp_", engine: LlamaCpp},
	{prefix: "ray_serve_", engine: RayServe},
	{prefix: "ray_vllm", engine: RayServe},
	{prefix: "ray_sglang", engine: RayServe},
	{prefix: "dynamo_frontend_", gateway: true},
	{prefix: "dynamo_router_", gateway: true},
	{prefix: "dynamo_", engine: Dynamo},
	{prefix: "DCGM_FI_"},
	{prefix: "nvidia_gpu_"},
	{prefix: "nvidia_smi_"},
	{prefix: "container_accelerator_"},
	{prefix: "inference_pool_", gateway: true},
	{prefix: "inference_extension_", gateway: true},
	{prefix: "inference_objective_", gateway: true},
	{prefix: "inference_model_", gateway: true},
	{prefix: "llm_d_epp_", gateway: true},
	{prefix: "litellm_", gateway: true},
	{prefix: "wva_", gateway: true},
	{prefix: "inferno_", gateway: true},
}

// metricsByName is the table, built once: it only saves work.
var metricsByName = sync.OnceValue(func() map[string]Metric {
	byName := map[string]Metric{}
	for _, group := range metricGroups() {
		for _, m := range group {
			byName[m.Name] = m
		}
	}
	return byName
})

// metricGroups are the table's rows by exporter; in each the series that people
// use most stands before others of the same meaning.
func metricGroups() [][]Metric {
	return [][]Metric{
		vllmMetrics(), sglangMetrics(), tgiMetrics(), tritonMetrics(), trtllmMetrics(), nimMetrics(),
		llamaCppMetrics(), rayServeMetrics(), dynamoMetrics(), hardwareMetrics(), gatewayMetrics(), replicaMetrics(),
	}
}

// The constructors below keep the rows readable: what a row does not say is
// what most rows of its kind have.

// requests is a gauge that counts requests in one replica.
func requests(engine EngineID, meaning Meaning, name string) Metric {
	return Metric{Name: name, Engine: engine, Meaning: meaning, Type: Gauge, Unit: "requests"}
}

// share is a gauge between 0 and 1.
func share(engine EngineID, meaning Meaning, name string) Metric {
	return Metric{Name: name, Engine: engine, Meaning: meaning, Type: Gauge, Unit: "ratio", Max: 1}
}

// latency is a histogram of durations.
func latency(engine EngineID, unit, name string) Metric {
	return Metric{Name: name, Engine: engine, Meaning: MeansLatency, Type: Histogram, Unit: unit}
}

// counter counts requests or tokens.
func counter(engine EngineID, unit, name string) Metric {
	return Metric{Name: name, Engine: engine, Meaning: MeansThroughput, Type: Counter, Unit: unit}
}

// gauge is any other amount.
func gauge(engine EngineID, meaning Meaning, unit, name string) Metric {
	return Metric{Name: name, Engine: engine, Meaning: meaning, Type: Gauge, Unit: unit}
}

// sizes is a histogram of how large requests or batches are.
func sizes(engine EngineID, unit, name string) Metric {
	return Metric{Name: name, Engine: engine, Meaning: MeansOther, Type: Histogram, Unit: unit}
}

// hidden marks a series that was taken away, first by default and then for
// good.
func hidden(m Metric, hiddenIn, retiredIn, replacement string) Metric {
	m.HiddenIn, m.RetiredIn, m.Replacement = hiddenIn, retiredIn, replacement
	return m
}

// gateway marks a series that is measured in front of the engines.
func gateway(m Metric) Metric {
	m.Gateway = true
	return m
}

// averaged marks a gateway's mean over the replicas.
func averaged(m Metric) Metric {
	m.Gateway, m.Averaged = true, true
	return m
}
