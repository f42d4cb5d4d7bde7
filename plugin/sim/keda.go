package sim

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// keda is the operator's memory of one ScaledObject: its scale loop brings the
// target from and to zero, and its metrics server answers the HPA
// (pkg/scaling/executor/scale_scaledobjects.go, pkg/fallback of KEDA 2.21).
type keda struct {
	due        time.Time // of the next poll
	lastActive time.Time // zero until a trigger was
	since      time.Time // when KEDA took the object on
	active     bool
	failing    bool
	cooling    bool
	failures   []int32 // in a row, of each trigger
	fallen     bool    // a fallback answers for a trigger
}

func newKEDA(now time.Time, of *inventory.ScaledObjectContent) *keda {
	k := &keda{due: now, since: now}
	if last := of.Status.LastActiveTime; last != nil && !last.After(now) {
		k.lastActive = last.Time
	}
	return k
}

// KEDA's defaults, in seconds (scaledobject_types.go).
const (
	defaultPolling  = 30
	defaultCooldown = 300
)

func seconds(value *int32, standard int32) time.Duration {
	if value != nil {
		standard = *value
	}
	return time.Duration(standard) * time.Second
}

// polls runs the scale loop of every ScaledObject whose time has come.
func (w *World) polls(time.Duration) {
	for _, s := range w.scalers {
		if s.keda == nil || s.keda.due.After(w.now) {
			continue
		}
		s.keda.due = w.now.Add(max(w.tick, seconds(s.owner.KEDA.Spec.PollingInterval, defaultPolling)))
		if !s.paused() {
			w.poll(s)
		} else if count, ok := pausedReplicas(s.owner); ok && count != s.fleet.spec {
			w.rescale(s.fleet, count)
		}
	}
}

// annotated are the directions that KEDA's annotations close, and whether one
// keeps the target active.
func annotated(a *inventory.Autoscaler) (up, down, forced bool) {
	for _, h := range a.Holds() {
		if h.Path[0] == "metadata" {
			up, down, forced = up || h.Up, down || h.Down, forced || h.Zero
		}
	}
	return up, down, forced
}

// pausedReplicas is the count that a paused target is brought to.
func pausedReplicas(a *inventory.Autoscaler) (int32, bool) {
	count, err := strconv.ParseInt(a.Object.Meta.Annotations["autoscaling.keda.sh/paused-replicas"], 10, 32)
	return int32(count), err == nil && count >= 0
}

// poll asks whether any trigger is active, and does what follows from it.
func (w *World) poll(s *scaler) {
	k, spec := s.keda, &s.owner.KEDA.Spec
	k.active, k.failing, k.cooling = false, false, false
	if s.formula != nil {
		k.active, k.failing = w.compositeActivity(s)
	} else {
		for i := range s.owner.Metrics {
			active, failed := w.activity(s, i)
			k.active, k.failing = k.active || active, k.failing || failed
		}
	}
	k.active = k.active || s.forced
	current, floor, idle := s.fleet.spec, s.owner.Min, spec.IdleReplicaCount
	switch {
	case k.active && (idle != nil && current < floor || current == 0):
		if s.up {
			return
		}
		w.rescale(s.fleet, max(floor, 1))
		k.lastActive = w.now
	case k.active && !k.failing:
		k.lastActive = w.now
	case k.active:
	case k.failing && (spec.Fallback == nil || spec.Fallback.Replicas != 0):
		// the HPA will fall back, or nothing can be done
	case idle != nil && current > *idle, current > 0 && floor == 0:
		w.deactivate(s)
	case idle == nil && current < floor:
		w.rescale(s.fleet, floor)
	}
}

// deactivate goes to zero, or to the idle count, once the cooldown is over.
func (w *World) deactivate(s *scaler) {
	k, spec := s.keda, &s.owner.KEDA.Spec
	if s.down {
		return
	}
	over := !k.lastActive.IsZero() && k.lastActive.Add(seconds(spec.CooldownPeriod, defaultCooldown)).Before(w.now) ||
		k.lastActive.IsZero() && k.since.Add(seconds(spec.InitialCooldownPeriod, 0)).Before(w.now)
	if !over {
		k.cooling = true
		return
	}
	to := s.owner.Min
	if spec.IdleReplicaCount != nil {
		to = *spec.IdleReplicaCount
	}
	w.rescale(s.fleet, to)
}

