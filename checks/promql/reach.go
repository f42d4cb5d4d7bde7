package promql

import (
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Reach says whether a selector picks the series of a workload's pods, given
// that they export them.
type Reach uint8

// The answers. Maybe where a label cannot be derived from the objects.
const (
	Maybe Reach = iota
	Yes
	No
)

func (r Reach) String() string { return [...]string{"maybe", "yes", "no"}[r] }

// Reach compares the matchers with what Prometheus knows of the workload's
// targets: its namespace, the names that its pods get (matched as Prometheus
// does, against the whole name), the engine's container. Labels that somebody
// else decides on (job, service, model_name, anything copied from objects)
// leave it open.
//
// Series of GPU exporters carry the workload in exported_namespace,
// exported_pod and exported_container, or without the prefix, depending on the
// monitor's honorLabels: there the plain labels leave it open. Series of
// gateways belong to no workload, so a No is all they can give.
func (s Selector) Reach(w *inventory.Workload) Reach {
	name, _ := s.Value(model.MetricNameLabel)
	u := useOf(name, s)
	answer := Yes
	if u.Gateway {
		answer = Maybe
	}
	for _, m := range s.Matchers {
		switch reach(m, w, u.Device) {
		case No:
			return No
		case Maybe:
			answer = Maybe
		}
	}
	return answer
}

func reach(m *labels.Matcher, w *inventory.Workload, device bool) Reach {
	label, exported := strings.CutPrefix(m.Name, "exported_")
	switch label {
	case model.MetricNameLabel, "engine", "le", "quantile", "reason", "request_type", "kv_cache_block_type", "finished_reason",
		"gpu", "UUID", "device":
		return Yes // picks among the workload's own series
	case "namespace", "pod", "container":
	default:
		return Maybe
	}
	answer := identity(m, label, w)
	if answer == Yes && m.Matches("") {
		return Yes // the label may just as well be missing
	}
	if exported != device {
		return Maybe
	}
	return answer
}

func identity(m *labels.Matcher, label string, w *inventory.Workload) Reach {
	switch label {
	case "namespace":
		if w.Object.Namespace == "" {
			return asLong(m.Type == labels.MatchNotEqual && m.Value == "")
		}
		return sure(m.Matches(w.Object.Namespace))
	case "pod":
		return podReach(m, w)
	}
	if w.Recognition == nil || w.Container == nil || w.Container.Name == "" || w.Operated {
		return Maybe
	}
	return sure(m.Matches(w.Container.Name))
}

func sure(matches bool) Reach {
	if matches {
		return Yes
	}
	return No
}

func asLong(condition bool) Reach {
	if condition {
		return Yes
	}
	return Maybe
}

// podReach matches the names that the workload's pods can get. It is Maybe
// where some fit and others don't.
func podReach(m *labels.Matcher, w *inventory.Workload) Reach {
	names, certain := podNames(w)
	matched := 0
	for _, name := range names {
		if m.Matches(name) {
			matched++
		}
	}
	switch {
	case len(names) == 0, matched > 0 && matched < len(names), !certain:
		return Maybe
	}
	return sure(matched > 0)
}

// podNames returns names that pods of the workload may have; they stand for
// all of them. certain is false for kinds whose operator chooses the names in
// more ways than these.
func podNames(w *inventory.Workload) (names []string, certain bool) {
	name := w.Object.Name
	if name == "" {
		return nil, false
	}
	switch w.Object.Type {
	case inventory.Deployment, inventory.NIMService:
		return fromReplicaSets(name), w.Object.Type == inventory.Deployment
	case inventory.ReplicaSet:
		return generated(name), true
	case inventory.StatefulSet:
		return ordinals(name), true
	case inventory.LeaderWorkerSet:
		leaders := ordinals(name)
		for _, leader := range slices.Clone(leaders) {
			leaders = append(leaders, leader+"-1")
		}
		return leaders, true
	case inventory.InferenceService:
		return append(fromReplicaSets(name+"-predictor"), fromReplicaSets(name+"-predictor-00001-deployment")...), false
	}
	return nil, false
}

// ordinals are a StatefulSet's pods. Ordinals of two digits are rare in fleets
// of GPUs and would make every pattern like -[0-9] uncertain.
func ordinals(name string) []string {
	var all []string
	for i := range 3 {
		all = append(all, name+"-"+strconv.Itoa(i))
	}
	return all
}

// fromReplicaSets are a Deployment's pods: its name, the hash of the pod
// template (up to ten characters), five random ones. Both are written in the
// alphabet bcdfghjklmnpqrstvwxz2456789 (apimachinery's util/rand), and the
// samples use it from end to end.
func fromReplicaSets(name string) []string {
	var all []string
	for _, hash := range []string{"7d9f8b6c5d", "bcdfghjklm", "nqrstvwxz2", "2456789245", "6b4c9d7f8", "5f6d7c8b"} {
		all = append(all, generated(name+"-"+hash)...)
	}
	return all
}

// generated are names that the API server makes from metadata.generateName,
// which it cuts so that the whole stays within 63 characters.
func generated(owner string) []string {
	const longest = 63 - 5
	base := owner + "-"
	if len(base) > longest {
		base = base[:longest]
	}
	return []string{base + "x7k2p", base + "bcdfg", base + "24567", base + "nzwtq"}
}
