package inventory

// Counterpart returns the series by which another engine tells the same: its
// waiting or running requests, or its use of the KV cache. Of latencies and
// counters there are too many to choose for somebody.
func Counterpart(m Metric, engine EngineID) (Metric, bool) {
	if m.Meaning != MeansWaiting && m.Meaning != MeansRunning && m.Meaning != MeansKVCache {
		return Metric{}, false
	}
	for _, group := range metricGroups() {
		for _, other := range group {
			if other.Engine == engine && other.Meaning == m.Meaning && other.Unit == m.Unit && other.RetiredIn == "" {
				return other, true
			}
		}
	}
	return Metric{}, false
}

// OwnSeries says whether the engine has names for its series that no other
// engine's server has, so that those of others prove a mistake. Triton exports
// those of the engines that run in it, NIM, Ray Serve and Dynamo do so, too.
func (e *Engine) OwnSeries(of EngineID) bool {
	switch e.ID {
	case Triton:
		return of != VLLM && of != TRTLLM
	case VLLM, SGLang, TGI, TRTLLM, LlamaCpp:
		return true
	}
	return false
}
