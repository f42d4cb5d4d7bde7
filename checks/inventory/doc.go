// Package inventory holds the Kubernetes objects of one moment, as checks may
// read them: every object with the place it came from, views that put objects
// of several kinds under one roof (Workload, Autoscaler), and the knowledge of
// where nobody could look.
//
// The package is pure. It reads no file and asks no API server; sources above
// it build a [Snapshot] with a [Builder].
package inventory
