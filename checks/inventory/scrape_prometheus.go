package inventory

import (
	"fmt"
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Choice is what a Prometheus object makes of a monitor.
type Choice struct {
	Object *Object // the Prometheus
	// Selected is Unseen where it cannot be told.
	Selected Presence
	// Field is the selector that leaves the monitor out, Value what it holds,
	// and Text says so.
	Field, Value, Text string
	// Labels are those that the monitor lacks, where nothing else keeps it out.
	Labels map[string]string
}

// Choices returns what every Prometheus makes of a monitor, in their order.
func (s *Snapshot) Choices(m Monitor) []Choice {
	var all []Choice
	for _, o := range s.List(Prometheus) {
		c := s.choice(o, As[PrometheusContent](o), m)
		c.Object = o
		all = append(all, c)
	}
	return all
}

// Unselected returns the choices where every one leaves the monitor out: nothing
// scrapes by it. Agents, which select as well, are not read.
func (s *Snapshot) Unselected(m Monitor) (choices []Choice, ok bool) {
	choices = s.Choices(m)
	for ref := range s.stubs {
		if ref.Kind == "PrometheusAgent" {
			return nil, false
		}
	}
	for _, c := range choices {
		if c.Selected != Absent {
			return nil, false
		}
	}
	return choices, len(choices) > 0
}

// choice follows prometheus-operator's pkg/prometheus/resource_selector.go: no
// selector takes nothing, an empty one everything; no selector for namespaces
// takes the Prometheus' own. Without any of the four selectors the operator
// leaves the configuration alone.
func (s *Snapshot) choice(o *Object, c *PrometheusContent, m Monitor) Choice {
	name, selector, places := "serviceMonitor", c.Spec.ServiceMonitorSelector, c.Spec.ServiceMonitorNamespaceSelector
	if m.OfPods {
		name, selector, places = "podMonitor", c.Spec.PodMonitorSelector, c.Spec.PodMonitorNamespaceSelector
	}
	unmanaged := c.Spec.ServiceMonitorSelector == nil && c.Spec.PodMonitorSelector == nil && c.Spec.ProbeSelector == nil && c.Spec.ScrapeConfigSelector == nil
	if unmanaged || openSelector(selector) || openSelector(places) || slices.ContainsFunc(slices.Collect(maps.Values(m.Object.Meta.Labels)), placeholder) {
		return Choice{}
	}
	if selector == nil {
		return Choice{Selected: Absent, Field: name + "Selector", Value: "missing", Text: "has no " + name + "Selector"}
	}
	inside := s.placed(o, places, m.Object.Namespace)
	if !Selects(selector, m.Object.Meta.Labels) {
		text := metav1.FormatLabelSelector(selector)
		left := Choice{Selected: Absent, Field: name + "Selector", Value: text, Text: "asks for the labels " + text}
		if inside == Present && len(selector.MatchExpressions) == 0 {
			left.Labels = maps.Clone(selector.MatchLabels)
		}
		return left
	}
	if inside != Absent {
		return Choice{Selected: inside}
	}
	left := Choice{Selected: Absent, Field: name + "NamespaceSelector", Value: "missing", Text: "looks in its own namespace " + o.Namespace + " alone"}
	if places != nil {
		left.Value = metav1.FormatLabelSelector(places)
		left.Text = fmt.Sprintf("looks in namespaces with the labels %s", left.Value)
	}
	return left
}

func openSelector(selector *metav1.LabelSelector) bool {
	return selector != nil && slices.ContainsFunc(slices.Collect(maps.Values(selector.MatchLabels)), placeholder)
}

// placed says whether a namespace is among those that a Prometheus looks in.
func (s *Snapshot) placed(o *Object, places *metav1.LabelSelector, namespace string) Presence {
	sure := func(yes bool) Presence {
		if yes {
			return Present
		}
		return Absent
	}
	switch {
	case places != nil && emptySelector(places):
		return Present
	case places == nil && o.Namespace == namespace:
		return Present
	case namespace == "" || places == nil && o.Namespace == "":
		return Unseen // whoever applies them chooses
	case places == nil:
		return Absent
	}
	const ownName = "kubernetes.io/metadata.name" // the API server writes it
	set, known := s.NamespaceLabels(namespace)
	all := map[string]string{ownName: namespace}
	maps.Copy(all, set)
	for key := range places.MatchLabels {
		known = known || key == ownName && len(places.MatchLabels) == 1 && len(places.MatchExpressions) == 0
	}
	if !known {
		return Unseen
	}
	return sure(Selects(places, all))
}
