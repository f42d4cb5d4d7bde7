package plugin

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/plugin/source"
)

// lintFlags say what to lint and on what ground, as typed.
type lintFlags struct {
	report         reportFlags
	files          source.Files
	charts, values []string
	world, from    string
	changedSince   string
	live           bool
	facts          string
	cluster        *genericclioptions.ConfigFlags
	context        contextFlag
	allNamespaces  bool
	numbers        numberFlags
}

func (l *lintFlags) register(f *pflag.FlagSet) {
	l.report.register(f)
	f.StringArrayVarP(&l.files.Paths, "filename", "f", nil, "`FILE`, directory (recursive) or - for standard input, repeatable")
	f.StringArrayVarP(&l.files.Kustomize, "kustomize", "k", nil, "directory with a kustomization `DIR`, repeatable")
	f.StringArrayVar(&l.charts, "helm", nil, "`CHART` directory or archive, rendered by helm template, repeatable")
	f.StringArrayVar(&l.values, "values", nil, "values `FILE` for --helm, repeatable")
	f.StringVarP(&l.files.Namespace, "namespace", "n", "", "`NAMESPACE` of manifests that name none")
	f.StringVar(&l.world, "world", "auto", "whether what is not given is missing: auto, open, closed")
	f.StringVar(&l.from, "from", "", "judge a recording `FILE` instead of manifests")
	f.StringVar(&l.changedSince, "changed-since", "", "report only what stands in files that changed since the git `REVISION`")
	f.BoolVar(&l.live, "live", false, "also ask the cluster for what manifests do not show: nodes, quotas, how long models loaded")
	f.StringVar(&l.facts, "facts", "", "the same from a `FILE` that record --facts wrote: no cluster is asked")
	f.BoolVarP(&l.allNamespaces, "all-namespaces", "A", false, "with --live: look at every namespace, not only those of the manifests")
	f.StringVar(&l.numbers.prometheus, "prometheus", prometheusAuto, "with --live: `URL` of a Prometheus; auto looks for its Service, none asks the engines themselves")
	whole := genericclioptions.NewConfigFlags(true)
	l.cluster = &genericclioptions.ConfigFlags{
		KubeConfig: whole.KubeConfig, Context: whole.Context, Impersonate: whole.Impersonate, ImpersonateGroup: whole.ImpersonateGroup, Timeout: whole.Timeout,
	}
	registerContext(l.cluster, f, &l.context)
}

func newLint(streams Streams, build Build) *cobra.Command {
	var flags lintFlags
	cmd := &cobra.Command{
		Use:   "lint [-f FILE|DIR|-]... [-k DIR]... [--helm CHART [--values FILE]...]",
		Short: "Checks manifests, for CI",
		Long: `Checks manifests without a cluster, or on the ground of what one shows.

A directory, a kustomization and a chart are taken to be complete for what belongs
to a workload (autoscalers, budgets, Services, monitors, claims): what is not in
them is called missing. A single file and standard input are not: nothing is
called missing there. --world says otherwise.

What manifests do not show (GPUs and where they are, quotas, the versions that run,
how long models really loaded) comes from the cluster with --live, or from a file
with --facts, so that CI needs no credentials.

Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 wrong usage or
configuration, 3 something could not be read, 130 interrupted.`,
		Example: `  # a directory, recursively
  kubectl infscale lint -f k8s/

  # what kustomize builds, as SARIF for code scanning
  kubectl infscale lint -k overlays/prod -o sarif=infscale.sarif

  # a chart, or anything from a pipe
  kubectl infscale lint --helm charts/vllm --values prod.yaml
  helm template charts/vllm | kubectl infscale lint -f -

  # only new findings fail: write down those that are known
  kubectl infscale lint -f k8s/ --write-baseline known.json
  kubectl infscale lint -f k8s/ --baseline known.json

  # a pull request: only what stands in files that it changes
  kubectl infscale lint -f k8s/ --changed-since origin/main

  # would it fit into the cluster? asked now, or recorded before for CI
  kubectl infscale lint -f k8s/ --live
  kubectl infscale record -A --facts facts.json
  kubectl infscale lint -f k8s/ --facts facts.json`,
		RunE: func(cmd *cobra.Command, args []string) error { return flags.run(cmd, args, streams, build) },
	}
	flags.register(cmd.Flags())
	flags.report.complete(cmd)
	return cmd
}

