package collect

import (
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

// SumUp completes the numbers of workloads by what is known of their pods: the
// mean utilisation of their GPUs, the memory used on them, and the slowest start
// that the pods' status still shows where no history does.
func SumUp(set *signals.Set, objects *inventory.Snapshot) {
	for _, w := range objects.Workloads() {
		sumUpHardware(set, objects, w)
		loads := objects.LoadTimes(w)
		if _, known := set.Of(signals.ModelLoadTime, w.Ref()); !known && len(loads) > 0 {
			slowest := loads[len(loads)-1]
			set.Add(signals.Sample{
				Metric: signals.ModelLoadTime, Of: w.Ref(), Value: slowest.Took.Seconds(), At: time.Now(),
				Source: "status of pod/" + slowest.Pod,
			})
		}
		sumUpLoading(set, objects, w, time.Now())
	}
}

func sumUpLoading(set *signals.Set, objects *inventory.Snapshot, w *inventory.Workload, now time.Time) {
	load, known := set.Of(signals.ModelLoadTime, w.Ref())
	if !known {
		return
	}
	for _, l := range objects.Loading(w) {
		left := l.Left(now, time.Duration(load.Value*float64(time.Second)))
		set.Add(signals.Sample{Metric: signals.LoadTimeLeft, Of: podRef(l.Pod), Value: left.Seconds(), At: now, Source: load.Source})
	}
}

func sumUpHardware(set *signals.Set, objects *inventory.Snapshot, w *inventory.Workload) {
	for _, metric := range []signals.Metric{signals.GPUUtilisation, signals.GPUMemoryUsed} {
		sum, count := signals.Sample{Metric: metric, Of: w.Ref()}, 0
		for _, pod := range objects.Pods(w) {
			got, ok := set.Of(metric, podRef(pod))
			if !ok {
				continue
			}
			sum.Value += got.Value
			if count++; count == 1 || got.At.Before(sum.At) {
				sum.At, sum.Source = got.At, got.Source
			}
		}
		if count == 0 {
			continue
		}
		if metric == signals.GPUUtilisation {
			sum.Value /= float64(count)
		}
		set.Add(sum)
	}
}
