package plugin

import (
	"github.com/spf13/cobra"

	"github.com/infscale/kubectl-infscale/plugin/source"
)

func newLint(streams Streams, build Build) *cobra.Command {
	var flags reportFlags
	var files source.Files
	var charts, values []string
	var world, from string
	cmd := &cobra.Command{
		Use:   "lint [-f FILE|DIR|-]... [-k DIR]... [--helm CHART [--values FILE]...]",
		Short: "Checks manifests, for CI",
		Long: `Checks manifests without a cluster.

A directory, a kustomization and a chart are taken to be complete for what belongs
to a workload (autoscalers, budgets, Services, monitors, claims): what is not in
them is called missing. A single file and standard input are not: nothing is
called missing there. --world says otherwise.

Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 wrong usage or
configuration, 3 something could not be read, 130 interrupted.`,
		Example: `  # a directory, recursively
  kubectl infscale lint -f k8s/

  # what kustomize builds, as SARIF for code scanning
  kubectl infscale lint -k overlays/prod -o sarif=infscale.sarif

  # a chart, or anything from a pipe
  kubectl infscale lint --helm charts/vllm --values prod.yaml
  helm template charts/vllm | kubectl infscale lint -f -`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := flags.parse(cmd.Flags(), streams)
			if err != nil {
				return err
			}
			files.Paths = append(files.Paths, args...)
			if from != "" {
				return inspect(cmd.Context(), source.Recording{Path: from, Stdin: streams.In}, o, selection{}, streams, build)
			}
			if len(files.Paths)+len(files.Kustomize)+len(charts) == 0 {
				return usageError("nothing to lint: name a file or directory with -f, a kustomization with -k or a chart with --helm")
			}
			if len(values) > 0 && len(charts) == 0 {
				return usageError("--values goes with --helm")
			}
			for _, chart := range charts {
				files.Helm = append(files.Helm, source.HelmChart{Chart: chart, Values: values})
			}
			if files.World, err = source.ParseWorld(world); err != nil {
				return usageError("--world: %v", err)
			}
			files.Stdin, files.Stats = streams.In, new(source.Stats)
			err = inspect(cmd.Context(), &files, o, selection{}, streams, build)
			for _, text := range files.Stats.Notes {
				note(streams.Err, text.Error())
			}
			return err
		},
	}
	f := cmd.Flags()
	flags.register(f)
	flags.complete(cmd)
	f.StringArrayVarP(&files.Paths, "filename", "f", nil, "`FILE`, directory (recursive) or - for standard input, repeatable")
	f.StringArrayVarP(&files.Kustomize, "kustomize", "k", nil, "directory with a kustomization `DIR`, repeatable")
	f.StringArrayVar(&charts, "helm", nil, "`CHART` directory or archive, rendered by helm template, repeatable")
	f.StringArrayVar(&values, "values", nil, "values `FILE` for --helm, repeatable")
	f.StringVarP(&files.Namespace, "namespace", "n", "", "`NAMESPACE` of manifests that name none")
	f.StringVar(&world, "world", "auto", "whether what is not given is missing: auto, open, closed")
	f.StringVar(&from, "from", "", "judge a recording `FILE` instead of manifests")
	return cmd
}
