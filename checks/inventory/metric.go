package inventory

import (
	"maps"
	"slices"
	"strings"
)

// Meaning is what a series measures, whatever the engine calls it.
type Meaning string

// The meanings that scaling rules tell apart.
const (
	MeansWaiting     Meaning = "waiting"    // requests in the engine's own queue
	MeansRunning     Meaning = "running"    // requests being generated
	MeansKVCache     Meaning = "kv-cache"   // share of the KV cache in use
	MeansLatency     Meaning = "latency"    // seconds or milliseconds of something
	MeansThroughput  Meaning = "throughput" // a counter of requests or tokens
	MeansGPUUtil     Meaning = "gpu-util"   // duty cycle of the GPU
	MeansGPUMemory   Meaning = "gpu-memory" // framebuffer in use
	MeansGatewayLoad Meaning = "gateway"    // queue or requests in flight that a router or gateway measures, outside the engine
	MeansReplicas    Meaning = "replicas"   // already a wanted replica count
	MeansOther       Meaning = "other"
)

// MetricType is the Prometheus type of a series.
type MetricType uint8

// The types.
const (
	Gauge MetricType = iota
	Counter
	Histogram
	Summary
)

// Metric is one row of the table of series that this tool knows.
type Metric struct {
	// Name is the series' base name, without _bucket, _sum and _count. A
	// counter's name has its _total.
	Name string
	// Engine exports it; empty for GPU exporters and gateways.
	Engine  EngineID
	Meaning Meaning
	Type    MetricType
	// Unit: "requests", "ratio" (0 to 1), "percent" (0 to 100), "seconds",
	// "milliseconds", "microseconds", "tokens", "blocks", "MiB", "bytes",
	// "replicas"; empty for what has none.
	Unit string
	// Max is the largest value the series can take; 0 is unbounded.
	Max float64
	// Gateway marks what a router or gateway measures in front of the engines,
	// not the replicas themselves: it is there while no replica runs.
	Gateway bool
	// Averaged marks what its exporter has averaged over the replicas already.
	Averaged bool
	// HiddenIn is the engine version that exports the series only when asked to
	// (vLLM's --show-hidden-metrics-for-version), RetiredIn the one that no
	// longer exports it at all, and Replacement the name it has instead; all
	// empty while it lives. Replacement stays empty where nothing took over.
	// llama.cpp numbers builds, not versions: there the month stands.
	HiddenIn    string
	RetiredIn   string
	Replacement string
}

// PerPodCount says whether the series counts things per replica, so that its
// sum over the fleet is the fleet's load.
func (m Metric) PerPodCount() bool {
	return m.Type == Gauge && m.Max == 0 && (m.Meaning == MeansWaiting || m.Meaning == MeansRunning)
}

// Hardware says whether a GPU exporter measures it, per device.
func (m Metric) Hardware() bool {
	return m.Meaning == MeansGPUUtil || m.Meaning == MeansGPUMemory
}

// LookupMetric finds a series by its full name; the suffixes of histograms and
// summaries count as the base name.
func LookupMetric(series string) (Metric, bool) {
	if m, ok := metricsByName()[series]; ok {
		return m, true
	}
	for _, suffix := range []string{"_bucket", "_sum", "_count"} {
		if base, cut := strings.CutSuffix(series, suffix); cut {
			if m, ok := metricsByName()[base]; ok && (m.Type == Histogram || m.Type == Summary && suffix != "_bucket") {
				return m, true
			}
		}
	}
	return Metric{}, false
}

// RespeltMetric finds the row of a series whose name something on the way has
// rewritten: OpenTelemetry collectors and prometheus-adapter rules turn the
// colon into an underscore (vllm_num_requests_waiting), Ray puts its own prefix
// before the engine's (ray_vllm_num_requests_waiting). What Ray passes on is
// exported by Ray.
func RespeltMetric(series string) (Metric, bool) {
	name, ray := strings.CutPrefix(series, "ray_")
	if !ray || !strings.Contains(name, ":") {
		engine, rest, cut := strings.Cut(name, "_")
		if !cut {
			return Metric{}, false
		}
		name = engine + ":" + rest
	}
	m, ok := LookupMetric(name)
	if ok && ray {
		m.Engine = RayServe
	}
	return m, ok
}

// IsReplicaCount says whether a series already is a wanted number of replicas,
// whoever computes it.
func IsReplicaCount(series string) bool {
	if m, ok := metricsByName()[series]; ok {
		return m.Meaning == MeansReplicas
	}
	return strings.Contains(series, "desired_replicas")
}

// MetricFamily guesses whose series a name is, from its prefix, for names that
// the table does not hold: "vllm:anything_new" is still vLLM's. The engine is
// empty for families of GPU exporters and gateways.
func MetricFamily(series string) (EngineID, bool) {
	family, ok := familyOf(series)
	return family.engine, ok
}

// GatewayFamily says whether a name's prefix is that of a router or gateway.
func GatewayFamily(series string) bool {
	family, ok := familyOf(series)
	return ok && family.gateway
}

func familyOf(series string) (metricFamily, bool) {
	for _, family := range metricPrefixes {
		if strings.HasPrefix(series, family.prefix) {
			return family, true
		}
	}
	return metricFamily{}, false
}

// KnownMetrics returns the table's rows, sorted by name.
func KnownMetrics() []Metric {
	byName := metricsByName()
	all := make([]Metric, 0, len(byName))
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		all = append(all, byName[name])
	}
	return all
}
