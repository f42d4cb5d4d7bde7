package promql

import "github.com/prometheus/prometheus/promql/parser"

// tellsPods says whether a label has another value on every replica (or on
// every device of it): grouping by it keeps the replicas apart.
func tellsPods(label string) bool {
	switch label {
	case "pod", "pod_name", "podname", "exported_pod", "kubernetes_pod_name", "k8s_pod_name", "kubernetes_pod",
		"instance", "exported_instance", "pod_ip", "container_id", "uid", "pod_uid",
		"model_server_pod", "server", "backend", "worker", "worker_id", "WorkerId", "worker_url", "replica",
		"gpu", "UUID", "uuid", "gpu_uuid", "device", "GPU_I_ID", "minor_number":
		return true
	}
	return false
}

// tellsParts says whether a label has several values within one replica, or
// on the replicas of most fleets: a result that keeps it is several series.
func tellsParts(label string) bool {
	switch label {
	case "engine", "dp_rank", "tp_rank", "le", "quantile", "reason", "finished_reason", "request_type",
		"kv_cache_block_type", "source", "node", "Hostname", "hostname", "host", "priority", "fairness_id", "status_code":
		return true
	}
	return tellsPods(label)
}

// keepsPods says whether an aggregation's result still is one element per
// replica. certain is false for "without", where it depends on labels that the
// query does not show.
func keepsPods(e *parser.AggregateExpr) (keeps, certain bool) {
	if !e.Without {
		for _, label := range e.Grouping {
			if tellsPods(label) {
				return true, true
			}
		}
		return false, true
	}
	dropsPod, dropsInstance := false, false
	for _, label := range e.Grouping {
		dropsPod = dropsPod || label == "pod"
		dropsInstance = dropsInstance || label == "instance"
	}
	switch {
	case dropsPod && dropsInstance:
		return false, true
	case !dropsPod && !dropsInstance:
		return true, true
	}
	return true, false
}
