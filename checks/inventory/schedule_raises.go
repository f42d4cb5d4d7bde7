package inventory

import (
	"strconv"
	"strings"
	"time"
)

// ScheduledRaise is a time of the day at which a schedule asks for more replicas
// of a workload.
type ScheduledRaise struct {
	// Object and Path say where the time stands.
	Object   *Object
	Path     Path
	Text     string
	Workload *Workload
	To       int32
	// Hour and Minute are in the schedule's own zone.
	Hour, Minute int
	// Ramp is how long the autoscaler's behavior takes to create the last
	// replica.
	Ramp time.Duration
}

// Lead is the time to the next full hour, when it is for a raise at a quarter to
// or at half past that the hour is meant. A raise on the hour has none.
func (r ScheduledRaise) Lead() time.Duration {
	return time.Duration((60-r.Minute)%60) * time.Minute
}

// Clock is the time of the day, so much after the raise: "13:30".
func (r ScheduledRaise) Clock(after time.Duration) string {
	return time.Date(2024, time.January, 1, r.Hour, r.Minute, 0, 0, time.UTC).Add(after).Format("15:04")
}

// Earlier is the schedule with a time so long before the hour that is meant, in
// steps of five minutes. It is false where that is another day or hour's
// business: more than 55 minutes, or a day that the schedule would have to change.
func (r ScheduledRaise) Earlier(need time.Duration) (text string, ok bool) {
	const step, most = 5, 55 // minutes
	minutes := (int(need.Minutes()) + step) / step * step
	fields := strings.Fields(r.Text)
	if minutes > most || len(fields) != 5 {
		return "", false
	}
	hour := r.Hour // whose beginning is meant, less one
	if r.Minute == 0 {
		hour--
	}
	if hour < 0 {
		hour += 24
		if fields[2] != "*" || fields[3] != "*" || fields[4] != "*" {
			return "", false
		}
	}
	fields[0], fields[1] = strconv.Itoa(60-minutes), strconv.Itoa(hour)
	return strings.Join(fields, " "), true
}

// ScheduledRaises lists the raises of cron triggers and of CronJobs that are not
// suspended, as far as they happen at one time of the day.
func (s *Snapshot) ScheduledRaises() []ScheduledRaise {
	var all []ScheduledRaise
	for _, a := range s.Autoscalers() {
		for _, w := range a.CronWindows() {
			if r, ok := a.raiseOf(w); ok {
				all = append(all, r)
			}
		}
	}
	jobs := s.ScheduledJobs()
	for _, j := range jobs {
		c, read := j.Cron()
		if !read || j.Suspended() {
			continue
		}
		hour, minute, fixed := c.FixedTime()
		to := j.raisesTo(jobs)
		if fixed && to > 0 {
			all = append(all, ScheduledRaise{
				Object: j.Object, Path: Path{"spec", "schedule"}, Text: j.Spec.Schedule, Workload: j.Workload,
				To: to, Hour: hour, Minute: minute, // the HPA lifts to its minimum at once
			})
		}
	}
	return all
}

// raiseOf reads a window that asks for more than the minimum.
func (a *Autoscaler) raiseOf(w CronWindow) (ScheduledRaise, bool) {
	r := ScheduledRaise{Object: a.Object, Path: w.Path.Join("start"), Text: w.StartText, Workload: a.Workload, To: min(w.Desired, a.Max)}
	if w.Refused != "" || a.Formula() != "" || r.To <= a.Min || !a.BoundsKnown() {
		return r, false
	}
	var fixed, reached bool
	r.Hour, r.Minute, fixed = w.Start.FixedTime()
	r.Ramp, reached = a.rampTo(r.To)
	return r, fixed && reached
}

// rampTo is how long the behavior takes from the floor to a count of replicas.
func (a *Autoscaler) rampTo(replicas int32) (time.Duration, bool) {
	const longest = 2 * time.Hour
	up := a.ScaleUp()
	for after := time.Duration(0); after <= longest; after += hpaSyncPeriod {
		if up.Reach(a.Floor(), replicas, after) >= replicas {
			return up.Window + after, true
		}
	}
	return 0, false
}

// raisesTo is the count that a job raises an autoscaler's minimum to, or a
// workload's replicas: above what is written, or above what another job sets.
func (j ScheduledJob) raisesTo(all []ScheduledJob) int32 {
	for i, c := range j.Commands {
		a, w := j.Impacts[i].Autoscaler, j.Impacts[i].Workload
		for _, f := range c.Sets {
			n, err := strconv.ParseInt(f.Value, 10, 32)
			if err != nil || !f.Known {
				continue
			}
			to, path := int32(n), f.Path.String()
			bound := a != nil && path == a.MinPath.String()
			higher := bound && to > a.Min || path == "spec.replicas" && w != nil && w.Replicas != nil && to > *w.Replicas
			if higher || (bound || path == "spec.replicas") && lowered(all, c.Target, path, to) {
				return to
			}
		}
	}
	return 0
}

// lowered says whether one of the jobs sets the field to less.
func lowered(all []ScheduledJob, target Ref, path string, than int32) bool {
	for _, j := range all {
		for _, c := range j.Commands {
			for _, f := range c.Sets {
				n, err := strconv.ParseInt(f.Value, 10, 32)
				if c.Target == target && f.Path.String() == path && f.Known && err == nil && int32(n) < than {
					return true
				}
			}
		}
	}
	return false
}

// Count is the minimum, or the number of replicas, that a command sets.
func (c ScheduledCommand) Count() (int32, bool) {
	for _, field := range c.Sets {
		switch field.Path.Last() {
		case "minReplicas", "minReplicaCount", "replicas":
			count, err := strconv.ParseInt(field.Value, 10, 32)
			return int32(count), field.Known && err == nil
		}
	}
	return 0, false
}
