package measure

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// Report is one run's outcome: nothing in it is comparable with another
// machine's but the ratios.
type Report struct {
	OS         string `json:"os"`
	Processors int    `json:"processors"`
	Go         string `json:"go"`
	// PeakFloor is what even a process that does nothing is shown with.
	PeakFloor int64 `json:"peakFloorBytes"`
	Rows      []Row `json:"rows"`
}

// NewReport describes where the rows were measured.
func NewReport(rows []Row, peakFloor int64) Report {
	return Report{runtime.GOOS + "/" + runtime.GOARCH, runtime.NumCPU(), runtime.Version(), peakFloor, rows}
}

// Row is one line of the table. What was not measured is absent.
type Row struct {
	What string  `json:"what"`
	Runs int     `json:"runs,omitempty"`
	Wall *Spread `json:"wallSeconds,omitempty"`
	CPU  *Spread `json:"cpuSeconds,omitempty"`
	Peak *Spread `json:"peakBytes,omitempty"`
	Size *int64  `json:"sizeBytes,omitempty"`
	// Share is of one processor, while a program is at rest; Requests are what it
	// asks the API server in a minute then, by verb.
	Share    *float64           `json:"cpuShare,omitempty"`
	Requests map[string]float64 `json:"requestsPerMinute,omitempty"`
	Ratio    *Spread            `json:"ratio,omitempty"`
	RatioOf  string             `json:"ratioOf,omitempty"` // "A / B", by wall time
	// P99 is of the wall times, where these are many.
	P99     *float64 `json:"p99Seconds,omitempty"`
	Budgets []Budget `json:"budgets,omitempty"`
	Note    string   `json:"note,omitempty"` // why there is nothing
}

// Measured makes a row of samples, or of the reason why there are none.
func Measured(what string, samples []Sample, err error) Row {
	if err != nil {
		return Row{What: what, Note: err.Error()}
	}
	wall, cpu, peak := walls(samples), cpus(samples), peaks(samples)
	return Row{What: what, Runs: len(samples), Wall: &wall, CPU: &cpu, Peak: &peak}
}

// Resting makes a row of a program at rest.
func Resting(what string, rest Rest, requests map[string]float64, err error) Row {
	if err != nil {
		return Row{What: what, Note: err.Error()}
	}
	share, peak := rest.Share(), SpreadOf([]float64{float64(rest.Peak)})
	return Row{What: what, Runs: 1, Share: &share, Peak: &peak, Requests: requests}
}

// Waits makes a row of how long a program's user waited each time.
func Waits(what string, waits []time.Duration, err error) Row {
	if err == nil && len(waits) == 0 {
		err = errors.New("there was none")
	}
	if err != nil {
		return Row{What: what, Note: err.Error()}
	}
	samples := make([]Sample, len(waits))
	for i, wait := range waits {
		samples[i].Wall = wait
	}
	wall, p99 := walls(samples), Percentile(waits, 99).Seconds()
	return Row{What: what, Runs: len(waits), Wall: &wall, P99: &p99}
}

// LimitRest judges a program at rest: percent of one processor, and the peak. A
// list is none of what it may ask for.
func (r *Row) LimitRest(percent, megabytes float64) {
	if r.Share != nil {
		r.atMost(*r.Share*100, percent, "%g %% CPU")
		r.atMost(r.Peak.Median/1e6, megabytes, "%g MB")
		r.Budgets = append(r.Budgets, Budget{"no list", r.Requests["list"] == 0})
	}
}

// Budget is a limit and whether the median kept it.
type Budget struct {
	Words string `json:"words"`
	Met   bool   `json:"met"`
}

// LimitWall, LimitP99, LimitPeak and LimitSize judge what was measured; a row
// without a measurement gets no verdict.
func (r *Row) LimitWall(milliseconds float64) {
	if r.Wall != nil {
		r.atMost(r.Wall.Median*1e3, milliseconds, "%g ms")
	}
}

func (r *Row) LimitP99(milliseconds float64) {
	if r.P99 != nil {
		r.atMost(*r.P99*1e3, milliseconds, "%g ms at p99")
	}
}

func (r *Row) LimitPeak(megabytes float64) {
	if r.Peak != nil {
		r.atMost(r.Peak.Median/1e6, megabytes, "%g MB")
	}
}

