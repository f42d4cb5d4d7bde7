package sim

import (
	"fmt"
	"math"
	"strings"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/promql"
)

// origin is where one metric's number comes from.
type origin struct {
	expr   *expression
	perPod *matched // of a Pods metric that is a series of the pods themselves
	window *inventory.CronWindow
	err    string // why there never is one
}

// reask finds the source of every metric.
func (w *World) reask(s *scaler) {
	metrics := s.view.Metrics
	s.formula, s.refused = nil, ""
	if s.keda != nil {
		metrics = s.owner.Metrics
		s.formula, s.refused = readFormula(s.owner)
	}
	s.asks = make([]origin, len(metrics))
	windows := s.owner.CronWindows()
	for i, m := range metrics {
		s.asks[i] = w.origin(s, m, windows)
	}
}

func (w *World) origin(s *scaler, m inventory.ScalingMetric, windows []inventory.CronWindow) (ask origin) {
	switch {
	case m.TriggerType == "cron":
		ask.window = windowOf(windows, m)
		if ask.window == nil || ask.window.Refused != "" {
			ask.err = "the cron trigger is refused"
		}
	case m.Source == inventory.SourcePrometheus:
		ask.expr = newExpression(m.Query)
	case m.Source == inventory.SourcePods:
		w.askPods(&ask, m, s.fleet)
	case m.Source == inventory.SourceObject || m.Source == inventory.SourceExternal:
		w.askAdapter(&ask, m)
	case m.Source == inventory.SourceResource:
	default:
		ask.err = fmt.Sprintf("a trigger of type %s is not simulated", m.TriggerType)
	}
	return ask
}

func windowOf(all []inventory.CronWindow, m inventory.ScalingMetric) *inventory.CronWindow {
	for i := range all {
		if all[i].Metric.Path.String() == m.Path.String() {
			return &all[i]
		}
	}
	return nil
}

// askPods finds the series behind a Pods metric: by prometheus-adapter's rule,
// else by the name, in which an adapter writes "_" for ":".
func (w *World) askPods(ask *origin, m inventory.ScalingMetric, f *fleet) {
	_, series, made := promql.RuleOfMetric(w.static, m)
	if !made && len(w.static.AdapterRules()) == 0 {
		for _, e := range f.exports {
			if strings.ReplaceAll(e.name, ":", "_") == m.Name || e.name == m.Name {
				series, made = e.name, true
			}
		}
	}
	if !made {
		ask.err = "no rule of prometheus-adapter makes " + m.Name
		return
	}
	ask.perPod = &matched{name: series, known: map[*pod][]quantity{}}
}

// askAdapter fills an adapter's rule in for a metric of the cluster.
func (w *World) askAdapter(ask *origin, m inventory.ScalingMetric) {
	q, ok := promql.OfMetric(w.static, m)
	if !ok {
		ask.err = "it is not known what makes " + m.Name
		return
	}
	ask.expr = newExpression(q.Text())
}

// reading is what the metrics API answers for one of the HPA's metrics.
func (w *World) reading(s *scaler, i int) Reading {
	m := &s.view.Metrics[i]
	switch {
	case m.Source == inventory.SourceResource:
		return s.fleet.usage(m, w.now)
	case m.Name == inventory.CompositeMetric && s.keda != nil:
		return w.composite(s, *m)
	case s.keda != nil:
		return w.external(s, i)
	}
	ask := &s.asks[i]
	switch {
	case ask.err != "":
		return Reading{Err: ask.err}
	case ask.perPod != nil:
		return w.perPod(ask.perPod, s.selected)
	}
	value, count, err := ask.expr.one(w)
	switch {
	case err != nil:
		return Reading{Err: err.Error()}
	case count == 0 || !isNumber(value):
		return Reading{Err: "no value"}
	}
	return Reading{Value: int64(math.Ceil(value * milli))}
}

func (w *World) perPod(m *matched, selected []*fleet) Reading {
	r := Reading{PerPod: map[string]int64{}}
	for _, f := range selected {
		for _, p := range f.pods {
			if !f.scraped || !w.shows(m.name, p) {
				continue
			}
			for _, q := range m.of(f, p) {
				if !p.seen.has(q) {
					continue
				}
				r.PerPod[p.name] += int64(p.seen.values[q] * milli)
			}
		}
	}
	if len(r.PerPod) == 0 {
		return Reading{Err: "no metrics returned from custom metrics API"}
	}
	return r
}
