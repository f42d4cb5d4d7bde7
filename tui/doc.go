// Package tui is the live screen. It knows frames and reports, and no cluster:
// what it shows comes from a [Feed], and what it does goes through the functions
// of a [Session]. Update is pure but for the history that it keeps; time comes
// with messages and frames.
package tui
