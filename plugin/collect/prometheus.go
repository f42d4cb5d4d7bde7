package collect

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

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
