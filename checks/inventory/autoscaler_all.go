package inventory

import (
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Scalers returns whatever decides on replica counts: every HPA and
// ScaledObject, whether its target serves a model or not, and in front of them
// those that operators keep. In a cluster these are HPAs like any other, with
// GeneratedBy; in manifests the operator's own object (an InferenceService, a
// NIMService) stands for the one that will be made of it. An HPA that belongs to
// a ScaledObject of the snapshot is left out: the two are one.
//
// Autoscalers is the list to judge; this one tells who else is at work.
func (s *Snapshot) Scalers() []*Autoscaler {
	s.read(AutoscalerKinds()...)
	workloads := s.Workloads()
	return s.scalers.get(func() []*Autoscaler { return findScalers(s, workloads) })
}

func findScalers(s *Snapshot, served []*Workload) []*Autoscaler {
	workloads := map[Ref]*Workload{}
	for _, w := range served {
		workloads[w.Owner.Ref], workloads[w.Object.Ref] = w, w
	}
	future := s.toBeGenerated()
	for _, a := range future {
		if w := workloads[a.Object.Ref]; w != nil {
			workloads[a.Target] = w // a Deployment that is not there yet
		}
	}
	claimed := s.claimedByKEDA()
	var kept, written []*Autoscaler
	for _, kind := range AutoscalerKinds() {
		for _, o := range s.objects[kind] {
			switch a := readAutoscaler(o); {
			case a == nil:
			case !a.GeneratedBy.IsZero():
				if so := s.byRef[a.GeneratedBy]; so == nil || so.Type != ScaledObject {
					kept = append(kept, a)
				}
			case !claimed[o.Ref]:
				written = append(written, a)
			}
		}
	}
	all := slices.Concat(future, kept, written)
	for _, a := range all {
		a.Workload = workloads[a.Target]
	}
	return all
}

// claimedByKEDA names the HPAs of the snapshot's ScaledObjects, for files in
// which an HPA has lost its owner.
func (s *Snapshot) claimedByKEDA() map[Ref]bool {
	info, all := HorizontalPodAutoscaler.Info(), map[Ref]bool{}
	for _, o := range s.objects[ScaledObject] {
		if so := readAutoscaler(o); so != nil {
			all[Ref{Group: info.Group, Kind: info.Name, Namespace: o.Namespace, Name: so.HPAName()}] = true
		}
	}
	return all
}

// HPAName is the name of the HPA that KEDA keeps for a ScaledObject; empty for
// an HPA.
func (a *Autoscaler) HPAName() string {
	switch {
	case a.KEDA == nil:
		return ""
	case a.KEDA.Status.HPAName != "":
		return a.KEDA.Status.HPAName
	}
	if adv := a.KEDA.Spec.Advanced; adv != nil && adv.HorizontalPodAutoscalerConfig != nil && adv.HorizontalPodAutoscalerConfig.Name != "" {
		return adv.HorizontalPodAutoscalerConfig.Name
	}
	return "keda-hpa-" + a.Object.Name
}

// Short names the autoscaler for messages: "ScaledObject/vllm", or "the
// autoscaler of InferenceService/llama" for one that will be made of it.
func (a *Autoscaler) Short() string {
	if a.HPA == nil && a.KEDA == nil {
		return "the autoscaler of " + a.Object.Short()
	}
	return a.Object.Short()
}

// PausedByAnnotation says whether KEDA has taken a ScaledObject's HPA away: any
// value but false pauses, and a count of replicas whatever it is
// (scaledobject_types.go, NeedToBePausedByAnnotation).
func (a *Autoscaler) PausedByAnnotation() bool {
	if a.KEDA == nil {
		return false
	}
	if _, count := a.Object.Meta.Annotations["autoscaling.keda.sh/paused-replicas"]; count {
		return true
	}
	value, found := a.Object.Meta.Annotations["autoscaling.keda.sh/paused"]
	on, err := strconv.ParseBool(value)
	return found && (on || err != nil)
}

// toBeGenerated reads the autoscalers that operators will make of the
// manifests' objects. In a cluster they are there already.
func (s *Snapshot) toBeGenerated() []*Autoscaler {
	if s.live {
		return nil
	}
	var all []*Autoscaler
	for _, kind := range []Kind{InferenceService, NIMService} {
		for _, o := range s.objects[kind] {
			var a *Autoscaler
			switch c := o.Content.(type) {
			case *InferenceServiceContent:
				a = kserveAutoscaler(o, &c.Spec.Predictor)
			case *NIMServiceContent:
				a = nimAutoscaler(o, c)
			}
			if a != nil {
				a.Object = o
				a.Target.Namespace = o.Namespace
				all = append(all, a)
			}
		}
	}
	return all
}

// Annotations and names of KServe (pkg/constants/constants.go).
const (
	kserveMode       = "serving.kserve.io/deploymentMode"
	kserveScaler     = "serving.kserve.io/autoscalerClass"
	kserveStop       = "serving.kserve.io/stop"
	kservePredictor  = "-predictor"
	kserveDefaultCPU = 80
)

// kserveAutoscaler reads the HPA, or the ScaledObject, that KServe keeps for a
// predictor outside Knative (reconcilers/hpa/hpa_reconciler.go). Without the
// annotation the mode is the cluster's default, which nobody sees. The metrics
// are left out where they stand in spec.predictor.autoScaling.
func kserveAutoscaler(o *Object, p *PredictorSpec) *Autoscaler {
	notes := o.Meta.Annotations
	standard := notes[kserveMode] == "Standard" || notes[kserveMode] == "RawDeployment"
	class := notes[kserveScaler]
	if !standard || notes[kserveStop] == "true" || p.WorkerSpec != nil || class != "" && class != "hpa" && class != "keda" {
		return nil
	}
	a := &Autoscaler{
		Target:     Ref{Group: "apps", Kind: "Deployment", Name: o.Name + kservePredictor},
		TargetPath: Path{"spec", "predictor"},
		Min:        hpaDefaultMin,
		MinPath:    Path{"spec", "predictor", "minReplicas"},
		MaxPath:    Path{"spec", "predictor", "maxReplicas"},
		MaxSet:     p.MaxReplicas != 0,
	}
	if p.MinReplicas != nil {
		a.Min, a.MinSet = max(*p.MinReplicas, hpaDefaultMin), true
	}
	a.Max = max(p.MaxReplicas, a.Min)
	if class == "keda" || o.Written("spec", "predictor", "autoScaling") {
		return a
	}
	metric := defaultCPU(Path{"spec", "predictor", "scaleMetric"}, kserveDefaultCPU)
	if p.ScaleTarget != nil {
		metric = defaultCPU(metric.Path, *p.ScaleTarget)
	}
	if p.ScaleMetric == string(corev1.ResourceMemory) {
		metric.Name = p.ScaleMetric
	}
	a.Metrics = []ScalingMetric{metric}
	return a
}

// nimAutoscaler reads the HPA that the NIM operator keeps for a service. Its
// metrics are not read.
func nimAutoscaler(o *Object, c *NIMServiceContent) *Autoscaler {
	scale := c.Spec.Scale
	if scale.Enabled == nil || !*scale.Enabled || o.Written("spec", "inferencePlatform") {
		return nil
	}
	a := &Autoscaler{
		Target:     Ref{Group: "apps", Kind: "Deployment", Name: o.Name},
		TargetPath: Path{"spec", "scale"},
		Min:        hpaDefaultMin,
		Max:        scale.HPA.MaxReplicas,
		MaxSet:     true,
		MinPath:    Path{"spec", "scale", "hpa", "minReplicas"},
		MaxPath:    Path{"spec", "scale", "hpa", "maxReplicas"},
	}
	if scale.HPA.MinReplicas != nil {
		a.Min, a.MinSet = *scale.HPA.MinReplicas, true
	}
	return a
}

// OtherScalers names the objects of kinds that decide on replicas and that
// nobody reads: AIBrix's PodAutoscaler, llm-d's VariantAutoscaling, KEDA's
// HTTPScaledObject, an HPA of a version too old. Such kinds have their trade in
// their name. A VerticalPodAutoscaler is none.
func (s *Snapshot) OtherScalers() []Ref {
	s.read(PodAutoscaler)
	return slices.Clone(s.otherScalers.get(func() []Ref { return findOtherScalers(s.store) }))
}

func findOtherScalers(s *store) []Ref {
	var all []Ref
	for _, o := range s.objects[PodAutoscaler] {
		all = append(all, o.Ref)
	}
	for ref := range s.stubs {
		kind := strings.ToLower(ref.Kind)
		if !strings.Contains(kind, "vertical") && (strings.Contains(kind, "scal") || strings.HasSuffix(kind, "hpa")) {
			all = append(all, ref)
		}
	}
	slices.SortFunc(all, func(a, b Ref) int { return strings.Compare(a.String(), b.String()) })
	return all
}
