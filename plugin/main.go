// Package plugin is the program: its verbs, its flags and all of its input
// and output. One verb per file.
package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

// The exit codes, whatever the output format is.
const (
	exitClean       = 0   // nothing at or above --fail-on
	exitFindings    = 1   // findings at or above it
	exitUsage       = 2   // wrong usage or configuration
	exitCouldNot    = 3   // could not look: API unreachable, unreadable file, coverage too low
	exitInterrupted = 130 // SIGINT
)

// Streams are where the program reads and writes.
type Streams struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer
	// Env looks an environment variable up; "" when unset.
	Env func(string) string
	// Terminal says whether Out, and ErrTerminal whether Err, is one; Width is
	// the number of Out's columns.
	Terminal    bool
	ErrTerminal bool
	Width       int
}

// Build is what the linker and the Go toolchain know about this binary.
type Build struct{ Version, Commit, Date, Go string }

// exitError carries an exit code up to Main. A nil cause prints nothing.
type exitError struct {
	code  int
	cause error
}

func (e *exitError) Error() string {
	if e.cause == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.cause.Error()
}

func (e *exitError) Unwrap() error { return e.cause }

func usageError(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

func couldNot(err error) error { return &exitError{exitCouldNot, err} }

// Main runs the program and returns its exit code. args[0] is the program's
// own name.
func Main(ctx context.Context, streams Streams, build Build, args []string) int {
	root := newRoot(streams, build, commandName(args[0]))
	root.SetArgs(args[1:])
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitClean
	}
	if ctx.Err() != nil {
		return exitInterrupted
	}
	code := exitUsage // cobra's own errors are about flags and arguments
	var exit *exitError
	if errors.As(err, &exit) {
		code = exit.code
		if exit.cause == nil {
			return code
		}
	}
	fmt.Fprintf(streams.Err, "error: %s\n", cleanLines(err.Error()))
	if exit == nil && !errors.As(err, new(*fs.PathError)) { // no flag helps a full disk
		fmt.Fprintf(streams.Err, "see: %s --help\n", root.CommandPath())
	}
	return code
}

// commandName is how people call the program: through kubectl when the binary
// is found under its plugin name.
func commandName(argv0 string) string {
	name := strings.TrimSuffix(filepath.Base(argv0), ".exe")
	if name == "kubectl-infscale" {
		return "kubectl infscale"
	}
	return name
}

func newRoot(streams Streams, build Build, name string) *cobra.Command {
	root := &cobra.Command{
		Use:   name,
		Short: "Finds, proves and repairs what is wrong with LLM autoscaling",
		Long: `Inspects how LLM inference workloads on Kubernetes scale: autoscalers (HPA, KEDA),
metric path, start-up, model cache, shutdown, disruption budgets and GPU capacity.

It reads, and writes nothing unless told to. It contacts the API server that your
kubeconfig names, what --prometheus and --dcgm name, and nothing else.`,
		Example: `  # look at a simulated fleet: no cluster, no GPU, no network
  kubectl infscale watch --demo

  # what is wrong with these manifests, and with this cluster?
  kubectl infscale lint -f k8s/
  kubectl infscale doctor -A

  # why, and what to do
  kubectl infscale explain keda-mean-with-averagevalue
  kubectl infscale fix -n inference`,
		SilenceErrors:     true,
		SilenceUsage:      true,
		Annotations:       map[string]string{cobra.CommandDisplayNameAnnotation: name},
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.SetIn(streams.In)
	root.SetOut(streams.Out)
	root.SetErr(streams.Err)
	root.AddCommand(
		newDoctor(streams, build),
		newLint(streams, build),
		newWatch(streams, build),
		newFix(streams, build),
		newTrace(streams, build),
		newSimulate(streams),
		newExplain(streams),
		newRecord(streams, build),
		newConfig(streams),
		newCompletion(streams, build),
		newVersion(streams, build),
	)
	return root
}
