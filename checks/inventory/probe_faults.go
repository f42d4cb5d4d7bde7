package inventory

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// ProbeFault is a reason why a probe can never pass.
type ProbeFault uint8

// The faults.
const (
	FaultName     ProbeFault = iota + 1 // the container has no port of that name
	FaultPort                           // nothing listens on the port
	FaultLoopback                       // the server listens on the loopback address
	FaultTLS                            // HTTP is spoken to HTTPS, or the reverse
	FaultPath                           // the server has no such endpoint
	FaultKey                            // the endpoint wants a key
)

// Misdirected are probes of one engine that cannot pass as they are written,
// all for the same reason.
type Misdirected struct {
	Fault ProbeFault
	// Sure is false where something that is not seen may make them pass.
	Sure bool
	// By is the setting or the owner behind it: "--api-key", "Triton's",
	// "127.0.0.1".
	By string
	// Port, Name and Path are what they ask for.
	Port   int32
	Name   string
	Path   string
	Probes []Probe
}

// Fields names the probes: "startupProbe, readinessProbe".
func (m Misdirected) Fields() string {
	names := make([]string, len(m.Probes))
	for i, p := range m.Probes {
		names[i] = p.Field
	}
	return strings.Join(names, ", ")
}

// Speaks is the scheme of a server whose probes speak the other one.
func (m Misdirected) Speaks() string {
	if m.By != "" {
		return "HTTPS"
	}
	return "HTTP"
}

// Misdirected returns the engine's probes that cannot pass. It says nothing of
// probes that a cluster shows to pass.
func (s *Snapshot) Misdirected(w *Workload) []Misdirected {
	if w.Recognition == nil {
		return nil
	}
	var all []Misdirected
	for _, p := range w.Probes() {
		m, wrong := w.misses(p)
		if !wrong || s.Succeeds(w, p) {
			continue
		}
		same := func(o Misdirected) bool {
			return o.Fault == m.Fault && o.By == m.By && o.Port == m.Port && o.Name == m.Name && (o.Path == m.Path || m.Fault < FaultPath)
		}
		if at := slices.IndexFunc(all, same); at >= 0 {
			all[at].Probes = append(all[at].Probes, p)
			continue
		}
		m.Probes = []Probe{p}
		all = append(all, m)
	}
	return all
}

// misses finds what is wrong with a probe, the first thing of several.
func (w *Workload) misses(p Probe) (Misdirected, bool) {
	m := Misdirected{Port: p.Port, Name: p.Name, Path: p.Path, Sure: true}
	if p.Port == 0 {
		m.Fault = FaultName
		return m, isPortName(p.Name)
	}
	port, known := w.Port()
	if !known || !w.plainServer() || w.portByVariable() {
		return m, false
	}
	if p.Port != port {
		doubts := w.portDoubts(p.Port)
		m.Fault, m.Sure = FaultPort, doubts == 0
		return m, doubts < 2
	}
	if host, yes := w.Loopback(); yes && !w.meshed() {
		m.Fault, m.By = FaultLoopback, host
		return m, true
	}
	if !p.HTTP() {
		return m, false
	}
	if by, yes, known := w.ServesTLS(); known && yes != p.TLS {
		m.Fault, m.By = FaultTLS, by
		return m, true
	}
	if whose, yes := w.Foreign(p.Path); yes {
		m.Fault, m.By = FaultPath, whose
		return m, true
	}
	by, wants, sure := w.WantsKey(p.Path)
	m.Fault, m.Sure, m.By = FaultKey, sure, by
	return m, wants && !p.Keyed
}

// meshed says whether a service mesh's sidecar is asked for: it takes over the
// pod's ports, and may reach what listens on the loopback address.
func (w *Workload) meshed() bool {
	for _, set := range [...]map[string]string{w.Template.Labels, w.Template.Annotations} {
		if set["sidecar.istio.io/inject"] == "true" || set["linkerd.io/inject"] == "enabled" {
			return true
		}
	}
	return false
}

// portByVariable says whether a platform's variable moves the port, or the
// health endpoints, away from where the command line says: NIM 2's health port,
// and Vertex AI's.
func (w *Workload) portByVariable() bool {
	for _, name := range [...]string{"NIM_HEALTH_PORT", "AIP_HTTP_PORT"} {
		if _, set := w.env.get(name); set {
			return true
		}
	}
	return w.Engine.ID == TGI && !w.image.pattern.official // whose default is its builder's
}

// portDoubts counts what speaks for a server behind a port that is not the
// engine's.
func (w *Workload) portDoubts(port int32) int {
	const settled = 2
	if metrics, known := w.MetricsPort(); known && metrics == port {
		return settled
	}
	const tritonGRPC = 8001
	if w.Engine.ID == Triton && port == tritonGRPC {
		return settled
	}
	doubts := 0
	if shell := w.Args.Shell; shell != nil && shell.Commands > 1 {
		doubts++ // one of the other programs may listen
	}
	spec := &w.Template.Spec
	for _, list := range [...][]corev1.Container{spec.Containers, spec.InitContainers} {
		for i := range list {
			own := &list[i] == w.Container
			switch c := &list[i]; {
			case !own && len(c.Ports) == 0 && staysUp(c, spec):
				doubts++
			case declares(c, port) && own:
				doubts++
			case declares(c, port):
				return settled
			}
		}
	}
	return doubts
}

func declares(c *corev1.Container, port int32) bool {
	for _, p := range c.Ports {
		if p.ContainerPort == port {
			return true
		}
	}
	return false
}

// staysUp says whether a container runs beside the engine: any that is no init
// container, or one that is restarted always.
func staysUp(c *corev1.Container, spec *corev1.PodSpec) bool {
	for i := range spec.InitContainers {
		if &spec.InitContainers[i] == c {
			return c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
		}
	}
	return true
}
