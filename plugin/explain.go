package plugin

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/rules"
)

func newExplain(streams Streams) *cobra.Command {
	var list bool
	cmd := &cobra.Command{
		Use:   "explain [CHECK]",
		Short: "Prints why a check exists, an example and the remedy, offline",
		Long: `Prints why a check exists, an example of what it finds, the remedy, when to leave it,
what it assumes and can be told otherwise, and its sources. Without a check it lists
all of them. It needs no cluster and no network.`,
		Example: `  # every check, by what it is about
  kubectl infscale explain

  # one of them
  kubectl infscale explain keda-mean-with-averagevalue`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completeCheck,
		RunE: func(_ *cobra.Command, args []string) error {
			if list || len(args) == 0 {
				return listChecks(streams.Out)
			}
			page, ok := catalogPage(checks.Catalogue, args[0])
			if !ok {
				return usageError("no check is called %q%s", args[0], suggestion(args[0], checkIDs()))
			}
			_, err := io.WriteString(streams.Out, page)
			return err
		},
	}
	cmd.Flags().BoolVar(&list, "list", false, "list every check")
	return cmd
}

func listChecks(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, section := range checks.Sections() {
		printed := false
		for _, check := range rules.All() {
			if check.Section != section {
				continue
			}
			if !printed {
				fmt.Fprintf(table, "%s\t\t\n", strings.ToUpper(string(section)))
				printed = true
			}
			fmt.Fprintf(table, "  %s\t%s\t%s\n", check.ID, check.Severity, check.Doc.Title)
		}
	}
	return table.Flush()
}

// catalogPage cuts a check's page out of the generated catalogue: from its
// heading to the next one of the same or a higher level.
func catalogPage(catalogue, id string) (string, bool) {
	_, rest, found := strings.Cut(catalogue, "\n### "+id+"\n")
	if !found {
		return "", false
	}
	end := len(rest)
	for _, next := range []string{"\n### ", "\n## "} {
		if i := strings.Index(rest, next); i >= 0 && i < end {
			end = i
		}
	}
	return id + "\n" + strings.Repeat("=", len(id)) + "\n" + strings.TrimRight(rest[:end], "\n") + "\n", true
}
