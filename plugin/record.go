package plugin

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/rules"
	"github.com/infscale/kubectl-infscale/plugin/source"
)

func newRecord(streams Streams, build Build) *cobra.Command {
	var cluster clusterFlags
	var facts bool
	cmd := &cobra.Command{
		Use:   "record FILE",
		Short: "Writes what the checks read of a cluster to a file",
		Long: `Writes the objects that the checks read to a file that every verb takes with
--from. Environment values and annotations that no check reads are left out, what
looks like a token is masked, and Secrets are never read. A name that ends in .gz
is compressed.

With --facts it writes only what a cluster adds to manifests, for lint --facts:
nodes, node pools, quotas, limits, storage and runtime classes, what Prometheus
selects, versions, and how long models took to load. No workload is in it, but for
the names of the inference workloads that were measured.`,
		Example: `  # all there is to know, to look at later or elsewhere
  kubectl infscale record -A cluster.json.gz
  kubectl infscale doctor --from cluster.json.gz

  # what CI needs to judge manifests without credentials
  kubectl infscale record -A --facts facts.json
  kubectl infscale lint -f k8s/ --facts facts.json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if whole := cluster.demo || cluster.from != ""; whole && (cluster.selector != "" || *cluster.config.Namespace != "") {
				return usageError("--demo and --from are recorded as a whole: leave out -n and -l")
			}
			from, _, err := cluster.source(nil, streams)
			if err != nil {
				return err
			}
			needs := checks.NeedsOf(rules.All())
			if facts {
				needs = source.FactNeeds(needs)
			}
			frame, err := from.Load(cmd.Context(), needs)
			var partial *source.Incomplete
			if err != nil && !errors.As(err, &partial) {
				return loadError(err)
			}
			said := fmt.Sprintf("%d inference workloads", len(frame.Objects.Workloads()))
			if facts {
				frame = source.FactsOf(frame)
				said = factsText(frame)
			}
			if err := writeRecording(args[0], frame, build); err != nil {
				return err
			}
			fmt.Fprintf(streams.Err, "wrote %s to %s\n", said, cleanLines(args[0]))
			if partial != nil {
				return couldNot(partial)
			}
			return nil
		},
	}
	cluster.register(cmd)
	cluster.complete(cmd)
	cmd.Flags().BoolVar(&facts, "facts", false, "write only what a cluster adds to manifests, for lint --facts")
	return cmd
}

// factsText counts what will matter most, and says what could not be read.
func factsText(frame checks.Frame) string {
	text := fmt.Sprintf("facts of %d nodes and measured starts of %d workloads",
		len(frame.Objects.List(inventory.Node)), len(frame.Objects.Cluster().Starts))
	for _, gap := range frame.Objects.Gaps() {
		text += "; not " + gap.Kind.Info().Resource + " (" + cleanLines(gap.Reason) + ")"
	}
	return text
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
