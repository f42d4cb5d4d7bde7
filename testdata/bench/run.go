package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/infscale/kubectl-infscale/testdata/bench/load"
	"github.com/infscale/kubectl-infscale/testdata/bench/measure"
)

// The budgets. Ratios are by wall time; MB is 10⁶ bytes.
const (
	startMilliseconds = 25
	binaryMB          = 45
	peakMB            = 80
	lintOverKubeScore = 20
	lintOverLinter    = 8
	lintOfBound       = 2
	doctorOfBound     = 1.3
)

const startRuns = 20 // a start is short: more runs cost nothing

// options is what run, and doctor's part of it inside the test bed, are told.
type options struct {
	bin, self, out, only string
	runs, size           int
	seed                 uint64
	clusterDir           string
	given                map[string]string // peers that need not be built, by name
	load                 *load.Size
}

func (o *options) flags(verb string) *flag.FlagSet {
	flags := newFlags(verb)
	flags.StringVar(&o.bin, "bin", "", "the kubectl-infscale to measure")
	flags.StringVar(&o.out, "out", "", "write the outcome to this file as JSON, too")
	flags.IntVar(&o.runs, "runs", 5, "pairs of every comparison, after one warm-up")
	o.load = sizeFlags(flags)
	return flags
}

// check makes the paths absolute: the processes run in folders of their own.
func (o *options) check() (err error) {
	if o.bin == "" || o.runs < 1 {
		return fmt.Errorf("%w: --bin is missing, or --runs is below 1", errUsage)
	}
	for _, path := range []*string{&o.bin, &o.out, &o.clusterDir} {
		if *path != "" {
			if *path, err = filepath.Abs(*path); err != nil {
				return err
			}
		}
	}
	if _, err := os.Stat(o.bin); err != nil {
		return err
	}
	o.self, err = os.Executable()
	return err
}

// own is this program as a process of its own, to be measured or to do what
// would make the measuring process large.
func (o *options) own(name string, args ...string) measure.Command {
	return measure.Command{Name: name, Argv: append([]string{o.self}, args...)}
}

func (o *options) plugin(args ...string) measure.Command {
	return measure.Command{Name: args[0], Argv: append([]string{o.bin}, args...)}
}

func runVerb(ctx context.Context, args []string) error {
	o := options{given: map[string]string{}}
	flags := o.flags("run")
	flags.StringVar(&o.only, "only", "", "lint, doctor or watch: leave the others out")
	flags.IntVar(&o.size, "size", 10_000, "files in the tree that lint reads")
	flags.Uint64Var(&o.seed, "seed", 1, "seed of the tree")
	flags.StringVar(&o.clusterDir, "cluster", "../cluster", "folder of the test bed")
	for _, p := range peers() {
		flags.Func(p.name, "use this "+p.name+" instead of building "+p.version, func(path string) (err error) {
			o.given[p.name], err = filepath.Abs(path)
			return err
		})
	}
	flags.Func("k9s", "use this k9s instead of building "+k9s.version, func(path string) (err error) {
		o.given[k9s.name], err = filepath.Abs(path)
		return err
	})
	if _, err := arguments(flags, args, 0); err != nil {
		return err
	}
	if o.only != "" && o.only != "lint" && o.only != "doctor" && o.only != "watch" {
		return fmt.Errorf("%w: --only takes lint, doctor or watch", errUsage)
	}
	if err := o.check(); err != nil {
		return err
	}
	rows, err := o.measure(ctx)
	if err != nil {
		return err
	}
	report := measure.NewReport(rows, measure.PeakFloor(ctx))
	if o.out != "" {
		if err := report.WriteJSON(o.out); err != nil {
			return err
		}
	}
	return report.Table(os.Stdout)
}

func (o *options) measure(ctx context.Context) ([]measure.Row, error) {
	rows, err := o.start(ctx)
	if err != nil {
		return nil, err
	}
	for _, part := range []struct {
		name    string
		measure func(context.Context) ([]measure.Row, error)
	}{{"lint", o.lint}, {"doctor", o.doctor}, {"watch", o.watch}} {
		if o.only != "" && o.only != part.name {
			continue
		}
		more, err := part.measure(ctx)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

// start measures what every call pays.
func (o *options) start(ctx context.Context) ([]measure.Row, error) {
	progress("start, %d runs", startRuns)
	info, err := os.Stat(o.bin)
	if err != nil {
		return nil, err
	}
	samples, err := measure.Series(ctx, o.plugin("--help"), startRuns)
	row := measure.Measured("start (--help)", samples, err)
	row.LimitWall(startMilliseconds)
	size := info.Size()
	binary := measure.Row{What: "binary", Size: &size}
	binary.LimitSize(binaryMB)
	return []measure.Row{row, binary}, ctx.Err()
}

func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...)
}
