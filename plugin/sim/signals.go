package sim

import (
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

// signalSource is who measured every number of a simulated world.
const signalSource = "simulation"

// numbersOver is the time that rates and quantiles are over.
const numbersOver = 5 * time.Minute

// signals are what collectors would bring: of every pod that answers, summed up
// or averaged for its workload, and the triggers' values.
func (w *World) signals(objects *inventory.Snapshot) *signals.Set {
	set := new(signals.Set)
	for _, f := range w.fleets {
		w.fleetSignals(set, f)
	}
	for _, s := range w.scalers {
		w.triggerSignals(set, s)
	}
	for _, view := range objects.Workloads() {
		w.loadSignals(set, objects, view)
	}
	return set
}

func (w *World) fleetSignals(set *signals.Set, f *fleet) {
	all, gpus := total{}, float64(f.perPod())
	for _, p := range f.pods {
		if p.seen.at.IsZero() || !p.isRunning(p.seen.at) {
			continue
		}
		of := inventory.Ref{Kind: "Pod", Namespace: f.ref.Namespace, Name: p.name}
		add := func(metric signals.Metric, value float64) {
			set.Add(signals.Sample{Metric: metric, Of: of, Value: value, At: p.seen.at, Source: signalSource})
		}
		s := &p.seen
		if f.scraped {
			add(signals.ScrapeHealth, s.values[qUp])
		}
		if gpus > 0 {
			add(signals.GPUUtilisation, s.values[qGPUUtil])
			add(signals.GPUMemoryUsed, gpus*s.values[qGPUMemory])
			all.util += s.values[qGPUUtil]
			all.memory += gpus * s.values[qGPUMemory]
			all.containers++
		}
		all.at = s.at
		if f.scraped && p.answers(s.at) {
			f.tell(p, add, &all)
		}
	}
	all.tell(set, f)
}

// total is what the pods of a workload come to.
type total struct {
	at                   time.Time
	containers, pods     float64
	util, memory         float64
	waiting, running, kv float64
	prompt, generated    float64
	ttft, e2e            latencies
	told                 [quantities]bool // that a pod has told
}

// tell adds what the engine itself exports. Of what it has no series for
// nothing is known.
func (f *fleet) tell(p *pod, add func(signals.Metric, float64), all *total) {
	s := &p.seen
	if s.only && s.held == [quantities]bool{} {
		return // nothing of the engine's is there
	}
	all.pods++
	gauge := func(q quantity, metric signals.Metric, sum *float64) {
		if f.tells[q] && s.has(q) {
			all.told[q] = true
			*sum += s.values[q]
			add(metric, s.values[q])
		}
	}
	gauge(qWaiting, signals.QueueDepth, &all.waiting)
	gauge(qRunning, signals.Running, &all.running)
	gauge(qKV, signals.KVCacheUsage, &all.kv)
	add(signals.EngineSeries, 1)
	before := p.before(numbersOver)
	if before == nil {
		return
	}
	span := s.at.Sub(before.at).Seconds()
	rate := func(q quantity, metric signals.Metric, sum *float64) {
		if f.tells[q] && s.has(q) {
			value := (s.values[q] - before.values[q]) / span
			*sum += value
			add(metric, value)
		}
	}
	rate(qPrompt, signals.PromptTokens, &all.prompt)
	rate(qGenerated, signals.GenerationTokens, &all.generated)
	quantile := func(q quantity, metric signals.Metric, of float64, now, then, sum *latencies) {
		since := now.since(then)
		if value, any := since.quantile(of); any && f.tells[q] && s.has(q) {
			sum.merge(&since)
			add(metric, value)
		}
	}
	quantile(qTTFT, signals.TTFTp95, ttftQuantile, &s.ttft, &before.ttft, &all.ttft)
	quantile(qE2E, signals.EndToEndP99, e2eQuantile, &s.e2e, &before.e2e, &all.e2e)
}

// The quantiles of the logical metrics.
const (
	ttftQuantile = 0.95
	e2eQuantile  = 0.99
)

// before is the oldest scrape within a span of the last one; nil without any.
func (p *pod) before(span time.Duration) *sample {
	for i := range p.past {
		s := &p.past[i]
		if p.seen.at.Sub(s.at) <= span && p.answers(s.at) {
			return s
		}
	}
	return nil
}

func (t *total) tell(set *signals.Set, f *fleet) {
	add := func(metric signals.Metric, value float64) {
		set.Add(signals.Sample{Metric: metric, Of: f.ref, Value: value, At: t.at, Source: signalSource})
	}
	if t.containers > 0 {
		add(signals.GPUUtilisation, t.util/t.containers)
		add(signals.GPUMemoryUsed, t.memory)
	}
	if t.pods == 0 {
		return
	}
	for _, told := range []struct {
		of     quantity
		metric signals.Metric
		value  float64
	}{
		{qWaiting, signals.QueueDepth, t.waiting},
		{qRunning, signals.Running, t.running},
		{qKV, signals.KVCacheUsage, t.kv / t.pods},
	} {
		if t.told[told.of] {
			add(told.metric, told.value)
		}
	}
	if t.prompt+t.generated > 0 {
		add(signals.PromptTokens, t.prompt)
		add(signals.GenerationTokens, t.generated)
	}
	if value, ok := t.ttft.quantile(ttftQuantile); ok {
		add(signals.TTFTp95, value)
	}
	if value, ok := t.e2e.quantile(e2eQuantile); ok {
		add(signals.EndToEndP99, value)
	}
}

// triggerSignals run the queries of a ScaledObject as KEDA does.
func (w *World) triggerSignals(set *signals.Set, s *scaler) {
	for i, m := range s.owner.Metrics {
		if m.Source != inventory.SourcePrometheus || i >= len(s.asks) || s.asks[i].expr == nil {
			continue
		}
		value, count, err := s.asks[i].expr.one(w)
		if err != nil {
			set.Miss(signals.Gap{Source: signalSource, Reason: m.QueryPath.String() + " of " + s.ref.Short() + ": " + err.Error()})
			continue
		}
		sample := signals.Sample{Metric: signals.TriggerSeries, Of: s.ref, Part: m.Path.String(), Value: float64(count), At: w.scraped, Source: signalSource}
		set.Add(sample)
		if count == 1 && isNumber(value) {
			sample.Metric, sample.Value = signals.TriggerValue, value
			set.Add(sample)
		}
	}
}

// loadSignals are the slowest start that is remembered, and what is left of it
// for pods that load.
func (w *World) loadSignals(set *signals.Set, objects *inventory.Snapshot, view *inventory.Workload) {
	f := w.fleetOf(view.Ref())
	if f == nil || f.slowest == 0 {
		return
	}
	set.Add(signals.Sample{Metric: signals.ModelLoadTime, Of: f.ref, Value: f.slowest.Seconds(), At: w.now, Source: signalSource})
	for _, l := range objects.Loading(view) {
		of := inventory.Ref{Kind: "Pod", Namespace: f.ref.Namespace, Name: l.Pod.Name}
		set.Add(signals.Sample{Metric: signals.LoadTimeLeft, Of: of, Value: l.Left(w.now, f.slowest).Seconds(), At: w.now, Source: signalSource})
	}
}
