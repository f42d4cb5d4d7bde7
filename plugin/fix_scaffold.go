package plugin

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/rules"
	"github.com/infscale/kubectl-infscale/plugin/fix"
	"github.com/infscale/kubectl-infscale/plugin/source"
)

// scaffoldFlags are the flags of fix scaffold, as typed.
type scaffoldFlags struct {
	cluster   clusterFlags
	files     source.Files
	with      string
	outputDir string
	address   string
	release   string
	min, max  int32
	target    int
}

func newScaffold(streams Streams) *cobra.Command {
	var flags scaffoldFlags
	cmd := &cobra.Command{
		Use:   "scaffold TYPE/NAME",
		Short: "Writes everything that one workload needs to scale well",
		Long: `Writes the whole stack of one workload as manifests: its autoscaler with behavior and
fallback, its disruption budget, its monitor, a claim for its weights, and the workload
itself with probes, drain and cache as they should be. The numbers are computed for this
workload, from its starts where pods show them; comments say where each is from.

With --with keda (the default) a ScaledObject scales it, with --with hpa a plain
HorizontalPodAutoscaler and the rule for prometheus-adapter that it needs.

Nothing is applied, and no file but those in --output-dir is written.`,
		Example: `  # from a cluster, to look at
  kubectl infscale fix scaffold deployment/vllm-llama3 -n inference

  # from manifests, into files
  kubectl infscale fix scaffold deployment/vllm-llama3 -f k8s/ --output-dir scaled/ \
      --server-address http://prometheus.monitoring:9090 --max 12`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if flags.with != "keda" && flags.with != "hpa" {
				return usageError("--with is keda or hpa, found %q", flags.with)
			}
			return flags.run(cmd.Context(), args[0], streams)
		},
	}
	f := cmd.Flags()
	flags.cluster.register(cmd)
	flags.cluster.complete(cmd)
	flags.cluster.completeWorkloads(cmd, streams)
	f.StringArrayVarP(&flags.files.Paths, "filename", "f", nil, "read the workload from a `FILE` or directory instead of a cluster, repeatable")
	f.StringVar(&flags.with, "with", "keda", "what scales it: `keda` or hpa")
	f.StringVar(&flags.outputDir, "output-dir", "", "write the files to this `DIR` instead of standard output")
	f.StringVar(&flags.address, "server-address", "", "`URL` of Prometheus as KEDA reaches it; else that of another ScaledObject")
	f.StringVar(&flags.release, "release", "", "value of the label release that Prometheus selects monitors by (kube-prometheus-stack: the `NAME` of its release)")
	f.Int32Var(&flags.min, "min", 0, "fewest `REPLICAS`; else the present minimum, or 2")
	f.Int32Var(&flags.max, "max", 0, "most `REPLICAS`; else the present maximum, or the present number, 4 at least")
	f.IntVar(&flags.target, "target", 0, "`REQUESTS` that a replica is for, running and waiting")
	// It can only fail for a flag that is not registered.
	_ = cmd.RegisterFlagCompletionFunc("with", cobra.FixedCompletions([]string{"keda", "hpa"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (f *scaffoldFlags) run(ctx context.Context, name string, streams Streams) error {
	frame, w, err := f.find(ctx, name, streams)
	if err != nil {
		return err
	}
	s := fix.Scaffold{Stack: f.stack(frame.Objects, w), HPA: f.with == "hpa"}
	if s.Stack.Max <= s.Stack.Min {
		return usageError("--max %d is not above --min %d: there is nothing to scale", s.Stack.Max, s.Stack.Min)
	}
	if s.Text, err = manifestOf(w.Object); err != nil {
		return couldNot(err)
	}
	made, err := s.Files(frame.Objects)
	if err != nil {
		return couldNot(err)
	}
	made, left, err := f.polish(ctx, made, beside(frame.Objects, w), frame.Objects.IsLive())
	if err != nil {
		return err
	}
	if err := f.write(made, streams); err != nil {
		return err
	}
	if w.Replicas != nil {
		note(streams.Err, "spec.replicas is left out, for the autoscaler to decide: where kubectl apply wrote it before, remove it by kubectl apply edit-last-applied first, or the count drops to 1 for a moment")
	}
	if s.Unorders() {
		note(streams.Err, "podManagementPolicy of "+w.Object.Short()+" cannot be changed in place: delete the StatefulSet with --cascade=orphan and create it anew")
	}
	for _, finding := range left {
		note(streams.Err, fmt.Sprintf("%s  %s (%s): %s", finding.Severity, finding.Check.ID, finding.At.Object.Short(), finding.Message))
	}
	return nil
}

// find loads what there is and finds the workload in it.
func (f *scaffoldFlags) find(ctx context.Context, name string, streams Streams) (checks.Frame, *inventory.Workload, error) {
	var from loader
	var err error
	if len(f.files.Paths) > 0 {
		f.files.Stdin, f.files.Namespace = streams.In, *f.cluster.config.Namespace
		from = &f.files
	} else if from, _, err = f.cluster.source([]string{name}, streams); err != nil {
		return checks.Frame{}, nil, err
	}
	ref, err := source.ParseName(name, "")
	if err != nil {
		return checks.Frame{}, nil, &exitError{exitUsage, err}
	}
	frame, err := from.Load(ctx, checks.NeedsOf(rules.All()))
	var partial *source.Incomplete
	if err != nil && !errors.As(err, &partial) {
		return frame, nil, loadError(err)
	}
	if ref.Namespace = *f.cluster.config.Namespace; f.cluster.demo && ref.Namespace == "" {
		ref.Namespace = demoNamespace
	}
	w, err := workloadOf(frame.Objects, ref)
	if err == nil && (w.Generated() || w.Operated || w.Template == nil) {
		err = couldNot(fmt.Errorf("%s is an operator's to write: scale it as %s says", w.Object.Short(), w.Owner.Short()))
	}
	return frame, w, err
}

// workloadOf is the workload of a name, in any namespace where none is given.
func workloadOf(objects *inventory.Snapshot, ref inventory.Ref) (*inventory.Workload, error) {
	var found *inventory.Workload
	for _, w := range objects.Workloads() {
		o := w.Object
		if o.Kind != ref.Kind || o.Name != ref.Name || o.Fragment || ref.Namespace != "" && o.Namespace != ref.Namespace {
			continue
		}
		if found != nil {
			return nil, usageError("%s is in the namespaces %s and %s: choose one with -n", ref.Short(), found.Object.Namespace, o.Namespace)
		}
		found = w
	}
	if found == nil {
		return nil, couldNot(&source.NotFound{Ref: ref})
	}
	return found, nil
}

func (f *scaffoldFlags) stack(objects *inventory.Snapshot, w *inventory.Workload) checks.Stack {
	start, known := objects.StartTime(w, inventory.AssumedRates())
	stack := checks.NewStack(objects, w, start, known)
	stack.Release = f.release
	if f.address != "" {
		stack.Prometheus = f.address
	}
	if f.min > 0 {
		stack.Min = f.min
	}
	if f.max > 0 {
		stack.Max = f.max
	}
	if f.target > 0 {
		stack.Target, stack.TargetWhy = f.target, "as asked for"
	}
	return stack
}

// manifestOf is the object's own text where it was read from a file.
func manifestOf(o *inventory.Object) ([]byte, error) {
	if o.File == "" {
		return fix.Manifest(o)
	}
	text, err := os.ReadFile(o.File)
	if err != nil {
		return nil, err
	}
	document, err := fix.Document(text, o)
	return []byte(strings.TrimPrefix(string(document), "---\n")), err
}

// beside are the manifests by which the stack is judged, and which are no part
// of it: the Services that send requests to the pods.
func beside(objects *inventory.Snapshot, w *inventory.Workload) []fix.ScaffoldFile {
	var all []fix.ScaffoldFile
	for i, service := range objects.Services(w) {
		if text, err := manifestOf(service); err == nil {
			all = append(all, fix.ScaffoldFile{Name: fmt.Sprintf("service-%d.yaml", i), Text: text})
		}
	}
	return all
}

// write prints the files as one stream, or puts them into the directory, where
// nothing is overwritten.
func (f *scaffoldFlags) write(made []fix.ScaffoldFile, streams Streams) error {
	if f.outputDir == "" {
		for i, file := range made {
			if i > 0 {
				fmt.Fprintln(streams.Out, "---")
			}
			fmt.Fprintf(streams.Out, "# %s\n%s", file.Name, cleanLines(string(file.Text)))
		}
		return nil
	}
	const everybody = 0o755
	if err := os.MkdirAll(f.outputDir, everybody); err != nil {
		return couldNot(err)
	}
	var files []*fix.FileEdit
	for _, file := range made {
		path := filepath.Join(f.outputDir, file.Name)
		if _, err := os.Lstat(path); err == nil {
			return couldNot(fmt.Errorf("%s is there already", path))
		}
		files = append(files, &fix.FileEdit{Name: path, After: file.Text, New: true})
	}
	if err := fix.Write(context.Background(), files); err != nil {
		return couldNot(err)
	}
	for _, file := range files {
		fmt.Fprintln(streams.Out, file.Name)
	}
	return nil
}
