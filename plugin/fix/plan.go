package fix

import (
	"fmt"
	"slices"
	"strings"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// SpareGPU is the check that says whether a rollout finds the GPUs it needs.
const SpareGPU = "rollout-needs-spare-gpu"

// Change is all that is to become different in one object: the chosen fixes of
// it, merged. Or it is one new object.
type Change struct {
	// Object is the one to change, as it was judged, or the one that a new
	// object belongs to.
	Object *inventory.Object
	New    *checks.Manifest
	// Findings are what it repairs, the worst first.
	Findings []checks.Finding
	Edits    []checks.Edit
	Safety   checks.Safety
	Restarts bool
}

// Refusal is a fix that is not applied, and why.
type Refusal struct {
	Finding checks.Finding
	Reason  string
}

// Choice says which fixes of a report are meant. Each list is joined by "or";
// the zero value means none.
type Choice struct {
	AllSafe bool
	Checks  []string
	// Objects are those to change, or workloads that the findings are about.
	Objects []inventory.Ref
	// Fingerprints may be cut short.
	Fingerprints []string
}

// Fixable says whether a finding offers something to apply.
func Fixable(f checks.Finding) bool {
	return f.Fix != nil && f.Fix.Object != nil && f.Fix.Safety != checks.Manual && (len(f.Fix.Edits) > 0 || f.Fix.New != nil)
}

// Ref names the object that becomes different.
func (c Change) Ref() inventory.Ref {
	if c.New != nil {
		return c.New.Ref
	}
	return c.Object.Ref
}

// Choose returns the findings that are meant, suppressed ones left out.
func (c Choice) Choose(findings []checks.Finding) []checks.Finding {
	var chosen []checks.Finding
	for _, f := range findings {
		if f.Suppression == nil && f.Fix != nil && c.means(f) {
			chosen = append(chosen, f)
		}
	}
	return chosen
}

func (c Choice) means(f checks.Finding) bool {
	if c.AllSafe && f.Fix.Safety == checks.Safe && !f.Fix.Restarts {
		return true
	}
	if slices.Contains(c.Checks, f.Check.ID) {
		return true
	}
	for _, ref := range c.Objects {
		if About(f, ref) {
			return true
		}
	}
	return slices.ContainsFunc(c.Fingerprints, func(start string) bool { return strings.HasPrefix(f.Fingerprint, start) })
}

// About says whether a finding is about the object, or its workload is, or its
// fix would change it.
func About(f checks.Finding, ref inventory.Ref) bool {
	if f.At.Object != nil && f.At.Object.Ref == ref || f.Fix != nil && f.Fix.Object != nil && f.Fix.Object.Ref == ref {
		return true
	}
	return f.Workload != nil && (f.Workload.Object.Ref == ref || f.Workload.Owner.Ref == ref)
}

// Plan groups the fixes of the chosen findings by object, and merges those of
// one object in a stable order: the worst finding first, then by check. What
// conflicts with an earlier one is refused, and so is what may not be applied
// beside others, or at all. all are the findings of the whole report.
func Plan(all, chosen []checks.Finding) ([]Change, []Refusal) {
	var changes []Change
	var refused []Refusal
	at := map[inventory.Ref]int{}
	of := func(part Change) *Change {
		i, known := at[part.Ref()]
		if !known {
			i = len(changes)
			at[part.Ref()] = i
			changes = append(changes, part)
		}
		return &changes[i]
	}
	for _, f := range ordered(chosen) {
		if reason := unfit(all, f); reason != "" {
			refused = append(refused, Refusal{f, reason})
			continue
		}
		conflict := ""
		if f.Fix.New != nil {
			conflict = of(Change{Object: f.Fix.Object, New: f.Fix.New, Safety: checks.Safe}).make(f)
		}
		if len(f.Fix.Edits) > 0 && conflict == "" {
			conflict = of(Change{Object: f.Fix.Object, Safety: checks.Safe}).merge(f)
		}
		if conflict != "" {
			refused = append(refused, Refusal{f, conflict})
		}
	}
	return alone(changes, refused)
}

// ordered puts the worst first; the changes come in the same order.
func ordered(findings []checks.Finding) []checks.Finding {
	list := slices.Clone(findings)
	slices.SortStableFunc(list, func(a, b checks.Finding) int {
		if a.Severity != b.Severity {
			return int(b.Severity) - int(a.Severity)
		}
		if a.Check.ID != b.Check.ID {
			return strings.Compare(a.Check.ID, b.Check.ID)
		}
		return strings.Compare(a.Fingerprint, b.Fingerprint)
	})
	return list
}

// unfit says why a fix cannot be applied whatever else is; empty when it can.
func unfit(all []checks.Finding, f checks.Finding) string {
	if !Fixable(f) {
		return "it is for people to decide, nothing can be applied"
	}
	if !f.Fix.Restarts {
		return ""
	}
	for _, other := range all {
		if other.Check.ID == SpareGPU && other.Suppression == nil && sameWorkload(other, f) {
			return fmt.Sprintf("it restarts the pods, and %s says that %s; repair that first, or suppress it with the reason why there is room", SpareGPU, other.Message)
		}
	}
	return ""
}

func sameWorkload(a, b checks.Finding) bool {
	return a.Workload != nil && b.Workload != nil && a.Workload.Object.Ref == b.Workload.Object.Ref
}

// alone takes restarts out of a batch: one object's pods at a time.
func alone(changes []Change, refused []Refusal) ([]Change, []Refusal) {
	if len(changes) < 2 {
		return changes, refused
	}
	var kept []Change
	for _, c := range changes {
		if !c.Restarts {
			kept = append(kept, c)
			continue
		}
		for _, f := range c.Findings {
			refused = append(refused, Refusal{f, "it restarts the pods of " + c.Object.Short() + ", which no batch does: choose that object alone"})
		}
	}
	return kept, refused
}

// make adds a finding to the new object that its fix makes.
func (c *Change) make(f checks.Finding) (conflict string) {
	if c.New == nil || c.New.Text != f.Fix.New.Text {
		return fmt.Sprintf("%s would be made in two ways: apply them one after the other", c.Ref())
	}
	c.Findings = append(c.Findings, f)
	if f.Fix.Safety != checks.Safe {
		c.Safety = f.Fix.Safety
	}
	return ""
}

// merge adds a fix's edits to the change, or says why they cannot stand beside
// the others.
func (c *Change) merge(f checks.Finding) (conflict string) {
	if c.New != nil {
		return fmt.Sprintf("%s is only about to be made: apply them one after the other", c.New.Ref)
	}
	var edits []checks.Edit
	for _, edit := range f.Fix.Edits {
		same := false
		for _, other := range c.Edits {
			switch {
			case !overlap(edit, other):
			case equal(edit.Path, other.Path) && equal(normal(edit.Value), normal(other.Value)):
				same = true
			default:
				return fmt.Sprintf("it changes %s, and so does the fix of %s: apply them one after the other", edit.Path, c.checkOf(other))
			}
		}
		if !same {
			edits = append(edits, edit)
		}
	}
	c.Findings, c.Edits = append(c.Findings, f), append(c.Edits, edits...)
	c.Restarts = c.Restarts || f.Fix.Restarts
	if f.Fix.Safety != checks.Safe {
		c.Safety = f.Fix.Safety
	}
	return ""
}

func (c *Change) checkOf(edit checks.Edit) string {
	for _, f := range c.Findings {
		for _, other := range f.Fix.Edits {
			if equal(other.Path, edit.Path) {
				return f.Check.ID
			}
		}
	}
	return "another check"
}

// overlap says whether one edit reaches what the other changes. An item that
// goes moves those behind it, so it stands for its whole list.
func overlap(a, b checks.Edit) bool {
	x, y := reach(a), reach(b)
	n := min(len(x), len(y))
	return equal(x[:n], y[:n])
}

func reach(edit checks.Edit) inventory.Path {
	last := len(edit.Path) - 1
	if _, item := edit.Path[last].(int); item && edit.Value == nil {
		return edit.Path[:last]
	}
	return edit.Path
}
