// Package sim is a simulated cluster, without a cluster: what arrives, the
// engines' queues and KV caches, cold starts, GPU nodes, and the arithmetic of
// kube-controller-manager (pkg/controller/podautoscaler: replica_calculator.go
// and horizontal.go of Kubernetes 1.37) and of KEDA 2.21 (pkg/scaling/executor,
// pkg/fallback), on the same views of objects that the checks read.
//
// A [World] is a source and a feed of frames whose objects can be changed while
// it runs, and an http.RoundTripper that answers like the API server's proxies.
// [Simulate] runs a [Scenario] for as long as one likes and tells how one
// workload fares. A load is a formula, a series of rates or a trace of requests;
// a recorded history is replayed as a series.
//
// Requests are amounts, not individuals: a replica's batch approaches its balance
// exponentially within a step. A CronJob's kubectl takes no time. What is not
// simulated: triggers other than prometheus, cron, cpu and memory, formulas of
// KEDA's scalingModifiers beyond arithmetic (both are in [NotSimulated]),
// evictions, preemption, and prefix caches.
package sim
