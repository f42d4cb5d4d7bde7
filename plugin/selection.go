package plugin

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/plugin/source"
)

// selection narrows a report to workloads that were named, as TYPE/NAME or by
// label. The zero value keeps everything.
type selection struct {
	names    []inventory.Ref
	selector labels.Selector
	// namespace is for sources that always load everything; empty is all.
	namespace string
}

// parseNames reads the arguments of doctor: TYPE/NAME, each a workload or an
// autoscaler of one.
func parseNames(args []string, namespace string) ([]inventory.Ref, error) {
	var refs []inventory.Ref
	for _, arg := range args {
		ref, err := source.ParseName(arg, namespace)
		if err != nil {
			return nil, &exitError{exitUsage, err}
		}
		refs = append(refs, ref)
	}
	return refs, nil
}

// place gives names without a namespace that of the one object so called:
// manifests say by themselves where they go.
func (s selection) place(objects *inventory.Snapshot) error {
	known := s.workloads(objects)
	for i, ref := range s.names {
		if ref.Namespace != "" || known[ref] != nil {
			continue
		}
		var spaces []string
		for other := range known {
			if other.Group == ref.Group && other.Kind == ref.Kind && other.Name == ref.Name {
				spaces = append(spaces, other.Namespace)
			}
		}
		slices.Sort(spaces)
		switch len(spaces) {
		case 0:
		case 1:
			s.names[i].Namespace = spaces[0]
		default:
			return usageError("%s is in the namespaces %s: choose one with -n", ref.Short(), strings.Join(spaces, " and "))
		}
	}
	return nil
}

// narrows says that workloads were asked for, and not all there are.
func (s selection) narrows() bool { return len(s.names) > 0 || s.selector != nil }

// verify says which named workload is not there, or serves no model.
func (s selection) verify(objects *inventory.Snapshot) error {
	if len(s.names) == 0 {
		return nil
	}
	known := s.workloads(objects)
	for _, ref := range s.names {
		if known[ref] != nil {
			continue
		}
		if _, presence := objects.Find(ref); presence == inventory.Present {
			return couldNot(noModel{ref})
		}
		return couldNot(&source.NotFound{Ref: ref})
	}
	return nil
}

type noModel struct{ inventory.Ref }

func (e noModel) Error() string {
	return e.Ref.String() + " is there, but no inference engine was recognised in it"
}

// workloads maps every name that stands for an inference workload to it: its
// own, its owner's and its autoscalers'.
func (s selection) workloads(objects *inventory.Snapshot) map[inventory.Ref]*inventory.Workload {
	all := map[inventory.Ref]*inventory.Workload{}
	for _, w := range objects.Workloads() {
		all[w.Object.Ref] = w
		all[w.Owner.Ref] = w
	}
	for _, a := range objects.Autoscalers() {
		if a.Workload != nil {
			all[a.Object.Ref] = a.Workload
		}
	}
	return all
}

// keep drops what was not asked for.
func (s selection) keep(report *checks.Report, objects *inventory.Snapshot) {
	if len(s.names) == 0 && s.selector == nil && s.namespace == "" {
		return
	}
	wanted := map[*inventory.Workload]bool{}
	byName := s.workloads(objects)
	for _, ref := range s.names {
		wanted[byName[ref]] = true
	}
	var workloads []*inventory.Workload
	for _, w := range report.Workloads {
		here := s.namespace == "" || w.Object.Namespace == s.namespace
		byLabel := s.selector != nil && here && s.selector.Matches(labels.Set(w.Object.Meta.Labels))
		byPlace := s.namespace != "" && len(s.names) == 0 && s.selector == nil && here
		if wanted[w] || byLabel || byPlace {
			wanted[w] = true
			workloads = append(workloads, w)
		}
	}
	report.Workloads = workloads
	var findings []checks.Finding
	for _, f := range report.Findings {
		if f.Workload != nil && wanted[f.Workload] {
			findings = append(findings, f)
		}
	}
	report.Findings = findings
}
