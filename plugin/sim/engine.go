package sim

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	stale "github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"
)

// Bounds of one query, far above what a fleet's queries need.
const (
	querySamples = 5_000_000
	queryTime    = 10 * time.Second
	lookback     = 5 * time.Minute // Prometheus' own default
)

// instant asks Prometheus' engine, now. A NaN is kept.
func (w *World) instant(text string) ([]point, error) {
	if w.engine == nil {
		w.engine = promql.NewEngine(promql.EngineOpts{MaxSamples: querySamples, Timeout: queryTime, LookbackDelta: lookback, EnableAtModifier: true, EnableNegativeOffset: true})
	}
	query, err := w.engine.NewInstantQuery(context.Background(), memory{w}, nil, text, w.now)
	if err != nil {
		return nil, err
	}
	defer query.Close()
	result := query.Exec(context.Background())
	if result.Err != nil {
		return nil, result.Err
	}
	switch value := result.Value.(type) {
	case promql.Vector:
		all := make([]point, len(value))
		for i, s := range value {
			all[i] = point{s.Metric, s.F}
		}
		return all, nil
	case promql.Scalar:
		return []point{{value: value.V}}, nil
	}
	return nil, errors.New("the query's result is neither a vector nor a scalar")
}

// memory is the simulated Prometheus' storage.
type memory struct{ w *World }

func (m memory) Querier(from, to int64) (storage.Querier, error) {
	return memoryQuerier{w: m.w, from: from, to: to}, nil
}

type memoryQuerier struct {
	w        *World
	from, to int64
}

func (q memoryQuerier) Select(_ context.Context, _ bool, _ *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	var all []storage.Series
	for _, f := range q.w.fleets {
		if !f.scraped {
			continue
		}
		for _, p := range f.pods {
			for i := range f.exports {
				all = append(all, q.of(p, &f.exports[i], matchers)...)
			}
		}
	}
	slices.SortFunc(all, func(a, b storage.Series) int { return labels.Compare(a.Labels(), b.Labels()) })
	return &seriesSet{all: all, at: -1}
}

func (q memoryQuerier) of(p *pod, e *export, matchers []*labels.Matcher) []storage.Series {
	var all []storage.Series
	for _, s := range e.series(p) {
		if !matches(matchers, s.labels) {
			continue
		}
		var samples []chunks.Sample
		add := func(at *sample) {
			t := at.at.UnixMilli()
			switch {
			case at.at.IsZero() || t < q.from || t > q.to:
			case e.shows(p, at):
				samples = append(samples, moment{t, s.value(at)})
			case len(samples) > 0: // it has vanished, which Prometheus marks
				samples = append(samples, moment{t, math.Float64frombits(stale.StaleNaN)})
			}
		}
		for i := range p.past {
			add(&p.past[i])
		}
		add(&p.seen)
		if len(samples) > 0 {
			all = append(all, storage.NewListSeries(s.labels, samples))
		}
	}
	return all
}

func (memoryQuerier) LabelValues(context.Context, string, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, nil
}

func (memoryQuerier) LabelNames(context.Context, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, nil
}

func (memoryQuerier) Close() error { return nil }

type seriesSet struct {
	all []storage.Series
	at  int
}

func (s *seriesSet) Next() bool                      { s.at++; return s.at < len(s.all) }
func (s *seriesSet) At() storage.Series              { return s.all[s.at] }
func (*seriesSet) Err() error                        { return nil }
func (*seriesSet) Warnings() annotations.Annotations { return nil }

// moment is a value at a time in milliseconds.
type moment struct {
	at    int64
	value float64
}

func (m moment) ST() int64                   { return 0 }
func (m moment) T() int64                    { return m.at }
func (m moment) F() float64                  { return m.value }
func (moment) H() *histogram.Histogram       { return nil }
func (moment) FH() *histogram.FloatHistogram { return nil }
func (moment) Type() chunkenc.ValueType      { return chunkenc.ValFloat }
func (m moment) Copy() chunks.Sample         { return m }
func isNumber(value float64) bool            { return !math.IsNaN(value) && !math.IsInf(value, 0) }
