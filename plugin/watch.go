package plugin

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/plugin/sim"
	"github.com/infscale/kubectl-infscale/plugin/source"
	"github.com/infscale/kubectl-infscale/tui"
)

// watchFlags are the flags of watch, as typed.
type watchFlags struct {
	report   reportFlags
	cluster  clusterFlags
	interval time.Duration
	readOnly bool
	noMouse  bool
	palette  string
	once     bool
	rbac     bool
	times    string // a file for how long each screen took
}

func newWatch(streams Streams, build Build) *cobra.Command {
	flags := watchFlags{report: reportFlags{failOn: "error", show: "warning"}}
	cmd := &cobra.Command{
		Use:   "watch [TYPE/NAME]...",
		Short: "Shows a fleet live: queues, replicas, cold starts, findings, and repairs it",
		Long: `Shows the inference workloads of a namespace (or of all with -A) while they scale:
queue, running requests, KV cache, time to first token, GPU utilisation, replicas,
cold starts with what is left of the probe's window, why the autoscaler wants as many
replicas as it does, and what is wrong, with the fix one key away. ? lists the keys.

Nothing is changed before the difference was shown and y pressed; --read-only takes
these keys away. --from replays a file that the key r, or record, has written.

Without a terminal it prints a JSON object for each frame, or with --once a table.`,
		Example: `  # a simulated fleet at lunch: no cluster, no GPU, no network
  kubectl infscale watch --demo

  # a namespace; everything, with the keys that write taken away
  kubectl infscale watch -n inference
  kubectl infscale watch -A --read-only

  # what the key r has recorded
  kubectl infscale watch --from infscale-20260101T120000.jsonl.gz

  # one look as a table, and every look as JSON
  kubectl infscale watch --once
  kubectl infscale watch -A | jq '.workloads[] | [.ref.name, .numbers."queue-depth".value]'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if flags.rbac {
				return flags.printRBAC(cmd, streams)
			}
			w, err := flags.begin(cmd, args, streams, build)
			if err != nil {
				return err
			}
			return w.run(cmd.Context())
		},
	}
	flags.register(cmd)
	flags.cluster.completeWorkloads(cmd, streams)
	return cmd
}

func (f *watchFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	f.cluster.register(cmd)
	f.cluster.complete(cmd)
	flags.StringVar(&f.report.checks, "checks", "", "run only the checks `a,b`, or all but -c")
	flags.StringVar(&f.report.config, "config", "", "configuration `FILE`; else .infscale.yaml is looked for from here upward")
	flags.BoolVar(&f.report.noInline, "no-inline-suppressions", false, "show findings that annotations suppress, for audits")
	flags.BoolVar(&f.report.ascii, "ascii", false, "draw with ASCII characters only")
	flags.DurationVar(&f.interval, "interval", defaultInterval, "`TIME` between two looks at the numbers; objects are shown when they change")
	flags.BoolVar(&f.readOnly, "read-only", false, "take the keys away that change something")
	flags.BoolVar(&f.noMouse, "no-mouse", false, "leave the mouse to the terminal, which selects text with it")
	flags.StringVar(&f.palette, "palette", "", "`COLOURS`: default, colour-blind or mono")
	flags.BoolVar(&f.rbac, "print-rbac", false, "print the smallest Role or ClusterRole for what is watched, and look at nothing")
	flags.BoolVar(&f.once, "once", false, "print one frame as a table, and end")
	flags.StringVar(&f.times, "frame-times", "", "write how long each screen took to this `FILE`, its cause and the milliseconds in a line")
	// They can only fail for a flag that is not registered.
	_ = flags.MarkHidden("frame-times") // for measurements
	_ = cmd.RegisterFlagCompletionFunc("checks", completeCheckList)
	_ = cmd.RegisterFlagCompletionFunc("palette", cobra.FixedCompletions(paletteNames(), cobra.ShellCompDirectiveNoFileComp))
}

// printRBAC writes what watching takes; what the fixes write stays the user's own
// to grant.
func (f *watchFlags) printRBAC(cmd *cobra.Command, streams Streams) error {
	o, err := f.report.parse(cmd.Flags(), streams)
	if err != nil {
		return err
	}
	return f.cluster.printRBAC(source.PrintWatchRBAC, tui.Needs(o.checks), streams)
}

func paletteNames() []string {
	var all []string
	for _, p := range tui.Palettes() {
		all = append(all, string(p))
	}
	return all
}

// The shortest and the longest --interval.
const (
	shortestInterval = time.Second
	longestInterval  = 10 * time.Minute
)

// validate refuses what cannot be meant, before anything is opened.
func (f *watchFlags) validate(args []string, streams Streams) error {
	switch {
	case f.interval < shortestInterval || f.interval > longestInterval:
		return usageError("--interval is between %s and %s, found %s", shortestInterval, longestInterval, f.interval)
	case f.palette != "" && !slices.Contains(paletteNames(), f.palette):
		return usageError("--palette is %s, found %q%s", strings.Join(paletteNames(), ", "), f.palette, suggestion(f.palette, paletteNames()))
	case f.cluster.from == "-":
		return usageError("--from: a recording on standard input cannot be replayed: write it to a file")
	case f.cluster.from != "" && len(args) > 0:
		return usageError("--from shows all of a recording: leave out the names, and filter with /")
	case streams.Terminal && !f.once && streams.Env("TERM") == "dumb":
		return usageError("TERM=dumb is a terminal without a screen: use --once")
	}
	return nil
}

// watchRun is one run of watch.
type watchRun struct {
	*watchFlags
	streams Streams
	build   Build
	options options
	only    selection
	needs   checks.Needs
	world   *sim.World // of the demo
}

func (f *watchFlags) begin(cmd *cobra.Command, args []string, streams Streams, build Build) (*watchRun, error) {
	if err := f.validate(args, streams); err != nil {
		return nil, err
	}
	o, err := f.report.parse(cmd.Flags(), streams)
	if err != nil {
		return nil, err
	}
	w := &watchRun{watchFlags: f, streams: streams, build: build, options: o, needs: tui.Needs(o.checks)}
	if f.cluster.demo {
		w.world, w.only, err = f.cluster.demoSource(args)
	} else {
		_, w.only, err = f.cluster.source(args, streams) // validates names, labels and addresses
	}
	return w, err
}

// run shows the fleet in the way that standard output can.
func (w *watchRun) run(ctx context.Context) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGHUP) // the terminal is gone: what is open is closed all the same
	defer stop()
	session, err := w.open(ctx, "")
	if err != nil {
		return err
	}
	o := w.screen(session)
	switch {
	case w.once:
		defer session.Close()
		return w.outcome(ctx, tui.Once(ctx, w.streams.Out, o, w.streams.Width, colorful(w.streams)))
	case !w.streams.Terminal:
		defer session.Close()
		return w.outcome(ctx, tui.Lines(ctx, w.streams.Out, o))
	}
	return w.outcome(ctx, w.show(ctx, o))
}

// show runs the screen, and measures it where that is wanted.
func (w *watchRun) show(ctx context.Context, o tui.Options) (err error) {
	if w.times != "" {
		file, err := os.Create(w.times)
		if err != nil {
			return err
		}
		lines := bufio.NewWriter(file)
		defer func() { err = errors.Join(err, lines.Flush(), file.Close()) }()
		o.Drawn = func(cause tui.Cause, took time.Duration) {
			fmt.Fprintf(lines, "%s %.3f\n", cause, float64(took)/float64(time.Millisecond)) // Flush tells what fails
		}
	}
	return tui.Run(ctx, w.streams.In, w.streams.Out, o)
}

// outcome tells a place that could not be looked at from what broke here.
func (w *watchRun) outcome(ctx context.Context, err error) error {
	switch {
	case errors.Is(err, tui.ErrInterrupted):
		return &exitError{code: exitInterrupted}
	case err == nil || ctx.Err() != nil:
		return ctx.Err()
	}
	return couldNot(err)
}

// screen says how to look.
func (w *watchRun) screen(session tui.Session) tui.Options {
	o := tui.Options{
		Session: session, Checks: w.options.checks, Judge: w.judge, Why: why,
		ReadOnly: w.readOnly, Mouse: !w.noMouse, ASCII: w.options.ascii || asciiOnly(w.streams),
		Palette: tui.Palette(w.palette),
	}
	if o.Palette == "" {
		o.Palette = tui.PaletteDefault
	}
	if !colorful(w.streams) {
		o.Palette = tui.PaletteMono
	}
	if session.Recording == nil {
		o.Record = func() (tui.Recorder, error) {
			return newRecorder(fmt.Sprintf("infscale-%s.jsonl.gz", time.Now().Format("20060102T150405")), w.build)
		}
	}
	if w.cluster.from == "" && w.world == nil {
		o.Contexts, o.Open = w.contexts(), w.open
	}
	return o
}

// judge runs the checks, and leaves out what was not asked for.
func (w *watchRun) judge(frame checks.Frame) checks.Report {
	report := checks.Run(frame, w.options.checks)
	w.only.keep(&report, frame.Objects)
	suppress(&report, w.options, time.Now())
	return report
}
