package tui

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/promql"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

// Ask is what the metric that asks for most reads, and what came of it.
type Ask struct {
	Metric        string // "queue"
	Value, Target float64
	Known         bool
	Wanted        int32 // what the HPA wants
	HasWanted     bool
	Broken        string // why there is no value
}

// Hop is a place on a metric's way from the engine to the replicas.
type Hop struct {
	Place  string // "engine", "query", "HPA", "replicas"
	Says   string
	Source string
	At     time.Time // zero: it is of the frame's moment
	Broken bool
	Head   bool // the first line of a metric: what is asked
}

// autoscaler reads what scales the workload.
func (f *Fleet) autoscaler(row *Workload, w *inventory.Workload, a *inventory.Autoscaler, o *Options) {
	objects := f.frame.Objects
	row.Scaler = f.clean(a.Object.Short())
	hpa := objects.HPAOf(a)
	row.Asks.Wanted, row.Asks.HasWanted = f.frame.Objects.Wanted(a)
	if c, ok := objects.ScalingActive(a); ok && c.Status == "False" && c.Reason != "ScalingDisabled" {
		row.Asks.Broken = f.clean(c.Reason)
	}
	if c, refused := objects.RefusedByKEDA(a); refused {
		row.Asks.Broken = f.clean(c.Reason)
	}
	asked := a.Combined()
	if asked != a {
		f.taken(row, w, a)
	}
	best := -1.0
	for i, m := range asked.Metrics {
		reading, at := promql.ReadingOf(objects, m), asked.InHPA(hpa, i)
		if value, target, ok := inventory.MetricValue(hpa, at); ok && target > 0 && value/target > best {
			best = value / target
			row.Asks.Metric, row.Asks.Value, row.Asks.Target, row.Asks.Known = f.clean(shortName(reading)), value, target, true
		}
		if m.TriggerType == "cron" {
			continue // nothing to follow
		}
		f.source(row, w, a, reading)
		row.Path = append(row.Path, f.hpaHop(a, hpa, reading, at))
	}
	f.lastHop(row, w, a)
	if o.Why != nil && hpa != nil {
		if why := o.Why(f.frame, a); why != "" {
			row.Why = append(row.Why, f.clean(why))
		}
	}
}

// taken follows the triggers that a formula takes in, as far as their queries.
func (f *Fleet) taken(row *Workload, w *inventory.Workload, a *inventory.Autoscaler) {
	for _, m := range a.Metrics {
		if m.TriggerType != "cron" && m.Source != inventory.SourceResource {
			f.source(row, w, a, promql.ReadingOf(f.frame.Objects, m))
		}
	}
}

// source follows one metric as far as the query that makes it.
func (f *Fleet) source(row *Workload, w *inventory.Workload, a *inventory.Autoscaler, r promql.Reading) {
	text := r.Text()
	if r.Name == inventory.CompositeMetric {
		text = a.Formula()
	}
	row.Path = append(row.Path, Hop{Place: "asks", Says: f.clean(text), Head: true})
	if metric, ok := engineSignal(r); ok {
		hop := Hop{Place: "engine", Says: "no number", Broken: true}
		if n := f.number(metric, w.Ref()); n.Known {
			hop = Hop{Place: "engine", Says: strings.TrimSpace(inventory.Decimal(n.Value) + " " + n.Unit), Source: n.Source, At: n.At}
		}
		row.Path = append(row.Path, hop)
	}
	part := r.Path.String()
	if sample, ok := f.frame.Signals.Part(signals.TriggerValue, a.Object.Ref, part); ok {
		hop := Hop{Place: "query", Says: inventory.Decimal(sample.Value), Source: f.clean(sample.Source), At: sample.At}
		if n, ok := f.frame.Signals.Part(signals.TriggerSeries, a.Object.Ref, part); ok {
			hop.Says += fmt.Sprintf(" in %d series", int(n.Value))
			hop.Broken = n.Value == 0
		}
		row.Path = append(row.Path, hop)
	}
}

func (f *Fleet) hpaHop(a *inventory.Autoscaler, hpa *autoscalingv2.HorizontalPodAutoscaler, r promql.Reading, at int) Hop {
	hop := Hop{Place: "HPA"}
	if hpa == nil {
		hop.Says = "not seen"
		if c, refused := f.frame.Objects.RefusedByKEDA(a); refused {
			hop.Says, hop.Broken = f.clean(c.Reason+": "+c.FirstLine()), true
		}
		return hop
	}
	hop.Source = f.clean("HorizontalPodAutoscaler/" + hpa.Name)
	value, target, ok := inventory.MetricValue(hpa, at)
	if !ok {
		hop.Says, hop.Broken = "no value", true
		if c, has := f.frame.Objects.ScalingActive(a); has && c.Status == "False" {
			hop.Says = f.clean(c.Reason + ": " + c.FirstLine())
			hop.Broken = c.Reason != "ScalingDisabled"
		}
		return hop
	}
	hop.Says = fmt.Sprintf("%s / %s", inventory.Decimal(value), inventory.Decimal(target))
	if !r.Value() {
		hop.Says += " per replica"
	}
	return hop
}

// lastHop is what is wanted and what is there.
func (f *Fleet) lastHop(row *Workload, w *inventory.Workload, a *inventory.Autoscaler) {
	ready, all := f.frame.Objects.ReadyPods(w)
	hop := Hop{Place: "replicas", Says: fmt.Sprintf("%d ready of %s", ready, inventory.Count(int32(all), "pod"))}
	if wanted, ok := f.frame.Objects.Wanted(a); ok {
		hop.Says = fmt.Sprintf("%d wanted, %s", wanted, hop.Says)
	}
	row.Path = append(row.Path, hop)
}

// meaningSignals says which number of the screen stands at the beginning of a
// metric's way.
var meaningSignals = map[inventory.Meaning]signals.Metric{
	inventory.MeansWaiting: signals.QueueDepth,
	inventory.MeansRunning: signals.Running,
	inventory.MeansKVCache: signals.KVCacheUsage,
	inventory.MeansGPUUtil: signals.GPUUtilisation,
}

func engineSignal(r promql.Reading) (signals.Metric, bool) {
	for _, use := range r.Uses {
		if metric, ok := meaningSignals[use.Metric.Meaning]; ok && use.Known && !use.Gateway {
			return metric, true
		}
	}
	return "", false
}

// shortName is what a metric measures, in a word.
func shortName(r promql.Reading) string {
	if r.Name == inventory.CompositeMetric {
		return "formula"
	}
	if len(r.Uses) == 0 {
		return cmp.Or(r.Name, r.TriggerType)
	}
	switch use := r.Uses[0]; use.Metric.Meaning {
	case inventory.MeansWaiting:
		return "queue"
	case inventory.MeansKVCache:
		return "KV"
	case inventory.MeansGPUUtil:
		return "GPU"
	case inventory.MeansGPUMemory:
		return "GPU memory"
	case inventory.MeansOther, "":
		return use.Name
	default:
		return string(use.Metric.Meaning)
	}
}
