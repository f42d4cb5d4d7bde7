package plugin

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/infscale/kubectl-infscale/plugin/fix"
)

// journal is the user's own: $XDG_STATE_HOME, or ~/.local/state.
func journal(env func(string) string) (fix.Journal, error) {
	base := env("XDG_STATE_HOME")
	if !filepath.IsAbs(base) { // the specification says to ignore others
		home := env("HOME")
		if home == "" {
			var err error
			if home, err = os.UserHomeDir(); err != nil {
				return fix.Journal{}, couldNot(fmt.Errorf("no place for the journal: set XDG_STATE_HOME: %w", err))
			}
		}
		base = filepath.Join(home, ".local", "state")
	}
	return fix.Journal{Dir: filepath.Join(base, "kubectl-infscale")}, nil
}

// undo shows what would be restored, asks, and restores it.
func (r *fixRun) undo(ctx context.Context, args []string) error {
	id := ""
	if len(args) > 0 {
		id = args[0]
	}
	if err := r.reconcile(ctx); err != nil {
		return err
	}
	p, err := r.fixer.PreviewUndo(ctx, id)
	if err != nil {
		return undoError(err)
	}
	out := r.streams.Out
	fmt.Fprintf(out, "%s: %s\n", cleanLines(r.name(p.Entry.Ref)), cleanLines(titles(p.Entry)))
	if p.Already {
		fmt.Fprintln(out, "it is as it was before the fix already")
	}
	r.writeDiff(out, p.Diff)
	if r.diff || r.dryRun != dryRunNone {
		return nil
	}
	switch yes, asked := r.confirm(ctx, "restore?"); {
	case !asked:
		note(r.streams.Err, "nothing was changed: there is no terminal to ask on; --yes restores it")
		return &exitError{code: exitFindings}
	case !yes:
		note(r.streams.Err, "nothing was changed")
		return &exitError{code: exitFindings}
	}
	entry, err := r.fixer.Undo(ctx, p.Entry.ID)
	if err != nil {
		return undoError(err)
	}
	fmt.Fprintf(out, "%s: restored\n", cleanLines(r.name(entry.Ref)))
	return nil
}

// undoError tells a refusal from wrong usage, and from a cluster that does not
// answer.
func undoError(err error) error {
	var no *fix.Refused
	var none *fix.NoEntry
	switch {
	case errors.As(err, &no):
		return &exitError{exitFindings, err}
	case errors.As(err, &none):
		return &exitError{exitUsage, err}
	}
	return couldNot(err)
}

func titles(entry fix.Entry) string {
	var words []string
	for _, applied := range entry.Fixes {
		text := applied.Title + " (" + applied.Check + ")"
		if applied.Restarts {
			text += ", which restarts the pods"
		}
		words = append(words, text)
	}
	return strings.Join(words, ", ")
}

// history lists the journal, the newest first.
func history(streams Streams) error {
	journal, err := journal(streams.Env)
	if err != nil {
		return err
	}
	entries, err := journal.Entries()
	if err != nil {
		return couldNot(err)
	}
	if len(entries) == 0 {
		fmt.Fprintln(streams.Out, "no fix was applied")
		return nil
	}
	table := tabwriter.NewWriter(streams.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tSTATE\tWHEN\tCLUSTER\tOBJECT\tFIX")
	for i := len(entries) - 1; i >= 0; i-- {
		e := entries[i]
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", cleanLines(e.ID), e.State, e.At.Local().Format(time.DateTime), cleanLines(e.Server), cleanLines(e.Ref.String()), cleanLines(titles(e)))
	}
	return table.Flush()
}
