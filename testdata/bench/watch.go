package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/infscale/kubectl-infscale/testdata/bench/load"
	"github.com/infscale/kubectl-infscale/testdata/bench/measure"
)

// The budgets of watch at rest.
const (
	watchPercent = 3 // of one processor
	watchMB      = 150
	frameMS      = 16 // 99 of 100 screens, from the message to the last letter
)

const (
	watchSettles = 30 * time.Second
	watchedFor   = time.Minute
	usedFor      = 40 * time.Second
)

// watchInside is watch's measurement inside the test bed, where KUBECONFIG names
// a fresh cluster. It works on any other fresh cluster, too.
const watchInside = "watch-inside"

// fleets are the clusters that watch is measured on: the one of doctor, and one
// of which most is inference.
func (o *options) fleets() []load.Size {
	return []load.Size{*o.load, {Deployments: 300, PodsPer: 10, Inference: 200, Nodes: 300, GPUNodes: 250}}
}

// watch measures in a test bed for each cluster.
func (o *options) watch(ctx context.Context) ([]measure.Row, error) {
	peer, missing := k9s.build(ctx, o.given[k9s.name])
	var rows []measure.Row
	for _, size := range o.fleets() {
		words := append([]string{o.self, watchInside, "--bin", o.bin}, sizeWords(&size)...)
		if missing == nil {
			words = append(words, "--k9s", peer)
		}
		more, err := o.inBed(ctx, "watch -A", words)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	if missing != nil {
		rows = append(rows, measure.Measured("k9s", nil, missing))
	}
	return rows, nil
}

func watchInsideVerb(ctx context.Context, args []string) error {
	o := options{given: map[string]string{}}
	flags := o.flags(watchInside)
	peer := flags.String(k9s.name, "", "the k9s to measure beside it")
	if _, err := arguments(flags, args, 0); err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	rows, err := o.watchRows(ctx, *peer)
	if err != nil {
		return err
	}
	report := measure.NewReport(rows, measure.PeakFloor(ctx))
	if o.out != "" {
		return report.WriteJSON(o.out)
	}
	return report.Table(os.Stdout)
}

// watchRows fills the cluster and watches both programs at rest, one after the
// other. Both ask through a proxy that counts, and that has a double of Prometheus
// behind it.
func (o *options) watchRows(ctx context.Context, peer string) ([]measure.Row, error) {
	s := o.load
	progress("filling the cluster: %d Deployments, %d pods", s.Deployments, s.Deployments*s.PodsPer)
	if _, err := o.own("cluster", append([]string{"cluster"}, sizeWords(s)...)...).Run(ctx); err != nil {
		return nil, err
	}
	client, err := load.FromKubeconfig()
	if err != nil {
		return nil, err
	}
	if err := client.Prometheus(ctx); err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "infscale-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	counted, err := newCounter(folder, newNumbers(*s))
	if err != nil {
		return nil, err
	}
	defer counted.Close()
	what := fmt.Sprintf("%d Deployments, %d pods, %d of inference", s.Deployments, s.Deployments*s.PodsPer, s.Inference)
	times := filepath.Join(folder, "times")
	ours := o.plugin("watch", "-A", "--read-only", "--frame-times", times)
	ours.Env = []string{"KUBECONFIG=" + counted.kubeconfig}
	row := o.rest(ctx, "watch -A, "+what, ours, counted, func(keys io.Writer) error { return use(ctx, client, *s, keys) })
	row.LimitRest(watchPercent, watchMB)
	rows := append([]measure.Row{row}, screens(times)...)
	if peer != "" {
		theirs := measure.Command{Name: k9s.name, Argv: []string{peer, "-A", "-c", "pods", "--headless", "--readonly"}}
		theirs.Env = append(ours.Env, "K9S_CONFIG_DIR="+folder, "K9S_LOGS_DIR="+folder, "HOME="+folder)
		rows = append(rows, o.rest(ctx, k9s.name+" "+k9s.version+", all pods", theirs, counted, nil))
	}
	return rows, ctx.Err()
}

func (o *options) rest(ctx context.Context, what string, c measure.Command, counted *counter, after func(io.Writer) error) measure.Row {
	progress("%s at rest, %v", c.Name, watchSettles+watchedFor)
	counted.reset()
	var start map[string]int
	perMinute := map[string]float64{}
	w := measure.Watching{Settle: watchSettles, For: watchedFor, Before: func() { start = counted.reset() }}
	w.After = func(keys io.Writer) error {
		for verb, n := range counted.reset() {
			perMinute[verb] = float64(n) / watchedFor.Minutes()
		}
		if after == nil {
			return nil
		}
		return after(keys)
	}
	rest, err := c.AtRest(ctx, w)
	if err == nil {
		progress("%s: %.2g %% of a processor, peak %.0f MB, %d bytes drawn; requests at the start %v, and in a minute at rest %v",
			what, rest.Share()*100, float64(rest.Peak)/1e6, rest.Drawn, start, perMinute)
	}
	return measure.Resting(what, rest, perMinute, err)
}
