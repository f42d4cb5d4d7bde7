//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// Files handed down by the driver outside, besides the standard ones.
const (
	lockFD   = 3 // marks the data folder as in use
	reportFD = 4 // where a bed in the background says how its start went
)

// errTimeout ends the wait for a bed that does not become ready.
var errTimeout = errors.New("not ready in time")

// bed is a running cluster, seen from inside its namespace.
type bed struct {
	config
	driver    procID // this process, as it is called outside
	api       *api
	processes []*process
	deaths    chan *process // services that ended on their own
	revived   chan *process // those of them that are to be started again
}

// inside is the driver's copy in the namespace: it starts the cluster, runs the
// command, ends everything and returns the exit code.
func inside(args []string) int {
	b := &bed{deaths: make(chan *process, len(services)+len(metricServices)+len(operatorServices)+len(karpenterServices)+len(nodeServices)+len(vpaServices)), revived: make(chan *process)}
	if len(args) != 1 {
		return exitUsage
	}
	if err := json.Unmarshal([]byte(args[0]), &b.config); err != nil {
		return exitCode(0, err)
	}
	syscall.CloseOnExec(lockFD)
	report := io.WriteCloser(os.Stderr)
	if b.Background {
		syscall.CloseOnExec(reportFD)
		report = os.NewFile(reportFD, "report")
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, forwarded...)

	defer b.stop()
	start := time.Now()
	if err := b.start(); err != nil {
		return b.startFailed(err, report, signals)
	}
	fmt.Fprintf(report, "bed: ready in %.1fs\n", time.Since(start).Seconds())
	if b.Background {
		report.Close()
		return b.serve(signals)
	}
	return b.runCommand(signals)
}

// startFailed reports why there is no cluster.
func (b *bed) startFailed(err error, report io.Writer, signals chan os.Signal) int {
	select {
	case sig := <-signals:
		fmt.Fprintf(report, "bed: %v during the start\n", sig)
		return 128 + int(sig.(syscall.Signal))
	default:
	}
	fmt.Fprintf(report, "bed: %v\n", err)
	var cannot *unsupportedErr
	if errors.As(err, &cannot) {
		return exitUnsupported
	}
	return exitFailed
}

// start brings the cluster up, or returns early on a signal.
func (b *bed) start() error {
	if err := adoptOrphans(); err != nil {
		return err
	}
	var err error
	if b.driver, err = identifyOutside(); err != nil {
		return err
	}
	var own []string
	if b.Kubelet {
		own = []string{realNodeIP}
		if err := b.isolate(); err != nil {
			return &unsupportedErr{err}
		}
	}
	if err := enterNetwork(own...); err != nil {
		return err
	}
	if err := b.saveState(false); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), forwarded...)
	defer stop()
	ctx, cancel := context.WithTimeoutCause(ctx, b.Timeout, errTimeout)
	defer cancel()
	if err := b.startServices(ctx); err != nil {
		return err
	}
	if err := b.install(ctx); err != nil {
		return err
	}
	if b.Metrics {
		if err := b.startMetrics(ctx); err != nil {
			return err
		}
	}
	if b.Karpenter {
		if err := b.startKarpenter(ctx); err != nil {
			return err
		}
	}
	if b.Kubelet {
		if err := b.startNode(ctx); err != nil {
			return err
		}
	}
	if b.VPA {
		if err := b.startAll(ctx, vpaServices, vpaEnv(b.config)); err != nil {
			return err
		}
	}
	return b.saveState(true)
}

