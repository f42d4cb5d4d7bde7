package sim

import (
	"slices"
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// HPA is one autoscaler with the controller's memory of it.
type HPA struct {
	of       *inventory.Autoscaler
	up, down inventory.ScalingRules
	// Tolerance is how far a ratio may be off 1 before anything happens, up and
	// down: --horizontal-pod-autoscaler-tolerance, 0.1.
	ToleranceUp, ToleranceDown float64

	recommendations []timed // before stabilisation
	changes         []timed // what was carried out; below zero for fewer
	zero            bool    // it took the last replica itself: the condition ScaledToZero
}

type timed struct {
	at       time.Time
	replicas int32
}

const defaultTolerance = 0.1

// NewHPA starts the controller's memory at a moment at which the target has so
// many replicas.
func NewHPA(a *inventory.Autoscaler, at time.Time, replicas int32) *HPA {
	h := &HPA{
		of: a, up: a.ScaleUp(), down: a.ScaleDown(),
		ToleranceUp: defaultTolerance, ToleranceDown: defaultTolerance,
		recommendations: []timed{{at, replicas}},
	}
	if b := a.Behavior; b != nil {
		if b.ScaleUp != nil && b.ScaleUp.Tolerance != nil {
			h.ToleranceUp = b.ScaleUp.Tolerance.AsApproximateFloat64()
		}
		if b.ScaleDown != nil && b.ScaleDown.Tolerance != nil {
			h.ToleranceDown = b.ScaleDown.Tolerance.AsApproximateFloat64()
		}
	}
	return h
}

// Moment is what the controller sees at one sync.
type Moment struct {
	Now time.Time
	// Spec and Status are the scale subresource's replicas: wanted and there.
	Spec, Status int32
	Pods         []Pod
	// Readings are the answers of the metrics APIs, in the order of the
	// autoscaler's metrics.
	Readings []Reading
}

// Reason is a condition's reason, as the controller writes it.
type Reason string

// The reasons of AbleToScale and ScalingLimited.
const (
	ReadyForNewScale    Reason = "ReadyForNewScale"
	ScaleUpStabilized   Reason = "ScaleUpStabilized"
	ScaleDownStabilized Reason = "ScaleDownStabilized"

	DesiredWithinRange Reason = "DesiredWithinRange"
	TooManyReplicas    Reason = "TooManyReplicas" // maxReplicas
	TooFewReplicas     Reason = "TooFewReplicas"  // minReplicas
	ScaleUpLimit       Reason = "ScaleUpLimit"    // a scaleUp policy
	ScaleDownLimit     Reason = "ScaleDownLimit"  // a scaleDown policy
)

// Decision is what came out of one sync.
type Decision struct {
	From, To int32
	// Proposals has one for each metric; By is the index of the one that
	// counted, -1 when none did.
	Proposals []Proposal
	By        int
	// Asked is what the metrics ask for, Stabilised what the window left of it,
	// and To what the policies and bounds left of that.
	Asked, Stabilised int32
	Stabilisation     Reason
	Limit             Reason
	// Bounds is set when the count was out of the bounds: it is put back in
	// without a look at any metric.
	Bounds bool
	// Failed is why nothing was decided; empty otherwise.
	Failed string
}

// Sync decides once, and remembers.
func (h *HPA) Sync(m Moment) Decision {
	d := Decision{From: m.Spec, To: m.Spec, By: -1}
	switch {
	case h.rests(m.Spec):
		d.Failed = "the target has no replicas: scaling is disabled"
		return d
	case m.Spec > h.of.Max:
		d.To, d.Bounds, d.Limit = h.of.Max, true, TooManyReplicas
		h.remember(m, d)
		return d
	case m.Spec > 0 && m.Spec < h.of.Min:
		d.To, d.Bounds, d.Limit = h.of.Min, true, TooFewReplicas
		h.remember(m, d)
		return d
	}
	h.propose(m, &d)
	if d.Failed != "" {
		return d
	}
	h.stabilise(m, &d)
	h.limit(m, &d)
	h.remember(m, d)
	return d
}

// rests says whether nothing is computed: without replicas the controller leaves
// its target alone, unless it took the last one itself (HPAScaleToZero, with a
// metric that is there without pods).
func (h *HPA) rests(replicas int32) bool {
	return replicas == 0 && (!h.zero || h.of.Min == 0 && !h.outside())
}

// outside says whether a metric does not depend on pods.
func (h *HPA) outside() bool {
	return slices.ContainsFunc(h.of.Metrics, func(m inventory.ScalingMetric) bool {
		return m.Source == inventory.SourceObject || m.Source == inventory.SourceExternal
	})
}

// outOfBounds says whether the count is put back without a look at any metric.
func (h *HPA) outOfBounds(replicas int32) bool {
	return replicas > h.of.Max || replicas > 0 && replicas < h.of.Min
}

// propose takes the largest proposal. One metric that fails blocks scaling down,
// all that fail block everything.
func (h *HPA) propose(m Moment, d *Decision) {
	failed := 0
	for i, metric := range h.of.Metrics {
		var reading Reading
		if i < len(m.Readings) {
			reading = m.Readings[i]
		}
		p := h.proposal(metric, reading, m)
		d.Proposals = append(d.Proposals, p)
		switch {
		case p.Err != "":
			failed++
		case d.By < 0 || p.Replicas > d.Asked:
			d.Asked, d.By = p.Replicas, i
		}
	}
	switch {
	case d.By < 0:
		d.Failed = "no metric has a value"
	case failed > 0 && d.Asked < m.Spec:
		d.Failed = "a metric has no value, and the others ask for fewer replicas"
	}
}

// stabilise applies the windows: the lowest recommendation of the scaleUp
// window, the highest of the scaleDown window.
func (h *HPA) stabilise(m Moment, d *Decision) {
	low, high := d.Asked, d.Asked
	up, down := m.Now.Add(-h.up.Window), m.Now.Add(-h.down.Window)
	for i := len(h.recommendations) - 1; i >= 0; i-- { // the newest first
		r := h.recommendations[i]
		rises, falls := !h.up.Plain() && r.at.After(up), r.at.After(down)
		if !rises && !falls {
			break
		}
		if rises {
			low = min(low, r.replicas)
		}
		if falls {
			high = max(high, r.replicas)
		}
	}
	if h.down.Plain() {
		d.Stabilised = high
	} else {
		d.Stabilised = min(max(m.Spec, low), high)
	}
	switch {
	case d.Stabilised == d.Asked:
		d.Stabilisation = ReadyForNewScale
	case d.Asked >= m.Spec && !h.up.Plain():
		d.Stabilisation = ScaleUpStabilized
	default:
		d.Stabilisation = ScaleDownStabilized
	}
}

// limit applies the policies and the bounds.
func (h *HPA) limit(m Moment, d *Decision) {
	d.To, d.Limit = d.Stabilised, DesiredWithinRange
	if h.up.Plain() { // whatever the direction
		most, why := h.up.Allowed(m.Spec, nil), ScaleUpLimit
		if most >= h.of.Max {
			most, why = h.of.Max, TooManyReplicas
		}
		switch {
		case d.Stabilised < h.of.Min:
			d.To, d.Limit = h.of.Min, TooFewReplicas
		case d.Stabilised > most:
			d.To, d.Limit = most, why
		}
		return
	}
	switch {
	case d.Stabilised > m.Spec:
		most, why := max(h.up.Allowed(m.Spec, h.start(m)), m.Spec), ScaleUpLimit
		if most >= h.of.Max {
			most, why = h.of.Max, TooManyReplicas
		}
		if d.Stabilised > most {
			d.To, d.Limit = most, why
		}
	case d.Stabilised < m.Spec:
		least, why := min(h.down.Allowed(m.Spec, h.start(m)), m.Spec), ScaleDownLimit
		if least <= h.of.Min {
			least, why = h.of.Min, TooFewReplicas
		}
		if d.Stabilised < least {
			d.To, d.Limit = least, why
		}
	}
}

// start tells the replica count at the beginning of a policy's period.
func (h *HPA) start(m Moment) func(time.Duration) int32 {
	return func(period time.Duration) int32 {
		replicas := m.Spec
		for _, c := range h.changes {
			if c.at.After(m.Now.Add(-period)) {
				replicas -= c.replicas
			}
		}
		return replicas
	}
}

// longest is how long a window or a policy's period may be, by the API.
const longest = time.Hour

func (h *HPA) remember(m Moment, d Decision) {
	if !d.Bounds {
		h.recommendations = append(recent(h.recommendations, m.Now), timed{m.Now, d.Asked})
	}
	if d.To != d.From {
		h.zero = d.To == 0 && h.of.Min == 0 && h.outside()
		h.changes = append(recent(h.changes, m.Now), timed{m.Now, d.To - d.From})
	}
}

func recent(list []timed, now time.Time) []timed {
	for len(list) > 0 && list[0].at.Before(now.Add(-longest)) {
		list = list[1:]
	}
	return list
}
