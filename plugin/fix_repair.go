package plugin

import (
	"context"
	"errors"
	"fmt"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/plugin/fix"
)

// plannings bounds how often everything is loaded again because an object
// changed between the look and the preview.
const plannings = 3

// planned is what a choice comes to.
type planned struct {
	report   checks.Report
	previews []*fix.Preview
	refused  []fix.Refusal
}

// repair shows what the arguments choose, and applies it if it may.
func (r *fixRun) repair(ctx context.Context, args []string) error {
	choice, err := r.choice(args)
	if err != nil {
		return err
	}
	if !choice.AllSafe && len(args) == 0 {
		report, err := r.load(ctx, r.options.checks)
		if err != nil {
			return err
		}
		r.noteBlind(report)
		return r.list(report)
	}
	r.named = choice.Objects
	if err := r.reconcile(ctx); err != nil {
		return err
	}
	plan, err := r.plan(ctx, choice)
	if err != nil {
		return err
	}
	if reason := ambiguous(choice, plan.report.Findings); reason != "" {
		return usageError("%s", reason)
	}
	r.noteBlind(plan.report)
	if reason := unmet(choice, plan.report.Findings); reason != "" {
		note(r.streams.Err, reason)
	}
	switch {
	case len(plan.previews)+len(plan.refused) == 0:
		if len(choice.Fingerprints) > 0 {
			return &exitError{code: exitFindings}
		}
		note(r.streams.Err, "nothing to repair")
		return nil
	case r.output != "":
		return r.patches(plan)
	case r.diff:
		return r.differences(ctx, plan)
	}
	return r.carryOut(ctx, plan)
}

// reconcile finds out what became of fixes that were interrupted.
func (r *fixRun) reconcile(ctx context.Context) error {
	unclear, err := r.fixer.Reconcile(ctx)
	for _, entry := range unclear {
		found := "the object may not be read: whether it was written is not known"
		if entry.State == fix.Unclear {
			found = "the object is now neither as it was nor as the fix would have it"
		}
		note(r.streams.Err, fmt.Sprintf("fix %s of %s was interrupted, and %s", entry.ID, entry.Ref, found))
	}
	if err != nil {
		return couldNot(err)
	}
	return nil
}

// plan loads, chooses and previews; again, when an object changed meanwhile.
func (r *fixRun) plan(ctx context.Context, choice fix.Choice) (planned, error) {
	for try := 1; ; try++ {
		report, err := r.load(ctx, r.judges(choice))
		if err != nil {
			return planned{}, err
		}
		plan := planned{report: report}
		changes, refused := fix.Plan(report.Findings, choice.Choose(report.Findings))
		plan.refused = refused
		stale := false
		for _, change := range changes {
			preview, err := r.fixer.Preview(ctx, change)
			var changed *fix.Stale
			var no *fix.Refused
			switch {
			case errors.As(err, &changed):
				stale = true
				plan.refuse(change, "it changes all the time: it was another one at each look")
			case errors.As(err, &no):
				plan.refuse(change, no.Reason)
			case err != nil:
				return plan, couldNot(err)
			default:
				plan.previews = append(plan.previews, preview)
			}
		}
		if !stale || try == plannings {
			return plan, nil
		}
	}
}

func (p *planned) refuse(change fix.Change, reason string) {
	for _, f := range change.Findings {
		p.refused = append(p.refused, fix.Refusal{Finding: f, Reason: reason})
	}
}
