package collect

import (
	"context"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

// window is what rates and quantiles are over: longer than four scrapes at the
// usual 60 s at most, short enough to be about now.
const window = "5m"

// Answers says whether a Prometheus is there.
func (p *Prometheus) Answers(ctx context.Context) error {
	return p.query(ctx, "vector(1)", &answered{take: func(*vectorSample) {}})
}

// Collect asks for the engines' numbers of every pod, for the GPUs' that are
// told by pod, for the health of the scrapes, and runs the queries of the
// autoscalers.
func (p *Prometheus) Collect(ctx context.Context, objects *inventory.Snapshot) *signals.Set {
	c := &collection{Prometheus: p, ctx: ctx, set: new(signals.Set), objects: objects, pods: map[podName]*asked{}, names: map[string]string{}, source: "prometheus " + p.Name}
	namespaces := map[string]bool{}
	for _, w := range objects.Workloads() {
		for _, pod := range objects.Pods(w) {
			c.pods[podName{pod.Namespace, pod.Name}] = &asked{ref: podRef(pod), of: w, runs: pod.Status.Phase == corev1.PodRunning}
			namespaces[pod.Namespace] = true
		}
	}
	if len(c.pods) > 0 {
		c.within = namespaceMatcher(namespaces)
		c.engines()
		c.hardware()
		c.health()
		c.starts()
	}
	c.triggers()
	return c.set
}

func namespaceMatcher(namespaces map[string]bool) string {
	var quoted []string
	for ns := range namespaces {
		quoted = append(quoted, regexp.QuoteMeta(ns))
	}
	slices.Sort(quoted)
	return strings.Join(quoted, "|")
}

// collection is one run of Collect.
type collection struct {
	*Prometheus
	ctx     context.Context
	set     *signals.Set
	objects *inventory.Snapshot
	pods    map[podName]*asked
	within  string // a regular expression of the namespaces
	dead    bool   // the server does not answer: no more questions
	names   map[string]string
	source  string
}

// each asks, and notes what went wrong; false where that leaves no answer. Nothing
// is asked of a server that is not there.
func (c *collection) each(expr string, take func(*vectorSample)) bool {
	if c.dead {
		return false
	}
	said := answered{take: take, names: c.names}
	if err := c.query(c.ctx, expr, &said); err != nil {
		c.set.Miss(signals.Gap{Source: c.source, Reason: err.Error()})
		var incomplete partial
		if !errors.As(err, &incomplete) {
			c.dead = true
			return false
		}
	}
	return said.shape == shapeVector
}

// podName is how series say which pod they are about.
type podName struct{ namespace, name string }

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
		return fmt.Sprintf("sum by (namespace, pod, le) (rate(%s_bucket{%s}[%s]))", name, matchers, window)
	case rate:
		return fmt.Sprintf("sum by (namespace, pod) (rate(%s{%s}[%s]))", name, matchers, window)
	case share:
		return fmt.Sprintf("max by (namespace, pod) (%s{%s})", name, matchers)
	}
	return fmt.Sprintf("sum by (namespace, pod) (%s{%s})", name, matchers)
}

// hardware asks what dcgm-exporter tells of pods; like [collection.term] not for
// what is known of all.
func (c *collection) hardware() {
	for _, t := range dcgmTerms() {
		if c.known(t.metric) {
			continue
		}
		sums := map[inventory.Ref][]float64{}
		var at time.Time
		expr := fmt.Sprintf("max by (namespace, pod, exported_namespace, exported_pod, gpu, GPU_I_ID) (%s)", t.series[0])
		answered := c.each(expr, func(s *vectorSample) {
			if p := c.pods[s.of()]; p != nil && finite(s.value) {
				sums[p.ref] = append(sums[p.ref], s.value*t.factor())
				at = s.at
			}
		})
		if !answered {
			continue
		}
		for pod, values := range sums {
			if _, known := c.set.Of(t.metric, pod); known {
				continue
			}
			c.set.Add(signals.Sample{Metric: t.metric, Of: pod, Value: ofAll(t.metric, values), At: at, Source: c.source})
		}
	}
}

// known says whether there is a number of every running pod.
func (c *collection) known(metric signals.Metric) bool {
	for _, p := range c.pods {
		if _, known := c.set.Of(metric, p.ref); p.runs && !known {
			return false
		}
	}
	return true
}

// ofAll is a pod's number by those of its GPUs: memory is added up, and how busy
// they are is averaged.
func ofAll(metric signals.Metric, values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	if metric == signals.GPUMemoryUsed {
		return sum
	}
	return sum / float64(len(values))
}

// health asks whether Prometheus scrapes the pods; a pod with several targets
// is well when one of them is.
func (c *collection) health() {
	for _, p := range c.pods {
		p.amount = amount{}
	}
	answered := c.each(fmt.Sprintf("max by (namespace, pod) (up{namespace=~%q})", c.within), func(s *vectorSample) {
		if p := c.pods[s.of()]; p != nil {
			p.take(term{}, s)
		}
	})
	for _, p := range c.pods {
		if answered && p.count > 0 {
			c.set.Add(signals.Sample{Metric: signals.ScrapeHealth, Of: p.ref, Value: p.value, At: p.at, Source: c.source})
		}
	}
}

// triggers runs the queries of the autoscalers as KEDA does: one number is
// wanted, and how many series came back is told as well.
func (c *collection) triggers() {
	for _, a := range c.objects.Autoscalers() {
		for _, m := range a.Metrics {
			if m.Source != inventory.SourcePrometheus || m.Query == "" || c.dead {
				continue
			}
			if err := c.trigger(a, m); err != nil {
				c.set.Miss(signals.Gap{Source: c.source, Reason: fmt.Sprintf("%s of %s: %v", m.QueryPath, a.Object.Short(), err)})
			}
		}
	}
}

func (c *collection) trigger(a *inventory.Autoscaler, m inventory.ScalingMetric) error {
	sample := signals.Sample{Of: a.Object.Ref, Part: m.Path.String(), Source: c.source, At: time.Now()}
	series, value := 0, 0.0
	said := answered{names: c.names}
	said.take = func(s *vectorSample) {
		series, value, sample.At = series+1, s.value, s.at
	}
	if err := c.query(c.ctx, m.Query, &said); err != nil || said.shape == shapeMatrix {
		return err
	}
	sample.Metric, sample.Value = signals.TriggerSeries, float64(series)
	c.set.Add(sample)
	if series == 1 && finite(value) {
		sample.Metric, sample.Value = signals.TriggerValue, value
		c.set.Add(sample)
	}
	return nil
}
