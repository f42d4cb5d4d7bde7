package inventory

import (
	"regexp"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Monitor is one view for ServiceMonitor and PodMonitor.
type Monitor struct {
	Object     *Object
	Selector   metav1.LabelSelector
	Namespaces NamespaceSelector
	Endpoints  []MonitorEndpoint
	// OfPods is true for a PodMonitor, which selects pods; a ServiceMonitor
	// selects Services and scrapes the pods behind them.
	OfPods bool
}

// Scrape is one port of a workload's pods that a monitor's endpoint reaches.
type Scrape struct {
	Monitor  Monitor
	Endpoint int
	Service  *Object // nil for a PodMonitor
	// Port is the number in the pod; 0 where a name leads to no container's.
	Port int32
}

// Monitors returns the ServiceMonitors and PodMonitors that are no patches and
// hold no value that somebody fills in later.
func (s *Snapshot) Monitors() []Monitor {
	s.read(ServiceMonitor, PodMonitor)
	return s.monitors.get(func() (all []Monitor) {
		for _, kind := range []Kind{ServiceMonitor, PodMonitor} {
			for _, o := range s.objects[kind] {
				if m, ok := readMonitor(o); ok && !o.Fragment && !m.templated() {
					all = append(all, m)
				}
			}
		}
		return all
	})
}

func readMonitor(o *Object) (Monitor, bool) {
	switch c := o.Content.(type) {
	case *ServiceMonitorContent:
		return Monitor{Object: o, Selector: c.Spec.Selector, Namespaces: c.Spec.NamespaceSelector, Endpoints: c.Spec.Endpoints}, true
	case *PodMonitorContent:
		return Monitor{Object: o, Selector: c.Spec.Selector, Namespaces: c.Spec.NamespaceSelector, Endpoints: c.Spec.PodMetricsEndpoints, OfPods: true}, true
	}
	return Monitor{}, false
}

func (m Monitor) templated() bool {
	texts := append([]string{m.Object.Name, m.Object.Namespace}, m.Namespaces.MatchNames...)
	for key, value := range m.Selector.MatchLabels {
		texts = append(texts, key, value)
	}
	for _, e := range m.Endpoints {
		texts = append(texts, e.Port, e.Path, e.Interval)
	}
	return slices.ContainsFunc(texts, placeholder)
}

// EndpointAt locates a field of one of the endpoints.
func (m Monitor) EndpointAt(i int, field ...any) Location {
	list := "endpoints"
	if m.OfPods {
		list = "podMetricsEndpoints"
	}
	return m.Object.At(Path{"spec", list, i}.Join(field...)...)
}

// SelectorText writes the selector as kubectl does.
func (m Monitor) SelectorText() string { return metav1.FormatLabelSelector(&m.Selector) }

// Selects says whether the selector matches the labels.
func (m Monitor) Selects(set map[string]string) bool { return Selects(&m.Selector, set) }

// LooksIn says whether the monitor's targets may be in a namespace. It is not
// sure where one of the two is written without a namespace, which whoever
// applies it chooses.
func (m Monitor) LooksIn(namespace string) (yes, sure bool) {
	names := m.places()
	if m.Namespaces.Any || slices.Contains(names, namespace) {
		return true, true
	}
	return false, namespace != "" && !slices.Contains(names, "")
}

// Places are the namespaces that the monitor looks in, nil where it takes any.
func (m Monitor) Places() []string {
	if m.Namespaces.Any {
		return nil
	}
	return m.places()
}

// places are the namespaces that the monitor names; nothing else is asked where
// it takes any.
func (m Monitor) places() []string {
	if len(m.Namespaces.MatchNames) > 0 {
		return m.Namespaces.MatchNames
	}
	return []string{m.Object.Namespace}
}

// SelectedServices returns the workload's Services that a ServiceMonitor
// selects.
func (s *Snapshot) SelectedServices(m Monitor, w *Workload) []*Object {
	if m.OfPods {
		return nil
	}
	return slices.DeleteFunc(s.Services(w), func(o *Object) bool {
		yes, _ := m.LooksIn(o.Namespace)
		return !yes || !m.Selects(o.Meta.Labels)
	})
}

// SelectsPods says whether a PodMonitor selects pods of the workload.
func (m Monitor) SelectsPods(w *Workload) bool {
	yes, _ := m.LooksIn(w.Object.Namespace)
	return yes && m.OfPods && slices.ContainsFunc(PodSetsOf(w), func(p PodSet) bool { return m.Selects(p.Labels) })
}

// Scrapes returns what a monitor scrapes of a workload's pods.
func (s *Snapshot) Scrapes(m Monitor, w *Workload) []Scrape {
	var all []Scrape
	for i, e := range m.Endpoints {
		for _, service := range s.SelectedServices(m, w) {
			for _, port := range w.endpointPorts(e, As[corev1.Service](service)) {
				all = append(all, Scrape{Monitor: m, Endpoint: i, Service: service, Port: port})
			}
		}
		if m.SelectsPods(w) {
			for _, port := range w.endpointPorts(e, nil) {
				all = append(all, Scrape{Monitor: m, Endpoint: i, Port: port})
			}
		}
	}
	return all
}

// ScrapesOf returns what all monitors scrape of the pods of one of the
// inference workloads.
func (s *Snapshot) ScrapesOf(w *Workload) []Scrape {
	s.read(ServiceMonitor, PodMonitor, Service)
	workloads := s.Workloads()
	all := s.scrapes.get(func() map[*Workload][]Scrape {
		all := map[*Workload][]Scrape{}
		for _, w := range workloads {
			for _, m := range s.Monitors() {
				all[w] = append(all[w], s.Scrapes(m, w)...)
			}
		}
		return all
	})
	return slices.Clone(all[w])
}

// endpointPorts are the ports of the pods that one endpoint keeps, as the
// operator's pkg/prometheus/promcfg.go writes it: by the name of the Service's
// port, an anchored regular expression, else by the name or number that a
// container declares; all of them where neither is written.
func (w *Workload) endpointPorts(e MonitorEndpoint, service *corev1.Service) []int32 {
	var ports []int32
	if service != nil && e.TargetPort == nil || service != nil && e.Port != "" {
		for _, p := range service.Spec.Ports {
			if e.Port == "" || portFits(e.Port, p.Name) {
				ports = append(ports, w.targetPort(p))
			}
		}
		return ports
	}
	for _, p := range w.containerPorts() {
		if e.keeps(p) {
			ports = append(ports, p.ContainerPort)
		}
	}
	return ports
}

func (e MonitorEndpoint) keeps(p corev1.ContainerPort) bool {
	switch {
	case e.Port != "":
		return portFits(e.Port, p.Name)
	case e.PortNumber != nil:
		return *e.PortNumber == p.ContainerPort
	case e.TargetPort == nil:
		return true
	case e.TargetPort.StrVal != "":
		return portFits(e.TargetPort.StrVal, p.Name)
	}
	return e.TargetPort.IntVal == p.ContainerPort
}

// portFits says whether a written port keeps a name. What is no regular
// expression is refused by the operator, which is not for here to say.
func portFits(written, name string) bool {
	re, err := regexp.Compile("^(?:" + written + ")$")
	return err != nil || re.MatchString(name)
}

// targetPort is the number of a Service's port in the workload's pods.
func (w *Workload) targetPort(p corev1.ServicePort) int32 {
	switch {
	case p.TargetPort.StrVal != "":
		for _, declared := range w.containerPorts() {
			if declared.Name == p.TargetPort.StrVal {
				return declared.ContainerPort
			}
		}
		return 0
	case p.TargetPort.IntVal != 0:
		return p.TargetPort.IntVal
	}
	return p.Port
}

// containerPorts are the ports that the pods' containers declare, sidecars
// among the init containers included.
func (w *Workload) containerPorts() []corev1.ContainerPort {
	if w.Template == nil {
		return nil
	}
	var all []corev1.ContainerPort
	for _, c := range w.Template.Spec.Containers {
		all = append(all, c.Ports...)
	}
	for i := range w.Template.Spec.InitContainers {
		if c := &w.Template.Spec.InitContainers[i]; isSidecar(c) {
			all = append(all, c.Ports...)
		}
	}
	return all
}
