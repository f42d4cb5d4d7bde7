package plugin

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/plugin/fix"
)

const (
	// settling is how long a finding may take to go: a controller has to write
	// its status, KEDA its HPA.
	settling = 10 * time.Second
	// settlingLook is the time between two looks.
	settlingLook = 500 * time.Millisecond
)

// lookAgain loads and runs the checks again until their findings are gone, or
// settling is over, and prints what came of each. What cannot be looked at any
// more is not gone.
func (r *fixRun) lookAgain(ctx context.Context, plan planned, applied []*fix.Preview) (left bool, err error) {
	var repaired []checks.Finding
	var list []*checks.Check
	for _, p := range applied {
		for _, f := range p.Findings {
			repaired = append(repaired, f)
			if !selected(list, f.Check.ID) {
				list = append(list, f.Check)
			}
		}
	}
	deadline := time.Now().Add(settling)
	for {
		report, err := r.load(ctx, list)
		if err != nil {
			return true, err
		}
		rest, unseen := remaining(repaired, plan.report.Findings, report.Findings), unseenNow(repaired, plan.report, report)
		if left := len(rest)+len(unseen) > 0; !left || time.Now().After(deadline) {
			return left, r.outcome(repaired, rest, unseen)
		}
		timer := time.NewTimer(settlingLook)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return true, couldNot(ctx.Err())
		}
	}
}

// unseenNow says of repaired findings why nobody can tell whether they are gone:
// what their checks could look at before, they cannot now.
func unseenNow(repaired []checks.Finding, before, now checks.Report) map[place]string {
	unseen := map[place]string{}
	for _, f := range repaired {
		for _, skip := range now.Skipped {
			about := skip.Check == f.Check.ID || skip.Check == checks.EveryCheck
			here := skip.Namespace == "" || skip.Namespace == f.At.Object.Namespace
			if about && here && !slices.Contains(before.Skipped, skip) {
				unseen[placeOf(f)] = skip.Reason
			}
		}
	}
	return unseen
}

// place is what a check finds fault with.
type place struct {
	check string
	ref   inventory.Ref
	path  string
}

func placeOf(f checks.Finding) place {
	return place{f.Check.ID, f.At.Object.Ref, f.At.Path.String()}
}

// remaining maps the repaired findings that are still there to what is said of
// them now: those at the same place, and as many more of the same check and
// object as there were not before, since a place may move with the repair.
func remaining(repaired, before, after []checks.Finding) map[place]checks.Finding {
	rest := map[place]checks.Finding{}
	for _, f := range repaired {
		whole := place{check: f.Check.ID, ref: f.At.Object.Ref}
		fixed := count(repaired, whole)
		for _, now := range after {
			same := placeOf(now) == placeOf(f)
			moved := now.Check.ID == whole.check && now.At.Object.Ref == whole.ref && count(after, whole) > count(before, whole)-fixed
			if same || moved {
				rest[placeOf(f)] = now
				break
			}
		}
	}
	return rest
}

func count(findings []checks.Finding, of place) int {
	n := 0
	for _, f := range findings {
		if f.Check.ID == of.check && f.At.Object.Ref == of.ref {
			n++
		}
	}
	return n
}

func (r *fixRun) outcome(repaired []checks.Finding, rest map[place]checks.Finding, unseen map[place]string) error {
	for _, f := range repaired {
		text := "gone"
		if reason := unseen[placeOf(f)]; reason != "" {
			text = "whether it is gone could not be looked at: " + reason
		}
		if now, there := rest[placeOf(f)]; there {
			text = "still there, because " + now.Message
		}
		if _, err := fmt.Fprintf(r.streams.Out, "  %s: %s\n", f.Check.ID, cleanLines(text)); err != nil {
			return err
		}
	}
	return nil
}
