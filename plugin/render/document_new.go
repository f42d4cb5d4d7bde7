package render

import (
	"math"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// newDocument cleans a report and fills what is missing in it.
func newDocument(r checks.Report, scalers map[inventory.Ref]*inventory.Autoscaler) *document {
	d := &document{
		Version:   schemaVersion,
		Workloads: make([]*workload, 0, len(r.Workloads)),
		Findings:  make([]*finding, 0, len(r.Findings)),
		Skipped:   make([]skip, 0, len(r.Skipped)),
		Problems:  make([]problem, 0, len(r.Problems)),
		live:      r.Live,
		judged:    judged(r),
	}
	for _, ref := range r.Unfolded {
		d.unfolded = append(d.unfolded, Clean(ref.Short()))
	}
	for _, w := range r.Workloads {
		shown := newWorkload(w, scalers)
		shown.Numbers = numbersOf(w.Ref(), r.Numbers)
		d.Workloads = append(d.Workloads, shown)
	}
	d.Nodes = numbersOfNodes(r.Numbers)
	for _, gap := range r.Numbers.Gaps() {
		d.Unmeasured = append(d.Unmeasured, unmeasured{Source: Clean(gap.Source), Reason: Clean(gap.Reason)})
	}
	for i := range r.Findings {
		f := newFinding(&r.Findings[i])
		f.serves = d.workloadOf(r.Findings[i].Workload, scalers)
		d.Findings = append(d.Findings, f)
	}
	for _, s := range r.Skipped {
		d.Skipped = append(d.Skipped, skip{Check: Clean(s.Check), Namespace: Clean(s.Namespace), Reason: Clean(s.Reason), Errored: s.Errored})
	}
	for _, p := range r.Problems {
		d.Problems = append(d.Problems, problem{File: Clean(p.File), Line: p.Line, Column: p.Column, Reason: Clean(p.Reason), rawFile: p.File})
	}
	d.Compared = newComparison(r.Compared)
	d.Summary = count(d.Findings, r.Coverage)
	return d
}

// judged counts the checks that looked at something and were not blind
// everywhere.
func judged(r checks.Report) int {
	blind := map[string]bool{}
	for _, s := range r.Skipped {
		if s.Namespace == "" {
			blind[s.Check] = true
		}
	}
	n := 0
	for id, reads := range r.Reads {
		if !blind[id] && reads != nil && *reads != (inventory.Reads{}) {
			n++
		}
	}
	return n
}

func newWorkload(w *inventory.Workload, scalers map[inventory.Ref]*inventory.Autoscaler) *workload {
	out := &workload{
		Ref:            cleanRef(w.Ref()),
		Engine:         Clean(string(w.EngineID())),
		EngineVersion:  Clean(engineVersion(w)),
		GPUsPerReplica: w.GPUs(),
		engineName:     Clean(w.EngineName()),
		claims:         w.GPUs() == 0 && len(w.Accelerators) > 0,
	}
	if a := scalers[w.Ref()]; a != nil {
		out.Scaler = &scaler{Kind: Clean(a.Object.Kind), Name: Clean(a.Object.Name), Min: a.Min, Max: a.Max}
	}
	return out
}

// workloadOf finds the listed workload that a finding is about. One that the
// report does not list is shown all the same.
func (d *document) workloadOf(w *inventory.Workload, scalers map[inventory.Ref]*inventory.Autoscaler) *workload {
	if w == nil {
		return nil
	}
	ref := cleanRef(w.Ref())
	for _, listed := range d.Workloads {
		if listed.Ref == ref {
			return listed
		}
	}
	return newWorkload(w, scalers)
}

func newFinding(f *checks.Finding) *finding {
	out := &finding{
		Check:    Clean(f.Check.ID),
		Severity: f.Severity.String(),
		Outcome:  outcomeFail,
		Path:     Clean(f.At.Path.String()),
		File:     Clean(f.At.File), Line: f.At.Line, Column: f.At.Column,
		Message:     Clean(f.Message),
		Evidence:    make([]evidence, 0, len(f.Evidence)),
		CausedBy:    Clean(f.CausedBy),
		Fingerprint: Clean(f.Fingerprint),
		State:       f.State,
		of:          f.Check, rank: f.Severity, rawFile: f.At.File,
	}
	if f.At.File == "" {
		out.Line, out.Column = 0, 0
	}
	if f.At.Object != nil {
		out.Ref = cleanRef(f.At.Object.Ref)
	}
	if f.Workload != nil {
		ref := cleanRef(f.Workload.Ref())
		out.Workload = &ref
	}
	for _, e := range f.Evidence {
		out.Evidence = append(out.Evidence, evidence{Clean(e.Path), cleanLines(e.Value), checks.Basis(Clean(string(e.Basis)))})
	}
	if f.Fix != nil {
		out.Fix = &fix{Clean(f.Fix.Title), checks.Safety(Clean(string(f.Fix.Safety))), f.Fix.Restarts}
	}
	if f.Suppression != nil {
		out.Outcome, out.Suppression = outcomeSuppressed, newSuppression(f.Suppression)
	}
	return out
}

func newSuppression(s *checks.Suppression) *suppression {
	out := &suppression{Reason: Clean(s.Reason), Where: Clean(s.Where)}
	if !s.Expires.IsZero() {
		out.Expires = s.Expires.Format("2006-01-02")
	}
	return out
}

func count(list []*finding, coverage float64) summary {
	s := summary{Coverage: clampShare(coverage)}
	for _, f := range list {
		switch {
		case f.Suppression != nil:
			s.Suppressed++
		case f.rank == checks.Error:
			s.Errors++
		case f.rank == checks.Warning:
			s.Warnings++
		default:
			s.Infos++
		}
	}
	return s
}

// clampShare keeps a share between 0 and 1: JSON has no word for anything
// else, and what is not a number is no coverage. Four digits are enough; they
// are cut, not rounded, so that only everything is 1.
func clampShare(share float64) float64 {
	const digits = 1e4
	if !(share > 0) {
		return 0
	}
	return math.Floor(min(share, 1)*digits) / digits
}
