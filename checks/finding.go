package checks

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Basis says how a piece of evidence is known.
type Basis string

// The bases.
const (
	Observed Basis = "observed" // read from an object or a signal
	Derived  Basis = "derived"  // computed from what was read
	Assumed  Basis = "assumed"  // a stated default, because nothing was measured
)

// Evidence is one fact that a finding rests on.
type Evidence struct {
	Path  string `json:"path"`
	Value string `json:"value"`
	Basis Basis  `json:"basis"`
}

// Finding is one thing that is wrong, and where.
type Finding struct {
	Check    *Check
	Severity Severity
	At       inventory.Location
	// Workload is whose serving suffers; nil when the finding is about an
	// object alone.
	Workload *inventory.Workload
	// Message names value and place, in lower case, without a full stop, and
	// is true word for word.
	Message  string
	Evidence []Evidence
	Fix      *Fix

	// Set by Run and what follows it.
	CausedBy    string // ID of the check whose finding explains this one
	Fingerprint string
	Suppression *Suppression
	State       State
}

// Suppression says why a finding is not held against its author.
type Suppression struct {
	Reason  string
	Expires time.Time // zero: never
	Where   string    // "annotation infscale.dev/ignore", ".infscale.yaml:3", "baseline"
}

// fingerprint identifies a finding across runs: by check, object, field and
// what was found, never by a line number.
func fingerprint(f *Finding) string {
	h := sha256.New()
	write := func(parts ...string) {
		for _, part := range parts {
			h.Write([]byte(part))
			h.Write([]byte{0})
		}
	}
	if f.At.Object != nil {
		r := f.At.Object.Ref
		write(r.Group, r.Kind, r.Namespace, r.Name)
	}
	write(f.Check.ID, f.At.Path.String())
	for _, e := range f.Evidence {
		if e.Basis == Observed {
			write(e.Path, e.Value)
		}
	}
	const length = 8 // bytes; collisions among a few thousand findings are out of reach
	return hex.EncodeToString(h.Sum(nil)[:length])
}
