package inventory

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
)

// ScheduledJob is a CronJob that changes how inference workloads are scaled.
type ScheduledJob struct {
	Object   *Object
	Spec     *batchv1.CronJobSpec
	Status   *batchv1.CronJobStatus
	Commands []ScheduledCommand
	// Impacts are what the commands change, one for each.
	Impacts []ScheduledImpact
	// Workload is the one that the first of the commands is about; nil when
	// nobody saw it.
	Workload *Workload
}

// ScheduledJobs returns the CronJobs with a command about an autoscaler of an
// inference workload, or about the workload itself.
func (s *Snapshot) ScheduledJobs() []ScheduledJob {
	var all []ScheduledJob
	for _, c := range s.ScheduledCommands() {
		impact := s.Impact(c)
		if impact.Workload == nil && impact.Part == PartNone {
			impact.Workload = s.workloadNear(c.Target)
		}
		if impact.Workload == nil && impact.Part == PartNone {
			continue
		}
		last := len(all) - 1
		if last < 0 || all[last].Object != c.CronJob {
			job := As[batchv1.CronJob](c.CronJob)
			all = append(all, ScheduledJob{Object: c.CronJob, Spec: &job.Spec, Status: &job.Status, Workload: impact.Workload})
			last++
		}
		all[last].Commands = append(all[last].Commands, c)
		all[last].Impacts = append(all[last].Impacts, impact)
	}
	return all
}

// workloadNear is WorkloadOf for manifests that may leave their namespace out.
func (s *Snapshot) workloadNear(target Ref) *Workload {
	for _, w := range s.Workloads() {
		here := target
		here.Namespace = w.Object.Namespace
		if s.SameNamespace(here.Namespace, target.Namespace) && w.Answers(here) {
			return w
		}
	}
	return nil
}

// Account is the ServiceAccount that the job's pods run as.
func (j ScheduledJob) Account() string {
	if name := j.Spec.JobTemplate.Spec.Template.Spec.ServiceAccountName; name != "" {
		return name
	}
	return defaultAccount
}

// Cron reads the schedule; not ok where the API server would refuse it.
func (j ScheduledJob) Cron() (Cron, bool) { return ParseCron(j.Spec.Schedule) }

// Suspended says whether the job does not run at all.
func (j ScheduledJob) Suspended() bool { return j.Spec.Suspend != nil && *j.Spec.Suspend }

// JobFaults judges the CronJob itself: when it runs, and how its last run went.
// Where it is suspended nothing else counts. The texts follow "the CronJob".
func (s *Snapshot) JobFaults(j ScheduledJob, now time.Time) []ScheduleFault {
	if j.Suspended() {
		return []ScheduleFault{{FaultIdle, Path{"spec", "suspend"}, "true", "is suspended"}}
	}
	all := j.timeFaults(s.live)
	if d := j.Spec.StartingDeadlineSeconds; d != nil && *d < 10 {
		all = append(all, ScheduleFault{FaultLoose, Path{"spec", "startingDeadlineSeconds"}, strconv.FormatInt(*d, 10), fmt.Sprintf(
			"may never be started: startingDeadlineSeconds is %d, and the controller looks every 10 s", *d)})
	}
	return append(append(all, j.imageFaults()...), j.runFaults(now)...)
}

// imageFaults knows of one image that many CronJobs run and that is gone:
// Bitnami took the versions of its free images from Docker Hub on 2025-09-29
// (bitnami/containers#83267).
func (j ScheduledJob) imageFaults() []ScheduleFault {
	spec := &j.Spec.JobTemplate.Spec.Template.Spec
	for i, c := range spec.Containers {
		tag, bitnami := strings.CutPrefix(strings.TrimPrefix(c.Image, "docker.io/"), "bitnami/kubectl:")
		if _, digits := leadingNumber(tag); bitnami && digits > 0 && !strings.Contains(tag, "@") {
			at := Path{"spec", "jobTemplate", "spec", "template", "spec", "containers", i, "image"}
			return []ScheduleFault{{FaultLoose, at, c.Image, "runs " + c.Image + ", and Docker Hub has no versions of that image since 2025-09-29"}}
		}
	}
	return nil
}

