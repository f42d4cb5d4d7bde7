package sim

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// cronJob is a CronJob whose container changes how something is scaled, by
// kubectl. Its run takes no time.
type cronJob struct {
	job  inventory.ScheduledJob
	cron inventory.Cron
	zone *time.Location
	due  time.Time
}

// rereadCronJobs takes the CronJobs that there are. One that was there before
// keeps its next run.
func (w *World) rereadCronJobs() {
	due := map[inventory.Ref]cronJob{}
	for _, c := range w.cronJobs {
		due[c.job.Object.Ref] = c
	}
	w.cronJobs = nil
	for _, job := range w.static.ScheduledJobs() {
		c := cronJob{job: job, zone: time.UTC}
		var ok bool
		if c.cron, ok = job.Cron(); !ok || job.Suspended() {
			continue
		}
		if job.Spec.TimeZone != nil {
			zone, err := time.LoadLocation(*job.Spec.TimeZone)
			if err != nil {
				continue // the API server refuses it
			}
			c.zone = zone
		}
		c.due = c.cron.Next(w.now.In(c.zone))
		if old, known := due[job.Object.Ref]; known && old.job.Spec.Schedule == job.Spec.Schedule && old.zone.String() == c.zone.String() {
			c.due = old.due
		}
		w.cronJobs = append(w.cronJobs, c)
	}
}

// runCronJobs runs those whose time has come.
func (w *World) runCronJobs(time.Duration) {
	for i := range w.cronJobs {
		c := &w.cronJobs[i]
		if c.due.IsZero() || c.due.After(w.now) {
			continue
		}
		commands := c.job.Commands
		c.due = c.cron.Next(w.now.In(c.zone))
		for _, command := range commands {
			w.kubectl(command)
		}
		return // what has changed was read anew; the next tick goes on
	}
}

// kubectl does what one command does: an object that is not there, and bounds
// that exclude each other, fail the job and change nothing; what KEDA generates
// it sets back at once.
func (w *World) kubectl(c inventory.ScheduledCommand) {
	impact := w.static.Impact(c)
	switch impact.Part {
	case inventory.PartReplicas:
		for _, field := range c.Sets {
			var replicas int32
			if f := w.fleetOf(impact.Autoscaler.Target); f != nil && field.Known && field.Path.String() == "spec.replicas" && json.Unmarshal([]byte(field.Value), &replicas) == nil && replicas >= 0 {
				w.rescale(f, replicas)
			}
		}
	case inventory.PartBounds:
		ref := impact.Autoscaler.Object.Ref
		if c.Verb == "delete" {
			w.forget(ref)
			w.reread()
			return
		}
		if fields, ok := patched(w.store.docs[ref].fields, c.Sets); ok && w.overwrite(ref, fields) == nil {
			w.reread()
		}
	}
}

// patched is an object with fields set; not ok where a value is not known, or a
// field lies within a list.
func patched(object map[string]any, sets []inventory.ScheduledField) (map[string]any, bool) {
	out := maps.Clone(object)
	for _, set := range sets {
		if !set.Known || len(set.Path) == 0 {
			return nil, false
		}
		at := out
		for i, key := range set.Path {
			name, ok := key.(string)
			if !ok {
				return nil, false
			}
			if i == len(set.Path)-1 {
				at[name] = scheduledValue(set)
				break
			}
			inner, _ := at[name].(map[string]any)
			if inner = maps.Clone(inner); inner == nil {
				inner = map[string]any{}
			}
			at[name] = inner
			at = inner
		}
	}
	return out, true
}

// scheduledValue is a field's value by its type: annotations are strings.
func scheduledValue(set inventory.ScheduledField) any {
	var value any
	if set.Path[0] == "metadata" || json.Unmarshal([]byte(set.Value), &value) != nil {
		return set.Value
	}
	return value
}

// Schedules say which CronJobs change something during a run, and when.
func Schedules(objects *inventory.Snapshot, of *inventory.Workload) []string {
	var all []string
	for _, job := range objects.ScheduledJobs() {
		if job.Workload == nil || job.Workload.Ref() != of.Ref() {
			continue
		}
		words := job.Object.Short() + " runs at " + job.Spec.Schedule
		if zone := job.Spec.TimeZone; zone != nil {
			words += " of " + *zone
		} else {
			words += " UTC"
		}
		if _, ok := job.Cron(); !ok || job.Suspended() {
			words = job.Object.Short() + " does not run"
		}
		var does []string
		for _, c := range job.Commands {
			does = append(does, commandWords(c))
		}
		all = append(all, words+": "+strings.Join(does, ", "))
	}
	return all
}

func commandWords(c inventory.ScheduledCommand) string {
	words := c.Verb + " " + c.Target.Short()
	for _, set := range c.Sets {
		value := set.Value
		if !set.Known {
			value = "?, which nobody can see: it is left out"
		}
		words += fmt.Sprintf(" %s=%s", set.Path[len(set.Path)-1], value)
	}
	return words
}

// NotSimulated says what of a workload's autoscalers a run leaves out.
func NotSimulated(objects *inventory.Snapshot, of *inventory.Workload) []string {
	var all []string
	for _, a := range objects.AutoscalersOf(of) {
		if a.KEDA == nil {
			continue
		}
		if _, refused := readFormula(a); refused != "" {
			all = append(all, fmt.Sprintf("the formula of %s (spec.advanced.scalingModifiers), of which %s: each trigger counts by itself", a.Object.Short(), refused))
		}
		for _, m := range a.Metrics {
			if m.TriggerType != "cron" && m.Source != inventory.SourcePrometheus && m.Source != inventory.SourceResource {
				all = append(all, fmt.Sprintf("%s of %s, of type %s: it never has a value", m.Path, a.Object.Short(), m.TriggerType))
			}
		}
	}
	return all
}
