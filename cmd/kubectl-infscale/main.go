// Command kubectl-infscale tells people who serve LLMs on Kubernetes what is
// wrong with their autoscaling.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"golang.org/x/term"
	_ "k8s.io/client-go/plugin/pkg/client/auth/oidc" // for kubeconfigs whose auth-provider is oidc

	"github.com/infscale/kubectl-infscale/plugin"
)

// Set by the release: -ldflags "-X main.version=v1.2.3 …". Without them the
// toolchain knows the commit.
var (
	version = "development"
	commit  = "unknown"
	date    = "unknown" // of the commit
)

// gcPercent trades a few per cent of time for a tenth of the memory of a lint
// of a large tree.
const gcPercent = 65

// What still waits so long after a signal, as on a pipe that nobody writes to,
// will not end by itself.
const (
	grace       = 5 * time.Second
	interrupted = 130 // as plugin.Main says it
)

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, func() {
		stop() // the next signal ends the program at once
		time.AfterFunc(grace, func() { os.Exit(interrupted) })
	})
	code := plugin.Main(ctx, streams(), build(), os.Args)
	stop()
	os.Exit(code)
}

func streams() plugin.Streams {
	s := plugin.Streams{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Env: os.Getenv,
		Terminal:    term.IsTerminal(int(os.Stdout.Fd())),
		ErrTerminal: term.IsTerminal(int(os.Stderr.Fd())),
	}
	if s.Terminal {
		if width, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil {
			s.Width = width
		}
	}
	return s
}

func build() plugin.Build {
	b := plugin.Build{Version: version, Commit: commit, Date: date, Go: runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	for _, setting := range info.Settings {
		switch {
		case setting.Key == "vcs.revision" && commit == "unknown":
			b.Commit = setting.Value
		case setting.Key == "vcs.time" && date == "unknown":
			b.Date = setting.Value
		}
	}
	return b
}
