package plugin

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/rules"
	"github.com/infscale/kubectl-infscale/plugin/fix"
	"github.com/infscale/kubectl-infscale/plugin/render"
	"github.com/infscale/kubectl-infscale/plugin/source"
)

// fingerprintStart is how a fingerprint is typed: the list shows eight digits.
var fingerprintStart = regexp.MustCompile(`^[0-9a-f]{4,16}$`)

const shownDigits = 8

// choice reads the arguments.
func (r *fixRun) choice(args []string) (fix.Choice, error) {
	choice := fix.Choice{AllSafe: r.allSafe}
	for _, arg := range args {
		switch {
		case rules.ByID(arg) != nil:
			choice.Checks = append(choice.Checks, arg)
		case strings.Contains(arg, "/"):
			ref, err := parseObject(arg, r.namespace)
			if err != nil {
				return choice, &exitError{exitUsage, err}
			}
			choice.Objects = append(choice.Objects, ref)
		case fingerprintStart.MatchString(arg):
			choice.Fingerprints = append(choice.Fingerprints, arg)
		default:
			return choice, usageError("%q is no check%s, no TYPE/NAME and no fingerprint", arg, suggestion(arg, checkIDs()))
		}
	}
	for _, id := range choice.Checks {
		if !selected(r.options.checks, id) {
			return choice, usageError("--checks leaves %s out", id)
		}
	}
	return choice, nil
}

// parseObject reads TYPE/NAME of any kind that a check knows.
func parseObject(text, namespace string) (inventory.Ref, error) {
	ref, err := source.ParseName(text, namespace)
	if err == nil {
		return ref, nil
	}
	word, name, _ := strings.Cut(text, "/")
	resource, group, _ := strings.Cut(strings.ToLower(word), ".")
	for _, kind := range inventory.Kinds() {
		info := kind.Info()
		spelt := []string{strings.ToLower(info.Name), info.Resource}
		if kind == inventory.PodDisruptionBudget {
			spelt = append(spelt, "pdb")
		}
		if !slices.Contains(spelt, resource) || group != "" && group != info.Group || name == "" || strings.Contains(name, "/") {
			continue
		}
		if !info.Namespaced {
			namespace = ""
		}
		return inventory.Ref{Group: info.Group, Kind: info.Name, Namespace: namespace, Name: name}, nil
	}
	return ref, err
}

// unmet says which argument chose nothing, if one did.
func unmet(choice fix.Choice, all []checks.Finding) string {
	chosenBy := func(one fix.Choice) bool { return len(one.Choose(all)) > 0 }
	for _, id := range choice.Checks {
		if !chosenBy(fix.Choice{Checks: []string{id}}) {
			return id + " finds nothing that a fix is known for"
		}
	}
	for _, ref := range choice.Objects {
		if !chosenBy(fix.Choice{Objects: []inventory.Ref{ref}}) {
			return ref.String() + ": nothing is found that a fix is known for"
		}
	}
	for _, start := range choice.Fingerprints {
		if !chosenBy(fix.Choice{Fingerprints: []string{start}}) {
			return "no finding's fingerprint begins with " + start
		}
	}
	return ""
}

// ambiguous says which start of a fingerprint means several findings.
func ambiguous(choice fix.Choice, all []checks.Finding) string {
	for _, start := range choice.Fingerprints {
		meant := map[string]bool{}
		for _, f := range (fix.Choice{Fingerprints: []string{start}}).Choose(all) {
			meant[f.Fingerprint] = true
		}
		if len(meant) > 1 {
			return fmt.Sprintf("%d fingerprints begin with %s: write more of it", len(meant), start)
		}
	}
	return ""
}

// classes are the three sorts of fixes, in the order of the list.
var classes = []struct {
	safety checks.Safety
	what   string
}{
	{checks.Safe, "autoscalers, disruption budgets and monitors; no pod restarts"},
	{checks.Unsafe, "changes behaviour, capacity or a pod template"},
	{checks.Manual, "for people to decide; kubectl infscale explain CHECK says how"},
}

// list prints what can be repaired, by class.
func (r *fixRun) list(report checks.Report) error {
	out := r.streams.Out
	listed := map[checks.Safety]int{}
	for _, class := range classes {
		var findings []checks.Finding
		for _, f := range report.Findings {
			if f.Suppression == nil && f.Fix != nil && classOf(f) == class.safety {
				findings = append(findings, f)
			}
		}
		if listed[class.safety] = len(findings); len(findings) == 0 {
			continue
		}
		fmt.Fprintf(out, "%s: %s\n", class.safety, class.what)
		if err := r.rows(out, findings); err != nil {
			return err
		}
		fmt.Fprintln(out)
	}
	switch {
	case len(listed) == 0 || listed[checks.Safe]+listed[checks.Unsafe]+listed[checks.Manual] == 0:
		fmt.Fprintln(out, "nothing found that a fix is known for")
	case listed[checks.Safe] > 0:
		fmt.Fprintf(out, "see what the safe ones change: kubectl infscale fix --all-safe --diff%s\n", r.scope())
	case listed[checks.Unsafe] > 0:
		fmt.Fprintf(out, "see what one changes: kubectl infscale fix FINGERPRINT --diff%s\n", r.scope())
	}
	return nil
}

// scope repeats where was looked, for a command that is to look there again.
func (r *fixRun) scope() string {
	switch {
	case r.cluster.allNamespaces:
		return " -A"
	case *r.cluster.config.Namespace != "":
		return " -n " + cleanLines(*r.cluster.config.Namespace)
	}
	return ""
}

func (r *fixRun) rows(out io.Writer, findings []checks.Finding) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, f := range findings {
		title := f.Fix.Title
		if f.Fix.Restarts {
			title += " (restarts the pods)"
		}
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\n", f.Fingerprint[:shownDigits], render.Clean(r.name(subject(f))), f.Check.ID, render.Clean(title))
	}
	return table.Flush()
}

// classOf counts what says it can be applied and holds nothing to apply among
// the manual ones.
func classOf(f checks.Finding) checks.Safety {
	if !fix.Fixable(f) {
		return checks.Manual
	}
	return f.Fix.Safety
}

// subject is the object that a fix would change, or that the finding is about.
func subject(f checks.Finding) inventory.Ref {
	if f.Fix.Object != nil {
		return f.Fix.Object.Ref
	}
	return f.At.Object.Ref
}

// name leaves the namespace out where only one is looked at.
func (r *fixRun) name(ref inventory.Ref) string {
	if ref.Namespace == r.namespace && !r.cluster.allNamespaces {
		return ref.Short()
	}
	return ref.String()
}

// completeCheckArguments offers the checks that are not named yet.
func completeCheckArguments(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var all []cobra.Completion
	for _, check := range rules.All() {
		if !slices.Contains(args, check.ID) {
			all = append(all, cobra.CompletionWithDesc(check.ID, check.Doc.Title))
		}
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}
