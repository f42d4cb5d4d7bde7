package source

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// filesMerge puts the results of all inputs together, in the order of the
// inputs, so that two loads of the same files give the same frame.
type filesMerge struct {
	*filesLoad
	problems []inventory.Problem
	origin   map[*inventory.Object]fileOrigin
}

func (l *filesLoad) merge() *filesMerge {
	m := &filesMerge{filesLoad: l, origin: map[*inventory.Object]fileOrigin{}}
	charts := map[string]bool{}
	patches := map[string]bool{}
	for _, in := range l.inputs {
		if in.note != "" {
			m.stats.Notes = append(m.stats.Notes, in.fail(0, in.note))
		}
		out := in.result
		if out == nil {
			continue
		}
		slices.SortFunc(out.found, func(a, b foundDocument) int { return cmp.Compare(a.offset, b.offset) })
		slices.SortStableFunc(out.problems, func(a, b inventory.Problem) int { return cmp.Compare(a.Line, b.Line) })
		m.problems = append(m.problems, out.problems...)
		if chart := in.chart; out.templated && !charts[chart] {
			charts[chart] = true
			m.problems = append(m.problems, inventory.Problem{File: chart, Reason: "is a Helm chart whose templates were not read; render it with --helm " + chart})
		}
		for _, path := range out.patches {
			patches[path] = true
		}
	}
	for o := range l.objects() {
		o.Fragment = o.Fragment || patches[filepath.Clean(o.File)]
	}
	// A patch of an object must not take the place of the object.
	m.add(func(o *inventory.Object) bool { return !o.Fragment })
	m.add(func(o *inventory.Object) bool { return o.Fragment })
	m.emptyDirectories()
	m.closeWorld()
	return m
}

func (m *filesMerge) add(wanted func(*inventory.Object) bool) {
	for o, from := range m.objects() {
		if !wanted(o) {
			continue
		}
		if first := m.builder.Add(o); first != nil {
			m.duplicate(first, o, from)
			continue
		}
		m.origin[o] = from
	}
}

// duplicate judges an object that is there already. The first one stays.
//
// What is deployed together must not hold an object twice: the second would
// overwrite the first, and only one of them can be judged. That is a problem
// within one file or rendering, and among what was named by hand. Between the
// files of a directory it is how repositories look: a patch has its object's
// name by design, overlays/dev and overlays/prod are never deployed together,
// and neither are examples or versions side by side. One of them is left
// unjudged all the same, which a note says. Two texts that are equal leave
// nothing unjudged, and neither does what no finding would be about: see
// judged.
func (m *filesMerge) duplicate(first, second *inventory.Object, from fileOrigin) {
	before := m.origin[first]
	if first.Fragment || second.Fragment || before.sum == from.sum || second.Name == "" || !m.judged(second) {
		return
	}
	here, there := second.At(), first.At()
	p := inventory.Problem{
		File: here.File, Line: here.Line,
		Reason: fmt.Sprintf("%s is there twice; the one at %s:%d is judged", second.Ref, there.File, there.Line),
	}
	if before.input == from.input || before.input.strict && from.input.strict {
		m.problems = append(m.problems, p)
		return
	}
	m.stats.Notes = append(m.stats.Notes, p)
}

// judged says whether findings may be about an object: it may serve a model,
// or belongs to a workload in a namespace where something may.
func (m *filesMerge) judged(o *inventory.Object) bool {
	if slices.Contains(inventory.WorkloadKinds(), o.Type) {
		return true
	}
	return m.near.inference[o.Namespace] && (o.Type.Info().Closed || o.Type == inventory.CronJob)
}

// emptyDirectories reports the directories in which nothing was found: a
// mistyped path must not pass for a clean bill of health.
func (m *filesMerge) emptyDirectories() {
	for _, in := range m.inputs {
		if out := in.result; out != nil && len(out.problems) > 0 || out != nil && out.templated {
			m.holding[in.root] = true
		}
	}
	for _, directory := range m.directories {
		if !m.holding[directory] && !m.known[directory] {
			m.problems = append(m.problems, inventory.Problem{File: directory, Reason: "holds no Kubernetes manifest (.yaml, .yml or .json)"})
		}
	}
}

// closeWorld says which namespaces are known completely. What could not be
// read may be just the object that seems to be missing, so its kind stays open,
// and every kind if nobody can tell.
func (m *filesMerge) closeWorld() {
	if m.World == OpenWorld {
		return
	}
	open := map[inventory.Kind]bool{}
	for _, in := range m.inputs {
		out := in.result
		if out == nil || !in.closed && m.World != ClosedWorld {
			continue
		}
		if out.anything {
			return
		}
		for _, kind := range out.holes {
			open[kind] = true
		}
	}
	for ns := range m.namespaces {
		m.builder.CloseNamespace(ns, open)
	}
}
