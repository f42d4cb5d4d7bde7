package fix

import (
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// State is how far an entry of the journal has come.
type State string

// The states. Intended and undoing are written before the cluster is, so they
// may be true of it or not: see [Fixer.Reconcile].
const (
	Intended State = "intended"
	Applied  State = "applied"
	Undoing  State = "undoing"
	Undone   State = "undone"
	// Dropped: it was announced and never written.
	Dropped State = "dropped"
	// Unclear: it was announced, and the object is now neither as it was nor as
	// it should have become.
	Unclear State = "unclear"
)

// Journal is a directory with one file per applied change, for its owner alone.
type Journal struct{ Dir string }

// Entry is one applied change: the fixes of one object that were applied
// together, and the values before and after of exactly the fields they touched.
type Entry struct {
	Version    int           `json:"version"`
	ID         string        `json:"id"`
	State      State         `json:"state"`
	At         time.Time     `json:"at"`
	Server     string        `json:"server"`
	Ref        inventory.Ref `json:"ref"`
	APIVersion string        `json:"apiVersion"`
	UID        string        `json:"uid,omitempty"`
	Fixes      []AppliedFix  `json:"fixes"`
	Fields     []Field       `json:"fields"`
	// Created: the object was not there before.
	Created bool `json:"created,omitempty"`
	// Taken are the fields in managedFields that changed hands.
	Taken []Ownership `json:"taken,omitempty"`
}

// AppliedFix is a finding whose fix was applied.
type AppliedFix struct {
	Check       string `json:"check"`
	Fingerprint string `json:"fingerprint"`
	Title       string `json:"title"`
}

// Ownership is a set of fields in one entry of managedFields, as FieldsV1.
type Ownership struct {
	Manager    string `json:"manager"`
	Operation  string `json:"operation"`
	APIVersion string `json:"apiVersion"`
	Fields     string `json:"fields"`
	// Gained marks what became ours; the rest was lost by others.
	Gained bool `json:"gained,omitempty"`
}
