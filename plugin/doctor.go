package plugin

import (
	"io"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/plugin/source"
)

// clusterFlags choose a cluster and what to look at in it, as kubectl does.
type clusterFlags struct {
	config        *genericclioptions.ConfigFlags
	contexts      contextFlag
	allNamespaces bool
	selector      string
	from          string
	demo          bool
	numbers       numberFlags
}

func (c *clusterFlags) register(cmd *cobra.Command) {
	c.config = genericclioptions.NewConfigFlags(true)
	registerContext(c.config, cmd.Flags(), &c.contexts)
	cmd.Flags().BoolVarP(&c.allNamespaces, "all-namespaces", "A", false, "look at every namespace")
	cmd.Flags().StringVarP(&c.selector, "selector", "l", "", "look only at workloads with these `LABELS`")
	cmd.Flags().StringVar(&c.from, "from", "", "judge a recording `FILE` instead of a cluster")
	cmd.Flags().BoolVar(&c.demo, "demo", false, "look at the built-in simulated cluster: no cluster, no GPU, no network")
	c.numbers.register(cmd)
}

// source turns the flags into the place to look at and the part of it.
func (c *clusterFlags) source(args []string, streams Streams) (loader, selection, error) {
	var only selection
	if err := c.numbers.validate(); err != nil {
		return nil, only, err
	}
	if c.demo {
		world, only, err := c.demoSource(args)
		if err != nil {
			return nil, only, err
		}
		world.Advance(demoMoment)
		return world, only, nil
	}
	if c.selector != "" {
		parsed, err := labels.Parse(c.selector)
		if err != nil {
			return nil, only, usageError("-l %s: %v", c.selector, err)
		}
		only.selector = parsed
	}
	if c.from != "" && (len(c.numbers.dcgm) > 0 || c.numbers.prometheus != prometheusAuto) {
		return nil, only, usageError("--from brings its own numbers: leave out --prometheus and --dcgm")
	}
	if c.allNamespaces && len(args) > 0 {
		return nil, only, usageError("a workload by name is looked for in one namespace: leave out -A or the name")
	}
	namespace := ""
	if c.from == "" || *c.config.Namespace != "" {
		var err error
		if namespace, _, err = c.config.ToRawKubeConfigLoader().Namespace(); err != nil {
			return nil, only, couldNot(err)
		}
	}
	var err error
	if only.names, err = parseNames(args, namespace); err != nil {
		return nil, only, err
	}
	if c.from != "" {
		if !c.allNamespaces {
			only.namespace = namespace // a recording is read as a whole
		}
		return recordingFrom(c.from, streams), only, nil
	}
	live, err := c.live(only.names, namespace)
	if err != nil {
		return nil, only, err
	}
	numbers := withNumbers{
		loader: withProgress{live, newProgress(streams)},
		flags:  &c.numbers, config: live.Config, line: newProgress(streams),
	}
	return numbers, only, nil
}

// recordingFrom reads a recording, and says which of its frames where there are
// several.
func recordingFrom(path string, streams Streams) source.Recording {
	return source.Recording{Path: path, Stdin: streams.In, Chose: func(words string) { note(streams.Err, words) }}
}

// live is the cluster that the flags mean.
func (c *clusterFlags) live(names []inventory.Ref, namespace string) (*source.Live, error) {
	config, err := connection(c.config)
	if err != nil {
		return nil, err
	}
	live := &source.Live{Config: config, ContextNamespace: namespace, Names: names, LabelSelector: c.selector}
	if !c.allNamespaces {
		live.Namespaces = []string{namespace}
	}
	return live, nil
}

func newDoctor(streams Streams, build Build) *cobra.Command {
	var flags reportFlags
	cluster := clusterFlags{contexts: contextFlag{several: true}}
	var printRBAC bool
	cmd := &cobra.Command{
		Use:   "doctor [TYPE/NAME]...",
		Short: "Inspects the inference workloads of a live cluster",
		Long: `Inspects every inference workload of a namespace (or of all with -A): its
autoscaler, metric path, start-up, cache, shutdown, disruption budget and capacity.

It only reads. What it may not read is printed as skipped, never as missing;
--print-rbac prints the smallest role for the checks asked for.

Several --context are looked at side by side, each in its own namespace unless -n or
-A says otherwise, and come out as one report. A cluster that does not answer is said
to be so beside what the others show; the exit code is then 3, whatever was found. A
baseline knows its findings by context.

Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 wrong usage or
configuration, 3 the cluster could not be read, 130 interrupted.`,
		Example: `  # the current namespace, and the whole cluster
  kubectl infscale doctor
  kubectl infscale doctor -A

  # no cluster at hand: a simulated one
  kubectl infscale doctor --demo

  # every day: what is new, and what is gone
  kubectl infscale doctor -A -o json=today.json --baseline yesterday.json

  # several clusters in one run
  kubectl infscale doctor -A --context gke-prod --context eks-prod

  # one workload, with the evidence behind each finding
  kubectl infscale doctor deployment/vllm-llama3 -n inference -o wide

  # the permissions it needs
  kubectl infscale doctor -A --print-rbac | kubectl apply -f -`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := flags.parse(cmd.Flags(), streams)
			if err != nil {
				return err
			}
			if printRBAC && len(cluster.contexts.names) > 1 {
				return usageError("--print-rbac is about one cluster: give one --context")
			}
			if printRBAC {
				return cluster.printRBAC(source.PrintRBAC, checks.NeedsOf(o.checks), streams)
			}
			places, err := cluster.places(args, streams)
			if err != nil {
				return err
			}
			return inspect(cmd.Context(), places, o, streams, build)
		},
	}
	flags.register(cmd.Flags())
	flags.complete(cmd)
	cluster.register(cmd)
	cluster.complete(cmd)
	cluster.completeWorkloads(cmd, streams)
	cmd.Flags().BoolVar(&printRBAC, "print-rbac", false, "print the smallest Role or ClusterRole for the checks asked for, and look at nothing")
	return cmd
}

// printRBAC writes the roles for the namespaces that the flags mean.
func (c *clusterFlags) printRBAC(write func(io.Writer, checks.Needs, []string) error, needs checks.Needs, streams Streams) error {
	var namespaces []string
	if !c.allNamespaces {
		namespace, _, err := c.config.ToRawKubeConfigLoader().Namespace()
		if err != nil {
			return couldNot(err)
		}
		namespaces = []string{namespace}
	}
	return write(streams.Out, needs, namespaces)
}
