package plugin

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericclioptions"
)

// contextFlag is kubectl's --context. doctor takes several.
type contextFlag struct {
	names   []string
	several bool    // may be given more than once
	into    *string // where kubectl's code reads it
}

// registerContext adds kubectl's own flags, but for --context, which is ours.
func registerContext(config *genericclioptions.ConfigFlags, flags *pflag.FlagSet, c *contextFlag) {
	c.into, config.Context = config.Context, nil
	config.AddFlags(flags)
	config.Context = c.into
	usage := "the kubeconfig `CONTEXT` to use"
	if c.several {
		usage += ", repeatable: several clusters side by side"
	}
	flags.Var(c, "context", usage)
}

// Set adds a context.
func (c *contextFlag) Set(name string) error {
	switch {
	case len(c.names) > 0 && !c.several:
		return errors.New("only doctor looks at several clusters in one run")
	case slices.Contains(c.names, name):
		return errors.New("it is given twice")
	}
	c.names = append(c.names, name)
	*c.into = name
	return nil
}

func (c *contextFlag) String() string { return strings.Join(c.names, ",") }

// Type is what help calls the value where its usage has no better name.
func (c *contextFlag) Type() string { return "string" }

// inContext are the same flags for one of several contexts.
func (c *clusterFlags) inContext(name string) *clusterFlags {
	one := *c
	one.contexts = contextFlag{names: []string{name}}
	one.config = configOf(c.config, name)
	return &one
}

// configOf is a context of the kubeconfig, read anew, with what does not belong to
// another one.
func configOf(old *genericclioptions.ConfigFlags, name string) *genericclioptions.ConfigFlags {
	fresh := genericclioptions.NewConfigFlags(true)
	fresh.Context = &name
	fresh.KubeConfig, fresh.Namespace, fresh.Timeout = old.KubeConfig, old.Namespace, old.Timeout
	fresh.Impersonate, fresh.ImpersonateGroup, fresh.ImpersonateUID = old.Impersonate, old.ImpersonateGroup, old.ImpersonateUID
	if name == *old.Context {
		fresh.ClusterName, fresh.AuthInfoName, fresh.APIServer = old.ClusterName, old.AuthInfoName, old.APIServer
		fresh.BearerToken, fresh.CertFile, fresh.KeyFile, fresh.CAFile = old.BearerToken, old.CertFile, old.KeyFile, old.CAFile
		fresh.Insecure, fresh.TLSServerName = old.Insecure, old.TLSServerName
	}
	return fresh
}

// places turns the flags into what doctor looks at: one place, or one for each
// of several contexts.
func (c *clusterFlags) places(args []string, streams Streams) ([]site, error) {
	if len(c.contexts.names) < 2 {
		from, only, err := c.source(args, streams)
		return []site{{known: c.knownAs(), from: from, only: only}}, err
	}
	if err := c.validateSeveral(); err != nil {
		return nil, err
	}
	streams.ErrTerminal = false // one line tells of all of them
	var all []site
	for _, name := range c.contexts.names {
		p := site{context: name, known: name}
		p.from, p.only, p.err = c.inContext(name).source(args, streams)
		var exit *exitError
		if errors.As(p.err, &exit) && exit.code == exitUsage {
			return nil, p.err
		}
		all = append(all, p)
	}
	return all, nil
}

// validateSeveral refuses what can be true of one cluster only.
func (c *clusterFlags) validateSeveral() error {
	if c.demo || c.from != "" {
		return usageError("--demo and --from are no clusters of a kubeconfig: leave out --context")
	}
	for _, flag := range []struct {
		name string
		set  bool
	}{
		{"--server", *c.config.APIServer != ""},
		{"--cluster", *c.config.ClusterName != ""},
		{"--user", *c.config.AuthInfoName != ""},
		{"--token", *c.config.BearerToken != ""},
		{"--client-certificate", *c.config.CertFile != ""},
		{"--client-key", *c.config.KeyFile != ""},
		{"--certificate-authority", *c.config.CAFile != ""},
		{"--tls-server-name", *c.config.TLSServerName != ""},
		{"--insecure-skip-tls-verify", *c.config.Insecure},
		{"--prometheus URL", c.numbers.prometheus != prometheusAuto && c.numbers.prometheus != prometheusNone},
		{"--dcgm", len(c.numbers.dcgm) > 0},
	} {
		if flag.set {
			return usageError("%s is about one cluster: leave it out, or give one --context", flag.name)
		}
	}
	return nil
}

// knownAs is the context that the flags mean, by which a baseline of several
// clusters knows this one; empty where there is none.
func (c *clusterFlags) knownAs() string {
	if c.demo || c.from != "" {
		return ""
	}
	if *c.config.Context != "" {
		return *c.config.Context
	}
	raw, err := c.config.ToRawKubeConfigLoader().RawConfig()
	if err != nil {
		return ""
	}
	return raw.CurrentContext
}

// together names the clusters that are being read: "gke-prod and eks-test",
// "gke-prod and 4 others".
func together(places []site) string {
	if len(places) == 2 {
		return places[0].context + " and " + places[1].context
	}
	return fmt.Sprintf("%s and %d others", places[0].context, len(places)-1)
}
