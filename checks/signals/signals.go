// Package signals holds the numbers of one moment, as checks may read them:
// logical metrics with unit, source and age. No PromQL and no engine's metric
// name is known here.
package signals

import (
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Metric is a logical metric: what is measured, whoever measures it.
type Metric string

// The logical metrics, each with its unit.
const (
	QueueDepth        Metric = "queue-depth"        // requests
	Running           Metric = "running"            // requests
	KVCacheUsage      Metric = "kv-cache-usage"     // 0 to 1
	TTFTp95           Metric = "ttft-p95"           // seconds
	EndToEndP99       Metric = "e2e-latency-p99"    // seconds
	GPUUtilisation    Metric = "gpu-utilisation"    // percent, 0 to 100
	GPUMemoryUsed     Metric = "gpu-memory-used"    // MiB
	ModelLoadTime     Metric = "model-load-time"    // seconds, container start to Ready
	GenerationTokens  Metric = "generation-tokens"  // tokens per second
	PromptTokens      Metric = "prompt-tokens"      // tokens per second
	ReplicasRequested Metric = "replicas-requested" // replicas the autoscaler asks for
)

// Sample is one number of one object, with where it comes from.
type Sample struct {
	Metric Metric        `json:"metric"`
	Of     inventory.Ref `json:"of"`
	Value  float64       `json:"value"`
	// At is when it was measured, not when it was read.
	At time.Time `json:"at"`
	// Source says who measured it: "prometheus http://…", "scrape pod/…".
	Source string `json:"source"`
}

// Set is the signals of one frame. A missing number is missing, never zero;
// the zero Set holds none.
type Set struct{ samples map[key]Sample }

type key struct {
	metric Metric
	of     inventory.Ref
}

// Add keeps the newest sample of each metric and object.
func (s *Set) Add(sample Sample) {
	if s.samples == nil {
		s.samples = map[key]Sample{}
	}
	k := key{sample.Metric, sample.Of}
	if old, ok := s.samples[k]; !ok || old.At.Before(sample.At) {
		s.samples[k] = sample
	}
}

// Of returns the newest sample of a metric of an object. It may be called on
// a nil Set, which holds nothing.
func (s *Set) Of(metric Metric, of inventory.Ref) (Sample, bool) {
	if s == nil {
		return Sample{}, false
	}
	sample, ok := s.samples[key{metric, of}]
	return sample, ok
}
