package promql

import (
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Shadowed is a label by which a query looks for a workload's GPUs, and which
// holds something else.
type Shadowed struct {
	Series, Label string
	Instead       string // where the workload is
}

// podLabels are those that the GPU exporter and Prometheus both write.
var podLabels = []string{"pod", "namespace", "container"}

// Shadowed returns the first label by which the reading looks for a workload in
// the GPU exporter's series and which, as they are scraped, does not hold it: a
// matcher's, or the one that a prometheus-adapter rule takes for the pod.
func (r Reading) Shadowed(e inventory.ExporterLabels) (Shadowed, bool) {
	for _, u := range r.Uses {
		if !u.Device || !strings.HasPrefix(u.Name, "DCGM_") {
			continue
		}
		if label := r.Rule.Label("pod"); r.Source == inventory.SourcePods && r.Rule.Location.Object != nil {
			if instead, wrong := other(label, e.Honored); wrong && strings.HasSuffix(label, "pod") {
				return Shadowed{u.Name, label, instead}, true
			}
			continue
		}
		for _, m := range u.Selector.Matchers {
			if instead, wrong := shadowed(m, u.Selector, e); wrong {
				return Shadowed{u.Name, m.Name, instead}, true
			}
		}
	}
	return Shadowed{}, false
}

// Unshadowed returns the query with those matchers on the labels that hold the
// workload.
func (q *Query) Unshadowed(e inventory.ExporterLabels) (string, bool) {
	return q.edited(func(s Selector) (Selector, bool) {
		var changed Selector
		any := false
		for _, m := range s.Matchers {
			if instead, wrong := shadowed(m, s, e); wrong && strings.HasPrefix(strings.Join(s.names(), " "), "DCGM_") {
				m, any = labels.MustNewMatcher(m.Type, instead, m.Value), true
			}
			changed.Matchers = append(changed.Matchers, m)
		}
		return changed, any
	})
}

// shadowed says whether a matcher asks a label for a workload that is not there.
// One that fits the exporter itself is meant for it.
func shadowed(m *labels.Matcher, s Selector, e inventory.ExporterLabels) (instead string, wrong bool) {
	instead, wrong = other(m.Name, e.Honored)
	if !wrong || !s.Narrows(m.Name) || e.Honored {
		return instead, wrong && s.Narrows(m.Name)
	}
	own := []string{"nvidia-dcgm-exporter", "dcgm-exporter"}
	switch m.Name {
	case "pod":
		own = []string{"nvidia-dcgm-exporter-abcde", "dcgm-exporter-abcde"}
	case "namespace":
		own = e.Monitor.Places()
		if len(own) == 0 || slices.Contains(own, "") {
			return "", false // nobody knows where the exporter runs
		}
	}
	return instead, !slices.ContainsFunc(own, m.Matches)
}

// other returns the label that holds the workload's instead of one that does
// not.
func other(label string, honored bool) (instead string, wrong bool) {
	plain, exported := strings.CutPrefix(label, "exported_")
	switch {
	case !slices.Contains(podLabels, plain) || exported != honored:
		return "", false
	case exported:
		return plain, true
	}
	return "exported_" + plain, true
}
