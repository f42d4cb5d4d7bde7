package tui

import (
	"slices"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

// Number is one number with where it comes from. One that is not known is
// missing, never zero.
type Number struct {
	Value  float64   `json:"value"`
	Unit   string    `json:"unit,omitempty"`
	At     time.Time `json:"at"`
	Source string    `json:"source"`
	Known  bool      `json:"-"`
}

func (n Number) or(missing float64) float64 {
	if !n.Known {
		return missing
	}
	return n.Value
}

// staleAfter is when a number is too old to be taken for the present: Prometheus
// scrapes every minute at the slowest that anybody should scale by.
const staleAfter = 90 * time.Second

func (n Number) stale(now time.Time) bool { return n.Known && now.Sub(n.At) > staleAfter }

// Fleet is what one frame says, ready to be shown. All texts in it are clean.
type Fleet struct {
	At        time.Time
	Workloads []*Workload
	// GPUsHeld are the devices that pods of these workloads hold, GPUs what the
	// nodes offer; GPUsKnown is false where nodes could not be listed.
	GPUsHeld, GPUs          int64
	GPUsKnown               bool
	Errors, Warnings, Infos int
	Starting                int      // pods on their way to Ready
	Gaps                    []string // what could not be read
	Loose                   []checks.Finding
	others                  *Workload // a line for the loose findings; nil without them
	frame                   checks.Frame
	all                     []checks.Finding // also those that are suppressed
	ascii                   bool
}

// Workload is one line of the table, and what lies behind it.
type Workload struct {
	Ref     inventory.Ref
	Name    string // cleaned
	Engine  string // "vLLM 0.18.1"
	GPUEach int64  // devices of one replica
	// Ready and Desired count replicas; Desired is spec.replicas, else the pods
	// that there are.
	Ready, Desired int32
	Min, Max       int32
	Bounded        bool   // Min and Max are known
	Scaler         string // "ScaledObject/vllm"
	Numbers        map[signals.Metric]Number
	Queue          Number
	Running        Number
	KV             Number // 0 to 1
	TTFT           Number // seconds
	GPU            Number // 0 to 100
	Starts         []Start
	Asks           Ask
	Why            []string
	Path           []Hop
	Findings       []checks.Finding
	// Errors, Warnings and Infos count the findings that are not suppressed.
	Errors, Warnings, Infos int
}

// columnMetrics are read for every workload.
var columnMetrics = [...]signals.Metric{
	signals.QueueDepth, signals.Running, signals.KVCacheUsage, signals.TTFTp95, signals.EndToEndP99,
	signals.GenerationTokens, signals.PromptTokens, signals.GPUUtilisation, signals.GPUMemoryUsed, signals.ModelLoadTime,
}

// longestEngine is how long an engine's name may be to stand in a table; longer
// ones go by their short name.
const longestEngine = 12

// Digest reads a frame and its report for the screen.
func Digest(frame checks.Frame, report checks.Report, o *Options) *Fleet {
	f := &Fleet{At: frame.At, frame: frame, all: report.Findings, ascii: o.ASCII}
	byRef := map[inventory.Ref]*Workload{}
	for _, w := range report.Workloads {
		row := f.workload(w, o)
		byRef[w.Ref()] = row
		f.Workloads = append(f.Workloads, row)
		f.Starting += len(row.Starts)
	}
	for _, finding := range report.Findings {
		f.file(finding, byRef)
	}
	if len(f.Loose) > 0 {
		f.others = &Workload{Ref: otherObjects(), Name: otherObjects().Name, Findings: f.Loose}
		for i := range f.Loose {
			f.others.count(f.Loose[i].Severity)
		}
	}
	f.devices(report.Workloads)
	f.gaps(report)
	return f
}

// file puts a finding to its workload, and counts it.
func (f *Fleet) file(finding checks.Finding, byRef map[inventory.Ref]*Workload) {
	if finding.Suppression != nil {
		return
	}
	row := (*Workload)(nil)
	if finding.Workload != nil {
		row = byRef[finding.Workload.Ref()]
	}
	if row == nil {
		f.Loose = append(f.Loose, finding)
		row = &Workload{}
	} else {
		row.Findings = append(row.Findings, finding)
	}
	row.count(finding.Severity)
	switch finding.Severity {
	case checks.Error:
		f.Errors++
	case checks.Warning:
		f.Warnings++
	default:
		f.Infos++
	}
}

func (w *Workload) count(s checks.Severity) {
	switch s {
	case checks.Error:
		w.Errors++
	case checks.Warning:
		w.Warnings++
	default:
		w.Infos++
	}
}

// otherObjects stands for those that belong to no workload.
func otherObjects() inventory.Ref { return inventory.Ref{Name: "(other objects)"} }

// none says that the line stands for them.
func (w *Workload) none() bool { return w.Ref == otherObjects() }

func (f *Fleet) clean(s string) string { return clean(s, f.ascii) }

func (f *Fleet) workload(w *inventory.Workload, o *Options) *Workload {
	objects := f.frame.Objects
	row := &Workload{Ref: w.Ref(), Name: f.clean(w.Ref().Name), GPUEach: w.GPUs(), Numbers: map[signals.Metric]Number{}}
	row.Engine = w.EngineName()
	if id := string(w.EngineID()); len(row.Engine) > longestEngine && id != "" {
		row.Engine = id
	}
	if w.Recognition != nil && w.Version.Known {
		row.Engine += " " + w.Version.String()
	}
	row.Engine = f.clean(row.Engine)
	for _, metric := range columnMetrics {
		row.Numbers[metric] = f.number(metric, w.Ref())
	}
	row.Queue, row.Running = row.Numbers[signals.QueueDepth], row.Numbers[signals.Running]
	row.KV, row.TTFT = row.Numbers[signals.KVCacheUsage], row.Numbers[signals.TTFTp95]
	row.GPU = row.Numbers[signals.GPUUtilisation]
	f.replicas(row, w)
	row.Starts = f.starts(w)
	for _, a := range objects.AutoscalersOf(w) {
		f.autoscaler(row, w, a, o)
	}
	return row
}

func (f *Fleet) number(metric signals.Metric, of inventory.Ref) Number {
	sample, ok := f.frame.Signals.Of(metric, of)
	if !ok {
		return Number{}
	}
	return Number{Value: sample.Value, Unit: metric.Unit(), At: sample.At, Source: f.clean(sample.Source), Known: true}
}

// replicas counts those that serve and those that are wanted.
func (f *Fleet) replicas(row *Workload, w *inventory.Workload) {
	ready, all := f.frame.Objects.ReadyPods(w)
	each := int(max(w.PodsPerReplica, 1))
	row.Ready, row.Desired = int32(ready/each), int32((all+each-1)/each)
	if w.Replicas != nil {
		row.Desired = *w.Replicas
	}
	b := f.frame.Objects.Bounds(w)
	row.Min, row.Max, row.Bounded = b.Min, b.Max, b.Known
}

// devices adds up the accelerators of the kinds that the workloads use.
func (f *Fleet) devices(workloads []*inventory.Workload) {
	seen := map[string]bool{}
	f.GPUsKnown = f.frame.Objects.Saw(inventory.Node, "")
	for _, w := range workloads {
		for _, a := range w.Accelerators {
			if a.Resource == "" || seen[a.Resource] {
				continue
			}
			seen[a.Resource] = true
			offered, held := f.device(a.Resource)
			f.GPUs, f.GPUsHeld = f.GPUs+offered, f.GPUsHeld+held
		}
	}
}

// gaps says what could not be looked at, each thing once.
func (f *Fleet) gaps(report checks.Report) {
	seen := map[string]bool{}
	add := func(words string) {
		if words = f.clean(words); !seen[words] {
			seen[words] = true
			f.Gaps = append(f.Gaps, words)
		}
	}
	for _, gap := range report.Numbers.Gaps() {
		add(gap.Source + ": " + gap.Reason)
	}
	for _, skip := range report.Skipped {
		add(skip.Reason)
	}
	for _, problem := range report.Problems {
		add(problem.Error())
	}
}

// Needs is what the screen reads of a cluster, and the checks beside it.
func Needs(list []*checks.Check) checks.Needs {
	needs := checks.NeedsOf(list)
	needs.Sharpens = checks.Kinds(needs.Sharpens, checks.Autoscalers(), checks.Only(inventory.Pod, inventory.Event, inventory.Node))
	for _, metric := range append(columnMetrics[:], signals.LoadTimeLeft, signals.TriggerValue, signals.TriggerSeries) {
		if !slices.Contains(needs.Numbers, metric) {
			needs.Numbers = append(needs.Numbers, metric)
		}
	}
	return needs
}
