package plugin

import (
	"fmt"
	"io"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/plugin/fix"
	"github.com/infscale/kubectl-infscale/plugin/render"
)

// tell says what was fixed, and what was left and why.
func (ask *fileFixes) tell(w io.Writer, changed []*fix.FileEdit, outcome fileOutcome) {
	for _, p := range outcome.report.Problems {
		note(w, p.Error())
	}
	if len(outcome.fixed) > 0 {
		word := "would be fixed, if written with --write"
		if ask.write {
			word = "fixed"
		}
		fmt.Fprintf(w, "%s in %s %s:\n", inventory.Count(int32(len(outcome.fixed)), "finding"), inventory.Count(int32(len(changed)), "file"), word)
		for _, f := range outcome.fixed {
			tellFix(w, f, "")
		}
	} else {
		fmt.Fprintln(w, "nothing to fix")
	}
	ask.tellLeft(w, outcome)
}

// tellLeft lists the findings that are still there, infos only where their fix
// was asked for.
func (ask *fileFixes) tellLeft(w io.Writer, outcome fileOutcome) {
	var rows []func()
	for _, f := range outcome.report.Findings {
		reason := "manual"
		refusal, refused := outcome.left[f.Fingerprint]
		switch {
		case f.Suppression != nil || f.Fix == nil && !refused || (f.Severity < ask.show || len(ask.words) > 0) && !refused:
			continue
		case refused && f.Fix.Safety != checks.Manual:
			reason = "refused: " + refusal.Reason
		case f.Fix.Safety == checks.Safe && waits(f, outcome.report.Findings):
			reason = "first its cause: " + f.CausedBy
		case f.Fix.Safety == checks.Safe:
			reason = "not asked for"
		case f.Fix.Safety == checks.Unsafe:
			reason = "unsafe: name it, or say --include-unsafe"
		}
		rows = append(rows, func() { tellFix(w, f, reason) })
		if refused && f.Fix.New != nil && f.Fix.Safety == checks.Manual {
			rows = append(rows, func() { fmt.Fprintln(w, indent(indent(indent(cleanLines(f.Fix.New.Text))))) })
		}
	}
	if len(rows) == 0 {
		return
	}
	fmt.Fprintln(w, "left:")
	for _, row := range rows {
		row()
	}
}

func tellFix(w io.Writer, f checks.Finding, reason string) {
	at := f.At.Object
	if f.Fix.Object != nil {
		at = f.Fix.Object
	}
	text := fmt.Sprintf("  %s  %s: %s", f.Check.ID, at.Short(), f.Fix.Title)
	if reason != "" {
		text += " (" + reason + ")"
	}
	fmt.Fprintln(w, render.Clean(text))
}
