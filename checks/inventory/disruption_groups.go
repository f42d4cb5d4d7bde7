package inventory

import (
	"maps"
	"slices"
	"strings"
)

// GroupBudget is a budget that covers leaders and workers of a LeaderWorkerSet
// alike, and so counts pods where groups serve.
type GroupBudget struct {
	Budget
	Groups, Size int32
	// Pods are all pods of the groups, Spares how many of them the budget lets go.
	Pods, Spares int32
}

// GroupBudgets returns those of a workload whose replicas are groups of several
// pods, at its fewest groups.
func (s *Snapshot) GroupBudgets(w *Workload) []GroupBudget {
	sets, bounds := PodSetsOf(w), s.Bounds(w)
	if len(sets) < 2 || !bounds.Known || w.Object.Fragment {
		return nil
	}
	var all []GroupBudget
	for _, b := range s.BudgetsIn(w.Object.Namespace) {
		g := GroupBudget{Budget: b, Groups: bounds.Min, Size: w.PodsPerReplica, Pods: bounds.Min * w.PodsPerReplica}
		if slices.ContainsFunc(sets, func(p PodSet) bool { return b.Covers(p) != CoversAll }) {
			continue
		}
		spares, ok := b.Spares(g.Pods)
		if g.Spares = spares; ok && g.Groups > 0 {
			all = append(all, g)
		}
	}
	return all
}

// LeadersAlone says whether the metric is one that the HPA takes from the pods of
// its target's scale selector by itself, which for a LeaderWorkerSet are the
// leaders (status.hpaPodSelector), and whether the workers have a value of their
// own that is left out: what an engine exports is the whole group's, what the
// pod's hardware does is not.
func (a *Autoscaler) LeadersAlone(m ScalingMetric) bool {
	if a.Workload == nil || a.Workload.Object.Type != LeaderWorkerSet || a.Workload.PodsPerReplica < 2 {
		return false
	}
	row, known := LookupMetric(m.Name)
	return m.Source == SourceResource || m.Source == SourcePods && known && row.Hardware()
}

// kserveModes are the values of KServe's annotation for its two ways to run an
// InferenceService, with the names that they had before 0.16.
var (
	kserveStandard = wordSet("Standard RawDeployment")
	kserveKnative  = wordSet("Knative Serverless")
)

// KServeMode returns the mode that an InferenceService asks for, and the class of
// its autoscaler; both are empty where the cluster's default applies.
func KServeMode(o *Object) (mode, class string) {
	return o.Meta.Annotations[kserveMode], o.Meta.Annotations[kserveScaler]
}

// RaisedToOne says whether KServe makes an HPA with a minimum of 1 of an
// InferenceService that asks for 0 (reconcilers/hpa/hpa_reconciler.go).
func RaisedToOne(o *Object) bool {
	c := As[InferenceServiceContent](o)
	mode, class := KServeMode(o)
	if c == nil || o.Fragment || !kserveStandard[mode] || class != "" && class != "hpa" || o.Meta.Annotations[kserveStop] == "true" {
		return false
	}
	p := &c.Spec.Predictor
	return p.WorkerSpec == nil && p.MinReplicas != nil && *p.MinReplicas == 0
}

// ClassIgnored says whether an InferenceService asks for a ScaledObject in the
// mode in which Knative scales it and nothing reads that.
func ClassIgnored(o *Object) bool {
	mode, class := KServeMode(o)
	return o.Type == InferenceService && kserveKnative[mode] && class == "keda"
}

// DynamoService finds the graph and the service that a Deployment or a
// LeaderWorkerSet of that name is made for: Dynamo names them after both, with a
// hash behind for some.
func (s *Snapshot) DynamoService(target Ref) (graph *Object, service string, ok bool) {
	if target.Group != "apps" && target.Group != LeaderWorkerSet.Info().Group {
		return nil, "", false
	}
	for _, o := range s.List(DynamoGraphDeployment) {
		c := As[DynamoGraphDeploymentContent](o)
		if c == nil || !s.SameNamespace(o.Namespace, target.Namespace) {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(c.Spec.Services)) {
			made := o.Name + "-" + strings.ToLower(name)
			hash, hashed := strings.CutPrefix(target.Name, made+"-")
			if target.Name == made || hashed && !strings.Contains(hash, "-") && strings.ContainsAny(hash, "0123456789") {
				return o, name, true
			}
		}
	}
	return nil, "", false
}

// IgnoredAutoscaling lists the services of a graph with an autoscaling that is
// switched on: Dynamo's operator reads the field no more.
func IgnoredAutoscaling(o *Object) []string {
	c := As[DynamoGraphDeploymentContent](o)
	if c == nil {
		return nil
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(c.Spec.Services)) {
		if scaling := c.Spec.Services[name].Autoscaling; scaling != nil && scaling.Enabled {
			all = append(all, name)
		}
	}
	return all
}
