package tui

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

// Lines writes a JSON object a frame, each on a line of its own, until the feed
// ends. A feed's error is an object too: {"version":1,"error":"…"}.
func Lines(ctx context.Context, out io.Writer, o Options) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	last := ""
	for i := 0; ; i++ {
		fleet, err := nextFleet(ctx, &o, i)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && o.Recording != nil:
			return err
		case err != nil:
			if err := complainOnce(encoder, &last, err); err != nil {
				return err
			}
			if err := wait(ctx, retryAfter); err != nil {
				return err
			}
			continue
		}
		last = ""
		if err := encoder.Encode(jsonFrame(fleet, o.Context, o.askTroubles())); err != nil {
			return err
		}
	}
}

// complainOnce writes an error that is not the last one again.
func complainOnce(encoder *json.Encoder, last *string, err error) error {
	if err.Error() == *last {
		return nil
	}
	*last = err.Error()
	return encoder.Encode(struct {
		Version int    `json:"version"`
		Error   string `json:"error"`
	}{1, err.Error()})
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func nextFleet(ctx context.Context, o *Options, i int) (*Fleet, error) {
	if o.Recording == nil {
		frame, err := o.Feed.Next(ctx)
		if err != nil {
			return nil, err
		}
		return judge(frame, o), nil
	}
	if i >= o.Recording.Len {
		return nil, io.EOF
	}
	frame, err := o.Recording.At(ctx, i)
	if err != nil {
		return nil, err
	}
	return judge(frame, o), nil
}

// Once writes one frame as a table of so many columns; 0 is as wide as it needs.
func Once(ctx context.Context, out io.Writer, o Options, width int, color bool) error {
	if !color {
		o.Palette = PaletteMono
	}
	fleet, err := nextFleet(ctx, &o, 0)
	if err != nil {
		return err
	}
	const wide = 160
	if width <= 0 {
		width = wide
	}
	m := New(ctx, o)
	m.once, m.width, m.height = true, max(width, fewestColumns), far
	m.show(fleet)
	m.selected = inventory.Ref{}
	lines := append([]line{m.header()}, m.troubles()...)
	lines = append(lines, m.table(len(m.rows()))...)
	look := m.look
	if !color {
		look = &looks{}
	}
	for i := range lines {
		var b strings.Builder
		lines[i].write(&b, look, m.width, m.g.more)
		if _, err := fmt.Fprintln(out, strings.TrimRight(b.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}

// The objects of the JSON lines. Names are stable; additions are allowed.
type (
	frameJSON struct {
		Version   int            `json:"version"`
		At        time.Time      `json:"at"`
		Context   string         `json:"context,omitempty"`
		Workloads []workloadJSON `json:"workloads"`
		Findings  []findingJSON  `json:"findings"`
		NotSeen   []string       `json:"notSeen,omitempty"`
		Troubles  []Trouble      `json:"troubles,omitempty"`
		GPUs      *gpusJSON      `json:"gpus,omitempty"`
		Summary   summaryJSON    `json:"summary"`
	}
	gpusJSON struct {
		Held    int64 `json:"held"`
		Offered int64 `json:"offered"`
	}
	summaryJSON struct {
		Errors     int `json:"errors"`
		Warnings   int `json:"warnings"`
		Infos      int `json:"infos"`
		ColdStarts int `json:"coldStarts"`
	}
	workloadJSON struct {
		Ref        inventory.Ref             `json:"ref"`
		Engine     string                    `json:"engine"`
		Ready      int32                     `json:"ready"`
		Replicas   int32                     `json:"replicas"`
		Wanted     *int32                    `json:"wanted,omitempty"`
		Min        *int32                    `json:"min,omitempty"`
		Max        *int32                    `json:"max,omitempty"`
		Scaler     string                    `json:"scaler,omitempty"`
		Numbers    map[signals.Metric]Number `json:"numbers"`
		ColdStarts []startJSON               `json:"coldStarts"`
		Why        []string                  `json:"why,omitempty"`
	}
	startJSON struct {
		Pod             string          `json:"pod"`
		Phase           inventory.Phase `json:"phase"`
		Seconds         float64         `json:"seconds"`
		ExpectedSeconds float64         `json:"expectedSeconds,omitempty"`
		WindowSeconds   float64         `json:"probeWindowSeconds,omitempty"`
		Why             string          `json:"why,omitempty"`
	}
	findingJSON struct {
		Check       string         `json:"check"`
		Severity    string         `json:"severity"`
		Ref         inventory.Ref  `json:"ref"`
		Workload    *inventory.Ref `json:"workload,omitempty"`
		Path        string         `json:"path"`
		Message     string         `json:"message"`
		Fingerprint string         `json:"fingerprint"`
		Fix         *fixJSON       `json:"fix,omitempty"`
	}
	fixJSON struct {
		Title    string        `json:"title"`
		Safety   checks.Safety `json:"safety"`
		Restarts bool          `json:"restarts"`
	}
)

func jsonFrame(f *Fleet, place string, lost []Trouble) frameJSON {
	out := frameJSON{
		Version: 1, At: f.At, Context: place, Workloads: []workloadJSON{}, Findings: []findingJSON{}, NotSeen: f.Gaps, Troubles: lost,
		Summary: summaryJSON{f.Errors, f.Warnings, f.Infos, f.Starting},
	}
	if f.GPUsKnown && f.GPUs > 0 {
		out.GPUs = &gpusJSON{f.GPUsHeld, f.GPUs}
	}
	for _, w := range f.Workloads {
		out.Workloads = append(out.Workloads, jsonWorkload(w))
		for i := range w.Findings {
			out.Findings = append(out.Findings, jsonFinding(&w.Findings[i]))
		}
	}
	for i := range f.Loose {
		out.Findings = append(out.Findings, jsonFinding(&f.Loose[i]))
	}
	return out
}

func jsonWorkload(w *Workload) workloadJSON {
	out := workloadJSON{
		Ref: w.Ref, Engine: w.Engine, Ready: w.Ready, Replicas: w.Desired, Scaler: w.Scaler, Why: w.Why,
		Numbers: map[signals.Metric]Number{}, ColdStarts: []startJSON{},
	}
	if w.Bounded {
		out.Min, out.Max = &w.Min, &w.Max
	}
	if w.Asks.HasWanted {
		out.Wanted = &w.Asks.Wanted
	}
	for metric, n := range w.Numbers {
		if n.Known && !isNaN(n.Value) {
			out.Numbers[metric] = n
		}
	}
	for _, s := range w.Starts {
		out.ColdStarts = append(out.ColdStarts, startJSON{
			s.Pod, s.Phase, s.Elapsed.Seconds(), s.Expected.Seconds(), s.Window.Seconds(), s.Why,
		})
	}
	return out
}

// isNaN includes what JSON cannot write.
func isNaN(v float64) bool { return v-v != 0 }

func jsonFinding(f *checks.Finding) findingJSON {
	out := findingJSON{
		Check: f.Check.ID, Severity: f.Severity.String(), Ref: f.At.Object.Ref, Path: f.At.Path.String(),
		Message: f.Message, Fingerprint: f.Fingerprint,
	}
	if f.Workload != nil {
		ref := f.Workload.Ref()
		out.Workload = &ref
	}
	if f.Fix != nil {
		out.Fix = &fixJSON{f.Fix.Title, f.Fix.Safety, f.Fix.Restarts}
	}
	return out
}
