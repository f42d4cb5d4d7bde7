// Command bench measures kubectl-infscale beside its peers and beside lower
// bounds, on loads that it makes itself. It prints what it saw and asserts
// nothing: times belong to the machine they were measured on.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"syscall"

	"github.com/infscale/kubectl-infscale/testdata/bench/load"
	"github.com/infscale/kubectl-infscale/testdata/bench/manifests"
	"github.com/infscale/kubectl-infscale/testdata/bench/parse"
)

const usage = `usage:
  bench run --bin FILE [--only lint|doctor|watch] [flags]       measure everything and print a table
  bench manifests [--seed S] DIR N                        write a tree of N manifests
  bench parse [--mode read|relevant|inference] DIR        a lower bound for lint
  bench cluster [--deployments N --pods-per N ...]        fill the fresh cluster of $KUBECONFIG
  bench list [--inference N]                              a lower bound for doctor, on a cluster so filled

Flags can stand anywhere; bench VERB -h names them.
`

// errUsage is answered with the usage and exit code 2.
var errUsage = errors.New("wrong usage")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := dispatch(ctx, os.Args[1:])
	stop()
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		fmt.Fprintf(os.Stderr, "bench: %v\n%s", err, usage)
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func dispatch(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("%w: a verb is missing", errUsage)
	}
	verb, args := args[0], args[1:]
	switch verb {
	case "run":
		return runVerb(ctx, args)
	case insideVerb:
		return doctorInside(ctx, args)
	case watchInside:
		return watchInsideVerb(ctx, args)
	case "manifests":
		return manifestsVerb(ctx, args)
	case "parse":
		return parseVerb(ctx, args)
	case "cluster":
		return clusterVerb(ctx, args)
	case "list":
		return listVerb(ctx, args)
	}
	return fmt.Errorf("%w: no such verb: %s", errUsage, verb)
}

// arguments parses flags wherever they stand and wants a count of other words.
func arguments(flags *flag.FlagSet, args []string, want int) ([]string, error) {
	var words []string
	for {
		if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
			return nil, err
		} else if err != nil {
			return nil, fmt.Errorf("%w: %w", errUsage, err)
		}
		if flags.NArg() == 0 {
			break
		}
		words = append(words, flags.Arg(0))
		args = flags.Args()[1:]
	}
	if len(words) != want {
		return nil, fmt.Errorf("%w: %s takes %d arguments, not %d", errUsage, flags.Name(), want, len(words))
	}
	return words, nil
}

func newFlags(verb string) *flag.FlagSet {
	return flag.NewFlagSet("bench "+verb, flag.ContinueOnError)
}

func manifestsVerb(ctx context.Context, args []string) error {
	flags := newFlags("manifests")
	seed := flags.Uint64("seed", 1, "another seed gives other names and numbers in the same mix")
	words, err := arguments(flags, args, 2)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(words[1])
	if err != nil || n < 1 {
		return fmt.Errorf("%w: not a number of files: %s", errUsage, words[1])
	}
	c, err := manifests.Write(ctx, words[0], n, *seed)
	if err != nil {
		return err
	}
	fmt.Printf("%d files (%d of several documents, %d about inference), %d documents, %.1f MB\n",
		c.Files, c.Several, c.Inference, c.Documents, float64(c.Bytes)/1e6)
	kinds := make([]string, 0, len(c.Kinds))
	for k := range c.Kinds {
		kinds = append(kinds, k)
	}
	slices.Sort(kinds)
	for _, k := range kinds {
		fmt.Printf("%7d %s\n", c.Kinds[k], k)
	}
	return nil
}

func parseVerb(ctx context.Context, args []string) error {
	flags := newFlags("parse")
	mode := flags.String("mode", string(parse.Inference), "read, relevant or inference")
	words, err := arguments(flags, args, 1)
	if err != nil {
		return err
	}
	tally, err := parse.Tree(ctx, parse.Mode(*mode), words[0])
	if err != nil {
		return err
	}
	fmt.Println(tally)
	return nil
}

// sizeFlags are the same for every verb that has to do with the cluster.
func sizeFlags(flags *flag.FlagSet) *load.Size {
	var s load.Size
	flags.IntVar(&s.Deployments, "deployments", 5000, "Deployments in the cluster, those of the inference workloads included")
	flags.IntVar(&s.PodsPer, "pods-per", 4, "pods of each Deployment")
	flags.IntVar(&s.Inference, "inference", 50, "inference workloads")
	flags.IntVar(&s.Nodes, "nodes", 200, "nodes")
	flags.IntVar(&s.GPUNodes, "gpu-nodes", 40, "nodes with 8 GPUs each")
	return &s
}

// sizeWords hands a size on to another process.
func sizeWords(s *load.Size) []string {
	return []string{
		"--deployments", strconv.Itoa(s.Deployments), "--pods-per", strconv.Itoa(s.PodsPer), "--inference", strconv.Itoa(s.Inference),
		"--nodes", strconv.Itoa(s.Nodes), "--gpu-nodes", strconv.Itoa(s.GPUNodes),
	}
}

func clusterVerb(ctx context.Context, args []string) error {
	flags := newFlags("cluster")
	size := sizeFlags(flags)
	if _, err := arguments(flags, args, 0); err != nil {
		return err
	}
	client, err := load.FromKubeconfig()
	if err != nil {
		return err
	}
	return client.Fill(ctx, *size)
}

func listVerb(ctx context.Context, args []string) error {
	flags := newFlags("list")
	size := sizeFlags(flags)
	if _, err := arguments(flags, args, 0); err != nil {
		return err
	}
	client, err := load.FromKubeconfig()
	if err != nil {
		return err
	}
	counts, err := client.List(ctx, *size)
	if err != nil {
		return err
	}
	fmt.Println(counts)
	return nil
}
