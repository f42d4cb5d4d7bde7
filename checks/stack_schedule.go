package checks

import (
	"cmp"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// ScheduleFix is a plan for a CronJob that raises an autoscaler's minimum or a
// workload's replicas: the ScaledObject of that workload, with a cron trigger from
// the CronJob's hour to that of the one which lowers them again. Without such a
// pair, or a workload whose load its engine tells, the title alone is left. The
// check declares [LoadParams].
func (p *Pass) ScheduleFix(c inventory.ScheduledCommand, w *inventory.Workload, all []inventory.ScheduledCommand) *Fix {
	fix := &Fix{Title: "move the schedule into a cron trigger of a ScaledObject", Safety: Manual, Object: c.CronJob}
	job := inventory.As[batchv1.CronJob](c.CronJob)
	high, ok := c.Count()
	if job == nil || !ok || w == nil || w.Recognition == nil || w.Generated() {
		return fix
	}
	for _, other := range all {
		end := inventory.As[batchv1.CronJob](other.CronJob)
		if low, known := other.Count(); !known || other.Target != c.Target || low >= high || end == nil {
			continue
		}
		zone := "Etc/UTC" // mostly kube-controller-manager's, by which a CronJob without a zone goes
		if job.Spec.TimeZone != nil {
			zone = *job.Spec.TimeZone
		}
		stack := p.StackOf(w)
		for _, a := range p.AutoscalersOf(w) {
			if a.KEDA != nil {
				stack.Name = a.Object.Name
			}
		}
		fix.New = stack.ScaledObject(CronFloor{Start: job.Spec.Schedule, End: end.Spec.Schedule, Zone: zone, Replicas: high})
		return fix
	}
	return fix
}

// name is the scaler's.
func (s Stack) name() string { return cmp.Or(s.Name, s.Workload.Object.Name) }
