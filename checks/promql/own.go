package promql

import (
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// GoneWith says whether the series is measured on pods of the workload, so that
// it is gone when they are: its engine exports it, or a matcher names its pods.
// Routers repeat engines' names; a label that names one says that it is theirs.
// Where w is nil, the engine is taken for the workload's.
func (u Use) GoneWith(w *inventory.Workload) bool {
	if w == nil {
		return u.Engine != "" && !u.Gateway && !u.routed("")
	}
	switch reach := u.Selector.Reach(w); {
	case u.Gateway || reach == No:
		return false
	case reach == Yes && (u.Selector.Narrows("pod") || u.Selector.Narrows("exported_pod")):
		return true
	case u.Device:
		return u.Selector.narrowsAny(identifies)
	}
	return u.Engine != "" && u.Engine == w.EngineID() && !u.routed("pod")
}

// identifies says whether a label is one by which GPU exporters name the pod
// that has the device.
func identifies(label string) bool {
	label = strings.TrimPrefix(label, "exported_")
	return label == "pod" || label == "namespace" || label == "container"
}

// routed says whether a matcher asks for a router's series: by the label that
// production-stack's router puts on engines' names, or by a name. Matchers of
// the label except are known to be the workload's.
func (u Use) routed(except string) bool {
	if u.Selector.Narrows("server") {
		return true
	}
	for _, m := range u.Selector.Matchers {
		positive := m.Type == labels.MatchEqual || m.Type == labels.MatchRegexp
		label := strings.TrimPrefix(m.Name, "exported_")
		if !positive || label == except || label == "namespace" || label == "model_name" || label == model.MetricNameLabel {
			continue
		}
		words := strings.FieldsFunc(m.Value, func(r rune) bool { return r < 'a' || r > 'z' })
		if slices.ContainsFunc(words, func(word string) bool {
			return slices.Contains([]string{"router", "gateway", "epp", "frontend", "proxy"}, word)
		}) {
			return true
		}
	}
	return false
}
