package signals

// Metric is a logical metric: what is measured, whoever measures it.
type Metric string

// The logical metrics. Those of pods are summed up for their workload where
// they count something, and averaged where they are shares.
const (
	QueueDepth       Metric = "queue-depth"
	Running          Metric = "running"
	KVCacheUsage     Metric = "kv-cache-usage"
	TTFTp95          Metric = "ttft-p95"
	EndToEndP99      Metric = "e2e-latency-p99"
	GenerationTokens Metric = "generation-tokens"
	PromptTokens     Metric = "prompt-tokens"
	GPUUtilisation   Metric = "gpu-utilisation"
	GPUMemoryUsed    Metric = "gpu-memory-used"
	// ModelLoadTime is from container start to Ready: of a workload the
	// slowest start that is remembered.
	ModelLoadTime Metric = "model-load-time"
	// LoadTimeLeft is what is left of ModelLoadTime for a pod that is loading.
	LoadTimeLeft Metric = "load-time-left"
	// TriggerValue is what the source of an autoscaler's metric answers, and
	// TriggerSeries in how many series; Part is the metric's path.
	TriggerValue  Metric = "trigger-value"
	TriggerSeries Metric = "trigger-series"
	// TriggerExported is how many of the pods that were asked export all the
	// engine's metrics that an autoscaler's metric reads; Part is its path.
	TriggerExported Metric = "trigger-exported"
	// EngineSeries is how many series of the engine's own gauge of running
	// requests a pod exports.
	EngineSeries Metric = "engine-series"
	// ScrapeHealth is 1 where Prometheus scrapes the pod's metrics, 0 where it
	// tries and fails.
	ScrapeHealth Metric = "scrape-health"
)

// metricUnits has a row for every metric.
var metricUnits = [...]struct {
	metric Metric
	unit   string
}{
	{QueueDepth, "requests"},
	{Running, "requests"},
	{KVCacheUsage, "ratio"}, // 0 to 1
	{TTFTp95, "seconds"},
	{EndToEndP99, "seconds"},
	{GenerationTokens, "tokens per second"},
	{PromptTokens, "tokens per second"},
	{GPUUtilisation, "percent"}, // 0 to 100
	{GPUMemoryUsed, "MiB"},
	{ModelLoadTime, "seconds"},
	{LoadTimeLeft, "seconds"},
	{TriggerValue, ""},
	{TriggerSeries, "series"},
	{TriggerExported, "pods"},
	{EngineSeries, "series"},
	{ScrapeHealth, ""},
}

// Metrics lists every logical metric.
func Metrics() []Metric {
	all := make([]Metric, len(metricUnits))
	for i, row := range metricUnits {
		all[i] = row.metric
	}
	return all
}

// Unit is the metric's unit, empty where the number has none or that of
// whatever an autoscaler reads.
func (m Metric) Unit() string {
	for _, row := range metricUnits {
		if row.metric == m {
			return row.unit
		}
	}
	return ""
}