func (r *Row) LimitSize(megabytes float64) {
	if r.Size != nil {
		r.atMost(float64(*r.Size)/1e6, megabytes, "%g MB")
	}
}

// LimitRatio wants the ratio at or below the limit.
func (r *Row) LimitRatio(limit float64) {
	if r.Ratio != nil {
		r.atMost(r.Ratio.Median, limit, "%g×")
	}
}

// WantRatio wants the ratio at or above the limit.
func (r *Row) WantRatio(limit float64) {
	if r.Ratio != nil {
		r.Budgets = append(r.Budgets, Budget{fmt.Sprintf("≥ %g×", limit), r.Ratio.Median >= limit})
	}
}

func (r *Row) atMost(value, limit float64, format string) {
	r.Budgets = append(r.Budgets, Budget{fmt.Sprintf("≤ "+format, limit), value <= limit})
}

// Table prints the report for people.
func (r Report) Table(out io.Writer) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "WHAT\tWALL\tP99\tCPU\tPEAK\tREQUESTS/MIN\tRATIO\tOF\tBUDGET\tVERDICT")
	for _, row := range r.Rows {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", row.What, seconds(row.Wall), row.p99(), row.processor(), row.megabytes(),
			row.requests(), times(row.Ratio), row.RatioOf, row.verdict())
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "\nMedian (minimum–maximum), whole processes, %s, %d processors, %s. Only the ratios carry to another machine.\n"+
		"MB is 10⁶ bytes. No peak below %.0f MB can be seen: that is the measuring process's own, handed down.\n",
		r.OS, r.Processors, r.Go, float64(r.PeakFloor)/1e6)
	return err
}

// WriteJSON writes the report for programs.
func (r Report) WriteJSON(path string) error {
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o644)
}

func (r Row) verdict() string {
	if r.Note != "" {
		return "\tnot measured: " + r.Note
	}
	var words, verdicts []string
	for _, b := range r.Budgets {
		words, verdicts = append(words, b.Words), append(verdicts, b.verdict())
	}
	return strings.Join(words, ", ") + "\t" + strings.Join(verdicts, ", ")
}

func (b Budget) verdict() string {
	if b.Met {
		return "met"
	}
	return "over budget"
}

func (r Row) p99() string {
	if r.P99 == nil {
		return ""
	}
	return fmt.Sprintf("%.2f ms", *r.P99*1e3)
}

// requests are what it asks while it is at rest.
func (r Row) requests() string {
	if r.Share == nil {
		return ""
	}
	var words []string
	for _, verb := range slices.Sorted(maps.Keys(r.Requests)) {
		words = append(words, fmt.Sprintf("%.0f %s", r.Requests[verb], verb))
	}
	return strings.Join(words, ", ")
}

// processor is the time, or the share of a program at rest.
func (r Row) processor() string {
	if r.Share != nil {
		return fmt.Sprintf("%.2g %% of one", *r.Share*100)
	}
	return seconds(r.CPU)
}

func (r Row) megabytes() string {
	switch {
	case r.Size != nil:
		return fmt.Sprintf("%.1f MB", float64(*r.Size)/1e6)
	case r.Peak != nil:
		return fmt.Sprintf("%.0f MB (%.0f–%.0f)", r.Peak.Median/1e6, r.Peak.Min/1e6, r.Peak.Max/1e6)
	}
	return ""
}

// seconds chooses the unit by the median, so that 9 ms do not read 0.01 s.
func seconds(s *Spread) string {
	switch {
	case s == nil:
		return ""
	case s.Median < 0.01:
		return fmt.Sprintf("%.2f ms (%.2f–%.2f)", s.Median*1e3, s.Min*1e3, s.Max*1e3)
	case s.Median < 1:
		return fmt.Sprintf("%.0f ms (%.0f–%.0f)", s.Median*1e3, s.Min*1e3, s.Max*1e3)
	}
	return fmt.Sprintf("%.2f s (%.2f–%.2f)", s.Median, s.Min, s.Max)
}

func times(s *Spread) string {
	if s == nil {
		return ""
	}
	return fmt.Sprintf("%.3g× (%.3g–%.3g)", s.Median, s.Min, s.Max)
}
