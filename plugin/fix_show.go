package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/infscale/kubectl-infscale/plugin/fix"
)

// showRefused prints the fixes that cannot be applied, and says whether that is
// less than was asked for: what is for people to decide is expected beside
// others.
func (r *fixRun) showRefused(plan planned) (short bool) {
	for _, refusal := range plan.refused {
		f := refusal.Finding
		if !fix.Fixable(f) {
			fmt.Fprintf(r.streams.Out, "%s: %s: for people to decide: %s\n", cleanLines(r.name(subject(f))), f.Check.ID, cleanLines(f.Fix.Title))
			short = short || len(plan.previews) == 0
			continue
		}
		fmt.Fprintf(r.streams.Out, "%s: %s: not applied: %s\n", cleanLines(r.name(subject(f))), f.Check.ID, cleanLines(refusal.Reason))
		short = true
	}
	return short
}

// show prints what one change would do.
func (r *fixRun) show(p *fix.Preview) error {
	out := r.streams.Out
	fmt.Fprintln(out, r.clean(p))
	for _, f := range p.Findings {
		restarts := ""
		if f.Fix.Restarts {
			restarts = " (restarts the pods)"
		}
		fmt.Fprintf(out, "  %s: %s%s\n", f.Check.ID, cleanLines(f.Fix.Title), restarts)
	}
	r.writeDiff(out, p.Diff)
	for _, warning := range p.Warnings {
		fmt.Fprintf(out, "warning of the API server: %s\n", cleanLines(warning))
	}
	if p.Unvalidated != "" && !r.fixer.NoDryRun {
		fmt.Fprintf(out, "note: could not validate: %s\n", cleanLines(p.Unvalidated))
	}
	for _, taken := range p.TakesOver {
		fmt.Fprintf(out, "note: takes %s over from %s\n", cleanLines(taken.Path), cleanLines(taken.Manager))
	}
	if p.Refusal == "" {
		return nil
	}
	fmt.Fprintf(out, "not applied: %s\n", cleanLines(p.Refusal))
	return r.handOver(p)
}

// remind says of an applied change that a file lacks it yet.
func (r *fixRun) remind(p *fix.Preview) error {
	if p.Handover == "" {
		return nil
	}
	text := "a file that it comes from needs the same change, or its next apply takes the fix back"
	if p.New != nil {
		text = "no file has it yet; it belongs beside the one of " + p.Object.Short()
	}
	if r.outputDir == "" {
		text += ":"
	}
	fmt.Fprintf(r.streams.Out, "%s: %s\n", r.clean(p), cleanLines(text))
	return r.handOver(p)
}

// handOver writes a patch for a file.
func (r *fixRun) handOver(p *fix.Preview) error {
	if r.outputDir == "" {
		_, err := fmt.Fprintf(r.streams.Out, "%s\n", indent(cleanLines(p.Handover)))
		return err
	}
	patch, err := fix.PatchOf(p.Change, p.Before)
	if err != nil {
		return err
	}
	return r.writePatch(patch)
}

func indent(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n  ")
}

func (r *fixRun) writePatch(patch fix.FilePatch) error {
	const everybody = 0o755
	if err := os.MkdirAll(r.outputDir, everybody); err != nil {
		return couldNot(err)
	}
	path := filepath.Join(r.outputDir, filepath.Base(patch.FileName()))
	if err := writeFile(path, []byte(patch.Text())); err != nil {
		return couldNot(err)
	}
	fmt.Fprintf(r.streams.Err, "wrote %s\n", cleanLines(path))
	return nil
}

// writeDiff colours a unified diff for terminals.
func (r *fixRun) writeDiff(out io.Writer, text string) {
	const red, green, off = "\x1b[31m", "\x1b[32m", "\x1b[0m"
	colored := colorful(r.streams)
	for line := range strings.Lines(text) {
		line = cleanLines(strings.TrimSuffix(line, "\n"))
		switch {
		case colored && strings.HasPrefix(line, "+"):
			line = green + line + off
		case colored && strings.HasPrefix(line, "-"):
			line = red + line + off
		}
		fmt.Fprintln(out, line)
	}
}

