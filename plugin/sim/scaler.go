package sim

import (
	"slices"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// scaler is one HPA at work: one that somebody wrote, or the one that KEDA keeps
// for a ScaledObject.
type scaler struct {
	ref    inventory.Ref         // of what somebody wrote
	owner  *inventory.Autoscaler // its view
	hpa    *autoscalingv2.HorizontalPodAutoscaler
	view   *inventory.Autoscaler // of hpa
	memory *HPA
	keda   *keda // nil for a plain HPA
	fleet  *fleet
	asks   []origin // of the HPA's metrics; of KEDA's triggers, each at its place
	// formula is what KEDA makes of the triggers, and refused why none is made.
	formula *Formula
	refused string
	// selected are the fleets whose pods the target's selector matches, and rivals
	// the scalers whose targets' selectors match one of those pods as well.
	selected []*fleet
	rivals   []*scaler

	due      time.Time // of the next sync
	decision Decision
	moment   Moment
	rescaled time.Time // when it last changed the count
	synced   time.Time
	changed  time.Time // what its conditions say
	version  string    // of the object it was made from
	held     bool      // paused by an annotation
	// up and down are the directions that annotations close, and forced says that
	// one keeps the target active.
	up, down, forced bool
}

const syncPeriod = 15 * time.Second

// rereadScalers makes the HPAs of the objects, and keeps the controller's memory
// of those that were there.
func (w *World) rereadScalers() {
	old := map[inventory.Ref]*scaler{}
	for _, s := range w.scalers {
		old[s.ref] = s
	}
	w.scalers = nil
	for _, a := range w.static.Scalers() {
		f := w.fleetOf(a.Target)
		if f == nil || a.KEDA == nil && a.HPA == nil {
			continue
		}
		s := old[a.Object.Ref]
		if s == nil {
			s = &scaler{ref: a.Object.Ref, due: w.now}
		}
		if s.version != a.Object.Meta.ResourceVersion || s.memory == nil {
			s.version = a.Object.Meta.ResourceVersion
			w.remake(s, a)
		}
		s.fleet, s.owner, s.held = f, a, a.PausedByAnnotation()
		s.up, s.down, s.forced = annotated(a)
		w.scalers = append(w.scalers, s)
	}
	for _, s := range w.scalers {
		s.selected = w.selectedBy(s.fleet)
		w.reask(s)
	}
	for _, s := range w.scalers {
		s.rivals = nil
		for _, other := range w.scalers {
			shared := func(f *fleet) bool { return slices.Contains(other.selected, f) }
			if other != s && slices.ContainsFunc(s.selected, shared) {
				s.rivals = append(s.rivals, other)
			}
		}
	}
}

// selectedBy are the fleets whose pods a fleet's selector matches, its own first.
func (w *World) selectedBy(f *fleet) []*fleet {
	all := []*fleet{f}
	for _, other := range w.fleets {
		if other != f && other.ref.Namespace == f.ref.Namespace && inventory.Selects(f.view.Selector, other.view.PodLabels()) {
			all = append(all, other)
		}
	}
	return all
}

// remake reads the object anew.
func (w *World) remake(s *scaler, a *inventory.Autoscaler) {
	s.owner, s.hpa = a, a.HPA
	if a.KEDA != nil {
		s.hpa = generatedHPA(a)
		if s.keda == nil {
			s.keda = newKEDA(w.now, a.KEDA)
		}
	}
	meta := inventory.Meta{Name: s.hpa.Name, Namespace: a.Object.Namespace}
	s.view = inventory.ReadAutoscaler(inventory.FromTyped(inventory.HorizontalPodAutoscaler, meta, s.hpa))
	before := s.memory
	s.memory = NewHPA(s.view, w.now, 0)
	s.memory.recommendations = nil
	if before != nil {
		s.memory.recommendations, s.memory.changes = before.recommendations, before.changes
	}
}

// syncs lets every HPA decide whose time has come.
func (w *World) syncs(time.Duration) {
	for _, s := range w.scalers {
		if s.due.After(w.now) {
			continue
		}
		s.due = w.now.Add(w.period)
		w.sync(s)
	}
}

func (w *World) sync(s *scaler) {
	f := s.fleet
	s.synced = w.now
	m := &s.moment
	m.Now, m.Spec, m.Status = w.now, f.spec, 0
	m.Pods, m.Readings = m.Pods[:0], m.Readings[:0]
	for _, other := range s.selected {
		for _, p := range other.pods {
			m.Pods = append(m.Pods, p.controllerView(w.now))
		}
	}
	m.Status = int32(f.live())
	if s.paused() {
		return
	}
	before := s.decision
	defer func() { s.noteChange(w.now, before) }()
	if s.contested() && !s.memory.outOfBounds(m.Spec) && len(m.Pods) > 0 {
		s.decision = Decision{From: m.Spec, To: m.Spec, By: -1, Failed: ambiguous}
		return
	}
	if !s.memory.rests(m.Spec) {
		for i := range s.view.Metrics {
			m.Readings = append(m.Readings, w.reading(s, i))
		}
		if len(s.memory.recommendations) == 0 {
			s.memory.recommendations = append(s.memory.recommendations, timed{w.now, f.spec})
		}
	}
	s.decision = s.memory.Sync(*m)
	if s.decision.To != f.spec {
		w.rescale(f, s.decision.To)
		s.rescaled = w.now
	}
}

// ambiguous is the controller's refusal when several HPAs control the same pods
// (horizontal.go, validateAndParseSelector); a count out of the bounds is put back
// all the same.
const ambiguous = "the pods are controlled by several HPAs: AmbiguousSelector"

func (s *scaler) contested() bool {
	return slices.ContainsFunc(s.rivals, func(other *scaler) bool { return !other.paused() })
}

// paused says whether KEDA has taken the HPA away.
func (s *scaler) paused() bool { return s.held }

func (w *World) rescale(f *fleet, replicas int32) {
	f.spec = replicas
	w.store.scale(f.ref, replicas)
}
