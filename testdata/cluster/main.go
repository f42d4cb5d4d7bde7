//go:build linux

// Command bed runs a real Kubernetes control plane with fake GPU nodes, without
// Docker and without root, in a network namespace that reaches nothing else.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"time"
)

// Exit codes of the bed itself; everything else is the code of the command run.
const (
	exitUsage       = 2
	exitUnsupported = 3   // this system cannot run a bed
	exitFailed      = 125 // the bed failed, the command was not run
)

const usage = `usage:
  bed build [--kubelet] [--vpa] [--prometheus-operator] [--karpenter]
            [--kubernetes MINOR] [--all]
                                         build missing binaries into the cache, --all for every flag of run
  bed tool NAME                          print the path of a tool for releases, built if it is missing
  bed run  [flags] -- COMMAND [ARG...]   run COMMAND against a fresh cluster, then remove the cluster
  bed up   [flags]                       start a cluster in the background
  bed exec [--dir DIR] -- COMMAND...     run COMMAND in the cluster of "bed up"
  bed down                               end the cluster of "bed up"
  bed user [--group GROUP] NAME          print a kubeconfig for a user without any rights
  bed load [flags] NUMBER=VALUE...       set what the engine double measures on pods
  bed push IMAGE                         move an image's tag to a new revision, with --kubelet
  bed restart [--for TIME] PROGRAM       kill a program of the bed and start it again

flags of run and up (--wipe and --dir of run alone):
`

func init() {
	// Pdeathsig is tied to the thread that started the child. Everything is
	// started from the main goroutine, and this keeps that on the main thread.
	runtime.LockOSThread()
}

func main() { os.Exit(dispatch(os.Args[1:])) }

// dispatch runs one verb and returns the exit code.
func dispatch(args []string) int {
	if len(args) == 0 {
		return usageError(nil)
	}
	verb, rest := args[0], args[1:]
	var code int
	var err error
	switch verb {
	case "build":
		err = verbBuild(rest)
	case "tool":
		err = verbTool(rest)
	case "run":
		code, err = verbRun(rest)
	case "up":
		code, err = verbUp(rest)
	case "exec":
		err = verbExec(rest)
	case "down":
		err = verbDown(rest)
	case "user":
		err = verbUser(rest)
	case "push":
		err = verbPush(rest)
	case "load":
		err = verbLoad(rest)
	case "restart":
		err = verbRestart(rest)
	case insideVerb:
		return inside(rest)
	case "help", "-h", "--help":
		return usageError(flag.ErrHelp)
	default:
		return usageError(fmt.Errorf("unknown verb %q", verb))
	}
	return exitCode(code, err)
}

// exitCode reports err and turns it into the bed's exit code.
func exitCode(code int, err error) int {
	var bad *usageErr
	var cannot *unsupportedErr
	switch {
	case err == nil:
		return code
	case errors.Is(err, flag.ErrHelp):
		return usageError(err)
	case errors.As(err, &bad):
		return usageError(err)
	}
	fmt.Fprintf(os.Stderr, "bed: %v\n", err)
	if errors.As(err, &cannot) {
		return exitUnsupported
	}
	return exitFailed
}

// usageErr is a mistake in the command line.
type usageErr struct{ msg string }

func (e *usageErr) Error() string { return e.msg }

// usageError shows how to use the bed, or what was wrong with the command line.
func usageError(err error) int {
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintf(os.Stderr, "bed: %v (see: bed help)\n", err)
		return exitUsage
	}
	out, code := os.Stdout, 0
	if err == nil {
		out, code = os.Stderr, exitUsage
	}
	fmt.Fprint(out, usage)
	fs, cfg := newFlags(""), config{}
	cfg.addFlags(fs)
	cfg.addCommandFlags(fs)
	fs.SetOutput(out)
	fs.PrintDefaults()
	return code
}

// newFlags is a flag set that leaves the reporting of mistakes to usageError.
func newFlags(name string) *flag.FlagSet {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.Usage = func() {}
	fs.SetOutput(io.Discard)
	return fs
}

