package sim

import (
	"math"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Pod is what the controller sees of one pod.
type Pod struct {
	Name    string
	Running bool // phase Running; false is Pending
	Ready   bool
	Leaving bool // being deleted, or failed: not looked at
}

// Reading is what a metrics API answered for one metric.
type Reading struct {
	// Value is in thousandths: of an External metric the sum of its series, of
	// an Object metric the object's value, of a Resource metric the mean
	// utilisation in percent times 1000.
	Value int64
	// PerPod is for Pods metrics: thousandths by the pod's name.
	PerPod map[string]int64
	// Err is why there is no answer; empty when there is one.
	Err string
}

// Proposal is what one metric asks for.
type Proposal struct {
	Replicas int32
	// Ratio is the value over the target, as it was compared with the tolerance.
	Ratio float64
	// Shared is the ratio once the pods that wait or have no sample are counted
	// with it; 0 where there are none.
	Shared float64
	// Within: the ratio is so near 1 that nothing changes.
	Within bool
	// Overflown: the value is below zero, and counts as more than there can be.
	Overflown bool
	// Value and Target are in the metric's unit. PerReplica says that the value
	// was divided by the replicas, or is a mean over pods.
	Value, Target float64
	PerReplica    bool
	// Ready pods were multiplied with the ratio of a Value target. Of a Pods
	// metric Sampled pods gave the mean, Missing ones run without a sample,
	// Pending ones do not run.
	Ready, Sampled, Missing, Pending int
	Err                              string
}

const milli = 1000

func (h *HPA) proposal(metric inventory.ScalingMetric, r Reading, m Moment) Proposal {
	target := int64(math.Round(metric.Target * milli))
	p := Proposal{Target: metric.Target, Err: r.Err}
	switch {
	case p.Err != "":
		return p
	case !metric.HasTarget || target <= 0:
		p.Err = "no target"
		return p
	}
	p.count(m.Pods, r)
	switch {
	case metric.Source == inventory.SourcePods:
		h.perPod(&p, r.PerPod, target, m)
	case metric.Source == inventory.SourceResource || metric.Value():
		h.byReady(&p, r.Value, target, m)
	default:
		h.perReplica(&p, r.Value, target, m, metric.Source != inventory.SourceObject)
	}
	return p
}

func (p *Proposal) count(pods []Pod, r Reading) {
	for _, pod := range pods {
		_, sampled := r.PerPod[pod.Name]
		switch {
		case pod.Leaving:
		case !pod.Running:
			p.Pending++
		default:
			if pod.Ready {
				p.Ready++
			}
			if r.PerPod != nil && !sampled {
				p.Missing++
			}
		}
	}
}

// perReplica is an AverageValue target of an External or Object metric: the
// total over the target, whatever is ready. An External metric below zero is
// taken for one that has overflowed, since Kubernetes 1.34
// (GetExternalPerPodMetricReplicas).
func (h *HPA) perReplica(p *Proposal, value, target int64, m Moment, external bool) {
	p.Value = float64(value) / milli
	if external && value < 0 {
		p.Overflown, value = true, math.MaxInt64
	}
	p.PerReplica = true
	p.Ratio = float64(value) / (float64(target) * float64(m.Status))
	if p.Within = h.within(p.Ratio); p.Within {
		p.Replicas = m.Status
		return
	}
	p.Replicas = ceil(float64(value) / float64(target))
}

// byReady is a Value target: the ratio times the ready pods, and the ratio alone
// where there are no replicas.
func (h *HPA) byReady(p *Proposal, value, target int64, m Moment) {
	p.Value, p.Ratio = float64(value)/milli, float64(value)/float64(target)
	if p.Within = m.Spec > 0 && h.within(p.Ratio); p.Within {
		p.Replicas = m.Spec
		return
	}
	p.Replicas = ceil(p.Ratio * float64(p.Ready))
	if m.Spec == 0 {
		p.Replicas = ceil(p.Ratio)
	}
}

// perPod is a Pods metric: the mean over the pods that run and have a sample. On
// a scale-up pods without one count as idle, on a scale-down as exactly on
// target, and neither may turn the direction.
func (h *HPA) perPod(p *Proposal, samples map[string]int64, target int64, m Moment) {
	sum, count, running := int64(0), 0, 0
	for _, pod := range m.Pods {
		if value, ok := samples[pod.Name]; ok && !pod.Leaving && pod.Running {
			sum, count, running = sum+value, count+1, running+1
		}
	}
	p.PerReplica = true
	if count == 0 {
		p.Err = "no sample of any running pod"
		return
	}
	p.Sampled = count
	mean := sum / int64(count) // the controller keeps whole thousandths
	p.Value, p.Ratio = float64(mean)/milli, float64(mean)/float64(target)
	up := p.Ratio > 1
	pendingCounts := up && p.Pending > 0
	if p.Missing == 0 && !pendingCounts {
		if p.Within = h.within(p.Ratio); p.Within {
			p.Replicas = m.Spec
			return
		}
		p.Replicas = ceil(p.Ratio * float64(running))
		return
	}
	if p.Ratio < 1 {
		sum += target * int64(p.Missing)
	}
	if p.Ratio != 1 { // right on target nobody is missed
		count += p.Missing
	}
	if pendingCounts {
		count += p.Pending
	}
	again := float64(sum/int64(count)) / float64(target)
	p.Shared = again
	replicas := ceil(again * float64(count))
	turned := again > 1 != up && again != 1 || again < 1 && replicas > m.Spec || again > 1 && replicas < m.Spec
	if p.Within = h.within(again); p.Within || turned {
		p.Replicas = m.Spec
		return
	}
	p.Replicas = replicas
}

func (h *HPA) within(ratio float64) bool {
	return 1-h.ToleranceDown <= ratio && ratio <= 1+h.ToleranceUp
}

func ceil(x float64) int32 { return int32(min(math.Ceil(x), math.MaxInt32)) }