// activity says whether a trigger wants the target to run.
func (w *World) activity(s *scaler, i int) (active, failed bool) {
	m := s.owner.Metrics[i]
	if m.TriggerType == "cron" {
		return w.open(s, i), false
	}
	if m.Source == inventory.SourceResource {
		return true, false // KEDA leaves cpu and memory to the HPA
	}
	value, err := w.trigger(s, i)
	if err != "" {
		return false, true
	}
	threshold, _ := strconv.ParseFloat(strings.TrimSpace(m.Metadata["activationThreshold"]), 64)
	return value > threshold, false
}

// open says whether a cron trigger's window is.
func (w *World) open(s *scaler, i int) bool {
	window := s.asks[i].window
	if window == nil || window.Refused != "" {
		return false
	}
	zone, err := time.LoadLocation(window.Zone)
	if err != nil {
		return false
	}
	return window.Open(w.now.In(zone))
}

// trigger runs a Prometheus trigger's query as the scaler does: no series, or
// NaN in one, counts as 0 unless ignoreNullValues is false; more than one is an
// error.
func (w *World) trigger(s *scaler, i int) (value float64, failed string) {
	ask := &s.asks[i]
	if ask.err != "" {
		return 0, ask.err
	}
	value, count, err := ask.expr.one(w)
	strict := s.owner.Metrics[i].Metadata["ignoreNullValues"] == "false"
	switch {
	case err != nil:
		return 0, err.Error()
	case count > 1:
		return 0, fmt.Sprintf("prometheus query returned multiple elements: %d series", count)
	case count == 0 && strict:
		return 0, "prometheus metrics target may be lost, the result is empty"
	case count == 0:
		return 0, ""
	case !isNumber(value) && strict:
		return 0, fmt.Sprintf("promql query returns %v", value)
	case !isNumber(value):
		return 0, ""
	}
	return value, ""
}

// numberOf is what a trigger tells KEDA's metrics server: never less than zero.
func (w *World) numberOf(s *scaler, i int) (value float64, failed string) {
	if s.owner.Metrics[i].TriggerType != "cron" {
		value, failed = w.trigger(s, i)
		return max(0, value), failed
	}
	if w.open(s, i) {
		return float64(s.asks[i].window.Desired), ""
	}
	return 0, ""
}

// fails counts how often in a row a trigger has failed, and says whether it does.
func (w *World) fails(s *scaler, i int, failed string) bool {
	k := s.keda
	for len(k.failures) <= i {
		k.failures = append(k.failures, 0)
	}
	if failed == "" {
		k.failures[i] = 0
		return false
	}
	k.failures[i]++
	return true
}

// external is what KEDA's metrics server answers the HPA for a trigger.
func (w *World) external(s *scaler, i int) Reading {
	value, failed := w.numberOf(s, i)
	if !w.fails(s, i, failed) {
		s.keda.fallen = false
		return Reading{Value: int64(math.Round(value * milli))}
	}
	fallback := s.owner.KEDA.Spec.Fallback
	if fallback == nil || s.keda.failures[i] <= fallback.FailureThreshold {
		return Reading{Err: failed}
	}
	return w.fallback(s, s.owner.Metrics[i], fallback, failed)
}

// fallback answers so that the HPA comes to the fallback's replicas.
func (w *World) fallback(s *scaler, m inventory.ScalingMetric, f *inventory.ScaledObjectFallback, failed string) Reading {
	replicas, current := float64(f.Replicas), float64(s.fleet.spec)
	switch f.Behavior {
	case "currentReplicas":
		replicas = current
	case "currentReplicasIfHigher":
		replicas = max(replicas, current)
	case "currentReplicasIfLower":
		replicas = min(replicas, current)
	}
	if m.Value() {
		ready := 0.0
		for _, p := range s.fleet.pods {
			if p.isReady(w.now) {
				ready++
			}
		}
		if ready == 0 {
			return Reading{Err: failed}
		}
		replicas /= ready
	}
	s.keda.fallen = true
	return Reading{Value: int64(m.Target * milli * replicas)}
}
