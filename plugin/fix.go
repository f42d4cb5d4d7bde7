package plugin

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/rules"
	"github.com/infscale/kubectl-infscale/plugin/fix"
	"github.com/infscale/kubectl-infscale/plugin/sim"
	"github.com/infscale/kubectl-infscale/plugin/source"
)

// fixFlags are the flags of fix, as typed.
type fixFlags struct {
	report    reportFlags
	cluster   clusterFlags
	allSafe   bool
	diff      bool
	dryRun    string
	yes       bool
	output    string
	outputDir string
	undo      bool
	history   bool
}

// Words for --dry-run.
const (
	dryRunNone   = "none"   // apply, once the diff was shown and confirmed
	dryRunClient = "client" // show the diff and ask nobody
	dryRunServer = "server" // show the diff and what the API server says to it
)

func newFix(streams Streams, _ Build) *cobra.Command {
	flags := fixFlags{report: reportFlags{failOn: "error", show: "warning"}}
	var files fileFlags
	cmd := &cobra.Command{
		Use:   "fix [CHECK | TYPE/NAME | FINGERPRINT]...",
		Short: "Repairs what doctor found, and takes it back",
		Long: `Without arguments it lists what can be repaired. With a check, an object (or its
workload) or a finding's fingerprint it shows the difference and what the API server
says to it, asks, applies, and looks again whether the finding is gone.

  safe     autoscalers, disruption budgets and monitors; no pod restarts
  unsafe   changes behaviour, capacity or a pod template; one that restarts pods is
           applied to one object at a time, and not while a rollout lacks GPUs
  manual   for people to decide: kubectl infscale explain CHECK says how

What Argo CD, Flux, Helm or a controller owns is never written: the patch for its
source is printed instead, or written to --output-dir. What kubectl and other tools of
people's wrote is taken over after the difference has said so.

With -f it repairs manifests: a unified diff of all safe fixes, or of those named,
and --write changes the files. Comments and layout stay as they are.

Each applied fix is in the journal with the former values of the fields it touched:
$XDG_STATE_HOME/kubectl-infscale, or ~/.local/state/kubectl-infscale.

Exit codes: 0 done, or nothing to do; 1 something was not done; 2 wrong usage; 3 the
cluster could not be read; 130 interrupted. With --diff: 0 no difference, 1 there are
some, more than 1 an error.`,
		Example: `  # what can be repaired, and what each would change
  kubectl infscale fix -n inference
  kubectl infscale fix --demo
  kubectl infscale fix --all-safe --diff -n inference

  # one check's findings, one object's, one finding; --yes does not ask
  kubectl infscale fix keda-mean-with-averagevalue
  kubectl infscale fix scaledobject/vllm --yes
  kubectl infscale fix 3f9a1c22

  # patches for Git, one file per object
  kubectl infscale fix --all-safe -A -o yaml --output-dir patches

  # manifests: a diff of what is safe; everything that files can take, written
  kubectl infscale fix -f k8s/
  kubectl infscale fix -f k8s/ --include-unsafe --write

  # take the last one back; see what was applied
  kubectl infscale fix --undo
  kubectl infscale fix --history`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if files.asked() {
				return files.fix(cmd, args, &flags, streams)
			}
			if err := flags.validate(args); err != nil {
				return err
			}
			if flags.history {
				return history(streams)
			}
			run, err := flags.begin(cmd, streams)
			if err != nil {
				return err
			}
			defer os.RemoveAll(run.scratch)
			if flags.undo {
				return run.undo(cmd.Context(), args)
			}
			return run.repair(cmd.Context(), args)
		},
		ValidArgsFunction: completeCheckArguments,
	}
	flags.register(cmd)
	files.register(cmd)
	cmd.AddCommand(newScaffold(streams))
	return cmd
}

func (f *fixFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	f.cluster.register(cmd)
	f.cluster.complete(cmd)
	flags.StringVar(&f.report.checks, "checks", "", "run only the checks `a,b`, or all but -c")
	flags.StringVar(&f.report.config, "config", "", "configuration `FILE`; else .infscale.yaml is looked for from here upward")
	flags.BoolVar(&f.allSafe, "all-safe", false, "choose every safe fix")
	flags.BoolVar(&f.diff, "diff", false, "print the difference alone, with $KUBECTL_EXTERNAL_DIFF if that is set")
	flags.StringVar(&f.dryRun, "dry-run", dryRunNone, "`client` shows the difference, server also what the API server says to it, none applies it")
	flags.BoolVarP(&f.yes, "yes", "y", false, "apply without asking")
	flags.StringVarP(&f.output, "output", "o", "", "print the patches, as `yaml` or json, and apply nothing")
	flags.StringVar(&f.outputDir, "output-dir", "", "write patches for files to this `DIR` instead of standard output")
	flags.BoolVar(&f.undo, "undo", false, "take back the last applied fix, or the one with the ID that follows")
	flags.BoolVar(&f.history, "history", false, "list the applied fixes")
	// They can only fail for a flag that is not registered.
	_ = cmd.RegisterFlagCompletionFunc("checks", completeCheckList)
	_ = cmd.RegisterFlagCompletionFunc("dry-run", cobra.FixedCompletions([]string{dryRunNone, dryRunClient, dryRunServer}, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"yaml", "json"}, cobra.ShellCompDirectiveNoFileComp))
}