// parse reads flags; positional is how many arguments must be left, -1 for one
// or more.
func parse(fs *flag.FlagSet, args []string, positional int) error {
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return &usageErr{err.Error()}
	}
	switch n := fs.NArg(); {
	case positional == -1 && n == 0:
		return &usageErr{fs.Name() + ": a command is missing"}
	case positional >= 0 && n != positional:
		return &usageErr{fmt.Sprintf("%s: %d arguments given, %d expected", fs.Name(), n, positional)}
	}
	return nil
}

func verbBuild(args []string) error {
	cfg := config{Metrics: true, CRDs: true}
	fs := newFlags("build")
	all := fs.Bool("all", false, "")
	fs.BoolVar(&cfg.Kubelet, "kubelet", false, "")
	fs.BoolVar(&cfg.Operator, "prometheus-operator", false, "")
	fs.BoolVar(&cfg.Karpenter, "karpenter", false, "")
	fs.BoolVar(&cfg.VPA, "vpa", false, "")
	fs.StringVar(&cfg.Kubernetes, "kubernetes", latestKubernetes, "")
	if err := parse(fs, args, 0); err != nil {
		return err
	}
	if err := cfg.check(); err != nil {
		return err
	}
	wanted := []config{cfg}
	if *all {
		wanted = nil
		for _, version := range slices.Sorted(maps.Keys(kubernetesVersions)) {
			wanted = append(wanted, config{Metrics: true, Kubelet: true, Operator: true, Karpenter: true, VPA: true, Kubernetes: version})
		}
	}
	dirs, err := findDirs()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return (&builder{dirs: dirs, out: os.Stdout, verbose: true}).ensure(ctx, "", wanted...)
}

func verbTool(args []string) error {
	fs := newFlags("tool")
	if err := parse(fs, args, 1); err != nil {
		return err
	}
	dirs, err := findDirs()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	path, err := (&builder{dirs: dirs, out: os.Stderr}).tool(ctx, fs.Arg(0))
	if err != nil {
		return err
	}
	fmt.Println(path)
	return nil
}

func verbRun(args []string) (int, error) {
	cfg := config{}
	fs := newFlags("run")
	cfg.addFlags(fs)
	cfg.addCommandFlags(fs)
	if err := parse(fs, args, -1); err != nil {
		return 0, err
	}
	if err := cfg.check(); err != nil {
		return 0, err
	}
	cfg.Command = fs.Args()
	return hostRun(cfg)
}

func verbUp(args []string) (int, error) {
	cfg := config{Background: true, Wipe: true}
	fs := newFlags("up")
	cfg.addFlags(fs)
	if err := parse(fs, args, 0); err != nil {
		return 0, err
	}
	if err := cfg.check(); err != nil {
		return 0, err
	}
	return 0, hostUp(cfg)
}

func verbExec(args []string) error {
	dir := ""
	fs := newFlags("exec")
	fs.StringVar(&dir, "dir", "", "working directory")
	if err := parse(fs, args, -1); err != nil {
		return err
	}
	return hostExec(dir, fs.Args())
}

func verbDown(args []string) error {
	if err := parse(newFlags("down"), args, 0); err != nil {
		return err
	}
	return hostDown()
}

func verbUser(args []string) error {
	groups := listFlag{}
	fs := newFlags("user")
	fs.Var(&groups, "group", "")
	if err := parse(fs, args, 1); err != nil {
		return err
	}
	data, err := currentData()
	if err != nil {
		return err
	}
	text, err := userKubeconfig(filepath.Join(data, "pki"), fs.Arg(0), groups, time.Now())
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(text)
	return err
}

// listFlag is a flag that may be given more than once.
type listFlag []string

func (l *listFlag) String() string     { return fmt.Sprint([]string(*l)) }
func (l *listFlag) Set(s string) error { *l = append(*l, s); return nil }
