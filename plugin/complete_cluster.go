package plugin

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/plugin/collect"
	"github.com/infscale/kubectl-infscale/plugin/render"
)

// completePatience is how long a shell may wait for names of a cluster.
const completePatience = 3 * time.Second

// complete tells the shell contexts and namespaces. What cannot be
// read is no completion: a shell has no place for an error.
func (c *clusterFlags) complete(cmd *cobra.Command) {
	// They can only fail for a flag that is not registered.
	_ = cmd.RegisterFlagCompletionFunc("context", func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		raw, err := c.config.ToRawKubeConfigLoader().RawConfig()
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		return sortedKeys(raw.Contexts), cobra.ShellCompDirectiveNoFileComp
	})
	_ = cmd.RegisterFlagCompletionFunc("namespace", func(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		names, err := c.namespaces(cmd.Context())
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	})
}

// completeWorkloads tells it workloads, too: for verbs whose arguments they are.
func (c *clusterFlags) completeWorkloads(cmd *cobra.Command, streams Streams) {
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return c.workloads(cmd.Context(), args, streams)
	}
}

func (c *clusterFlags) namespaces(ctx context.Context) ([]string, error) {
	config, err := connection(c.config)
	if err != nil {
		return nil, err
	}
	api, err := collect.NewAPIServer(config)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, completePatience)
	defer cancel()
	body, err := api.Get(ctx, "/api/v1/namespaces", nil)
	if err != nil {
		return nil, err
	}
	var list struct {
		Items []struct{ Metadata struct{ Name string } }
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, err
	}
	var names []string
	for _, item := range list.Items {
		names = append(names, render.Clean(item.Metadata.Name))
	}
	return names, nil
}

// workloads offers the inference workloads that are not named yet, as TYPE/NAME,
// each with its engine.
func (c *clusterFlags) workloads(ctx context.Context, named []string, streams Streams) ([]cobra.Completion, cobra.ShellCompDirective) {
	streams.ErrTerminal = false // nothing but completions is printed
	ctx, cancel := context.WithTimeout(ctx, completePatience)
	defer cancel()
	from, only, err := c.source(nil, streams)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	frame, _ := from.Load(ctx, checks.Needs{Kinds: checks.Workloads()})
	if frame.Objects == nil {
		return nil, cobra.ShellCompDirectiveError
	}
	report := checks.Report{Workloads: frame.Objects.Workloads()}
	only.keep(&report, frame.Objects)
	done := map[string]bool{}
	for _, name := range named {
		done[name] = true
	}
	var all []cobra.Completion
	for _, w := range report.Workloads {
		if name := strings.ToLower(w.Ref().Kind) + "/" + w.Ref().Name; !done[name] {
			all = append(all, cobra.CompletionWithDesc(render.Clean(name), w.EngineName()))
		}
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}