// patches prints or writes the patches of everything that was chosen.
func (r *fixRun) patches(plan planned) error {
	r.noteRefused(plan)
	var all []fix.FilePatch
	for _, p := range plan.previews {
		patch, err := fix.PatchOf(p.Change, p.Before)
		if err != nil {
			return err
		}
		all = append(all, patch)
	}
	switch {
	case r.outputDir != "":
		for _, patch := range all {
			if err := r.writePatch(patch); err != nil {
				return err
			}
		}
		return nil
	case r.output == "json":
		encoder := json.NewEncoder(r.streams.Out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(map[string]any{"version": 1, "patches": all})
	}
	for i, patch := range all {
		if i > 0 {
			fmt.Fprintln(r.streams.Out, "---")
		}
		fmt.Fprint(r.streams.Out, cleanLines(patch.Text()))
	}
	return nil
}

func (r *fixRun) noteRefused(plan planned) {
	for _, refusal := range plan.refused {
		note(r.streams.Err, fmt.Sprintf("%s: %s: %s", r.name(subject(refusal.Finding)), refusal.Finding.Check.ID, refusal.Reason))
	}
	for _, p := range plan.previews {
		if p.Refusal != "" {
			note(r.streams.Err, r.name(p.Ref())+": "+p.Refusal)
		}
	}
}

// exitDiffFailed is kubectl's code for a diff that could not be made.
const exitDiffFailed = 2

// differences prints diffs alone, and ends as kubectl diff does.
func (r *fixRun) differences(ctx context.Context, plan planned) error {
	r.noteRefused(plan)
	if words := strings.Fields(r.streams.Env("KUBECTL_EXTERNAL_DIFF")); len(words) > 0 {
		return r.externalDiff(ctx, words, plan)
	}
	different := false
	for _, p := range plan.previews {
		r.writeDiff(r.streams.Out, p.Diff)
		different = different || p.Diff != ""
	}
	if different {
		return &exitError{code: exitFindings}
	}
	return nil
}

// plainWord is an argument of an external diff program that kubectl takes, too.
var plainWord = regexp.MustCompile(`^[a-zA-Z0-9-=]+$`)

// externalDiff runs the program on two directories, as kubectl diff does.
func (r *fixRun) externalDiff(ctx context.Context, words []string, plan planned) error {
	dir, err := os.MkdirTemp("", "infscale-diff-*")
	if err != nil {
		return &exitError{exitDiffFailed, err}
	}
	defer os.RemoveAll(dir)
	live, merged := filepath.Join(dir, "LIVE"), filepath.Join(dir, "MERGED")
	for _, side := range []string{live, merged} {
		if err := os.Mkdir(side, 0o700); err != nil {
			return &exitError{exitDiffFailed, err}
		}
	}
	for _, p := range plan.previews {
		name := strings.ReplaceAll(p.Ref().String(), "/", ".")
		err := errors.Join(
			os.WriteFile(filepath.Join(live, name), []byte(fix.YAML(p.Before)), 0o600),
			os.WriteFile(filepath.Join(merged, name), []byte(fix.YAML(p.After)), 0o600))
		if err != nil {
			return &exitError{exitDiffFailed, err}
		}
	}
	args := []string{}
	for _, word := range words[1:] {
		if plainWord.MatchString(word) {
			args = append(args, word)
		}
	}
	program := exec.CommandContext(ctx, words[0], append(args, live, merged)...)
	program.Stdout, program.Stderr = r.streams.Out, r.streams.Err
	var exit *exec.ExitError
	if err := program.Run(); errors.As(err, &exit) && exit.Exited() {
		return &exitError{code: exit.ExitCode()}
	} else if err != nil {
		return &exitError{exitDiffFailed, fmt.Errorf("KUBECTL_EXTERNAL_DIFF: %w", err)}
	}
	return nil
}
