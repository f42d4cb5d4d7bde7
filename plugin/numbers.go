package plugin

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/client-go/rest"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/signals"
	"github.com/infscale/kubectl-infscale/plugin/collect"
)

// numbersPatience is how long collecting may take altogether when
// --request-timeout does not say: a diagnosis without numbers is better than
// none.
const numbersPatience = 15 * time.Second

// Words for --prometheus besides an address.
const (
	prometheusAuto = "auto"
	prometheusNone = "none"
)

// numberFlags say where numbers come from.
type numberFlags struct {
	prometheus string
	tokenFile  string
	caFile     string
	dcgm       []string
}

func (n *numberFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&n.prometheus, "prometheus", prometheusAuto, "`URL` of a Prometheus; auto looks for its Service, none asks the engines themselves")
	f.StringVar(&n.tokenFile, "prometheus-token", "", "`FILE` with a bearer token for --prometheus URL")
	f.StringVar(&n.caFile, "prometheus-ca", "", "`FILE` with the certificate authority of --prometheus URL")
	f.StringArrayVar(&n.dcgm, "dcgm", nil, "`HOST:PORT` of an nv-hostengine on a node, asked through infscale-dcgm; repeatable")
}

// validate refuses what cannot be an address before anything is asked.
func (n *numberFlags) validate() error {
	for _, host := range n.dcgm {
		if err := collect.HostEngine(host); err != nil {
			return usageError("--dcgm: %v", err)
		}
	}
	switch n.prometheus {
	case prometheusAuto, prometheusNone:
		if n.tokenFile != "" || n.caFile != "" {
			return usageError("--prometheus-token and --prometheus-ca go with --prometheus URL")
		}
		return nil
	}
	if _, err := collect.Address(n.prometheus); err != nil {
		return usageError("--prometheus is auto, none or an address: %v", err)
	}
	return nil
}

// withNumbers is a source that also collects what the checks want to know in
// numbers.
type withNumbers struct {
	loader
	flags  *numberFlags
	config *rest.Config
	line   *progress
}

// Load adds the numbers to a running cluster's frame. What cannot be had is a
// gap in them.
func (n withNumbers) Load(ctx context.Context, needs checks.Needs) (checks.Frame, error) {
	frame, err := n.loader.Load(ctx, needs)
	wanted := len(needs.Numbers) > 0 || len(n.flags.dcgm) > 0
	if frame.Objects == nil || !wanted || len(frame.Objects.Workloads()) == 0 {
		return frame, err
	}
	bounded, cancel := context.WithTimeout(ctx, numbersLimit(n.config))
	defer cancel()
	defer n.line.begin("asking for numbers")()
	frame.Signals = n.collect(bounded, frame.Objects)
	if ctx.Err() != nil {
		return checks.Frame{}, ctx.Err()
	}
	return frame, err
}

// collect asks for the numbers of this one frame.
func (n withNumbers) collect(ctx context.Context, objects *inventory.Snapshot) *signals.Set {
	return (&clusterNumbers{flags: n.flags, config: n.config}).collect(ctx, objects)
}

// hostEngines begins to ask them; the function that it returns waits for their
// answers.
func (n *numberFlags) hostEngines(ctx context.Context, objects *inventory.Snapshot) func() *signals.Set {
	sets := make([]*signals.Set, len(n.dcgm))
	var asked sync.WaitGroup
	for i, host := range n.dcgm {
		asked.Go(func() { sets[i] = (&collect.DCGM{Host: host}).Collect(ctx, objects) })
	}
	return func() *signals.Set {
		asked.Wait()
		all := new(signals.Set)
		for _, set := range sets {
			all.Merge(set)
		}
		return all
	}
}

// measuresEngines says whether any workload's requests are known.
func measuresEngines(set *signals.Set, objects *inventory.Snapshot) bool {
	for _, w := range objects.Workloads() {
		if _, ok := set.Of(signals.Running, w.Ref()); ok {
			return true
		}
	}
	return false
}

// client reaches the Prometheus that the flags mean; nil for none.
func (n *numberFlags) client(ctx context.Context, api *collect.APIServer) (*collect.Prometheus, error) {
	switch n.prometheus {
	case prometheusNone:
		return nil, nil
	case prometheusAuto:
		return collect.Discover(ctx, api)
	}
	client, err := n.credentials()
	if err != nil {
		return nil, err
	}
	named, err := collect.Address(n.prometheus)
	if err != nil {
		return nil, err
	}
	named.User, named.RawQuery = nil, "" // reports and recordings name their sources
	return collect.NewPrometheus(named.String(), n.prometheus, client)
}

func (n *numberFlags) credentials() (*http.Client, error) {
	client := &http.Client{Transport: http.DefaultTransport}
	if n.caFile != "" {
		text, err := os.ReadFile(n.caFile)
		if err != nil {
			return nil, fmt.Errorf("--prometheus-ca: %w", err)
		}
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(text) {
			return nil, errors.New("--prometheus-ca: no certificate in " + n.caFile)
		}
		client.Transport = &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{RootCAs: roots}}
	}
	if n.tokenFile != "" {
		text, err := os.ReadFile(n.tokenFile)
		if err != nil {
			return nil, fmt.Errorf("--prometheus-token: %w", err)
		}
		client = collect.WithToken(client, strings.TrimSpace(string(text)))
	}
	return client, nil
}
