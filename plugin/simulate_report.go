package plugin

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/plugin/render"
	"github.com/infscale/kubectl-infscale/plugin/sim"
)

// simulateReport is what simulate found. Its JSON is the format json.
type simulateReport struct {
	Version        int             `json:"version"`
	Workload       inventory.Ref   `json:"workload"`
	Scenario       string          `json:"scenario"`
	Configurations []configuration `json:"configurations"`
	// Schedules are the CronJobs that change something by the clock, and
	// NotSimulated is what the runs leave out; in words.
	Schedules    []string `json:"schedules,omitempty"`
	NotSimulated []string `json:"notSimulated,omitempty"`

	engine  string
	assumed []string
}

// configuration is one run.
type configuration struct {
	Name string   `json:"name"`
	Set  []string `json:"set,omitempty"`
	sim.Outcome
	Seconds float64 `json:"durationSeconds"`
	// Points are the course of the run, mostPoints at most.
	Points []sim.Minute `json:"points"`
}

// mostPoints bounds the points of one run in the JSON: a day of minutes.
const mostPoints = 1440

func (r *simulateReport) add(name string, changes []sim.Change, out sim.Outcome) {
	c := configuration{Name: name, Outcome: out, Seconds: out.Duration.Seconds(), Points: thinned(out.Minutes, mostPoints)}
	for _, change := range changes {
		c.Set = append(c.Set, change.String())
	}
	r.Configurations = append(r.Configurations, c)
}

// thinned puts the minutes of a long run together: the worst queue, and the
// counts at the end of each.
func thinned(minutes []sim.Minute, most int) []sim.Minute {
	if len(minutes) <= most {
		return minutes
	}
	all := make([]sim.Minute, most)
	for i := range all {
		from, to := i*len(minutes)/most, (i+1)*len(minutes)/most
		all[i] = minutes[to-1]
		for _, m := range minutes[from:to] {
			all[i].Queue = max(all[i].Queue, m.Queue)
			all[i].Wanted = max(all[i].Wanted, m.Wanted)
			all[i].Ready = min(all[i].Ready, m.Ready)
			all[i].Over = all[i].Over || m.Over
		}
	}
	return all
}

