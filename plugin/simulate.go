package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/plugin/sim"
	"github.com/infscale/kubectl-infscale/plugin/source"
)

// simulateFlags are what simulate has beside the place to look at.
type simulateFlags struct {
	cluster  clusterFlags
	files    []string
	scenario string
	sets     []string
	output   string
	ascii    bool
}

func newSimulate(streams Streams) *cobra.Command {
	var flags simulateFlags
	cmd := &cobra.Command{
		Use:   "simulate [TYPE/NAME] [--set KEY=VALUE]... [--scenario FILE]",
		Short: "What the autoscaler would do under a load, as it is and with other settings",
		Long: `Runs the arithmetic of the HPA controller and of KEDA, cold starts and GPU capacity
against a load, without touching anything: the autoscaler as it is, and beside it
with the settings that --set tries. The load is made up, a working day whose peak
needs most of what the maximum allows, unless --scenario FILE says what arrives and
how fast the replicas serve and start.

Settings:
` + settingsHelp() + `
Exit codes: 0 done, 2 wrong usage, 3 the place could not be read, 130 interrupted.`,
		Example: `  # the demo's fleet at lunch: what would more replicas at the bottom bring?
  kubectl infscale simulate deployment/vllm-llama3 --demo --set min=4

  # manifests, under a load of one's own
  kubectl infscale simulate -f k8s/ --scenario day.yaml --set threshold=8 --set scaleUp=2/120s

  # a running cluster, as JSON
  kubectl infscale simulate scaledobject/vllm -n inference --set max=12 -o json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return flags.run(cmd.Context(), args, streams)
		},
	}
	flags.cluster.register(cmd)
	flags.cluster.complete(cmd)
	flags.cluster.completeWorkloads(cmd, streams)
	f := cmd.Flags()
	f.StringArrayVarP(&flags.files, "filename", "f", nil, "`FILE`, directory or - for standard input instead of a cluster, repeatable")
	f.StringVar(&flags.scenario, "scenario", "", "`FILE` with the load")
	f.StringArrayVar(&flags.sets, "set", nil, "try the autoscaler with `KEY=VALUE`, repeatable")
	f.StringVarP(&flags.output, "output", "o", "text", "`FORMAT`: text or json")
	f.BoolVar(&flags.ascii, "ascii", false, "draw with ASCII characters only")
	return cmd
}

func settingsHelp() string {
	var b strings.Builder
	for _, key := range sim.ChangeKeys() {
		fmt.Fprintf(&b, "  %-17s %s\n", key[0], key[1])
	}
	return b.String()
}

func (f *simulateFlags) run(ctx context.Context, args []string, streams Streams) error {
	if f.output != "text" && f.output != "json" {
		return usageError("-o is text or json, found %q", f.output)
	}
	changes, err := f.changes()
	if err != nil {
		return err
	}
	from, only, err := f.source(args, streams)
	if err != nil {
		return err
	}
	frame, err := from.Load(ctx, simulateNeeds())
	var partial *source.Incomplete
	if err != nil && !errors.As(err, &partial) {
		return loadError(err)
	}
	if len(f.files) > 0 {
		if err := only.place(frame.Objects); err != nil {
			return err
		}
	}
	if err := only.verify(frame.Objects); err != nil {
		return err
	}
	w, err := f.workload(frame.Objects, only)
	if err != nil {
		return err
	}
	scenario, err := f.load(w, frame.Objects)
	if err != nil {
		return err
	}
	scenario.Learn(frame.Objects, w)
	report, err := whatIf(ctx, scenario, frame, w, only, changes)
	if err != nil {
		return err
	}
	if f.output == "json" {
		return report.json(streams.Out)
	}
	return report.text(streams.Out, chartStyle{ascii: f.ascii || asciiOnly(streams), color: colorful(streams), width: streams.Width})
}

// simulateNeeds is what is read of a cluster for a run.
func simulateNeeds() checks.Needs {
	around := checks.Only(inventory.Node, inventory.CronJob, inventory.Prometheus, inventory.ServiceMonitor, inventory.PodMonitor, inventory.Service)
	return checks.Needs{Kinds: checks.Kinds(traceNeeds().Kinds, around)}
}

func (f *simulateFlags) changes() ([]sim.Change, error) {
	var all []sim.Change
	for _, text := range f.sets {
		c, err := sim.ParseChange(text)
		if err != nil {
			var keys []string
			for _, key := range sim.ChangeKeys() {
				keys = append(keys, key[0])
			}
			return nil, usageError("--set: %v%s", err, suggestion(text, keys))
		}
		all = append(all, c)
	}
	return all, nil
}

// source is a cluster, a recording, the demo or manifests.
func (f *simulateFlags) source(args []string, streams Streams) (loader, selection, error) {
	if len(f.files) == 0 {
		if f.cluster.demo {
			return f.cluster.demoSource(args)
		}
		return f.cluster.source(args, streams)
	}
	if f.cluster.demo || f.cluster.from != "" {
		return nil, selection{}, usageError("-f, --from and --demo are three places: give one")
	}
	names, err := parseNames(args, *f.cluster.config.Namespace)
	if err != nil {
		return nil, selection{}, err
	}
	files := &source.Files{Paths: f.files, Stdin: streams.In, Stats: new(source.Stats), Namespace: *f.cluster.config.Namespace}
	return files, selection{names: names}, nil
}

// workload is the one that is named, or the only one that something scales.
func (f *simulateFlags) workload(objects *inventory.Snapshot, only selection) (*inventory.Workload, error) {
	if len(only.names) > 0 {
		return only.workloads(objects)[only.names[0]], nil
	}
	var found []*inventory.Workload
	var names []string
	for _, w := range objects.Workloads() {
		if len(objects.AutoscalersOf(w)) > 0 && (only.namespace == "" || only.namespace == w.Object.Namespace) {
			found = append(found, w)
			names = append(names, w.Ref().Short())
		}
	}
	switch len(found) {
	case 0:
		return nil, couldNot(errors.New("no inference workload with an autoscaler was found"))
	case 1:
		return found[0], nil
	}
	return nil, usageError("which one? name one of %s", strings.Join(names, ", "))
}

// load is the scenario: the file's, the demo's, or a made-up day.
func (f *simulateFlags) load(w *inventory.Workload, objects *inventory.Snapshot) (*sim.Scenario, error) {
	if f.scenario != "" {
		s, err := readScenario(f.scenario)
		if err != nil {
			return nil, err
		}
		if len(s.Objects) > 0 {
			return nil, usageError("%s: brings objects of its own, and the load is wanted for those of another place", f.scenario)
		}
		if s, err = s.Only(w.Ref()); err != nil {
			return nil, usageError("--scenario: %v", err)
		}
		return s, nil
	}
	if f.cluster.demo {
		return sim.DemoLoad()
	}
	most := int32(1)
	for _, a := range objects.AutoscalersOf(w) {
		most = max(most, a.Max)
	}
	return sim.Working(w.Ref(), most), nil
}

// readScenario reads a scenario and the traces beside it.
func readScenario(path string) (*sim.Scenario, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, couldNot(err)
	}
	s, err := sim.ParseScenario(text, path)
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	err = s.OpenTraces(func(name string) (io.ReadCloser, error) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(path), name)
		}
		return os.Open(name)
	})
	if err != nil {
		return nil, &exitError{exitUsage, fmt.Errorf("%s: %w", path, err)}
	}
	return s, nil
}

// whatIf runs the scenario on the objects as they are, and with the changes.
func whatIf(ctx context.Context, s *sim.Scenario, frame checks.Frame, w *inventory.Workload, only selection, changes []sim.Change) (*simulateReport, error) {
	objects := allObjects(frame.Objects)
	report := &simulateReport{
		Version: 1, Workload: w.Ref(), Scenario: s.Name, engine: w.EngineName() + " " + w.Version.String(), assumed: s.Assumed(w.Ref()),
		Schedules: sim.Schedules(frame.Objects, w), NotSimulated: sim.NotSimulated(frame.Objects, w),
	}
	asItIs, err := sim.Simulate(ctx, s, objects, w.Ref())
	if err != nil {
		return nil, couldNot(err)
	}
	report.add("as it is", nil, asItIs)
	if len(changes) == 0 {
		return report, nil
	}
	a, err := scalerToChange(frame.Objects, w, only)
	if err != nil {
		return nil, err
	}
	changed, err := sim.Changed(a, changes)
	if err != nil {
		return nil, usageError("--set: %v", err)
	}
	for i := range objects {
		if objects[i].Ref == changed.Ref {
			objects[i] = changed
		}
	}
	other, err := sim.Simulate(ctx, s, objects, w.Ref())
	if err != nil {
		return nil, couldNot(err)
	}
	report.add("changed", changes, other)
	return report, nil
}

// allObjects are those of every kind.
func allObjects(s *inventory.Snapshot) []*inventory.Object {
	var all []*inventory.Object
	for _, kind := range inventory.Kinds() {
		all = append(all, s.List(kind)...)
	}
	return all
}

// scalerToChange is the autoscaler that was named, or the only one.
func scalerToChange(objects *inventory.Snapshot, w *inventory.Workload, only selection) (*inventory.Autoscaler, error) {
	all := objects.AutoscalersOf(w)
	var names []string
	for _, a := range all {
		if len(only.names) > 0 && only.names[0] == a.Object.Ref {
			return a, nil
		}
		names = append(names, a.Object.Short())
	}
	switch len(all) {
	case 0:
		return nil, usageError("--set: nothing scales %s", w.Ref())
	case 1:
		return all[0], nil
	}
	return nil, usageError("--set: %s is scaled by %s: name one of them", w.Ref(), strings.Join(names, " and "))
}
