package inventory

import (
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Cron is a cron expression, read by the parser that Kubernetes and KEDA use.
// It has no time zone: the times that it returns are in that of the time it is
// asked with.
type Cron struct {
	text     string
	schedule cron.Schedule
}

// ParseCron reads a CronJob's schedule: five fields, or a descriptor such as
// @daily. An expression with TZ= has no meaning of its own and is not read.
func ParseCron(text string) (Cron, bool) {
	return parseCron(text, cron.Minute|cron.Hour|cron.Dom|cron.Month|cron.Dow|cron.Descriptor)
}

// parseFields reads what KEDA's cron trigger does: five fields and nothing else.
func parseFields(text string) (Cron, bool) {
	return parseCron(text, cron.Minute|cron.Hour|cron.Dom|cron.Month|cron.Dow)
}

// parseCron keeps expressions with a zone away from the parser, which would
// look for the zone's file, and does not expect one without anything behind it.
func parseCron(text string, options cron.ParseOption) (Cron, bool) {
	if NamesZone(text) {
		return Cron{}, false
	}
	schedule, err := cron.NewParser(options).Parse(text)
	return Cron{text: text, schedule: schedule}, err == nil
}

// NamesZone says whether an expression begins with a time zone: TZ= or CRON_TZ=.
func NamesZone(text string) bool {
	return strings.HasPrefix(text, "TZ=") || strings.HasPrefix(text, "CRON_TZ=")
}

// Next is the first time after another one; zero for none in five years.
func (c Cron) Next(after time.Time) time.Time { return c.schedule.Next(after) }

// FixedTime says whether the schedule runs at one time of the day, on some days
// or on all, and at which.
func (c Cron) FixedTime() (hour, minute int, ok bool) {
	spec, isSpec := c.schedule.(*cron.SpecSchedule)
	if !isSpec {
		return 0, 0, false // @every
	}
	for h := range 24 {
		for m := range 60 {
			if spec.Hour&(1<<h) == 0 || spec.Minute&(1<<m) == 0 {
				continue
			}
			if ok {
				return 0, 0, false
			}
			hour, minute, ok = h, m, true
		}
	}
	return hour, minute, ok
}

// Weekly says whether the schedule is the same every week.
func (c Cron) Weekly() bool {
	const everyDay, everyMonth = 31, 12
	spec, isSpec := c.schedule.(*cron.SpecSchedule)
	if !isSpec {
		return false
	}
	for day := 1; day <= everyDay; day++ {
		if spec.Dom&(1<<day) == 0 {
			return false
		}
	}
	for month := 1; month <= everyMonth; month++ {
		if spec.Month&(1<<month) == 0 {
			return false
		}
	}
	return true
}
