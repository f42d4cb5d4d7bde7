package main

import (
	"context"
	"fmt"
	"os"
	"strconv"

	"github.com/infscale/kubectl-infscale/testdata/bench/measure"
)

// insideVerb is doctor's measurement inside the test bed, where KUBECONFIG
// names a fresh cluster. It works on any other fresh cluster, too.
const insideVerb = "doctor-inside"

// doctor measures in a test bed.
func (o *options) doctor(ctx context.Context) ([]measure.Row, error) {
	return o.inBed(ctx, "doctor -A", o.inside())
}

// inside is the command line that runs inside the test bed.
func (o *options) inside() []string {
	words := []string{o.self, insideVerb, "--bin", o.bin, "--runs", strconv.Itoa(o.runs)}
	return append(words, sizeWords(o.load)...)
}

func doctorInside(ctx context.Context, args []string) error {
	var o options
	flags := o.flags(insideVerb)
	if _, err := arguments(flags, args, 0); err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	rows, err := o.doctorRows(ctx)
	if err != nil {
		return err
	}
	report := measure.NewReport(rows, measure.PeakFloor(ctx))
	if o.out != "" {
		return report.WriteJSON(o.out)
	}
	return report.Table(os.Stdout)
}

// doctorRows fills the cluster by a process of its own, because this one has
// to stay small, and measures.
func (o *options) doctorRows(ctx context.Context) ([]measure.Row, error) {
	s := o.load
	progress("filling the cluster: %d Deployments, %d pods", s.Deployments, s.Deployments*s.PodsPer)
	if _, err := o.own("cluster", append([]string{"cluster"}, sizeWords(s)...)...).Run(ctx); err != nil {
		return nil, err
	}
	ours := o.plugin("doctor", "-A", "--fail-on", "never")
	bound := o.own("bound: paged LIST", append([]string{"list"}, sizeWords(s)...)...)
	what := fmt.Sprintf("doctor -A, %d Deployments, %d pods", s.Deployments, s.Deployments*s.PodsPer)
	return o.compare(ctx, what, ours, []comparison{{other: bound, atMost: doctorOfBound}})
}
