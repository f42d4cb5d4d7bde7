package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"github.com/infscale/kubectl-infscale/testdata/bench/measure"
)

// inBed has this program measure inside the test bed, in a cluster of etcd and an
// API server: no controller runs that would change the load or take the
// processors.
func (o *options) inBed(ctx context.Context, what string, words []string) ([]measure.Row, error) {
	if _, err := os.Stat(filepath.Join(o.clusterDir, "go.mod")); err != nil {
		return []measure.Row{measure.Measured(what, nil, fmt.Errorf("no test bed: %w", err))}, nil
	}
	folder, err := os.MkdirTemp("", "infscale-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	outcome := filepath.Join(folder, "outcome.json")
	progress("starting a cluster; the first time it is built, which takes minutes")
	words = append(words, "--out", outcome)
	bed := exec.CommandContext(ctx, "go", append([]string{"run", "-C", o.clusterDir, ".", "run", "--api-only", "--"}, words...)...)
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
		return []measure.Row{measure.Measured(what, nil, fmt.Errorf("the test bed: %w", err))}, nil
	}
	data, err := os.ReadFile(outcome)
	if err != nil {
		return nil, err
	}
	var report measure.Report
	err = json.Unmarshal(data, &report)
	return report.Rows, err
}
