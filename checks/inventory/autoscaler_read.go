package inventory

import (
	"strconv"
	"strings"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// Defaults of the two APIs: keda.sh/v1alpha1 scaledobject_types.go, and
// autoscaling/v2 defaults.go of Kubernetes.
const (
	kedaDefaultMin = 0
	kedaDefaultMax = 100
	hpaDefaultMin  = 1
	hpaDefaultCPU  = 80 // percent, when an HPA lists no metric
)

func findAutoscalers(s *Snapshot, workloads []*Workload) []*Autoscaler {
	byRef := make(map[Ref]*Workload, len(workloads))
	for _, w := range workloads {
		byRef[w.Owner.Ref] = w // whose scale decides, where an operator generated the object
		byRef[w.Object.Ref] = w
	}
	claimed := s.claimedByKEDA()
	var all []*Autoscaler
	for _, kind := range AutoscalerKinds() {
		for _, o := range s.objects[kind] {
			if a := readAutoscaler(o); a != nil && !a.generatedHere(s) && !claimed[o.Ref] {
				if a.Workload = byRef[a.Target]; a.Workload != nil || a.inScope(s) {
					all = append(all, a)
				}
			}
		}
	}
	return all
}

// generatedHere says whether the snapshot holds the ScaledObject that generated
// the autoscaler: then that one is judged. The HPAs of other operators are judged
// themselves, since nobody reads their owners as autoscalers.
func (a *Autoscaler) generatedHere(s *Snapshot) bool {
	owner := s.byRef[a.GeneratedBy]
	return owner != nil && owner.Type == ScaledObject
}

// inScope says whether an autoscaler of a target that is no known inference
// workload still is about inference: nobody saw the target, and a metric tells.
func (a *Autoscaler) inScope(s *Snapshot) bool {
	if s.byRef[a.Target] != nil || s.stubs[a.Target] {
		return false
	}
	for _, m := range a.Metrics {
		if m.MentionsInference() {
			return true
		}
	}
	return false
}

// readAutoscaler reads an HPA or a ScaledObject; nil for a fragment that names
// no target.
func readAutoscaler(o *Object) *Autoscaler {
	switch c := o.Content.(type) {
	case *autoscalingv2.HorizontalPodAutoscaler:
		return readHPA(o, c)
	case *autoscalingv1.HorizontalPodAutoscaler:
		return readHPAv1(o, c)
	case *ScaledObjectContent:
		return readScaledObject(o, c)
	}
	return nil
}

func readHPA(o *Object, hpa *autoscalingv2.HorizontalPodAutoscaler) *Autoscaler {
	ref := hpa.Spec.ScaleTargetRef
	a := &Autoscaler{
		Object:           o,
		HPA:              hpa,
		Target:           Ref{Group: GroupOf(ref.APIVersion), Kind: ref.Kind, Namespace: o.Namespace, Name: ref.Name},
		TargetPath:       Path{"spec", "scaleTargetRef"},
		TargetAPIVersion: ref.APIVersion,
		Min:              hpaDefaultMin,
		Max:              hpa.Spec.MaxReplicas,
		MaxSet:           true,
		MinPath:          Path{"spec", "minReplicas"},
		MaxPath:          Path{"spec", "maxReplicas"},
		Behavior:         hpa.Spec.Behavior,
		BehaviorPath:     Path{"spec", "behavior"},
	}
	if hpa.Spec.MinReplicas != nil {
		a.Min, a.MinSet = *hpa.Spec.MinReplicas, true
	}
	if owner, ok := o.Controller(); ok {
		a.GeneratedBy = Ref{Group: GroupOf(owner.APIVersion), Kind: owner.Kind, Namespace: o.Namespace, Name: owner.Name}
	}
	for i := range hpa.Spec.Metrics {
		a.Metrics = append(a.Metrics, hpaMetric(hpa.Spec.Metrics[i], Path{"spec", "metrics", i}))
	}
	if len(a.Metrics) == 0 {
		a.Metrics = []ScalingMetric{defaultCPU(Path{"spec", "metrics"}, hpaDefaultCPU)}
	}
	return a
}

func defaultCPU(path Path, percent int32) ScalingMetric {
	return ScalingMetric{
		Source: SourceResource, Path: path, Name: string(corev1.ResourceCPU),
		TargetType: autoscalingv2.UtilizationMetricType, TargetPath: path,
		Target: float64(percent), TargetText: strconv.Itoa(int(percent)), HasTarget: true,
	}
}

func readHPAv1(o *Object, hpa *autoscalingv1.HorizontalPodAutoscaler) *Autoscaler {
	ref := hpa.Spec.ScaleTargetRef
	v2 := &autoscalingv2.HorizontalPodAutoscaler{}
	v2.Spec.ScaleTargetRef = autoscalingv2.CrossVersionObjectReference(ref)
	v2.Spec.MinReplicas, v2.Spec.MaxReplicas = hpa.Spec.MinReplicas, hpa.Spec.MaxReplicas
	a := readHPA(o, v2)
	percent := int32(hpaDefaultCPU)
	if hpa.Spec.TargetCPUUtilizationPercentage != nil {
		percent = *hpa.Spec.TargetCPUUtilizationPercentage
	}
	a.Metrics = []ScalingMetric{defaultCPU(Path{"spec", "targetCPUUtilizationPercentage"}, percent)}
	return a
}

func hpaMetric(spec autoscalingv2.MetricSpec, path Path) ScalingMetric {
	m := ScalingMetric{Path: path}
	var target autoscalingv2.MetricTarget
	switch {
	case spec.Resource != nil:
		m.Source, m.Name, target = SourceResource, string(spec.Resource.Name), spec.Resource.Target
		path = path.Join("resource")
	case spec.ContainerResource != nil:
		m.Source, m.Name, target = SourceResource, string(spec.ContainerResource.Name), spec.ContainerResource.Target
		path = path.Join("containerResource")
	case spec.Pods != nil:
		m.Source, m.Name, m.Selector, target = SourcePods, spec.Pods.Metric.Name, spec.Pods.Metric.Selector, spec.Pods.Target
		path = path.Join("pods")
	case spec.Object != nil:
		m.Source, m.Name, m.Selector, target = SourceObject, spec.Object.Metric.Name, spec.Object.Metric.Selector, spec.Object.Target
		m.DescribedObject = &spec.Object.DescribedObject
		path = path.Join("object")
	case spec.External != nil:
		m.Source, m.Name, m.Selector, target = SourceExternal, spec.External.Metric.Name, spec.External.Metric.Selector, spec.External.Target
		path = path.Join("external")
	}
	m.TargetType, m.TargetTypeSet, m.TargetTypePath = target.Type, true, path.Join("target", "type")
	setTarget(&m, target, path.Join("target"))
	return m
}

func setTarget(m *ScalingMetric, target autoscalingv2.MetricTarget, path Path) {
	quantity := func(q *resource.Quantity, field string) {
		m.Target, m.TargetText, m.HasTarget, m.TargetPath = q.AsApproximateFloat64(), q.String(), true, path.Join(field)
	}
	switch {
	case target.AverageUtilization != nil:
		m.Target, m.HasTarget = float64(*target.AverageUtilization), true
		m.TargetText, m.TargetPath = strconv.Itoa(int(*target.AverageUtilization)), path.Join("averageUtilization")
	case target.AverageValue != nil:
		quantity(target.AverageValue, "averageValue")
	case target.Value != nil:
		quantity(target.Value, "value")
	default:
		m.TargetPath = path
	}
}

func readScaledObject(o *Object, so *ScaledObjectContent) *Autoscaler {
	ref := so.Spec.ScaleTargetRef
	if ref.Name == "" {
		return nil
	}
	apiVersion, kind := ref.APIVersion, ref.Kind
	if apiVersion == "" {
		apiVersion = "apps/v1"
	}
	if kind == "" {
		kind = "Deployment"
	}
	a := &Autoscaler{
		Object:           o,
		KEDA:             so,
		Target:           Ref{Group: GroupOf(apiVersion), Kind: kind, Namespace: o.Namespace, Name: ref.Name},
		TargetPath:       Path{"spec", "scaleTargetRef"},
		TargetAPIVersion: ref.APIVersion,
		Min:              kedaDefaultMin,
		Max:              kedaDefaultMax,
		MinPath:          Path{"spec", "minReplicaCount"},
		MaxPath:          Path{"spec", "maxReplicaCount"},
		BehaviorPath:     Path{"spec", "advanced", "horizontalPodAutoscalerConfig", "behavior"},
	}
	if so.Spec.MinReplicaCount != nil {
		a.Min, a.MinSet = *so.Spec.MinReplicaCount, true
	}
	if so.Spec.MaxReplicaCount != nil {
		a.Max, a.MaxSet = *so.Spec.MaxReplicaCount, true
	}
	if adv := so.Spec.Advanced; adv != nil && adv.HorizontalPodAutoscalerConfig != nil {
		a.Behavior = adv.HorizontalPodAutoscalerConfig.Behavior
	}
	for i := range so.Spec.Triggers {
		a.Metrics = append(a.Metrics, kedaMetric(so.Spec.Triggers[i], Path{"spec", "triggers", i}))
	}
	return a
}

func kedaMetric(t ScaledObjectTrigger, path Path) ScalingMetric {
	m := ScalingMetric{
		Source: SourceTrigger, Path: path, Name: t.Name, TriggerType: t.Type, Metadata: t.Metadata,
		TargetType: autoscalingv2.AverageValueMetricType, TargetTypePath: path.Join("metricType"),
	}
	if t.MetricType != "" {
		m.TargetType, m.TargetTypeSet = autoscalingv2.MetricTargetType(t.MetricType), true
	}
	switch t.Type {
	case "prometheus":
		m.Source = SourcePrometheus
		m.Query, m.QueryPath = t.Metadata["query"], path.Join("metadata", "query")
		m.TargetText, m.TargetPath = t.Metadata["threshold"], path.Join("metadata", "threshold")
	case "cpu", "memory":
		m.Source, m.Name = SourceResource, t.Type
		m.TargetText, m.TargetPath = t.Metadata["value"], path.Join("metadata", "value")
		if !m.TargetTypeSet {
			m.TargetType = autoscalingv2.UtilizationMetricType
		}
	}
	if number, err := strconv.ParseFloat(strings.TrimSpace(m.TargetText), 64); err == nil {
		m.Target, m.HasTarget = number, true
	}
	return m
}
