// Package collect brings numbers in: from Prometheus, from the engines' and
// dcgm-exporter's own /metrics, from an nv-hostengine and from the metrics
// APIs of Kubernetes. Every collector returns what it got as logical signals;
// what it could not get is a gap in the set, never an error: one dead source
// must not take the other numbers with it.
package collect
