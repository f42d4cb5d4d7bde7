package inventory

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// MonitorFault is why a monitor gets nothing of a workload's metrics.
type MonitorFault struct {
	Workload *Workload
	At       Path   // the field of the monitor
	Value    string // what stands there
	// SeenAt and Seen are what it does not go with.
	SeenAt, Seen string
	Text         string // for a message
	// Remedy is a verb phrase. Instead is what the field InsteadAt should hold;
	// nil where nobody can tell.
	Remedy    string
	InsteadAt Path
	Instead   any
	// Doubtful marks what may be right: some versions of an engine serve the
	// path, something that is not among the manifests has the labels.
	Doubtful bool
}

// MonitorFaults judges what a monitor selects and asks for. What something else
// collects is nobody's loss and is left out.
func (s *Snapshot) MonitorFaults(m Monitor) []MonitorFault {
	if miss, ok := s.missed(m); ok {
		return []MonitorFault{miss.fault(m)}
	}
	var all []MonitorFault
	for _, w := range s.Workloads() {
		if !w.portsKnown() {
			continue
		}
		if f, ok := s.faultFor(m, w); ok && !s.ScrapedOtherwise(w) {
			all = append(all, f)
		}
	}
	return all
}

// faultFor judges what the monitor makes of one workload, unless another scrape
// makes up for it.
func (s *Snapshot) faultFor(m Monitor, w *Workload) (MonitorFault, bool) {
	scrapes := s.ScrapesOf(w)
	if len(scrapes) == 0 {
		return s.portFault(m, w)
	}
	own := slices.DeleteFunc(slices.Clone(scrapes), func(c Scrape) bool { return c.Monitor.Object != m.Object })
	if f, ok := w.wrongPort(own); ok && !slices.ContainsFunc(scrapes, func(c Scrape) bool { return !w.missesMetrics(c) }) {
		return f, true
	}
	if f, ok := w.wrongPath(own); ok && !slices.ContainsFunc(scrapes, w.asksRightly) {
		return f, true
	}
	return MonitorFault{}, false
}

// portsKnown says whether the template tells which ports the pods declare.
func (w *Workload) portsKnown() bool {
	return w.Template != nil && !w.Operated && !w.Generated() && !w.Object.Fragment
}

// portFault is about a monitor that selects the workload and whose endpoints
// keep none of its ports, nor one of anything else that it selects.
func (s *Snapshot) portFault(m Monitor, w *Workload) (MonitorFault, bool) {
	services := s.SelectedServices(m, w)
	switch {
	case len(m.Endpoints) == 0 || len(services) == 0 && !m.SelectsPods(w), s.keepsOther(m, w):
		return MonitorFault{}, false
	}
	e, field := m.Endpoints[0], "port"
	f := MonitorFault{Workload: w, Value: e.Port, Remedy: "ask for a port that is there"}
	var names []string
	switch {
	case e.Port == "" && e.PortNumber != nil:
		field, f.Value = "portNumber", fmt.Sprint(*e.PortNumber)
	case e.Port == "" && e.TargetPort != nil:
		field, f.Value = "targetPort", e.TargetPort.String()
	case e.Port == "":
		return MonitorFault{}, false
	}
	if f.At = m.EndpointAt(0, field).Path; field != "port" || m.OfPods {
		f.SeenAt = w.Object.Short()
		names = w.declared(field == "port")
		f.Text = fmt.Sprintf("%s %s of %s: the containers of %s declare %s", field, f.Value, m.Object.Short(), w.Object.Short(), portList(names))
	} else {
		f.SeenAt = services[0].Short()
		if names = servicePorts(services[0]); len(names) == 0 {
			f.Remedy = "name the port of " + f.SeenAt
		}
		f.Text = fmt.Sprintf("port %s of %s: %s names %s", f.Value, m.Object.Short(), f.SeenAt, portList(names))
		if slices.Contains(w.declared(true), f.Value) {
			f.Text += ", and " + f.Value + " is what the container calls it"
		}
	}
	f.Seen = portList(names)
	if field == "port" && len(names) == 1 && len(m.Endpoints) == 1 {
		f.InsteadAt, f.Instead = f.At, names[0]
	}
	return f, true
}

