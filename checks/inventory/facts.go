package inventory

// Fact is something that is true of Kubernetes or KEDA from one version on.
// Checks ask [Snapshot.Holds], never for version numbers. Facts about engines
// stand in the engine table ([Drain]) and the metric table ([Metric]).
type Fact uint8

// The facts that checks rest on.
const (
	// HPAScalesToZero: minReplicas 0 is accepted without a feature gate.
	HPAScalesToZero Fact = iota
	// HPANegativeOverflows: an External metric below zero, compared per replica,
	// asks for the maximum.
	HPANegativeOverflows
	// KEDAFallbackOfValue: a fallback works with metricType Value.
	KEDAFallbackOfValue
	// KEDAFallbackBehavior: a fallback may keep the present replicas.
	KEDAFallbackBehavior
	// KEDAPausesOneWay: the annotations paused-scale-in and paused-scale-out
	// work.
	KEDAPausesOneWay
	// KEDANegativeIsZero: a trigger's number below zero is told as 0.
	KEDANegativeIsZero
	// KEDANaNIsNull: a result that is not a number counts as an empty one.
	KEDANaNIsNull
	// PDBUnhealthyPolicy: a budget's unhealthyPodEvictionPolicy counts without a
	// feature gate.
	PDBUnhealthyPolicy
	// PreStopSleeps: a preStop hook may have the sleep action.
	PreStopSleeps
	factCount
)

// FactInfo is a row of the table of facts.
type FactInfo struct {
	Of     string // "Kubernetes" or "KEDA"
	Since  Version
	Source string // where the project says so
}

var facts = [factCount]FactInfo{
	HPAScalesToZero:      {"Kubernetes", Release(1, 37, 0), "https://github.com/kubernetes/enhancements/blob/master/keps/sig-autoscaling/2021-scale-from-zero/kep.yaml"},
	HPANegativeOverflows: {"Kubernetes", Release(1, 34, 0), "https://github.com/kubernetes/kubernetes/pull/127050"},
	KEDAFallbackOfValue:  {"KEDA", Release(2, 18, 0), "https://github.com/kedacore/keda/blob/main/CHANGELOG.md"},
	KEDAFallbackBehavior: {"KEDA", Release(2, 17, 0), "https://github.com/kedacore/keda/blob/main/CHANGELOG.md"},
	KEDAPausesOneWay:     {"KEDA", Release(2, 18, 0), "https://github.com/kedacore/keda/blob/main/CHANGELOG.md"},
	KEDANegativeIsZero:   {"KEDA", Release(2, 20, 2), "https://github.com/kedacore/keda/issues/7880"},
	KEDANaNIsNull:        {"KEDA", Release(2, 20, 0), "https://github.com/kedacore/keda/pull/7522"},
	PDBUnhealthyPolicy:   {"Kubernetes", Release(1, 27, 0), "https://www.kubernetes.dev/resources/keps/3017/"},
	PreStopSleeps:        {"Kubernetes", Release(1, 30, 0), "https://github.com/kubernetes/enhancements/blob/master/keps/sig-node/3960-pod-lifecycle-sleep-action/kep.yaml"},
}

// Info returns the fact's row.
func (f Fact) Info() FactInfo { return facts[f] }

// Holds says whether a fact is true of the software that the objects live in,
// and whether that is known: of manifests, and where no version was seen,
// nothing can be told.
func (s *Snapshot) Holds(f Fact) (yes, known bool) {
	version := s.server.Kubernetes
	if facts[f].Of == "KEDA" {
		version = s.server.KEDA
	}
	v := ParseVersion(version)
	return v.AtLeast(facts[f].Since), v.Known
}