// timeFaults takes a cluster's object as it is: its API server has accepted the
// schedule and the zone, and goes by them.
func (j ScheduledJob) timeFaults(live bool) []ScheduleFault {
	schedule, zone := Path{"spec", "schedule"}, Path{"spec", "timeZone"}
	text := j.Spec.Schedule
	c, read := j.Cron()
	switch {
	case placeholder(text) || live && !read:
		return nil
	case strings.Contains(text, "TZ"):
		return []ScheduleFault{{FaultLoose, schedule, text, "names its time zone in the schedule, which Kubernetes refuses since 1.29"}}
	case !read:
		return []ScheduleFault{{FaultRefused, schedule, text, "has a schedule that is no cron expression"}}
	case !live && j.Spec.TimeZone != nil && !placeholder(*j.Spec.TimeZone) && WrongTimeZone(*j.Spec.TimeZone):
		return []ScheduleFault{{FaultRefused, zone, *j.Spec.TimeZone, "has a timeZone that does not exist"}}
	}
	if hour, minute, fixed := c.FixedTime(); fixed && j.Spec.TimeZone == nil {
		return []ScheduleFault{{FaultIdle, schedule, text, fmt.Sprintf("runs at %02d:%02d of kube-controller-manager's clock, mostly UTC: it has no timeZone", hour, minute)}}
	}
	return nil
}

// runFaults reads a cluster's status. A run has ten minutes before it counts as
// failed, and an hour before it counts as stuck.
func (j ScheduledJob) runFaults(now time.Time) []ScheduleFault {
	const soon, long = 10 * time.Minute, time.Hour
	last, good := j.Status.LastScheduleTime, j.Status.LastSuccessfulTime
	if last == nil || good != nil && !good.Before(last) {
		return nil
	}
	at, age := Path{"status", "lastScheduleTime"}, now.Sub(last.Time)
	when := last.UTC().Format("2006-01-02 15:04 UTC")
	switch {
	case len(j.Status.Active) > 0 && age > long:
		return []ScheduleFault{{FaultLoose, at, when, "has not ended its run of " + when}}
	case len(j.Status.Active) == 0 && age > soon && good == nil:
		return []ScheduleFault{{FaultLoose, at, when, "has never succeeded; its last run was at " + when}}
	case len(j.Status.Active) == 0 && age > soon:
		return []ScheduleFault{{FaultLoose, at, when, "has not succeeded in its last run, at " + when}}
	}
	return nil
}

// Permission is what RBAC has to allow for the command: kubectl writes a
// resource by the verb patch, and a count by its subresource.
func (c ScheduledCommand) Permission() Permission {
	p := Permission{Verb: "patch", Group: c.Target.Group, Namespace: c.Target.Namespace, Name: c.Target.Name}
	if kind, ok := KindOf(c.Target.Group+"/", c.Target.Kind); ok {
		p.Resource = kind.Info().Resource
	}
	switch c.Verb {
	case "scale":
		p.Resource += "/scale"
	case "delete":
		p.Verb = "delete"
	}
	return p
}

// RaisesOnly names the bound of an autoscaler that the jobs raise over what its
// manifest says, and that none of them lowers again. A cluster's own value may
// be the raised one: nothing is told of it.
func (s *Snapshot) RaisesOnly(j ScheduledJob, all []ScheduledJob) (field ScheduledField, a *Autoscaler, ok bool) {
	if s.live {
		return field, nil, false
	}
	for i, impact := range j.Impacts {
		a := impact.Autoscaler
		if impact.Part != PartBounds || !a.MinSet {
			continue
		}
		raises := func(f ScheduledField) bool {
			n, err := strconv.Atoi(f.Value)
			return f.Known && err == nil && n > int(a.Min)
		}
		for _, f := range j.Commands[i].Sets {
			if f.Path.String() == a.MinPath.String() && raises(f) && !slices.ContainsFunc(all, func(other ScheduledJob) bool { return other.lowers(a, raises) }) {
				return f, a, true
			}
		}
	}
	return field, nil, false
}

// lowers says whether a job does anything about the autoscaler but raise its
// minimum.
func (j ScheduledJob) lowers(a *Autoscaler, raises func(ScheduledField) bool) bool {
	for i, impact := range j.Impacts {
		if impact.Autoscaler == a && (len(j.Commands[i].Sets) == 0 || slices.ContainsFunc(j.Commands[i].Sets, func(f ScheduledField) bool {
			return f.Path.String() != a.MinPath.String() || !raises(f)
		})) {
			return true
		}
	}
	return false
}
