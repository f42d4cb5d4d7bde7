package plugin

import (
	"math"

	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/plugin/sim"
)

// why says in a sentence why an autoscaler wants as many replicas as it does, by
// what its HPA says of its last sync: nothing more is asked.
func why(frame checks.Frame, a *inventory.Autoscaler) string {
	hpa := frame.Objects.HPAOf(a)
	if hpa == nil || a.Workload == nil {
		return ""
	}
	t := &tracer{objects: frame.Objects, workload: a.Workload, now: frame.At}
	m := t.moment(hpa)
	a = a.Combined()
	for i, metric := range a.Metrics {
		m.Readings = append(m.Readings, statusReading(metric, hpa, a.InHPA(hpa, i), m))
	}
	return decision(a, sim.Observe(a, hpa, m))
}

// statusReading turns a value of the HPA's status back into what the metrics API
// answered: a value per replica was divided by the replicas then, or is the mean
// of the pods.
func statusReading(metric inventory.ScalingMetric, hpa *autoscalingv2.HorizontalPodAutoscaler, at int, m sim.Moment) sim.Reading {
	if hpa == nil || at < 0 {
		return unread("the HPA has no such metric")
	}
	value, _, ok := inventory.MetricValue(hpa, at)
	if !ok {
		return unread("no value in the HPA's status")
	}
	thousandths := int64(math.Round(value * 1000))
	switch {
	case metric.Source == inventory.SourcePods:
		samples := map[string]int64{}
		for _, pod := range m.Pods {
			if pod.Running && pod.Ready {
				samples[pod.Name] = thousandths
			}
		}
		return sim.Reading{PerPod: samples}
	case metric.AverageValue() && metric.Source != inventory.SourceResource:
		return sim.Reading{Value: totalOf(thousandths, int64(max(hpa.Status.CurrentReplicas, 1)))}
	}
	return sim.Reading{Value: thousandths}
}

// totalOf undoes a division that was rounded up to a thousandth: of the totals that
// give this share the roundest, since most are counts. 667m on 3 replicas is 2.
func totalOf(share, replicas int64) int64 {
	most := share * replicas
	for unit := int64(1000); unit > 1; unit /= 10 {
		if round := most / unit * unit; round > most-replicas {
			return round
		}
	}
	return most
}