// startServices starts the programs, in order.
func (b *bed) startServices(ctx context.Context) error {
	for _, dir := range []string{b.pki(""), b.logs(), filepath.Join(b.Data, "kubecache"), filepath.Join(b.Data, "runs")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	var err error
	if b.api, err = writePKI(b.config, time.Now()); err != nil {
		return fmt.Errorf("making certificates: %w", err)
	}
	wanted := services
	if b.APIOnly {
		wanted = slices.DeleteFunc(slices.Clone(services), func(s service) bool { return !s.apiOnly })
	}
	return b.startAll(ctx, wanted, serviceEnv(b.config))
}

// startAll starts programs in order; each one before the next is waited for
// where it has an address to ask.
func (b *bed) startAll(ctx context.Context, list []service, env []string) error {
	for _, s := range list {
		p, err := startProcess(s.name, filepath.Join(b.bin(), s.name), s.args(b.config), env, b.logs())
		if err != nil {
			return err
		}
		b.processes = append(b.processes, p)
		b.watch(p)
		if err := b.note(p); err != nil {
			return err
		}
		if s.ready == "" {
			continue
		}
		if err := b.wait(ctx, p, func(ctx context.Context) error { return b.api.reach(ctx, s.ready) }); err != nil {
			return err
		}
	}
	return nil
}

// install creates the manifests and waits until the cluster is fit for use.
func (b *bed) install(ctx context.Context) error {
	apiserver := b.process("kube-apiserver")
	if b.CRDs {
		files, err := b.definitions()
		if err != nil {
			return err
		}
		for _, file := range files {
			if err := b.api.createAll(ctx, definitionsPath, file); err != nil {
				return err
			}
		}
	}
	if !b.APIOnly {
		version := kubernetesVersions[b.Kubernetes]
		if err := b.api.createAll(ctx, "/api/v1/nodes", filepath.Join(b.Manifests, "nodes.yaml"), "KUBELET_VERSION", version); err != nil {
			return err
		}
		if err := b.waitForControllers(ctx); err != nil {
			return err
		}
	}
	if err := b.wait(ctx, apiserver, func(ctx context.Context) error {
		return b.api.reach(ctx, apiURL+"/api/v1/namespaces/default")
	}); err != nil {
		return err
	}
	return b.wait(ctx, apiserver, b.api.definitionsServed)
}

// waitForControllers waits until pods can be created, scheduled and run.
func (b *bed) waitForControllers(ctx context.Context) error {
	if err := b.wait(ctx, b.process("kube-controller-manager"), func(ctx context.Context) error {
		return b.api.reach(ctx, apiURL+"/api/v1/namespaces/default/serviceaccounts/default")
	}); err != nil {
		return err
	}
	if err := b.wait(ctx, b.process("kube-scheduler"), func(ctx context.Context) error {
		return b.api.reach(ctx, schedulerURL+"/readyz")
	}); err != nil {
		return err
	}
	return b.wait(ctx, b.process("kwok"), b.api.nodesReady)
}

// wait repeats a check until it passes. If it never does, the end of the log
// of the process it is about says why.
func (b *bed) wait(ctx context.Context, about *process, check func(context.Context) error) error {
	for {
		err := check(ctx)
		if err == nil {
			return nil
		}
		for _, p := range b.processes {
			if p.ended() {
				return p.failure()
			}
		}
		if reason := pause(ctx, 25*time.Millisecond); reason != nil {
			return fmt.Errorf("%s: %w: %w\n%s", about.name, reason, err, about.tail())
		}
	}
}

// process finds a running service by name.
func (b *bed) process(name string) *process {
	for _, p := range b.processes {
		if p.name == name {
			return p
		}
	}
	panic("bed: no process " + name)
}

// stop ends everything. Data that is thrown away needs no orderly end.
func (b *bed) stop() {
	grace := 5 * time.Second
	if b.Wipe {
		grace = 0
		for _, p := range b.processes {
			_ = p.cmd.Process.Kill()
		}
	}
	for i := len(b.processes) - 1; i >= 0; i-- {
		b.processes[i].stop(grace)
	}
	killDescendants()
	if b.Kubelet {
		// What a real node has mounted is not ours to empty: the data goes once
		// the namespaces are gone. The driver outside does it, if it lives.
		_ = removeCgroups(cgroupName(b.Data))
		return
	}
	if b.Wipe {
		_ = os.RemoveAll(b.Data) // the driver outside tries again, and reports
	}
}
