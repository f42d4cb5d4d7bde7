package checks

import "github.com/infscale/kubectl-infscale/checks/inventory"

// State says how a finding stands to an earlier run.
type State string

// The states of a finding; empty where nobody compared.
const (
	New       State = "new"
	Unchanged State = "unchanged"
)

// Comparison is what an earlier run had found and this one has not.
type Comparison struct {
	With string // the earlier run's file
	// Gone are findings that this run looked for and did not find again.
	Gone []Past
	// Unjudged are findings that this run did not, or could not, look for.
	Unjudged []Past
}

// Past is a finding of an earlier run, as its report names it.
type Past struct {
	Check       string
	Severity    string // empty: the earlier file does not say
	Ref         inventory.Ref
	Workload    inventory.Ref // zero: none
	Message     string
	Fingerprint string
}
