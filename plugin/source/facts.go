package source

import (
	"context"
	"errors"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

// FactKinds are the kinds of which manifests hold none, or not all, and by which
// a cluster decides what becomes of them.
func FactKinds() []inventory.Kind {
	return []inventory.Kind{
		inventory.Node, inventory.NodePool, inventory.RuntimeClass, inventory.StorageClass,
		inventory.ResourceQuota, inventory.LimitRange, inventory.Prometheus,
	}
}

// factMetrics are the numbers that stay true when a workload's manifests change.
func factMetrics() []signals.Metric {
	return []signals.Metric{signals.EndToEndP99, signals.ModelLoadTime}
}

// FactNeeds is what has to be read of a cluster for the facts that these needs
// can use: beside the kinds themselves the workloads and their pods, for the
// times that they took to load.
func FactNeeds(needs checks.Needs) checks.Needs {
	wanted := checks.Needs{Kinds: checks.Kinds(checks.Workloads(), checks.Only(inventory.Pod))}
	for _, kind := range FactKinds() {
		if needs.Reads(kind) {
			wanted.Sharpens = append(wanted.Sharpens, kind)
		}
	}
	for _, metric := range factMetrics() {
		if slices.Contains(needs.Numbers, metric) {
			wanted.Numbers = append(wanted.Numbers, metric)
		}
	}
	return wanted
}

// FactsOf reduces a cluster's frame to its facts. No workload is in them, but
// for the names of the inference workloads whose starts were measured.
func FactsOf(frame checks.Frame) checks.Frame {
	b := inventory.NewBuilder()
	dump := frame.Objects.Dump()
	b.Live(dump.Server)
	b.Cluster(frame.Objects.Cluster())
	for _, o := range dump.Objects {
		if slices.Contains(FactKinds(), o.Type) {
			b.Add(factOf(o))
		}
	}
	for _, look := range dump.Looked {
		if slices.Contains(FactKinds(), look.Kind) {
			b.Looked(look.Kind, look.Namespace)
		}
	}
	for _, gap := range dump.Gaps {
		if slices.Contains(FactKinds(), gap.Kind) {
			b.Gap(gap)
		}
	}
	for name := range concerned(frame.Objects, dump) {
		if labels, seen := dump.Namespaces[name]; seen {
			b.AddNamespace(name, labels)
		}
	}
	return checks.Frame{At: frame.At, Objects: b.Build(), Signals: factSignals(frame.Signals)}
}

// concerned are the namespaces of inference workloads. Facts that were read from
// a file hold no others.
func concerned(objects *inventory.Snapshot, dump inventory.Dump) map[string]bool {
	all := map[string]bool{}
	for _, w := range objects.Workloads() {
		all[w.Object.Namespace] = true
	}
	if dump.Cluster != nil {
		for name := range dump.Namespaces {
			all[name] = true
		}
	}
	return all
}

// factOf leaves of an object what checks read: no addresses, no images, no
// history.
func factOf(o *inventory.Object) *inventory.Object {
	slim := *o
	slim.Meta = inventory.Meta{Name: o.Meta.Name, Namespace: o.Meta.Namespace, Labels: o.Meta.Labels}
	switch content := o.Content.(type) {
	case *corev1.Node:
		node := &corev1.Node{ObjectMeta: content.ObjectMeta}
		node.Spec = corev1.NodeSpec{ProviderID: content.Spec.ProviderID, Taints: content.Spec.Taints, Unschedulable: content.Spec.Unschedulable}
		node.Status = corev1.NodeStatus{Capacity: content.Status.Capacity, Allocatable: content.Status.Allocatable}
		for _, c := range content.Status.Conditions {
			if c.Type == corev1.NodeReady {
				node.Status.Conditions = append(node.Status.Conditions, corev1.NodeCondition{Type: c.Type, Status: c.Status})
			}
		}
		slim.Content = node
	case *corev1.ResourceQuota:
		slim.Content = &corev1.ResourceQuota{ObjectMeta: content.ObjectMeta, Spec: content.Spec}
	}
	return &slim
}

func factSignals(set *signals.Set) *signals.Set {
	if set == nil {
		return nil
	}
	kept := new(signals.Set)
	for _, sample := range set.All() {
		if slices.Contains(factMetrics(), sample.Metric) && sample.Part == "" {
			kept.Add(sample)
		}
	}
	return kept
}

// Overlay lays manifests over the facts of a cluster: the manifests are what
// will be there, the facts decide what becomes of them.
type Overlay struct {
	Files *Files
	// Cluster loads the cluster's frame, or a recording of one, for the
	// namespaces that the manifests mention.
	Cluster func(ctx context.Context, needs checks.Needs, namespaces []string) (checks.Frame, error)
}

// Load reads the manifests first, which say where to look. An *Incomplete joins
// what could not be read of both.
func (o Overlay) Load(ctx context.Context, needs checks.Needs) (checks.Frame, error) {
	files, err := o.Files.Load(ctx, needs)
	var problems []inventory.Problem
	var partial *Incomplete
	if errors.As(err, &partial) {
		problems = partial.Problems
	} else if err != nil {
		return checks.Frame{}, err
	}
	manifests := files.Objects.Dump()
	cluster, err := o.Cluster(ctx, FactNeeds(needs), namespacesOf(manifests))
	if errors.As(err, &partial) {
		problems = append(problems, partial.Problems...)
	} else if err != nil {
		return checks.Frame{}, err
	}
	frame := checks.Frame{At: files.At, Signals: factSignals(cluster.Signals)}
	frame.Objects = lay(manifests, FactsOf(cluster).Objects)
	if len(problems) > 0 {
		return frame, &Incomplete{Problems: problems}
	}
	return frame, nil
}

func namespacesOf(d inventory.Dump) []string {
	seen := map[string]bool{}
	for _, o := range d.Objects {
		seen[o.Namespace] = seen[o.Namespace] || o.Type.Info().Namespaced
	}
	delete(seen, "")
	return slices.DeleteFunc(slices.Sorted(maps.Keys(seen)), func(ns string) bool { return !seen[ns] })
}

// lay builds the snapshot of both. An object of the manifests stands in place of
// the cluster's own of that name.
func lay(manifests inventory.Dump, facts *inventory.Snapshot) *inventory.Snapshot {
	b := inventory.NewBuilder()
	for _, o := range manifests.Objects {
		b.Add(o)
	}
	for _, ref := range manifests.Stubs {
		b.AddStub(ref)
	}
	for _, look := range manifests.Looked {
		b.Looked(look.Kind, look.Namespace)
	}
	for _, gap := range manifests.Gaps {
		b.Gap(gap)
	}
	under := facts.Dump()
	for _, o := range under.Objects {
		b.Add(o)
	}
	for _, look := range under.Looked {
		everywhere := look.Namespace == ""
		if !everywhere || !look.Kind.Info().Namespaced || look.Kind == inventory.Prometheus {
			b.Looked(look.Kind, look.Namespace)
		}
		for _, ns := range namespacesOf(manifests) {
			if everywhere && look.Kind.Info().Namespaced {
				b.Looked(look.Kind, ns)
			}
		}
	}
	for _, gap := range under.Gaps {
		b.Gap(gap)
	}
	for _, d := range []inventory.Dump{under, manifests} { // labels in manifests win
		for name, labels := range d.Namespaces {
			b.AddNamespace(name, labels)
		}
	}
	b.Cluster(facts.Cluster())
	return b.Build()
}
