package render

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// plural counts: "1 error", "2 errors".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// percent writes a share, cut to tenths: only everything is 100 %.
func percent(share float64) string {
	return strconv.FormatFloat(math.Floor(share*1000)/10, 'f', -1, 64) + " %"
}

func engineVersion(w *inventory.Workload) string {
	if w.Recognition == nil || !w.Version.Known {
		return ""
	}
	return w.Version.String()
}

// engine is what serves, for people: "vLLM 0.18.1".
func (w *workload) engine() string {
	return strings.TrimSpace(w.engineName + " " + w.EngineVersion)
}

func (w *workload) gpus() string {
	switch {
	case w.claims:
		return "GPUs by claim"
	case w.GPUsPerReplica == 0:
		return "no GPU"
	}
	return plural(int(w.GPUsPerReplica), "GPU") + "/replica"
}

// bounds names the autoscaler and its limits, "to" between them: "HPA 2‥8".
// With its name it is the form people type after a verb.
func (s *scaler) bounds(to string, named bool) string {
	name := s.Kind
	switch {
	case named:
		name += "/" + s.Name
	case name == inventory.HorizontalPodAutoscaler.Info().Name:
		name = "HPA"
	}
	return fmt.Sprintf("%s %d%s%d", name, s.Min, to, s.Max)
}

// place is where to look: file, line and column, or the live object and its
// field.
func (f *finding) place() string {
	if f.File != "" {
		return position(f.File, f.Line, f.Column)
	}
	return f.object()
}

// object is the object and the field: "ScaledObject/vllm spec.maxReplicaCount".
func (f *finding) object() string {
	name := f.Ref.Short()
	switch {
	case f.Ref.IsZero():
		return f.Path
	case f.Workload != nil && f.Workload.Namespace != f.Ref.Namespace:
		name = f.Ref.String()
	}
	return strings.TrimSpace(name + " " + f.Path)
}

func position(file string, line, column int) string {
	switch {
	case line == 0:
		return file
	case column == 0:
		return fmt.Sprintf("%s:%d", file, line)
	}
	return fmt.Sprintf("%s:%d:%d", file, line, column)
}

// String is the fix in one line: what it does, and what that takes.
func (f *fix) String() string {
	if f.Restarts {
		return fmt.Sprintf("%s (%s, restarts pods)", f.Title, f.Safety)
	}
	return fmt.Sprintf("%s (%s)", f.Title, f.Safety)
}

// oneLine is the value on one line, without the line break that ends a block
// of YAML.
func (e evidence) oneLine() string { return Clean(strings.TrimRight(e.Value, "\n")) }

// String says what was not judged, where and why.
func (b *blind) String() string { return b.subject() + ": " + strings.Join(b.reasons, "; ") }

// subject names the checks and the place. Every check together stands for the
// workloads that nobody could look for.
func (b *blind) subject() string {
	names := strings.Join(b.checks, ", ")
	if slices.Equal(b.checks, []string{checks.EveryCheck}) {
		names = "workloads of other kinds"
	}
	if b.errored {
		return names + " broke (a bug worth reporting)"
	}
	if len(b.namespaces) > 0 {
		names += " in " + strings.Join(b.namespaces, ", ")
	}
	if b.context != "" {
		names += " of " + b.context
	}
	return names
}

// String says who does not hold the finding against its author, and why.
func (s *suppression) String() string {
	text := s.Reason
	if s.Expires != "" {
		text += ", until " + s.Expires
	}
	if s.Where != "" {
		text += " (" + s.Where + ")"
	}
	return text
}

// headline sums the report up in one line: what was found where, what is not
// shown, what could not be read and how much could be judged.
func (d *document) headline(show checks.Severity) string {
	if n := d.unreached(); n > 0 && n == len(d.Clusters) {
		return fmt.Sprintf("none of %s could be looked at", plural(n, "cluster"))
	}
	line := d.found(show)
	if n := len(d.Clusters); n > 0 {
		line = plural(n, "cluster") + ": " + line
	}
	if n := d.unreached(); n > 0 {
		line += fmt.Sprintf("; %d of %s could not be looked at", n, plural(len(d.Clusters), "cluster"))
	}
	if d.Summary.Suppressed > 0 {
		line += fmt.Sprintf("; %d suppressed", d.Summary.Suppressed)
	}
	if n := len(d.Problems) - d.unreached(); n > 0 {
		line += "; " + plural(n, "part") + " of the input could not be read"
	}
	if d.Summary.Coverage < 1 {
		line += "; coverage " + percent(d.Summary.Coverage)
	}
	return line
}

func (d *document) found(show checks.Severity) string {
	shown, hidden := d.tally(show)
	switch {
	case shown == "" && hidden == "" && len(d.Workloads) == 0:
		return "no inference workload seen"
	case shown == "" && hidden == "":
		return d.looked() + ", nothing found"
	case shown == "":
		return fmt.Sprintf("%s, nothing at %s or above; %s (--show info)", d.looked(), show, hidden)
	}
	line := shown + " in " + d.affected(show)
	if hidden != "" {
		line += "; " + hidden + " (--show info)"
	}
	return line
}

// tally counts the findings at or above a severity, and those below.
func (d *document) tally(show checks.Severity) (shown, hidden string) {
	var above, below []string
	for _, c := range []struct {
		rank checks.Severity
		n    int
	}{{checks.Error, d.Summary.Errors}, {checks.Warning, d.Summary.Warnings}, {checks.Info, d.Summary.Infos}} {
		switch {
		case c.n == 0:
		case c.rank >= show:
			above = append(above, plural(c.n, c.rank.String()))
		default:
			below = append(below, plural(c.n, c.rank.String()))
		}
	}
	return strings.Join(above, ", "), strings.Join(below, ", ")
}

// looked says what was looked at.
func (d *document) looked() string {
	text := plural(len(d.Workloads), "inference workload")
	if d.judged > 0 {
		text += ", " + plural(d.judged, "check")
	}
	return text
}

// affected says how many workloads, and objects beside them, have findings at
// or above a severity.
func (d *document) affected(show checks.Severity) string {
	workloads, objects := 0, 0
	for _, g := range d.groups(atLeast(show)) {
		if g.workload == nil {
			objects++
		} else {
			workloads++
		}
	}
	of := fmt.Sprintf("%d of %s", workloads, plural(max(workloads, len(d.Workloads)), "workload"))
	switch {
	case objects == 0:
		return of
	case len(d.Workloads) == 0 && workloads == 0:
		return plural(objects, "object") + ", no inference workload seen"
	}
	return of + " and " + plural(objects, "other object")
}

// atLeast lets through what is held against its author and severe enough.
func atLeast(show checks.Severity) func(*finding) bool {
	return func(f *finding) bool { return f.Suppression == nil && f.rank >= show }
}
