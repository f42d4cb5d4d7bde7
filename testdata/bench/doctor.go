package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/infscale/kubectl-infscale/testdata/bench/measure"
)

// insideVerb is doctor's measurement inside the test bed, where KUBECONFIG
// names a fresh cluster. It works on any other fresh cluster, too.
const insideVerb = "doctor-inside"

// doctor starts a cluster of etcd and an API server in the test bed and has
// this program measure inside it: no controller runs that would change the
// load or take the processors.
func (o *options) doctor(ctx context.Context) ([]measure.Row, error) {
	if _, err := os.Stat(filepath.Join(o.clusterDir, "go.mod")); err != nil {
		return []measure.Row{measure.Measured("doctor -A", nil, fmt.Errorf("no test bed: %w", err))}, nil
	}
	folder, err := os.MkdirTemp("", "infscale-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	outcome := filepath.Join(folder, "doctor.json")
	progress("starting a cluster; the first time it is built, which takes minutes")
	bed := exec.CommandContext(ctx, "go", append([]string{"run", "-C", o.clusterDir, ".", "run", "--api-only", "--"}, o.inside(outcome)...)...)
	// "go run" passes no signal on: its whole group is told, once, and waited
	// for, since it has a cluster to tear down.
	bed.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	bed.Cancel = func() error { return syscall.Kill(-bed.Process.Pid, syscall.SIGINT) }
	bed.Stdout, bed.Stderr = os.Stderr, os.Stderr
	err = bed.Run()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		return []measure.Row{measure.Measured("doctor -A", nil, fmt.Errorf("the test bed: %w", err))}, nil
	}
	data, err := os.ReadFile(outcome)
	if err != nil {
		return nil, err
	}
	var report measure.Report
	err = json.Unmarshal(data, &report)
	return report.Rows, err
}

// inside is the command line that runs inside the test bed.
func (o *options) inside(outcome string) []string {
	words := []string{o.self, insideVerb, "--bin", o.bin, "--runs", strconv.Itoa(o.runs), "--out", outcome}
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
