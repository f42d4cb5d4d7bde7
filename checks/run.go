package checks

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

// Report is what came out of a run.
type Report struct {
	Workloads []*inventory.Workload
	Findings  []Finding
	Skipped   []Skip
	// Coverage is the share of check and workload pairs that could be judged,
	// 0 to 1.
	Coverage float64
	// Unfolded are objects of which only an operator knows the model servers.
	Unfolded []inventory.Ref
	// Problems are parts of the input that could not be read, or not wholly.
	Problems []inventory.Problem
	// Live says whether the objects are a running cluster's.
	Live bool
	// Compared says what an earlier run had found; nil when nobody compared.
	Compared *Comparison
	// Numbers are the signals of the frame; nil when nobody asked for any.
	Numbers *signals.Set
	// Reads are the kinds that each check really read, by check ID, and Asked
	// the numbers.
	Reads map[string]*inventory.Reads
	Asked map[string]signals.Reads
}

// EveryCheck stands in a Skip for all checks together: workloads that nobody
// could look for.
const EveryCheck = "*"

// Skip is a check that could not look, or failed.
type Skip struct {
	Check     string // an ID, or EveryCheck
	Namespace string // empty: everywhere
	Reason    string
	Errored   bool // the check itself broke; a bug worth reporting
}

// Run judges the frame by every check, some of them side by side: a frame does
// not change. The same frame and checks give the same report, in the same order.
func Run(frame Frame, list []*Check) Report {
	report := Report{Live: frame.Objects.IsLive(), Numbers: frame.Signals, Reads: map[string]*inventory.Reads{}, Asked: map[string]signals.Reads{}}
	for i, one := range runAll(frame, list) {
		check := list[i]
		report.Reads[check.ID], report.Asked[check.ID] = &one.reads, one.asked
		report.Findings = append(report.Findings, one.findings...)
		if one.failure != "" {
			report.Skipped = append(report.Skipped, Skip{Check: check.ID, Reason: one.failure, Errored: true})
		}
		report.Skipped = append(report.Skipped, skips(frame.Objects, check)...)
	}
	report.Skipped = append(report.Skipped, unlooked(frame.Objects)...)
	report.Workloads, report.Unfolded = frame.Objects.Workloads(), frame.Objects.Unfolded()
	fold(report.Findings)
	report.Findings = sortFindings(report.Findings)
	report.Coverage = coverage(frame.Objects, report, list)
	return report
}

// outcome is what one check's run left.
type outcome struct {
	findings []Finding
	failure  string
	reads    inventory.Reads
	asked    signals.Reads
}

// runAll gives each check's outcome, in the order of the list.
func runAll(frame Frame, list []*Check) []*outcome {
	all := make([]*outcome, len(list))
	var workers sync.WaitGroup
	var next atomic.Int64
	for range min(runtime.GOMAXPROCS(0), len(list)) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(list)); i = next.Add(1) - 1 {
				all[i] = runOne(frame, list[i])
			}
		})
	}
	workers.Wait()
	return all
}

// runOne runs a check and turns a panic into a skipped check: one broken rule
// must not take the other findings with it.
func runOne(frame Frame, check *Check) (o *outcome) {
	o = &outcome{asked: signals.Reads{}}
	if check.Needs.Live && !frame.Objects.IsLive() {
		return o
	}
	defer func() {
		if broken := recover(); broken != nil {
			o.failure = fmt.Sprintf("internal error: %v", broken)
		}
	}()
	pass := &Pass{
		Snapshot: frame.Objects.Recording(&o.reads),
		Signals:  frame.Signals.Recording(o.asked),
		Now:      frame.At,
		check:    check,
		report: func(f Finding) {
			f.Fingerprint = fingerprint(&f)
			o.findings = append(o.findings, f)
		},
	}
	check.Run(pass)
	return o
}

