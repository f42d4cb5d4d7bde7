package plugin

import (
	"context"
	"slices"
	"time"

	"k8s.io/client-go/rest"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/signals"
	"github.com/infscale/kubectl-infscale/plugin/collect"
)

// lookAgain is how long a search for a Prometheus that found none is believed:
// it lists Services of the whole cluster. lookSoon is the same for one that was
// there before: it is most likely on its way back.
const (
	lookAgain = time.Minute
	lookSoon  = 10 * time.Second
)

// clusterNumbers asks a cluster for numbers. It may be asked again and again:
// then it remembers where Prometheus is, and the engines' last pages.
type clusterNumbers struct {
	flags  *numberFlags
	config *rest.Config

	api        *collect.APIServer
	scraper    *collect.Scraper
	prometheus *collect.Prometheus
	missing    error // why there is none
	looked     time.Time
	found      bool // it was there, once
}

// collect asks Prometheus, and the engines themselves where that one knows
// nothing of them; beside that the host engines that --dcgm names.
func (n *clusterNumbers) collect(ctx context.Context, objects *inventory.Snapshot) *signals.Set {
	hardware := n.flags.hostEngines(ctx, objects)
	set := n.fromCluster(ctx, objects)
	set.Merge(hardware())
	collect.SumUp(set, objects)
	return set
}

func (n *clusterNumbers) fromCluster(ctx context.Context, objects *inventory.Snapshot) *signals.Set {
	set := new(signals.Set)
	if n.api == nil {
		api, err := collect.NewAPIServer(n.config)
		if err != nil {
			set.Miss(signals.Gap{Source: "API server", Reason: err.Error()})
			return set
		}
		n.api, n.scraper = api, &collect.Scraper{API: api}
	}
	part, done := mostOf(ctx)
	defer done()
	n.find(part)
	switch {
	case n.missing != nil:
		set.Miss(signals.Gap{Source: "prometheus", Reason: n.missing.Error()})
	case n.prometheus != nil:
		set = n.prometheus.Collect(part, objects)
		if failed(set, "prometheus "+n.prometheus.Name) {
			n.looked = time.Time{} // it may be somewhere else now
		}
	}
	if measuresEngines(set, objects) {
		set.Merge(n.scraper.CollectUnheard(ctx, objects, set))
	} else {
		set.Merge(n.scraper.Collect(ctx, objects))
	}
	set.Merge(n.scraper.CollectGPUs(ctx, objects, set))
	return set
}

// mostOf is two thirds of the time that is left: pods that answer shall not be
// said to be silent because Prometheus is.
func mostOf(ctx context.Context) (context.Context, context.CancelFunc) {
	end, limited := ctx.Deadline()
	if !limited {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Until(end)*2/3)
}

// use makes it ask with another configuration from now on.
func (n *clusterNumbers) use(config *rest.Config) {
	n.config, n.api, n.looked = config, nil, time.Time{}
}

// find looks for Prometheus where it is not known.
func (n *clusterNumbers) find(ctx context.Context) {
	believed := lookAgain
	if n.found {
		believed = lookSoon
	}
	if !n.looked.IsZero() && (n.missing == nil || time.Since(n.looked) < believed) {
		return
	}
	n.prometheus, n.missing = n.flags.client(ctx, n.api)
	n.found = n.found || n.prometheus != nil
	n.looked = time.Now()
}

// failed says whether a source did not answer.
func failed(set *signals.Set, source string) bool {
	return slices.ContainsFunc(set.Gaps(), func(gap signals.Gap) bool { return gap.Source == source })
}
