package plugin

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/plugin/render"
)

// hopState says how a hop is.
type hopState string

// The states. A hop behind a broken one may still be well: KEDA keeps the last
// number for a while.
const (
	hopOK      hopState = "ok"
	hopBroken  hopState = "broken"
	hopUnknown hopState = "unknown" // nobody could look
)

// hop is one place on a metric's way.
type hop struct {
	Hop   string   `json:"hop"`
	State hopState `json:"state"`
	// Where names the place, Says what was found there.
	Where string   `json:"where"`
	Says  string   `json:"says"`
	Value *float64 `json:"value,omitempty"`
	// Labels are of each series that the number was read from, mostLabelSets of
	// them at most.
	Labels []map[string]string `json:"labels,omitempty"`
	// Age is how old the number is, in seconds.
	Age *float64 `json:"ageSeconds,omitempty"`
	// Proof is one command that shows it.
	Proof string `json:"proof,omitempty"`
	// Causes are what checks say of a broken hop.
	Causes []hopCause `json:"causes,omitempty"`
}

// hopCause is a finding that tells why a hop is broken.
type hopCause struct {
	Check   string `json:"check"`
	Message string `json:"message"`
}

// with leaves out what is no number, for which JSON has no word; Says has it.
func (h hop) with(value float64) hop {
	if !math.IsInf(value, 0) && !math.IsNaN(value) {
		h.Value = &value
	}
	return h
}

// mostLabelSets bounds what a report holds of a query that finds thousands.
const mostLabelSets = 20

func (h hop) labelled(sets ...map[string]string) hop {
	h.Labels = sets[:min(len(sets), mostLabelSets)]
	return h
}

func (h hop) aged(age time.Duration) hop {
	seconds := max(0, age.Seconds())
	h.Age = &seconds
	return h
}

type metricTrace struct {
	Path string `json:"path"`
	Asks string `json:"asks"` // the query, or the metric's name
	Hops []hop  `json:"hops"`
}

// broken is the first broken hop, nil when all are well.
func (m metricTrace) broken() *hop {
	for i := range m.Hops {
		if m.Hops[i].State == hopBroken {
			return &m.Hops[i]
		}
	}
	return nil
}

// unread says whether nobody could look at the metrics API.
func (m metricTrace) unread() bool {
	return slices.ContainsFunc(m.Hops, func(h hop) bool { return h.Hop == metricsAPIHop && h.State == hopUnknown })
}

type scalerTrace struct {
	Ref      inventory.Ref `json:"ref"`
	Min      int32         `json:"min"`
	Max      int32         `json:"max"`
	Metrics  []metricTrace `json:"metrics"`
	Replicas hop           `json:"replicas"`
	// Why is the decision in one sentence; empty where no HPA was seen.
	Why string `json:"why,omitempty"`
}

// traceReport is what trace found. Its JSON is the format json.
type traceReport struct {
	Version  int           `json:"version"`
	Workload inventory.Ref `json:"workload"`
	Engine   string        `json:"engine"`
	// Starts is nil where no start is remembered.
	Starts      *traceStarts  `json:"starts,omitempty"`
	Autoscalers []scalerTrace `json:"autoscalers"`
}

func (r *traceReport) broken() bool {
	for _, s := range r.Autoscalers {
		if s.firstBroken() != nil {
			return true
		}
	}
	return false
}

// firstBroken is the first broken hop of the first metric that has one, else
// what is wrong with the replicas.
func (s *scalerTrace) firstBroken() *hop {
	for _, m := range s.Metrics {
		if h := m.broken(); h != nil {
			return h
		}
	}
	if s.Replicas.State == hopBroken {
		return &s.Replicas
	}
	return nil
}

func (r *traceReport) json(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

// traceStyle is how the text is drawn.
type traceStyle struct {
	color, ascii bool
	width        int
}

func (s traceStyle) glyph(state hopState) string {
	signs := map[hopState]string{hopOK: "✔", hopBroken: "✖", hopUnknown: "?"}
	if s.ascii {
		signs = map[hopState]string{hopOK: "+", hopBroken: "x", hopUnknown: "?"}
	}
	colors := map[hopState]string{hopOK: "32", hopBroken: "1;31", hopUnknown: "2"}
	if !s.color {
		return signs[state]
	}
	return "\x1b[" + colors[state] + "m" + signs[state] + "\x1b[0m"
}

func (r *traceReport) text(w io.Writer, style traceStyle) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s  %s\n", render.Clean(r.Workload.Short()), render.Clean(r.Workload.Namespace), render.Clean(r.Engine))
	for _, s := range r.Autoscalers {
		dots := "‥"
		if style.ascii {
			dots = ".."
		}
		fmt.Fprintf(&b, "\n%s  %d%s%d\n", render.Clean(s.Ref.Short()), s.Min, dots, s.Max)
		for _, m := range s.Metrics {
			fmt.Fprintf(&b, "  %s  %s\n", render.Clean(m.Path), render.Clean(strings.Join(strings.Fields(m.Asks), " ")))
			for _, h := range m.Hops {
				h.write(&b, style)
			}
		}
		s.Replicas.write(&b, style)
		if s.Why != "" {
			fmt.Fprintf(&b, "  why: %s\n", render.Clean(s.Why))
		}
		if r.Starts != nil {
			fmt.Fprintf(&b, "  starts: %s\n", render.Clean(r.Starts.String()))
		}
		if h := s.firstBroken(); h != nil {
			fmt.Fprintf(&b, "\nfirst broken hop: %s: %s\n", h.Hop, render.Clean(h.Says))
			if h.Proof != "" {
				fmt.Fprintf(&b, "  %s\n", render.Clean(h.Proof))
			}
			for _, c := range h.Causes {
				fmt.Fprintf(&b, "  %s: %s\n", c.Check, render.Clean(c.Message))
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

const metricsAPIHop = "metrics API"

// hopColumn is as wide as the longest hop's name.
const hopColumn = 11

func (h hop) write(b *strings.Builder, style traceStyle) {
	fmt.Fprintf(b, "    %s %-*s  %s", style.glyph(h.State), hopColumn, h.Hop, render.Clean(h.Says))
	if h.Age != nil {
		b.WriteString(", " + ago(*h.Age))
	}
	fmt.Fprintf(b, "  (%s)\n", render.Clean(h.Where))
}

// ago words an age in seconds.
func ago(seconds float64) string {
	const nothing = 0.05
	if seconds < nothing {
		return "now"
	}
	return time.Duration(seconds*float64(time.Second)).Round(100*time.Millisecond).String() + " ago"
}
