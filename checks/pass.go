package checks

import (
	"fmt"
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

// Pass is the whole world of one check's run: what it may read, and Report.
type Pass struct {
	*inventory.Snapshot
	Signals *signals.Set
	// Now is the moment of the frame; checks have no clock of their own.
	Now time.Time

	check  *Check
	report func(Finding)
}

// Report hands a finding in. Severity and Check may be left out: they are the
// check's own then. One about an autoscaler that another object generates is
// blamed on that object, and its fix is left to people: what is written into a
// generated object is taken back.
func (p *Pass) Report(f Finding) {
	f.Check = p.check
	if owner := p.Writable(f.At.Object); owner != nil {
		f.At = owner.At("spec")
	}
	if f.Fix != nil && p.Writable(f.Fix.Object) != nil {
		f.Fix = &Fix{Title: f.Fix.Title, Safety: Manual}
	}
	if f.Severity == 0 {
		f.Severity = p.check.Severity
	}
	p.report(f)
}

// Reportf is Report for the plain case: a place, a workload (or nil) and a
// message.
func (p *Pass) Reportf(at inventory.Location, w *inventory.Workload, format string, args ...any) {
	p.Report(Finding{At: at, Workload: w, Message: fmt.Sprintf(format, args...)})
}
