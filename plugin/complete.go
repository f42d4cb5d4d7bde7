package plugin

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/infscale/kubectl-infscale/checks/rules"
	"github.com/infscale/kubectl-infscale/plugin/render"
)

// complete tells the shell what may follow the flags that every verb with a
// report has.
func (f *reportFlags) complete(cmd *cobra.Command) {
	words := func(list ...string) cobra.CompletionFunc {
		return cobra.FixedCompletions(list, cobra.ShellCompDirectiveNoFileComp)
	}
	for flag, with := range map[string]cobra.CompletionFunc{
		"checks":  completeCheckList,
		"fail-on": words("error", "warning", "info", "never"),
		"show":    words("error", "warning", "info"),
		"output":  words(render.Formats()...),
	} {
		// It can only fail for a flag that is not registered.
		_ = cmd.RegisterFlagCompletionFunc(flag, with)
	}
}

// completeCheck offers check IDs, each with its title.
func completeCheck(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var all []cobra.Completion
	for _, check := range rules.All() {
		all = append(all, cobra.CompletionWithDesc(check.ID, check.Doc.Title))
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}

// completeCheckList goes on with a list like "a,-b": with what is not in it yet.
func completeCheckList(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	done := ""
	if comma := strings.LastIndexByte(typed, ','); comma >= 0 {
		done = typed[:comma+1]
	}
	minus := ""
	if strings.HasPrefix(typed[len(done):], "-") {
		minus = "-"
	}
	used := map[string]bool{}
	for _, id := range strings.Split(done, ",") {
		used[strings.TrimPrefix(id, "-")] = true
	}
	var all []cobra.Completion
	for _, check := range rules.All() {
		if !used[check.ID] {
			all = append(all, cobra.CompletionWithDesc(done+minus+check.ID, check.Doc.Title))
		}
	}
	return all, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}
