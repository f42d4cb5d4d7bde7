package plugin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/plugin/collect"
	"github.com/infscale/kubectl-infscale/plugin/sim"
	"github.com/infscale/kubectl-infscale/plugin/source"
)

func newTrace(streams Streams, _ Build) *cobra.Command {
	var cluster clusterFlags
	var output string
	var ascii bool
	cmd := &cobra.Command{
		Use:   "trace TYPE/NAME",
		Short: "Reads a metric at every hop from the engine to the replicas, and names the first broken one",
		Long: `Reads the same number at every hop: the engine's /metrics, Prometheus' target, the
exact query of the ScaledObject or of prometheus-adapter's rule, the metrics API, the
HPA, the replicas. Says which hop is the first broken one, what proves it and what the
checks know of it, and why the autoscaler asks for as many replicas as it does.

Exit codes: 0 every hop is well, 1 one is broken, 2 wrong usage, 3 the cluster could not
be read, 130 interrupted.`,
		Example: `  # where does the number get lost, and why so many replicas?
  kubectl infscale trace deployment/vllm-llama3 -n inference

  # by its autoscaler, for a script
  kubectl infscale trace scaledobject/vllm -n inference -o json

  # in the simulated cluster
  kubectl infscale trace deployment/vllm-llama3 --demo`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if output != "text" && output != "json" {
				return usageError("-o is text or json, found %q", output)
			}
			if cluster.from != "" || cluster.allNamespaces || cluster.selector != "" {
				return usageError("trace follows one workload of a running cluster: leave out --from, -A and -l")
			}
			report, err := traceOne(cmd.Context(), &cluster, args, streams)
			if err != nil {
				return err
			}
			if output == "json" {
				err = report.json(streams.Out)
			} else {
				err = report.text(streams.Out, traceStyle{color: colorful(streams), ascii: ascii || asciiOnly(streams), width: streams.Width})
			}
			if err == nil && report.broken() {
				return &exitError{code: exitFindings}
			}
			return err
		},
	}
	cluster.register(cmd)
	cluster.complete(cmd)
	cluster.completeWorkloads(cmd, streams)
	cmd.Flags().StringVarP(&output, "output", "o", "text", "`FORMAT`: text or json")
	cmd.Flags().BoolVar(&ascii, "ascii", false, "draw with ASCII characters only")
	return cmd
}

// traceNeeds is what is read of the cluster to follow a metric, and to say why it
// gets lost.
func traceNeeds() checks.Needs {
	needs := checks.NeedsOf(causeChecks())
	needs.Kinds = checks.Kinds(needs.Kinds, checks.Autoscalers(), checks.Only(inventory.Pod, inventory.ConfigMap, inventory.APIService))
	return needs
}

func traceOne(ctx context.Context, cluster *clusterFlags, args []string, streams Streams) (*traceReport, error) {
	from, only, err := cluster.source(args, streams)
	if err != nil {
		return nil, err
	}
	frame, err := from.Load(ctx, traceNeeds())
	var partial *source.Incomplete
	if err != nil && !errors.As(err, &partial) {
		return nil, loadError(err)
	}
	if err := only.verify(frame.Objects); err != nil {
		return nil, err
	}
	w := only.workloads(frame.Objects)[only.names[0]]
	config, clock := reach(from)
	ctx, cancel := context.WithTimeout(ctx, numbersLimit(config))
	defer cancel()
	t, err := newTracer(ctx, cluster, config, frame.Objects, w, clock)
	if err != nil {
		return nil, couldNot(err)
	}
	t.judged = checks.Run(frame, causeChecks()).Findings
	return t.report(ctx)
}

// tracer follows the metrics of one workload's autoscalers.
type tracer struct {
	objects  *inventory.Snapshot
	workload *inventory.Workload
	api      *collect.APIServer
	scraper  *collect.Scraper
	// prometheus is nil when none answers; why says so.
	prometheus *collect.Prometheus
	why        string
	proxy      string // its path at the API server, for commands; "" where it is reached directly
	// starts are those that are remembered, fastest first, and who remembers.
	starts     []inventory.LoadTime
	startsFrom string
	clock      func() time.Time
	now        time.Time // when the trace began
	judged     []checks.Finding
}

func (t *tracer) report(ctx context.Context) (*traceReport, error) {
	autoscalers := t.objects.AutoscalersOf(t.workload)
	if len(autoscalers) == 0 {
		return nil, couldNot(fmt.Errorf("%s: nothing scales it that could be seen", t.workload.Ref()))
	}
	report := &traceReport{Version: 1, Workload: t.workload.Ref(), Engine: t.workload.EngineName() + " " + t.workload.Version.String()}
	t.starts, t.startsFrom = t.pastStarts(ctx)
	report.Starts = startsOf(t.starts, t.startsFrom)
	for _, a := range autoscalers {
		report.Autoscalers = append(report.Autoscalers, t.autoscaler(ctx, a))
	}
	return report, nil
}

func (t *tracer) autoscaler(ctx context.Context, a *inventory.Autoscaler) scalerTrace {
	hpa := t.objects.HPAOf(a)
	trace := scalerTrace{Ref: a.Object.Ref, Min: a.Min, Max: a.Max}
	asked := a.Combined()
	if asked != a {
		trace.Metrics = t.taken(ctx, a)
	}
	m := t.moment(hpa)
	for i, metric := range asked.Metrics {
		if metric.TriggerType == "cron" {
			m.Readings = append(m.Readings, statusReading(metric, hpa, asked.InHPA(hpa, i), m)) // nothing to follow
			continue
		}
		followed, reading := t.metric(ctx, asked, hpa, i)
		trace.Metrics = append(trace.Metrics, followed)
		if hpa != nil && followed.unread() {
			reading = statusReading(metric, hpa, asked.InHPA(hpa, i), m) // what the controller got
		}
		m.Readings = append(m.Readings, reading)
	}
	var d sim.Decision
	if hpa != nil {
		d = sim.Observe(asked, hpa, m)
		trace.Why = decision(asked, d)
	}
	trace.Replicas = t.replicas(a, d)
	return trace
}
