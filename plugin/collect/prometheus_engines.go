package collect

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

// window is what rates and quantiles are over: longer than four scrapes at the
// usual 60 s at most, short enough to be about now.
const window = "5m"

// asked is a pod whose numbers are asked for, with what the last question brought.
type asked struct {
	ref  inventory.Ref
	of   *inventory.Workload
	runs bool

	amount
	at   time.Time
	told map[signals.Metric]bool // by an earlier question
}

// engines asks once for each term of each engine that runs.
func (c *collection) engines() {
	var engines []inventory.EngineID
	pods := map[inventory.EngineID][]*asked{}
	for _, w := range c.objects.Workloads() {
		engine := w.EngineID()
		if pods[engine] == nil {
			engines = append(engines, engine)
		}
		for _, pod := range c.objects.Pods(w) {
			if p := c.pods[podName{pod.Namespace, pod.Name}]; p.of == w {
				p.told = map[signals.Metric]bool{}
				pods[engine] = append(pods[engine], p)
			}
		}
	}
	fleets := map[*inventory.Workload]*fleet{}
	for _, engine := range engines {
		for _, t := range dialect(engine) {
			for _, name := range t.series {
				c.term(engine, t, name, pods[engine], fleets)
			}
		}
	}
	for _, f := range fleets {
		f.source = c.source
		f.tell(c.set)
	}
}

// term asks for a series by name. One that an engine had before, or has elsewhere,
// is not asked for when a newer one has told of every pod.
func (c *collection) term(engine inventory.EngineID, t term, name string, pods []*asked, fleets map[*inventory.Workload]*fleet) {
	if !slices.ContainsFunc(pods, func(p *asked) bool { return p.runs && !p.told[t.metric] }) {
		return
	}
	for _, p := range pods {
		p.amount = amount{buckets: p.buckets[:0]}
	}
	answered := c.each(t.expr(name, c.within), func(s *vectorSample) {
		if p := c.pods[s.of()]; p != nil && p.of.EngineID() == engine {
			p.take(t, s)
		}
	})
	if !answered {
		return
	}
	for _, p := range pods {
		p.buckets = sorted(p.buckets)
		if p.count == 0 || p.told[t.metric] || t.read == quantile && p.buckets.total() == 0 {
			continue
		}
		p.told[t.metric] = true
		if fleets[p.of] == nil {
			fleets[p.of] = &fleet{of: p.of.Ref(), sums: map[signals.Metric]*total{}}
		}
		fleets[p.of].add(t, p.amount, p.at)
		if value, ok := p.number(t); ok {
			c.set.Add(signals.Sample{Metric: t.metric, Of: p.ref, Value: value, At: p.at, Source: c.source})
		}
	}
}

// finite says whether a value is a number: a quotient of nothing is not, and no
// report or recording could write it.
func finite(value float64) bool { return !math.IsNaN(value) && !math.IsInf(value, 0) }

// take adds what a series says of the pod.
func (p *asked) take(t term, s *vectorSample) {
	if !finite(s.value) {
		return
	}
	if t.read == quantile {
		bound, err := strconv.ParseFloat(s.le, 64)
		if err != nil {
			return
		}
		p.buckets = append(p.buckets, bucket{bound, s.value})
	} else {
		p.value = s.value * t.factor()
	}
	p.count++
	p.at = s.at
}

// expr is the term as a question about every pod of some namespaces.
func (t term) expr(name, within string) string {
	matchers := fmt.Sprintf("namespace=~%q", within)
	if t.label != "" {
		matchers += fmt.Sprintf(",%s=%q", t.label, t.value)
	}
	switch t.read {
	case quantile:
		return once("le", fmt.Sprintf("rate(%s_bucket{%s}[%s])", name, matchers, window))
	case rate:
		return once("", fmt.Sprintf("rate(%s{%s}[%s])", name, matchers, window))
	case share:
		return fmt.Sprintf("max by (namespace, pod) (%s{%s})", name, matchers)
	}
	return once("", fmt.Sprintf("%s{%s}", name, matchers))
}

const (
	// engineLabels are those by which an engine's series add up. A port of a pod has
	// an address of its own; where relabelling has taken that away the models and
	// the ranks of data parallelism are still told apart.
	engineLabels = "namespace, pod, instance, model, model_name, engine, dp_rank"
	// copyLabels are those by which copies of one series differ: who scrapes it,
	// through what, and which of several Prometheus replicas has kept it.
	copyLabels = "job, endpoint, service, container, prometheus, prometheus_replica, replica"
)

// once adds up all that each pod's engines tell, by one label more where that is
// not empty. What was scraped twice, or comes from two Prometheus side by side,
// counts once: one of them may be behind, so that it is the larger.
func once(by, series string) string {
	if by != "" {
		by = ", " + by
	}
	copies := fmt.Sprintf("sum by (%s, %s%s) (%s)", engineLabels, copyLabels, by, series)
	return fmt.Sprintf("sum by (namespace, pod%s) (max by (%s%s) (%s))", by, engineLabels, by, copies)
}
