package checks

import (
	"slices"
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

// Frame is the objects and the signals of one moment, frozen.
type Frame struct {
	At      time.Time
	Objects *inventory.Snapshot
	Signals *signals.Set // nil when no numbers were collected
}

// Severity says how bad a finding is.
type Severity uint8

// The severities, mildest first.
const (
	Info    Severity = iota + 1 // waste, or a blind spot
	Warning                     // breaks under load, on a rollout or on a drain
	Error                       // does not work as written, or will break
)

func (s Severity) String() string {
	switch s {
	case Info:
		return "info"
	case Warning:
		return "warning"
	case Error:
		return "error"
	}
	return "never"
}

// Section groups the checks as an operator would look for them.
type Section string

// The sections, in the order of the catalogue.
const (
	MetricPath Section = "Signal and metric path"
	Policy     Section = "Scaling policy"
	Startup    Section = "Start-up and probes"
	Cache      Section = "Model and cache"
	Shutdown   Section = "Shutdown"
	Disruption Section = "Disruption"
	Capacity   Section = "Capacity"
	Rollout    Section = "Rollout"
	Schedules  Section = "Scale to zero and schedules"
	Groups     Section = "Groups and frameworks"
)

// Sections lists them in order.
func Sections() []Section {
	return []Section{MetricPath, Policy, Startup, Cache, Shutdown, Disruption, Capacity, Rollout, Schedules, Groups}
}

// Check is one rule. It is a value: no constructor, no registration.
type Check struct {
	// ID reads after the word "ignore": keda-mean-with-averagevalue.
	ID string
	// Severity is the worst that the check reports; a finding may be milder.
	Severity Severity
	Section  Section
	Doc      Doc
	Needs    Needs
	// CausedBy lists checks whose finding on the same workload explains this
	// one's: the report then folds it beneath the cause.
	CausedBy []string
	// Params are numbers that .infscale.yaml may set; see [Pass.Param].
	Params []Param
	Run    func(*Pass)
}

// Doc is what `explain` and the catalogue print.
type Doc struct {
	Title  string // one line, what is wrong
	Why    string // what happens, and why on GPUs it matters
	Remedy string // what to write instead
	Ignore string // when it is right to leave it as it is
	// Sources are primary: upstream code, official documentation, an issue.
	Sources []string
}

// Needs says what a check reads. The runner compares it with what it really
// read; sources load no more than the selected checks need.
type Needs struct {
	// Kinds without which the check cannot judge: one that may not be listed
	// makes the check's outcome "skipped".
	Kinds []inventory.Kind
	// Sharpens are kinds that make a verdict surer and whose absence only
	// makes it milder.
	Sharpens []inventory.Kind
	// Numbers are the signals that make a verdict surer, where somebody
	// measures them.
	Numbers []signals.Metric
	// Live marks a check that says nothing about manifests.
	Live bool
}

// Workloads and Autoscalers are the kinds behind the views of those names, so
// that a check's Needs read as a sentence:
// Needs{Kinds: checks.Kinds(checks.Autoscalers(), checks.Only(inventory.Service))}.
func Workloads() []inventory.Kind { return inventory.WorkloadKinds() }

// Autoscalers reads the workloads too: an autoscaler is judged with its target.
func Autoscalers() []inventory.Kind {
	return append(inventory.AutoscalerKinds(), inventory.WorkloadKinds()...)
}

// Kinds joins lists of kinds.
func Kinds(lists ...[]inventory.Kind) []inventory.Kind {
	var all []inventory.Kind
	seen := map[inventory.Kind]bool{}
	for _, list := range lists {
		for _, k := range list {
			if !seen[k] {
				seen[k] = true
				all = append(all, k)
			}
		}
	}
	return all
}

// Only is a list of the kinds named, for use beside the others in Kinds.
func Only(kinds ...inventory.Kind) []inventory.Kind { return kinds }

// NeedsOf joins what several checks read, which is what a source has to load.
func NeedsOf(list []*Check) Needs {
	var all Needs
	for _, check := range list {
		all.Kinds = Kinds(all.Kinds, check.Needs.Kinds)
		all.Sharpens = Kinds(all.Sharpens, check.Needs.Sharpens)
		for _, metric := range check.Needs.Numbers {
			if !slices.Contains(all.Numbers, metric) {
				all.Numbers = append(all.Numbers, metric)
			}
		}
	}
	return all
}

// Reads says whether the check declares the kind.
func (n Needs) Reads(kind inventory.Kind) bool {
	for _, list := range [][]inventory.Kind{n.Kinds, n.Sharpens} {
		for _, k := range list {
			if k == kind {
				return true
			}
		}
	}
	return false
}
