package promql

import (
	"strings"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Use is one series that a query reads.
type Use struct {
	// Name is the series' name as the query has it.
	Name string
	// Metric is the row of the table; Known is false where there is none.
	Metric inventory.Metric
	Known  bool
	// Respelt marks a name that is known only in another spelling: with a colon
	// where the query has an underscore, or without Ray's prefix.
	Respelt bool
	// ByPattern marks a name that a regular expression on __name__ selects.
	ByPattern bool
	// Recorded marks a recording rule: a colon and no engine's prefix, or two.
	Recorded bool
	// Engine exports it, by the table or by its prefix; empty for gateways, GPU
	// exporters and what nobody knows.
	Engine inventory.EngineID
	// Gateway marks what is measured in front of the engines, Device what a GPU
	// exporter measures.
	Gateway, Device bool
	Selector        Selector
}

// Uses returns every series that the query selects, in the order of the text.
// A regular expression on __name__ stands for all series of the table that it
// matches.
func (q *Query) Uses() []Use {
	var all []Use
	for _, vs := range selectors(q.expr) {
		s := Selector{Matchers: vs.LabelMatchers}
		for _, name := range s.names() {
			u := useOf(name, s)
			u.ByPattern = !s.named()
			all = append(all, u)
		}
	}
	return all
}

func useOf(name string, s Selector) Use {
	u := Use{Name: name, Selector: s}
	u.Metric, u.Known = inventory.LookupMetric(name)
	if !u.Known {
		u.Metric, u.Known = inventory.RespeltMetric(name)
		u.Respelt = u.Known
	}
	if !u.Known && inventory.IsReplicaCount(name) {
		u.Metric, u.Known = inventory.Metric{Name: name, Meaning: inventory.MeansReplicas, Unit: "replicas", Gateway: true}, true
	}
	if u.Known {
		u.Metric = narrowed(u.Metric, s)
		u.Engine, u.Gateway = u.Metric.Engine, u.Metric.Gateway
		u.Device = u.Engine == "" && !u.Gateway
		return u
	}
	if recorded(name) {
		u.Recorded = true
		return u
	}
	engine, family := inventory.MetricFamily(name)
	u.Engine, u.Gateway = engine, inventory.GatewayFamily(name)
	u.Device = family && engine == "" && !u.Gateway
	u.Recorded = !family && strings.Contains(name, ":")
	return u
}

// recorded says whether a name can only be a recording rule's, called as
// Prometheus advises (level:metric:operations), though it begins like an engine's:
// no exporter's name has two colons.
func recorded(name string) bool { return strings.Count(name, ":") > 1 }

// narrowed says what a row means when a label picks one of the several things
// that its series hold: Triton's TensorRT-LLM statistics.
func narrowed(m inventory.Metric, s Selector) inventory.Metric {
	requestType, _ := s.Value("request_type")
	blockType, _ := s.Value("kv_cache_block_type")
	switch {
	case m.Name == "nv_trt_llm_request_metrics" && requestType == "waiting":
		m.Meaning = inventory.MeansWaiting
	case m.Name == "nv_trt_llm_request_metrics" && (requestType == "active" || requestType == "scheduled"):
		m.Meaning = inventory.MeansRunning
	case m.Name == "nv_trt_llm_kv_cache_block_metrics" && blockType == "fraction":
		m.Unit, m.Max = "ratio", 1
	case m.Name == "nv_trt_llm_kv_cache_block_metrics" && blockType != "":
		m.Unit = "blocks"
	}
	return m
}
