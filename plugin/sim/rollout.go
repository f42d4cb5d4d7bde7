package sim

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// create makes a pod of the current template.
func (w *World) create(f *fleet) *pod {
	w.serial++
	f.starts++
	suffix := safeName(w.chance.Uint64(), 5)
	p := &pod{
		name: fmt.Sprintf("%s-%s-%s", f.ref.Name, f.revision, suffix), revision: f.revision, created: w.now,
		holds: len(f.traffic.Numbers) > 0,
		ip:    fmt.Sprintf("10.244.%d.%d", w.serial/250, w.serial%250+2),
	}
	if f.view.Object.Type == inventory.StatefulSet {
		p.ordinal = f.freeOrdinal()
		p.name = fmt.Sprintf("%s-%d", f.ref.Name, p.ordinal)
	}
	p.uid = uid(fmt.Sprintf("%s/%s/%d", f.ref, p.name, w.serial))
	p.series = f.identity(p)
	f.pods = append(f.pods, p)
	return p
}

// freeOrdinal is the lowest number that no pod of a StatefulSet has.
func (f *fleet) freeOrdinal() int {
	n := 0
	for slices.ContainsFunc(f.pods, func(p *pod) bool { return p.ordinal == n }) {
		n++
	}
	return n
}

// ordered says whether pods come and go one by one.
func (f *fleet) ordered() bool {
	set := inventory.As[appsv1.StatefulSet](f.view.Object)
	return set != nil && set.Spec.PodManagementPolicy != appsv1.ParallelPodManagement
}

// oneByOne is what a StatefulSet does of a step: one pod, and none before all
// others are Ready and nothing leaves any more.
func (f *fleet) oneByOne(missing, surplus int, now time.Time) (create, remove int) {
	var last *pod
	if surplus > 0 {
		last = f.victims(now)[0]
	}
	if slices.ContainsFunc(f.pods, func(p *pod) bool { return p != last && !p.isReady(now) }) {
		return 0, 0
	}
	return min(missing, 1), min(surplus, 1)
}

// remove lets a pod finish what it runs, for its grace period at most. What
// waits in its queue is sent again.
func (f *fleet) remove(p *pod, now time.Time) {
	p.leaving = now
	p.gone = now
	if p.serves(now) {
		p.gone = now.Add(f.grace())
	}
	f.backlog.add(p.waiting.take(p.waiting.requests))
}

const defaultGrace = 30 * time.Second

func (f *fleet) grace() time.Duration {
	if f.template == nil || f.template.Spec.TerminationGracePeriodSeconds == nil {
		return defaultGrace
	}
	return time.Duration(*f.template.Spec.TerminationGracePeriodSeconds) * time.Second
}

// rollouts does what the Deployment and ReplicaSet controllers do.
func (w *World) rollouts(time.Duration) {
	for _, f := range w.fleets {
		w.bury(f)
		current, old, ready := f.count(w.now)
		if old > 0 {
			w.replace(f, current, old, ready)
			continue
		}
		missing, surplus := max(0, int(f.spec)-current), max(0, current-int(f.spec))
		if f.ordered() {
			missing, surplus = f.oneByOne(missing, surplus, w.now)
		}
		for range missing {
			w.create(f)
		}
		for _, p := range f.victims(w.now)[:surplus] {
			f.remove(p, w.now)
		}
	}
}

// bury forgets pods that have ended, or have nothing more to do.
func (w *World) bury(f *fleet) {
	const rest = 0.5 // of a request
	f.pods = slices.DeleteFunc(f.pods, func(p *pod) bool {
		if p.leaving.IsZero() {
			return false
		}
		done := w.now.After(p.leaving) && p.running.requests < rest
		if !has(p.gone, w.now) && !done {
			return false
		}
		f.backlog.add(p.running.take(p.running.requests)) // cut off, and sent again
		p.node.release(f, w.now)
		return true
	})
}

func (f *fleet) count(now time.Time) (current, old, ready int) {
	for _, p := range f.pods {
		switch {
		case !p.leaving.IsZero():
			continue
		case p.revision == f.revision:
			current++
		default:
			old++
		}
		if p.isReady(now) {
			ready++
		}
	}
	return current, old, ready
}

// victims are the live pods in the order in which a ReplicaSet gives them up:
// without a node, not started, not Ready, then the youngest. A StatefulSet gives
// up the one of the highest ordinal.
func (f *fleet) victims(now time.Time) []*pod {
	var all []*pod
	for _, p := range f.pods {
		if p.leaving.IsZero() {
			all = append(all, p)
		}
	}
	stage := func(p *pod) int {
		switch {
		case p.scheduled.IsZero():
			return 0
		case !p.isRunning(now):
			return 1
		case !p.isReady(now):
			return 2
		}
		return 3
	}
	if f.view.Object.Type == inventory.StatefulSet {
		slices.SortFunc(all, func(a, b *pod) int { return cmp.Compare(b.ordinal, a.ordinal) })
		return all
	}
	slices.SortStableFunc(all, func(a, b *pod) int {
		return cmp.Or(cmp.Compare(stage(a), stage(b)), b.created.Compare(a.created))
	})
	return all
}

// replace does one step of a rollout: as many new pods as maxSurge has room for,
// and as few old ones as maxUnavailable asks for.
func (w *World) replace(f *fleet, current, old, ready int) {
	surge, unavailable := f.strategy()
	wanted := int(f.spec)
	for ; current < wanted && current+old < wanted+surge; current++ {
		w.create(f)
	}
	may := ready - (wanted - unavailable)
	for _, p := range f.victims(w.now) {
		switch {
		case p.revision == f.revision:
			continue
		case !p.isReady(w.now) && current+old > wanted-unavailable:
			old--
		case p.isReady(w.now) && may > 0:
			may--
			old--
		default:
			continue
		}
		f.remove(p, w.now)
	}
}

// strategy is the rollout's surge and unavailability in pods, by the API's
// defaults where nothing is written.
func (f *fleet) strategy() (surge, unavailable int) {
	quarter := intstr.FromString("25%")
	up, down := &quarter, &quarter
	if d := inventory.As[appsv1.Deployment](f.view.Object); d != nil {
		if d.Spec.Strategy.Type == appsv1.RecreateDeploymentStrategyType {
			return 0, int(f.spec)
		}
		if r := d.Spec.Strategy.RollingUpdate; r != nil {
			if r.MaxSurge != nil {
				up = r.MaxSurge
			}
			if r.MaxUnavailable != nil {
				down = r.MaxUnavailable
			}
		}
	}
	surge, errUp := intstr.GetScaledValueFromIntOrPercent(up, int(f.spec), true)
	unavailable, errDown := intstr.GetScaledValueFromIntOrPercent(down, int(f.spec), false)
	if errUp != nil || errDown != nil || surge == 0 && unavailable == 0 {
		return surge, 1 // the controller's own way out
	}
	return surge, unavailable
}