func (l *lintFlags) run(cmd *cobra.Command, args []string, streams Streams, build Build) error {
	o, err := l.report.parse(cmd.Flags(), streams)
	if err != nil {
		return err
	}
	if err := l.validate(cmd.Flags(), args); err != nil {
		return err
	}
	if l.changedSince != "" {
		if o.changed, err = changedSince(cmd.Context(), l.changedSince); err != nil {
			return err
		}
	}
	if l.from != "" {
		return inspect(cmd.Context(), []site{{from: recordingFrom(l.from, streams)}}, o, streams, build)
	}
	l.files.Paths = append(l.files.Paths, args...)
	for _, chart := range l.charts {
		l.files.Helm = append(l.files.Helm, source.HelmChart{Chart: chart, Values: l.values})
	}
	if l.files.World, err = source.ParseWorld(l.world); err != nil {
		return usageError("--world: %v", err)
	}
	l.files.Stdin, l.files.Stats = streams.In, new(source.Stats)
	from, err := l.ground(streams)
	if err != nil {
		return err
	}
	err = inspect(cmd.Context(), []site{{from: from}}, o, streams, build)
	for _, text := range l.files.Stats.Notes {
		note(streams.Err, text.Error())
	}
	return err
}

// validate refuses flags that do not go together.
func (l *lintFlags) validate(flags *pflag.FlagSet, args []string) error {
	given := len(l.files.Paths) + len(l.files.Kustomize) + len(l.charts) + len(args)
	switch {
	case l.from != "" && (l.live || l.facts != "" || given > 0):
		return usageError("--from is a whole input: leave out the manifests, --live and --facts")
	case l.live && l.facts != "":
		return usageError("--live asks the cluster and --facts a file: choose one")
	case l.from == "" && given == 0:
		return usageError("nothing to lint: name a file or directory with -f, a kustomization with -k or a chart with --helm")
	case len(l.values) > 0 && len(l.charts) == 0:
		return usageError("--values goes with --helm")
	}
	if l.live {
		return l.numbers.validate()
	}
	for _, name := range []string{"kubeconfig", "context", "as", "as-group", "request-timeout", "all-namespaces", "prometheus"} {
		if flags.Changed(name) {
			return usageError("--%s goes with --live: lint asks no cluster without it", name)
		}
	}
	return nil
}

// ground is the manifests alone, or laid over a cluster's facts.
func (l *lintFlags) ground(streams Streams) (loader, error) {
	switch {
	case l.facts != "":
		recording := source.Recording{Path: l.facts, Stdin: streams.In, Facts: true}
		return source.Overlay{Files: &l.files, Cluster: func(ctx context.Context, needs checks.Needs, _ []string) (checks.Frame, error) {
			return recording.Load(ctx, needs)
		}}, nil
	case l.live:
		return l.overCluster(streams)
	}
	return &l.files, nil
}

// overCluster asks the cluster about the namespaces of the manifests. Those that
// name none get the one that kubectl apply would put them in.
func (l *lintFlags) overCluster(streams Streams) (loader, error) {
	config, err := connection(l.cluster)
	if err != nil {
		return nil, err
	}
	if l.files.Namespace == "" {
		if l.files.Namespace, _, err = l.cluster.ToRawKubeConfigLoader().Namespace(); err != nil {
			return nil, couldNot(err)
		}
	}
	return source.Overlay{Files: &l.files, Cluster: func(ctx context.Context, needs checks.Needs, namespaces []string) (checks.Frame, error) {
		live := &source.Live{Config: config, ContextNamespace: l.files.Namespace, Namespaces: namespaces}
		if l.allNamespaces {
			live.Namespaces = nil
		} else if len(namespaces) == 0 {
			live.Namespaces = []string{l.files.Namespace}
		}
		return withNumbers{
			loader: withProgress{live, newProgress(streams)},
			flags:  &l.numbers, config: config, line: newProgress(streams),
		}.Load(ctx, needs)
	}}, nil
}