func (r *simulateReport) json(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

// chartStyle is how the text is drawn.
type chartStyle struct {
	ascii, color bool
	width        int
}

func (r *simulateReport) text(w io.Writer, style chartStyle) error {
	var b strings.Builder
	first := r.Configurations[0]
	fmt.Fprintf(&b, "%s  %s  %s\n", render.Clean(r.Workload.Short()), render.Clean(r.Workload.Namespace), render.Clean(r.engine))
	fmt.Fprintf(&b, "%s: %s from %s, %.0f requests\n", render.Clean(r.Scenario), first.Duration, first.Start.UTC().Format("Mon 2006-01-02 15:04 MST"), first.Requests)
	if len(r.assumed) > 0 {
		fmt.Fprintf(&b, "assumed: %s\n", strings.Join(r.assumed, "; "))
	}
	for _, words := range r.Schedules {
		fmt.Fprintf(&b, "by the clock: %s\n", render.Clean(words))
	}
	for _, words := range r.NotSimulated {
		fmt.Fprintf(&b, "not simulated: %s\n", render.Clean(words))
	}
	for _, c := range r.Configurations {
		if len(c.Set) > 0 {
			fmt.Fprintf(&b, "%s: %s\n", c.Name, render.Clean(strings.Join(c.Set, " ")))
		}
	}
	b.WriteString("\n")
	r.table(&b)
	b.WriteString("\n")
	r.charts(&b, style)
	_, err := io.WriteString(w, b.String())
	return err
}

// rows are the table's numbers.
func (r *simulateReport) rows() (names []string, cell func(configuration, int) string) {
	ttft := time.Duration(r.Configurations[0].TTFT * float64(time.Second))
	names = []string{
		"minutes with a queue", fmt.Sprintf("minutes over the SLO (TTFT p95 > %s)", ttft), "longest queue (requests)",
		"clients that gave up", "replicas wanted", "cold starts", "GPU-hours",
	}
	return names, func(c configuration, row int) string {
		switch row {
		case 0:
			return fmt.Sprint(c.QueueMinutes)
		case 1:
			return fmt.Sprint(c.OverMinutes)
		case 2:
			return fmt.Sprintf("%.0f", c.LongestQueue)
		case 3:
			return fmt.Sprintf("%.0f", c.GaveUp)
		case 4:
			if c.Fewest == c.Most {
				return fmt.Sprint(c.Most)
			}
			return fmt.Sprintf("%d to %d", c.Fewest, c.Most)
		case 5:
			return fmt.Sprint(c.Starts)
		}
		return fmt.Sprintf("%.1f", c.GPUHours)
	}
}

func (r *simulateReport) table(b *strings.Builder) {
	const column, left = 8, 38
	names, cell := r.rows()
	fmt.Fprintf(b, "%-*s", left, "")
	for _, c := range r.Configurations {
		fmt.Fprintf(b, "  %*s", column, c.Name)
	}
	b.WriteString("\n")
	for i, name := range names {
		fmt.Fprintf(b, "%-*s", left, name)
		for _, c := range r.Configurations {
			fmt.Fprintf(b, "  %*s", column, cell(c, i))
		}
		b.WriteString("\n")
	}
}

// charts draw the runs below one another, each quantity on one scale.
func (r *simulateReport) charts(b *strings.Builder, style chartStyle) {
	const label, least, usual, most = 17, 40, 62, 96
	width := usual // where the terminal is none
	if style.width > 0 {
		width = min(max(style.width-label-2, least), most)
	}
	for _, q := range []struct {
		name string
		of   func(sim.Minute) float64
	}{
		{"queue", func(m sim.Minute) float64 { return m.Queue }},
		{"replicas wanted", func(m sim.Minute) float64 { return float64(m.Wanted) }},
		{"replicas ready", func(m sim.Minute) float64 { return float64(m.Ready) }},
	} {
		top := 0.0
		for _, c := range r.Configurations {
			for _, m := range c.Minutes {
				top = max(top, q.of(m))
			}
		}
		fmt.Fprintf(b, "%s, up to %.0f\n", q.name, math.Ceil(top))
		for _, c := range r.Configurations {
			fmt.Fprintf(b, "  %-*s%s\n", label-2, c.Name, style.line(c.Minutes, q.of, top, width))
		}
	}
	fmt.Fprintf(b, "%-*s%s\n", label, "", axis(r.Configurations[0].Minutes, width))
}

// line is a run as one line of blocks, each the largest value of its time.
func (s chartStyle) line(minutes []sim.Minute, of func(sim.Minute) float64, top float64, width int) string {
	blocks := []rune(" ▁▂▃▄▅▆▇█")
	if s.ascii {
		blocks = []rune(" .:-=+*#@")
	}
	width = min(width, len(minutes))
	line := make([]rune, width)
	for i := range line {
		highest := 0.0
		for _, m := range minutes[i*len(minutes)/width : (i+1)*len(minutes)/width] {
			highest = max(highest, of(m))
		}
		level := 0
		if highest > 0 && top > 0 {
			level = max(1, int(math.Ceil(highest/top*float64(len(blocks)-1))))
		}
		line[i] = blocks[min(level, len(blocks)-1)]
	}
	return strings.TrimRight(string(line), " ")
}

// axis writes the time under a line: a few moments, each where it is.
func axis(minutes []sim.Minute, width int) string {
	width = min(width, len(minutes))
	if width == 0 {
		return ""
	}
	layout := "15:04"
	const twoDays = 2 * 24 * 60
	if len(minutes) > twoDays {
		layout = "Jan 2"
	}
	const apart = 14
	line := []rune(strings.Repeat(" ", width+len(layout)))
	for i := 0; i+len(layout) <= width; i += apart {
		copy(line[i:], []rune("|"+minutes[i*len(minutes)/width].At.Add(-time.Minute).UTC().Format(layout)))
	}
	return strings.TrimRight(string(line), " ")
}
