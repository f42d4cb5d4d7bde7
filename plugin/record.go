package plugin

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/rules"
	"github.com/infscale/kubectl-infscale/plugin/source"
)

func newRecord(streams Streams, build Build) *cobra.Command {
	var cluster clusterFlags
	cmd := &cobra.Command{
		Use:   "record FILE",
		Short: "Writes what the checks read of a cluster to a file",
		Long: `Writes the objects that the checks read to a file that every verb takes with
--from. Environment values and annotations that no check reads are left out, what
looks like a token is masked, and Secrets are never read. A name that ends in .gz
is compressed.`,
		Example: `  kubectl infscale record -A cluster.json.gz
  kubectl infscale doctor --from cluster.json.gz`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			from, _, err := cluster.source(nil, streams)
			if err != nil {
				return err
			}
			frame, err := from.Load(cmd.Context(), checks.NeedsOf(rules.All()))
			var partial *source.Incomplete
			if err != nil && !errors.As(err, &partial) {
				return loadError(err)
			}
			if err := writeRecording(args[0], frame, build); err != nil {
				return err
			}
			fmt.Fprintf(streams.Err, "wrote %d inference workloads to %s\n", len(frame.Objects.Workloads()), args[0])
			if partial != nil {
				return couldNot(partial)
			}
			return nil
		},
	}
	cluster.register(cmd)
	return cmd
}

// writeRecording creates the file for its owner alone: names and sizes of a
// cluster are nobody else's business.
func writeRecording(path string, frame checks.Frame, build Build) error {
	const ownerOnly = 0o600
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, ownerOnly)
	if err != nil {
		return fileError(path, err)
	}
	if err := source.WriteRecording(file, path, frame, build.Version); err != nil {
		file.Close()
		return fileError(path, err)
	}
	if err := file.Close(); err != nil {
		return fileError(path, err)
	}
	return nil
}
