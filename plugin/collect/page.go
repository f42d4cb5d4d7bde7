package collect

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

// page is what one /metrics served at one moment.
type page struct {
	at       time.Time
	families map[string]*dto.MetricFamily
}

// parsePage reads Prometheus' text format. An HTML page, or half an answer, is
// an error.
func parsePage(text []byte, at time.Time) (*page, error) {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("no metrics in the answer: %s", firstLine(err.Error()))
	}
	return &page{at, families}, nil
}

// amount is what a page says for one term, before pods are put together.
type amount struct {
	value   float64
	buckets buckets // of a quantile term, instead of the value
	count   int     // series that went into it
}

// read returns what the page says for a term, since an earlier page of the same
// process where there is one. A rate needs one; a quantile without one is over
// all requests since the process started.
func (p *page) read(t term, earlier *page) (amount, bool) {
	for _, name := range t.series {
		family := p.families[name]
		if family == nil {
			continue
		}
		switch t.read {
		case quantile:
			got := bucketsOf(family, t)
			if earlier != nil {
				got = got.since(bucketsOf(earlier.families[name], t))
			}
			return amount{buckets: got, count: len(family.Metric)}, got.total() > 0
		case rate:
			if earlier == nil || earlier.families[name] == nil {
				return amount{}, false
			}
			now, before := sumOf(family, t), sumOf(earlier.families[name], t)
			seconds := p.at.Sub(earlier.at).Seconds()
			if now.count == 0 || seconds <= 0 || now.value < before.value {
				return amount{}, false // the process started anew
			}
			return amount{value: (now.value - before.value) / seconds * t.factor(), count: now.count}, true
		}
		got := sumOf(family, t)
		got.value *= t.factor()
		if got.count > 0 {
			return got, true
		}
	}
	return amount{}, false
}

// sumOf adds the series of a family that a term chooses; of a share it is the
// largest.
func sumOf(family *dto.MetricFamily, t term) amount {
	var all amount
	for _, m := range family.Metric {
		value, ok := number(m)
		if !ok || !t.chooses(m) {
			continue
		}
		all.count++
		if t.read == share {
			all.value = max(all.value, value)
		} else {
			all.value += value
		}
	}
	return all
}

// number is a gauge's or a counter's value, where that is one.
func number(m *dto.Metric) (float64, bool) {
	var value float64
	switch {
	case m.Gauge != nil:
		value = m.Gauge.GetValue()
	case m.Counter != nil:
		value = m.Counter.GetValue()
	case m.Untyped != nil:
		value = m.Untyped.GetValue()
	default:
		return 0, false
	}
	return value, finite(value)
}

func (t term) chooses(m *dto.Metric) bool {
	return t.label == "" || labelOf(m, t.label) == t.value
}

func labelOf(m *dto.Metric, name string) string {
	for _, pair := range m.Label {
		if pair.GetName() == name {
			return pair.GetValue()
		}
	}
	return ""
}

func labelsOf(m *dto.Metric) map[string]string {
	all := map[string]string{}
	for _, pair := range m.Label {
		all[pair.GetName()] = pair.GetValue()
	}
	return all
}

// engineSeries counts the series of the engine's gauge of running requests: one
// to an engine process, so more than one to a pod with data parallelism.
func (p *page) engineSeries(engine inventory.EngineID) (int, bool) {
	for _, t := range dialect(engine) {
		if t.metric == signals.Running {
			got, ok := p.read(t, nil)
			return got.count, ok
		}
	}
	return 0, false
}

// has says whether the page has a series of that name: a family, or one of the
// series of a histogram or a summary.
func (p *page) has(name string) bool {
	if p.families[name] != nil {
		return true
	}
	for _, suffix := range []string{"_bucket", "_sum", "_count", "_total"} {
		if family, cut := strings.CutSuffix(name, suffix); cut && p.families[family] != nil {
			return true
		}
	}
	return false
}
