package plugin

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/plugin/fix"
)

// carryOut shows everything, asks, applies what may be, and looks again.
func (r *fixRun) carryOut(ctx context.Context, plan planned) error {
	undone := r.showRefused(plan)
	var ready []*fix.Preview
	for _, p := range plan.previews {
		if err := r.show(p); err != nil {
			return err
		}
		if p.Refusal == "" {
			ready = append(ready, p)
		} else {
			undone = true
		}
	}
	if r.dryRun != dryRunNone {
		return nil
	}
	if len(ready) > 0 {
		switch yes, asked := r.confirm(ctx, fmt.Sprintf("apply to %s?", countOf(len(ready), "object"))); {
		case !asked:
			note(r.streams.Err, "nothing was changed: there is no terminal to ask on; --yes applies it")
			undone = true
		case !yes:
			note(r.streams.Err, "nothing was changed")
			undone = true
		default:
			left, err := r.apply(ctx, plan, ready)
			if err != nil {
				return err
			}
			undone = undone || left
		}
	}
	if undone {
		return &exitError{code: exitFindings}
	}
	return nil
}

func countOf(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// confirm asks on the terminal; asked is false where there is none. Who
// interrupts it has said no.
func (r *fixRun) confirm(ctx context.Context, question string) (yes, asked bool) {
	if r.yes {
		return true, true
	}
	in, ok := r.streams.In.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return false, false
	}
	fmt.Fprintf(r.streams.Err, "%s [y/N] ", question)
	typed := make(chan string, 1)
	go func() { // a read cannot be interrupted
		line, err := bufio.NewReader(in).ReadString('\n')
		if err != nil {
			line = "\n"
			fmt.Fprintln(r.streams.Err)
		}
		typed <- line
	}()
	select {
	case line := <-typed:
		answer := strings.ToLower(strings.TrimSpace(line))
		return answer == "y" || answer == "yes", true
	case <-ctx.Done():
		fmt.Fprintln(r.streams.Err)
		return false, true
	}
}

// apply writes one object after the other, and says what came of it. left says
// whether a finding is still there.
func (r *fixRun) apply(ctx context.Context, plan planned, ready []*fix.Preview) (left bool, err error) {
	var applied []*fix.Preview
	for _, p := range ready {
		p, entry, err := r.applyOne(ctx, p)
		var no *fix.Refused
		switch {
		case errors.As(err, &no):
			fmt.Fprintf(r.streams.Out, "%s: not applied: %s\n", r.clean(p), cleanLines(no.Reason))
			left = true
			continue
		case err != nil:
			return left, couldNot(err)
		}
		took := "kubectl infscale fix --undo " + entry.ID + " takes it back"
		if r.scratch != "" {
			took = "the demo forgets it at the end of this run"
		}
		fmt.Fprintf(r.streams.Out, "%s: applied; %s\n", r.clean(p), took)
		r.warn(p)
		applied = append(applied, p)
	}
	if len(applied) == 0 {
		return left, nil
	}
	remain, err := r.lookAgain(ctx, plan, applied)
	for _, p := range applied {
		if told := r.remind(p); err == nil {
			err = told
		}
	}
	return left || remain, err
}

// applyOne applies a preview. When somebody changes the object in between and
// nobody was asked about the difference, it looks again and takes the new one.
func (r *fixRun) applyOne(ctx context.Context, p *fix.Preview) (*fix.Preview, fix.Entry, error) {
	for try := 1; ; try++ {
		entry, err := r.fixer.Apply(ctx, p)
		var no *fix.Refused
		if !r.yes || try == plannings || !errors.As(err, &no) || !no.Conflict {
			return p, entry, err
		}
		again, problem := r.previewAgain(ctx, p)
		if problem != nil {
			return p, entry, problem
		}
		if again == nil || again.Refusal != "" {
			return p, entry, err
		}
		fmt.Fprintf(r.streams.Out, "%s: %s; looked again:\n", r.clean(p), cleanLines(no.Reason))
		if p = again; r.show(p) != nil {
			return p, entry, err
		}
	}
}

// previewAgain judges the object anew; nil when the findings are gone.
func (r *fixRun) previewAgain(ctx context.Context, p *fix.Preview) (*fix.Preview, error) {
	choice := fix.Choice{}
	for _, f := range p.Findings {
		choice.Checks = append(choice.Checks, f.Check.ID)
	}
	report, err := r.load(ctx, r.judges(choice))
	if err != nil {
		return nil, err
	}
	var chosen []checks.Finding
	for _, now := range choice.Choose(report.Findings) {
		for _, f := range p.Findings {
			if placeOf(now) == placeOf(f) {
				chosen = append(chosen, now)
			}
		}
	}
	changes, _ := fix.Plan(report.Findings, chosen)
	for _, change := range changes {
		if change.Ref() == p.Ref() {
			again, err := r.fixer.Preview(ctx, change)
			var stale *fix.Stale
			if errors.As(err, &stale) {
				return nil, nil
			}
			return again, err
		}
	}
	return nil, nil
}

// warn prints what the API server said to a write that it had not been asked
// about before.
func (r *fixRun) warn(p *fix.Preview) {
	if p.Unvalidated == "" {
		return
	}
	for _, warning := range p.Warnings {
		fmt.Fprintf(r.streams.Out, "warning of the API server: %s\n", cleanLines(warning))
	}
}

func (r *fixRun) clean(p *fix.Preview) string { return cleanLines(r.name(p.Ref())) }
