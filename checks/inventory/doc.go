// Package inventory holds the Kubernetes objects of one moment, as checks may
// read them: every object with the place it came from, views that put objects
// of several kinds under one roof (Workload, Autoscaler), and the knowledge of
// where nobody could look.
//
// The package is pure. It reads no file and asks no API server; sources above
// it build a [Snapshot] with a [Builder].
//
// Files begin with the family that they belong to:
//
//	object, kind, read, snapshot   objects, from YAML to a Snapshot; facts: what holds since which version
//	recognise, engine              which container serves a model, with which engine, and what that does
//	workload                       what runs it, how many, for whom, found by what
//	autoscaler                     HPAs and ScaledObjects: bounds, behavior, status, who else scales
//	metric, scrape                 the names of metrics, and the way that they take to Prometheus and the metrics APIs
//	schedule                       CronJobs and cron triggers that change replicas
//	probe, start, cache            probes, how long a start takes, where weights and compiled kernels lie
//	stop, disruption               what a pod does on SIGTERM, and what may end it: budgets, drains, evictions
//	node                           accelerators, nodes, pools, quotas: what can run where
package inventory