// skips lists the gaps that a check's needs fall into. Kinds that own pod
// templates are not among them: what cannot be listed there hides workloads,
// not what is wrong with those that were seen; see [unlooked].
func skips(s *inventory.Snapshot, check *Check) []Skip {
	var all []Skip
	for _, gap := range s.Gaps() {
		if slices.Contains(check.Needs.Kinds, gap.Kind) && !slices.Contains(Workloads(), gap.Kind) {
			all = append(all, Skip{Check: check.ID, Namespace: gap.Namespace, Reason: gap.Reason})
		}
	}
	return all
}

// unlooked lists, once for all checks, the kinds among which workloads may be
// that nobody could look for.
func unlooked(s *inventory.Snapshot) []Skip {
	var all []Skip
	for _, gap := range s.Gaps() {
		if slices.Contains(Workloads(), gap.Kind) {
			all = append(all, Skip{Check: EveryCheck, Namespace: gap.Namespace, Reason: gap.Reason})
		}
	}
	return all
}

// coverage counts the pairs of check and workload that were judged. Without a
// workload in sight a check counts once.
func coverage(s *inventory.Snapshot, report Report, list []*Check) float64 {
	namespaces := make([]string, 0, len(report.Workloads))
	for _, w := range report.Workloads {
		namespaces = append(namespaces, w.Object.Namespace)
	}
	if len(namespaces) == 0 {
		namespaces = []string{""}
	}
	broken := map[string]bool{}
	for _, skip := range report.Skipped {
		broken[skip.Check] = broken[skip.Check] || skip.Errored
	}
	total, judged := 0, 0
	for _, check := range list {
		for _, ns := range namespaces {
			total++
			if !broken[check.ID] && !blind(s, check, ns) {
				judged++
			}
		}
	}
	if total == 0 {
		return 1
	}
	return float64(judged) / float64(total)
}

// blind says whether a kind that the check needs could not be looked at in a
// namespace. A gap everywhere leaves the namespaces that were seen all the same.
func blind(s *inventory.Snapshot, check *Check, namespace string) bool {
	for _, gap := range s.Gaps() {
		if gap.Namespace != "" && gap.Namespace != namespace {
			continue
		}
		hides := slices.Contains(Workloads(), gap.Kind) && len(s.Workloads()) > 0
		if slices.Contains(check.Needs.Kinds, gap.Kind) && !hides && !s.Saw(gap.Kind, namespace) {
			return true
		}
	}
	return false
}

// fold marks findings that another finding of the same workload, or of the
// same object, explains. An info, which says what may happen, explains nothing
// that is worse.
func fold(findings []Finding) {
	worst := map[string]Severity{}
	key := func(check string, f *Finding) string {
		if f.Workload != nil {
			return check + "\x00" + f.Workload.Object.Ref.String()
		}
		return check + "\x00" + f.At.Object.Ref.String()
	}
	for i := range findings {
		f := &findings[i]
		worst[key(f.Check.ID, f)] = max(worst[key(f.Check.ID, f)], f.Severity)
	}
	for i := range findings {
		for _, cause := range findings[i].Check.CausedBy {
			if by, has := worst[key(cause, &findings[i])]; has && (by > Info || findings[i].Severity == Info) {
				findings[i].CausedBy = cause
				break
			}
		}
	}
}

// sortFindings orders by place: namespace, workload, then the worst first.
func sortFindings(findings []Finding) []Finding {
	type placed struct {
		*Finding
		subject string
	}
	all := make([]placed, len(findings))
	for i := range findings {
		f := &findings[i]
		all[i] = placed{f, f.At.Object.Ref.String()}
		if f.Workload != nil {
			all[i].subject = f.Workload.Object.Ref.String()
		}
	}
	slices.SortStableFunc(all, func(a, b placed) int {
		if by := cmp.Or(strings.Compare(a.subject, b.subject), cmp.Compare(b.Severity, a.Severity), strings.Compare(a.Check.ID, b.Check.ID)); by != 0 {
			return by
		}
		return cmp.Or(
			strings.Compare(a.At.Object.Ref.String(), b.At.Object.Ref.String()),
			strings.Compare(a.At.Path.String(), b.At.Path.String()), strings.Compare(a.Message, b.Message))
	})
	sorted := make([]Finding, len(findings))
	for i, f := range all {
		sorted[i] = *f.Finding
	}
	return sorted
}
