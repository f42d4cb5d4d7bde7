package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/plugin/fix"
	"github.com/infscale/kubectl-infscale/plugin/render"
	"github.com/infscale/kubectl-infscale/plugin/source"
)

// fileFlags are the flags of fix for manifests, as typed.
type fileFlags struct {
	paths, kustomize, charts, values []string
	write, unsafe                    bool
}

func (f *fileFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVarP(&f.paths, "filename", "f", nil, "repair manifests: `FILE` or directory (recursive), repeatable")
	flags.StringArrayVarP(&f.kustomize, "kustomize", "k", nil, "say what is to be repaired in what a kustomization `DIR` builds, repeatable")
	flags.StringArrayVar(&f.charts, "helm", nil, "say what is to be repaired in a rendered `CHART`, repeatable")
	flags.StringArrayVar(&f.values, "values", nil, "values `FILE` for --helm, repeatable")
	flags.BoolVar(&f.write, "write", false, "with -f, change the files instead of showing the difference")
	flags.BoolVar(&f.unsafe, "include-unsafe", false, "with -f, choose the unsafe fixes as well as the safe ones")
}

// asked says whether manifests are meant.
func (f *fileFlags) asked() bool {
	return len(f.paths)+len(f.kustomize)+len(f.charts)+len(f.values) > 0 || f.write || f.unsafe
}

func (f *fileFlags) fix(cmd *cobra.Command, args []string, all *fixFlags, streams Streams) error {
	switch {
	case len(f.values) > 0 && len(f.charts) == 0:
		return usageError("--values goes with --helm")
	case len(f.paths)+len(f.kustomize)+len(f.charts) == 0:
		return usageError("--write and --include-unsafe go with -f: name the files")
	case all.undo || all.history || all.yes || all.output != "" || all.outputDir != "" || all.dryRun != dryRunNone || all.cluster.from != "":
		return usageError("-f shows a difference, or writes it with --write; other ways to apply are for clusters")
	case all.allSafe && len(args) > 0:
		return usageError("--all-safe and names exclude each other")
	case all.diff && f.write:
		return usageError("--diff shows the difference and --write writes it: choose one")
	case slices.Contains(f.paths, "-"):
		return usageError("-f -: standard input cannot be changed; name a file")
	}
	for _, name := range []string{"demo", "context", "all-namespaces", "selector", "prometheus", "dcgm"} {
		if cmd.Flags().Changed(name) {
			return usageError("--%s is about a cluster, and -f about manifests: choose one", name)
		}
	}
	o, err := all.report.parse(cmd.Flags(), streams)
	if err != nil {
		return err
	}
	ask := fileFixes{
		options: o, words: args, unsafe: f.unsafe, write: f.write, diffCode: all.diff,
		files: source.Files{Paths: f.paths, Kustomize: f.kustomize, Stdin: streams.In, Namespace: *all.cluster.config.Namespace},
	}
	for _, chart := range f.charts {
		ask.files.Helm = append(ask.files.Helm, source.HelmChart{Chart: chart, Values: f.values})
	}
	return fixFiles(cmd.Context(), ask, streams)
}

// fileFixes is what `fix -f` was asked to do.
type fileFixes struct {
	options
	files source.Files
	// words choose by check, by TYPE/NAME or by fingerprint; none chooses all
	// safe fixes.
	words  []string
	unsafe bool // and the unsafe ones, if nothing was named
	write  bool
	// diffCode makes a difference that is only shown an exit code, as kubectl
	// diff does.
	diffCode bool
}

// maxRounds bounds how often the edited files are judged again. Two are usual:
// in the second nothing is left. What conflicts takes one more for each turn.
const maxRounds = 6

// fixFiles shows the fixes of manifests as a unified diff on standard output, or
// writes them. What was fixed, and what was left and why, goes to standard error.
func fixFiles(ctx context.Context, ask fileFixes, streams Streams) error {
	var edited fix.Files
	var fixed []checks.Finding
	left := map[string]fix.Refusal{}
	report, err := ask.judge(ctx, &edited)
	for round := 0; err == nil; round++ {
		var chosen, done []checks.Finding
		var refused []fix.Refusal
		if chosen, err = ask.choose(report); err != nil {
			break
		}
		if done, refused = edited.Edit(chosen); round == 0 || len(done) > 0 {
			clear(left)
		}
		for _, r := range refused {
			left[r.Finding.Fingerprint] = r
		}
		fixed = append(fixed, done...)
		if len(done) == 0 {
			break
		}
		if round == maxRounds {
			err = couldNot(fmt.Errorf("the fixes do not settle: after %d rounds there is still something to change", maxRounds))
			break
		}
		report, err = ask.judge(ctx, &edited)
	}
	if err != nil {
		return err
	}
	return ask.finish(ctx, &edited, fileOutcome{fixed: fixed, left: left, report: report}, streams)
}

