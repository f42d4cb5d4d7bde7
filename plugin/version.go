package plugin

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newVersion(streams Streams, build Build) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Prints the version, the commit and the date of this build",
		Example: "  kubectl infscale version",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(streams.Out, "infscale %s (commit %s, %s, %s)\n", build.Version, build.Commit, build.Date, build.Go)
			return err
		},
	}
}
