//go:build linux && cgo

// Command infscale-dcgm reads GPU utilisation and memory from an nv-hostengine
// and prints them as JSON lines. It is a program of its own because NVIDIA's
// library needs cgo, and kubectl-infscale is a static binary without.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

// Exit codes, as kubectl-infscale's.
const (
	exitUsage       = 2
	exitCouldNot    = 3
	exitInterrupted = 130
)

const (
	// defaultHost is where an nv-hostengine listens unless told otherwise.
	defaultHost = "localhost:5555"
	// shortestInterval is what DCGM's profiling fields can be updated in.
	shortestInterval = 100 * time.Millisecond
	// grace is how long a call into libdcgm, which nothing can interrupt, may go
	// on after a signal.
	grace = time.Second
)

const usage = `Prints the utilisation and the used memory of an nv-hostengine's GPUs as JSON
lines, one for each GPU and interval, until it is interrupted or nobody reads
them. What the host engine does not tell is left out of a line, never zero.

  infscale-dcgm [--host HOST:PORT] [--interval DURATION] [--once]

Exit codes: 0 done, 2 wrong usage, 3 the GPUs could not be read, 130 interrupted
before --once was done.

`

type options struct {
	host     string
	interval time.Duration
	once     bool
}

func main() {
	// A reader that went away is an end, not a death: writing to it then fails.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	o, err := parse(args, out)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintf(errOut, "infscale-dcgm: %v\n", err)
		return exitUsage
	}
	done := make(chan error, 1)
	go func() { done <- tell(ctx, o, out, errOut) }()
	select {
	case err = <-done:
	case <-ctx.Done():
		select {
		case err = <-done:
		case <-time.After(grace):
			err = ctx.Err()
		}
	}
	switch {
	case errors.Is(err, context.Canceled) && o.once:
		return exitInterrupted
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, syscall.EPIPE):
		return 0
	}
	fmt.Fprintf(errOut, "infscale-dcgm: %s: %v\n", o.host, err)
	return exitCouldNot
}

func parse(args []string, out io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("infscale-dcgm", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the error is printed once, by run
	flags.StringVar(&o.host, "host", defaultHost, "`HOST:PORT` of the nv-hostengine")
	flags.DurationVar(&o.interval, "interval", time.Second, "`DURATION` between two lines of a GPU, at least 100ms")
	flags.BoolVar(&o.once, "once", false, "print one line for each GPU and end")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(out, usage)
		flags.SetOutput(out)
		flags.PrintDefaults()
		return o, err
	case err != nil:
		return o, err
	case flags.NArg() > 0:
		return o, fmt.Errorf("takes no arguments, found %q", flags.Arg(0))
	case o.interval < shortestInterval:
		return o, fmt.Errorf("--interval is at least %v, found %v", shortestInterval, o.interval)
	}
	host, port, err := net.SplitHostPort(o.host)
	if _, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || host == "" {
		return o, fmt.Errorf("--host is HOST:PORT, found %q", o.host)
	}
	return o, nil
}
