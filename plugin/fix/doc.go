// Package fix turns the fixes of findings, which are data, into changes: of
// manifests in files, and of objects in a cluster.
package fix
