package fix

import (
	"time"
)

// Fixer carries out changes on one cluster. It has no state of its own: several
// may work at a time, on one journal.
type Fixer struct {
	Cluster Cluster
	Journal Journal
	// Server tells the cluster from others in the journal: its API server's
	// address.
	Server string
	Now    func() time.Time
	// NoDryRun previews without asking the API server.
	NoDryRun bool
}

// Preview is what a change would do. Nothing has been written.
type Preview struct {
	Change
	// Before is the object as it is, After as it would be: by the API server's
	// dry run where it gave one, else by the edits alone.
	Before, After Content
	// Diff is unified, of YAML; empty when nothing would change.
	Diff string
	// Warnings are the API server's and its admission webhooks'.
	Warnings []string
	// Unvalidated says why no dry run judged the change; empty when one did.
	Unvalidated string
	// TakesOver are fields that a person's tool wrote last, which become ours.
	TakesOver []Takeover
	// Refusal says why the change will not be applied live; empty when it may
	// be.
	Refusal string
	// Handover is a patch, ready for the file that the object comes from: of a
	// refused change, of one that takes fields over, and of one of an object
	// that was applied from a file. Empty otherwise.
	Handover string

	made Content // the new object, as it is sent
}

// Takeover is a field that becomes ours, and whose it was.
type Takeover struct {
	Path    string
	Manager string // as in managedFields: kubectl-client-side-apply
}