// validate refuses flags that contradict each other.
func (f *fixFlags) validate(args []string) error {
	chosen := f.allSafe || len(args) > 0
	switch {
	case !slices.Contains([]string{dryRunNone, dryRunClient, dryRunServer}, f.dryRun):
		return usageError("--dry-run is none, client or server, found %q", f.dryRun)
	case f.output != "" && f.output != "yaml" && f.output != "json":
		return usageError("-o is yaml or json, found %q", f.output)
	case f.undo && len(args) > 1:
		return usageError("--undo takes one ID; see --history")
	case f.history && len(args) > 0, f.undo && f.history, f.allSafe && (f.undo || f.history):
		return usageError("--undo, --history and --all-safe stand alone")
	case f.cluster.from != "" && (chosen || f.undo || f.history):
		return usageError("a recording can be listed, not repaired: leave out --from")
	case f.cluster.demo && (f.undo || f.history):
		return usageError("the demo begins anew with every run: --undo and --history have nothing to tell of it; watch --demo undoes with the key u")
	case (f.undo || f.history) && (f.output != "" || f.outputDir != ""):
		return usageError("-o and --output-dir are for the patches of what is chosen: leave them out with --undo and --history")
	case f.history && (f.yes || f.diff || f.dryRun != dryRunNone):
		return usageError("--history lists, and changes nothing: leave out --yes, --diff and --dry-run")
	case f.yes && (f.diff || f.output != "" || f.dryRun != dryRunNone):
		return usageError("--yes applies; --diff, -o and --dry-run do not")
	case f.undo || f.history:
		return nil
	case !chosen && (f.diff || f.yes || f.output != "" || f.outputDir != "" || f.dryRun != dryRunNone):
		return usageError("nothing is chosen: name a check, an object or a fingerprint, or give --all-safe")
	case f.outputDir != "" && (f.diff || f.output == "json"):
		return usageError("--output-dir takes patches as YAML: leave out --diff and -o json")
	}
	return nil
}

// fixRun is one run of fix.
type fixRun struct {
	*fixFlags
	streams   Streams
	namespace string // of names without one
	named     []inventory.Ref
	from      loader
	only      selection
	options   options
	fixer     *fix.Fixer // nil when a recording is listed
	scratch   string     // a folder to remove at the end
}

func (f *fixFlags) begin(cmd *cobra.Command, streams Streams) (*fixRun, error) {
	o, err := f.report.parse(cmd.Flags(), streams)
	if err != nil {
		return nil, err
	}
	run := &fixRun{fixFlags: f, streams: streams, options: o}
	if run.from, run.only, err = f.cluster.source(nil, streams); err != nil || f.cluster.from != "" {
		return run, err
	}
	if world, demo := run.from.(*sim.World); demo {
		return run, run.beginDemo(world)
	}
	if run.namespace, _, err = f.cluster.config.ToRawKubeConfigLoader().Namespace(); err != nil {
		return nil, couldNot(err)
	}
	config, _ := reach(run.from)
	run.fixer = &fix.Fixer{Server: config.Host, Now: time.Now, NoDryRun: f.dryRun == dryRunClient}
	if run.fixer.Cluster, err = fix.NewCluster(config); err != nil {
		return nil, couldNot(err)
	}
	run.fixer.Journal, err = journal(streams.Env)
	return run, err
}

// beginDemo repairs the simulated cluster, which ends with the run, and so does
// its journal.
func (r *fixRun) beginDemo(world *sim.World) error {
	dir, err := os.MkdirTemp("", "infscale-demo-")
	if err != nil {
		return couldNot(err)
	}
	r.namespace, r.scratch = demoNamespace, dir
	r.fixer = &fix.Fixer{Cluster: demoCluster(world), Journal: fix.Journal{Dir: dir}, Server: "demo", Now: time.Now, NoDryRun: r.dryRun == dryRunClient}
	return nil
}

// load judges the cluster by the checks, and by what decides whether a rollout
// is possible. What was named has to be there.
func (r *fixRun) load(ctx context.Context, list []*checks.Check) (checks.Report, error) {
	frame, err := r.from.Load(ctx, checks.NeedsOf(list))
	var partial *source.Incomplete
	if err != nil && !errors.As(err, &partial) {
		return checks.Report{}, loadError(err)
	}
	for _, ref := range r.named {
		if _, presence := frame.Objects.Find(ref); presence == inventory.Absent {
			return checks.Report{}, couldNot(&source.NotFound{Ref: ref})
		}
	}
	report := checks.Run(frame, list)
	if partial != nil {
		report.Problems = partial.Problems
	}
	r.only.keep(&report, frame.Objects)
	suppress(&report, r.options, time.Now())
	return report, nil
}

// noteBlind says that more may be wrong than is told: what may not be listed
// hides what could be repaired.
func (r *fixRun) noteBlind(report checks.Report) {
	var reasons []string
	for _, problem := range report.Problems {
		reasons = append(reasons, problem.Error())
	}
	for _, skip := range report.Skipped {
		if !slices.Contains(reasons, skip.Reason) {
			reasons = append(reasons, skip.Reason)
		}
	}
	if len(reasons) == 0 {
		return
	}
	text := "not everything could be looked at: " + reasons[0]
	if more := len(reasons) - 1; more > 0 {
		text += fmt.Sprintf(", and %d more; doctor lists them", more)
	}
	note(r.streams.Err, text)
}

// judges are the checks that a choice needs: those chosen, and the one that may
// forbid a restart.
func (r *fixRun) judges(choice fix.Choice) []*checks.Check {
	spare := rules.ByID(fix.SpareGPU)
	var list []*checks.Check
	narrow := len(choice.Checks) > 0 && !choice.AllSafe && len(choice.Objects)+len(choice.Fingerprints) == 0
	for _, check := range r.options.checks {
		if check.ID != spare.ID && (!narrow || slices.Contains(choice.Checks, check.ID)) {
			list = append(list, check)
		}
	}
	return append(list, spare)
}
