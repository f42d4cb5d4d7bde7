package inventory

import (
	"strconv"
	"strings"
	"time"
)

// CronWindow is a cron trigger of a ScaledObject: from start to end the HPA is
// asked for so many replicas, and KEDA counts the target as active.
type CronWindow struct {
	// Path leads to the trigger's metadata.
	Path Path
	// Zone, StartText and EndText are as written.
	Zone, StartText, EndText string
	Start, End               Cron
	Desired                  int32
	// Metric is the trigger as a metric.
	Metric ScalingMetric
	// Refused says why KEDA does not take the trigger, and RefusedAt which field
	// is at fault. No start, end or count is to be read then.
	Refused   string
	RefusedAt Path
}

// CronWindows reads the cron triggers. One with a placeholder is left out.
func (a *Autoscaler) CronWindows() []CronWindow {
	var all []CronWindow
	for _, m := range a.Metrics {
		if m.TriggerType != "cron" {
			continue
		}
		if w, ok := readWindow(m); ok {
			all = append(all, w)
		}
	}
	return all
}

// readWindow follows KEDA's cron_scaler.go: what Validate refuses, and the zone
// without which no value is ever computed.
func readWindow(m ScalingMetric) (w CronWindow, ok bool) {
	w = CronWindow{
		Path: m.Path.Join("metadata"), Metric: m,
		Zone: m.Metadata["timezone"], StartText: m.Metadata["start"], EndText: m.Metadata["end"],
	}
	refuse := func(field, why string) (CronWindow, bool) {
		w.Refused, w.RefusedAt = why, w.Path.Join(field)
		return w, true
	}
	for _, field := range [...]string{"timezone", "start", "end", "desiredReplicas"} {
		value := m.Metadata[field]
		if placeholder(value) {
			return w, false
		}
		if value == "" {
			return refuse(field, "has no "+field)
		}
	}
	var read bool
	if w.Start, read = parseFields(w.StartText); !read {
		return refuse("start", "has a start that is no cron expression of five fields, "+w.StartText)
	}
	if w.End, read = parseFields(w.EndText); !read {
		return refuse("end", "has an end that is no cron expression of five fields, "+w.EndText)
	}
	desired, err := strconv.ParseInt(strings.TrimSpace(m.Metadata["desiredReplicas"]), 10, 32)
	w.Desired = int32(desired)
	switch {
	case w.StartText == w.EndText:
		return refuse("end", "starts and ends at the same time, "+w.EndText)
	case err != nil:
		return refuse("desiredReplicas", "has desiredReplicas "+m.Metadata["desiredReplicas"]+", which is no number of replicas")
	case desired == 0:
		return refuse("desiredReplicas", "asks for 0 replicas, and a trigger cannot take any away")
	case w.Zone != "Local" && WrongTimeZone(w.Zone):
		return refuse("timezone", "has a timezone that does not exist, "+w.Zone)
	}
	return w, true
}

// aMonday begins the week in which windows are laid out; every other week is
// the same to a weekly schedule.
var aMonday = time.Date(2024, time.January, 1, 0, 0, 0, 0, time.UTC)

const oneWeek = 7 * 24 * time.Hour

// Lingers returns the longest span in which the window is open though it ended:
// KEDA calls a window open whenever its next end comes before its next start, so
// of two ends without a start between them the first one ends nothing.
func (w CronWindow) Lingers() (from, until time.Time, ok bool) {
	if w.Refused != "" || !w.Start.Weekly() || !w.End.Weekly() {
		return from, until, false
	}
	first := w.Start.Next(aMonday)
	for end := w.End.Next(first); end.Before(first.Add(oneWeek)); end = w.End.Next(end) {
		last := end
		for next := w.End.Next(last); w.noStart(last, next); next = w.End.Next(last) {
			last = next
		}
		if last.Sub(end) > until.Sub(from) {
			from, until, ok = end, last, true
		}
	}
	return from, until, ok
}

// noStart says whether no start lies between two ends; one at the very time
// of an end opens the window again.
func (w CronWindow) noStart(end, next time.Time) bool {
	return !w.Start.Next(end.Add(-time.Second)).Before(next)
}

// Open says whether KEDA counts the window as open.
func (w CronWindow) Open(at time.Time) bool {
	return w.Refused == "" && !w.Start.Next(at).Before(w.End.Next(at))
}

// GapBefore is how long after the end of this window another one opens, in the
// same zone and on the same days; not ok where that is not the same every time.
func (w CronWindow) GapBefore(next CronWindow) (gap time.Duration, ok bool) {
	if w.Refused != "" || next.Refused != "" || w.Zone != next.Zone || !w.End.Weekly() || !next.Start.Weekly() {
		return 0, false
	}
	for end := w.End.Next(aMonday); end.Before(aMonday.Add(oneWeek)); end = w.End.Next(end) {
		this := next.Start.Next(end.Add(-time.Second)).Sub(end)
		if ok && this != gap {
			return 0, false
		}
		gap, ok = this, true
	}
	return gap, ok
}