// keepsOther says whether one of the endpoints keeps a port of something that
// is not the workload's: the monitor may be there for that.
func (s *Snapshot) keepsOther(m Monitor, w *Workload) bool {
	for _, other := range s.Workloads() {
		if other != w && len(s.Scrapes(m, other)) > 0 {
			return true
		}
	}
	if m.OfPods {
		return slices.ContainsFunc(s.PodSets(w.Object.Namespace), func(p PodSet) bool {
			return p.Object != w.Object && s.WorkloadOf(p.Object.Ref) == nil && m.Selects(p.Labels)
		})
	}
	own := s.Services(w)
	return slices.ContainsFunc(s.List(Service), func(o *Object) bool {
		yes, _ := m.LooksIn(o.Namespace)
		return yes && !slices.Contains(own, o) && m.Selects(o.Meta.Labels)
	})
}

func servicePorts(o *Object) []string {
	var names []string
	for _, p := range As[corev1.Service](o).Spec.Ports {
		if p.Name != "" {
			names = append(names, p.Name)
		}
	}
	return names
}

// declared lists the ports that the containers declare, by name or by number.
func (w *Workload) declared(byName bool) []string {
	var all []string
	for _, p := range w.containerPorts() {
		switch {
		case byName && p.Name != "":
			all = append(all, p.Name)
		case !byName:
			all = append(all, strings.TrimPrefix(fmt.Sprintf("%s:%d", p.Name, p.ContainerPort), ":"))
		}
	}
	return all
}

func portList(names []string) string {
	if len(names) == 0 {
		return "no port"
	}
	return strings.Join(names, ", ")
}

// missesMetrics says whether a scrape goes to the port of the requests, where
// an engine that serves metrics on a port of its own has none.
func (w *Workload) missesMetrics(c Scrape) bool {
	port, known := w.MetricsPort()
	requests, knownToo := w.Port()
	return w.Engine.MetricsPort != 0 && w.Engine.ID != RayServe && known && knownToo && port != requests && c.Port == requests
}

func (w *Workload) wrongPort(own []Scrape) (MonitorFault, bool) {
	for _, c := range own {
		if !w.missesMetrics(c) {
			continue
		}
		port, _ := w.MetricsPort()
		at := c.Monitor.EndpointAt(c.Endpoint, "port").Path
		return MonitorFault{
			Workload: w, At: at, Value: c.Monitor.Endpoints[c.Endpoint].Port, Remedy: fmt.Sprintf("scrape port %d", port), SeenAt: w.EngineName() + " metrics", Seen: fmt.Sprintf("port %d", port),
			Text: fmt.Sprintf("port %d of %s is scraped, and %s serves its metrics on port %d", c.Port, w.Object.Short(), w.EngineName(), port),
		}, true
	}
	return MonitorFault{}, false
}

// asksRightly says whether a scrape goes to the engine's metrics, as far as
// anybody can tell.
func (w *Workload) asksRightly(c Scrape) bool { return !w.asksElsewhere(c) }

// asksElsewhere says whether a scrape of the engine's port asks for another path
// than that of the metrics.
func (w *Workload) asksElsewhere(c Scrape) bool {
	port, known := w.MetricsPort()
	e := c.Monitor.Endpoints[c.Endpoint]
	moved := slices.ContainsFunc(e.Relabelings, func(r Relabeling) bool { return strings.HasPrefix(r.TargetLabel, "__") || r.TargetLabel == "" })
	return known && port == c.Port && w.Engine.MetricsPath != "" && !moved && !w.Args.Has("--root-path", "--api-prefix") &&
		plainPath(e.Path) != plainPath(w.Engine.MetricsPath)
}

// plainPath is a scrape's path without slashes around it; Prometheus asks for
// /metrics where none is written.
func plainPath(path string) string {
	if path = strings.Trim(path, "/"); path == "" {
		return "metrics"
	}
	return path
}

func (w *Workload) wrongPath(own []Scrape) (MonitorFault, bool) {
	for _, c := range own {
		if !w.asksElsewhere(c) || w.Engine.ID == RayServe || w.Engine.ID == Dynamo || w.Engine.ID == OtherEngine {
			continue
		}
		at := c.Monitor.EndpointAt(c.Endpoint, "path").Path
		return MonitorFault{
			Workload: w, At: at, Value: "/" + plainPath(c.Monitor.Endpoints[c.Endpoint].Path), SeenAt: w.EngineName() + " metrics", Seen: w.Engine.MetricsPath,
			Text:      fmt.Sprintf("the server of %s is asked for /%s, and %s serves its metrics at %s", w.Object.Short(), plainPath(c.Monitor.Endpoints[c.Endpoint].Path), w.EngineName(), w.Engine.MetricsPath),
			Remedy:    "ask for " + w.Engine.MetricsPath,
			InsteadAt: at, Instead: w.Engine.MetricsPath,
			Doubtful: w.Engine.ID == NIM, // the first releases had /metrics
		}, true
	}
	return MonitorFault{}, false
}