// fileOutcome is what there is to tell about a run.
type fileOutcome struct {
	fixed  []checks.Finding
	left   map[string]fix.Refusal // by fingerprint
	report checks.Report          // of the edited files
}

func (ask *fileFixes) judge(ctx context.Context, edited *fix.Files) (checks.Report, error) {
	files := ask.files
	files.Edited = edited.Texts()
	frame, err := files.Load(ctx, checks.NeedsOf(ask.checks))
	var partial *source.Incomplete
	if err != nil && !errors.As(err, &partial) {
		return checks.Report{}, loadError(err)
	}
	report := checks.Run(frame, ask.checks)
	if partial != nil {
		report.Problems = partial.Problems
	}
	suppress(&report, ask.options, time.Now())
	known, err := readBaseline(ask.baseline)
	if err != nil {
		return report, err
	}
	judged := look{frame: frame, report: report}
	known.apply(&judged)
	return judged.report, nil
}

// choose returns the findings whose fixes were asked for. Manual ones are among
// them when they were named: that they are manual is then worth saying.
func (ask *fileFixes) choose(report checks.Report) ([]checks.Finding, error) {
	choice := fix.Choice{AllSafe: len(ask.words) == 0}
	for _, word := range ask.words {
		if err := chooseFix(&choice, word, report); err != nil {
			return nil, err
		}
	}
	if reason := ambiguous(choice, report.Findings); reason != "" {
		return nil, usageError("%s", reason)
	}
	chosen := choice.Choose(report.Findings)
	if len(ask.words) > 0 {
		return chosen, nil
	}
	if !ask.unsafe {
		return slices.DeleteFunc(chosen, func(f checks.Finding) bool { return waits(f, report.Findings) }), nil
	}
	for _, f := range report.Findings {
		if f.Suppression == nil && f.Fix != nil && f.Fix.Safety == checks.Unsafe {
			chosen = append(chosen, f)
		}
	}
	return chosen, nil
}

// waits says whether a finding is the symptom of one that people have to decide
// on: what they decide may make its fix needless.
func waits(f checks.Finding, all []checks.Finding) bool {
	return slices.ContainsFunc(all, func(cause checks.Finding) bool {
		return cause.Check.ID == f.CausedBy && cause.Workload == f.Workload && cause.Suppression == nil && cause.Fix != nil && cause.Fix.Safety == checks.Manual
	})
}

// chooseFix adds a word to a choice: a check, TYPE/NAME in any namespace of the
// report, or the beginning of a fingerprint.
func chooseFix(choice *fix.Choice, word string, report checks.Report) error {
	switch {
	case slices.Contains(checkIDs(), word):
		choice.Checks = append(choice.Checks, word)
	case strings.Contains(word, "/"):
		ref, err := parseObject(word, "")
		if err != nil {
			return &exitError{exitUsage, err}
		}
		choice.Objects = append(choice.Objects, namesakes(ref, report)...)
	case fingerprintStart.MatchString(word):
		choice.Fingerprints = append(choice.Fingerprints, word)
	default:
		return usageError("%q is no check%s, no TYPE/NAME and no fingerprint", word, suggestion(word, checkIDs()))
	}
	return nil
}

// namesakes are the objects of a kind and name that findings are about.
func namesakes(ref inventory.Ref, report checks.Report) []inventory.Ref {
	var all []inventory.Ref
	add := func(o *inventory.Object) {
		if o != nil && o.Kind == ref.Kind && o.Name == ref.Name && !slices.Contains(all, o.Ref) {
			all = append(all, o.Ref)
		}
	}
	for _, f := range report.Findings {
		add(f.At.Object)
		if f.Fix != nil {
			add(f.Fix.Object)
		}
		if f.Workload != nil {
			add(f.Workload.Object)
			add(f.Workload.Owner)
		}
	}
	return all
}

func (ask *fileFixes) finish(ctx context.Context, edited *fix.Files, outcome fileOutcome, streams Streams) error {
	changed := edited.Changed()
	for _, e := range changed {
		if ask.write {
			break
		}
		text := e.Diff()
		if streams.Terminal {
			text = cleanLines(text)
		}
		if _, err := io.WriteString(streams.Out, text); err != nil {
			return err
		}
	}
	if ask.write {
		if err := fix.Write(ctx, changed); err != nil {
			return couldNot(err)
		}
		for _, e := range changed {
			fmt.Fprintf(streams.Out, "%s\n", render.Clean(e.Name))
		}
	}
	ask.tell(streams.Err, changed, outcome)
	switch {
	case len(outcome.report.Problems) > 0:
		return &exitError{code: exitCouldNot}
	case ask.diffCode && len(changed) > 0 && !ask.write:
		return &exitError{code: exitFindings}
	}
	return nil
}
