package inventory

import (
	"reflect"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Probe is a probe of the engine's container that opens a connection: an HTTP
// or a TCP one. The kubelet sends both to the pod's address.
type Probe struct {
	*corev1.Probe
	Field string // "readinessProbe"
	// Handler is the part that says what to ask: "httpGet" or "tcpSocket".
	Handler string
	// Port is a number, where it is one or the name of one of the container's
	// ports; Name is the name as it is written.
	Port int32
	Name string
	// Path and TLS say how an HTTP probe asks; Keyed that it sends a key.
	Path  string
	TLS   bool
	Keyed bool
}

// HTTP says whether the probe sends a request.
func (p *Probe) HTTP() bool { return p.HTTPGet != nil }

// Probes are the probes of the engine's container that ask the pod's own
// address for an answer, in the order in which they act.
func (r *Recognition) Probes() []Probe {
	if r.Container == nil {
		return nil
	}
	var all []Probe
	for _, p := range [...]Probe{
		{Probe: r.Container.StartupProbe, Field: "startupProbe"},
		{Probe: r.Container.ReadinessProbe, Field: "readinessProbe"},
		{Probe: r.Container.LivenessProbe, Field: "livenessProbe"},
	} {
		switch {
		case p.Probe == nil:
			continue
		case p.HTTPGet != nil && p.HTTPGet.Host == "":
			p.Handler, p.Path, p.TLS = "httpGet", p.HTTPGet.Path, p.HTTPGet.Scheme == corev1.URISchemeHTTPS
			p.Keyed = sendsKey(p.HTTPGet.HTTPHeaders)
			p.aim(p.HTTPGet.Port, r.Container)
		case p.TCPSocket != nil && p.TCPSocket.Host == "":
			p.Handler = "tcpSocket"
			p.aim(p.TCPSocket.Port, r.Container)
		default:
			continue
		}
		all = append(all, p)
	}
	return all
}

// aim finds the port's number as the kubelet does: by a name of the container's
// own ports, else as a number.
func (p *Probe) aim(port intstr.IntOrString, c *corev1.Container) {
	if port.Type == intstr.Int {
		p.Port = port.IntVal
		return
	}
	p.Name = port.StrVal
	for _, declared := range c.Ports {
		if declared.Name == p.Name {
			p.Port = declared.ContainerPort
			return
		}
	}
	if number, ok := portNumber(p.Name); ok {
		p.Port = number
	}
}

func sendsKey(headers []corev1.HTTPHeader) bool {
	for _, h := range headers {
		if strings.EqualFold(h.Name, "Authorization") || strings.EqualFold(h.Name, "X-Api-Key") {
			return true
		}
	}
	return false
}

// isPortName says whether a text can be a port's name in the API; anything
// else waits for somebody to fill it in.
func isPortName(text string) bool {
	const longest = 15
	letter := false
	for i := range len(text) {
		c := text[i]
		letter = letter || c >= 'a' && c <= 'z'
		if c != '-' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return letter && len(text) <= longest
}

// Succeeds says whether a cluster shows that the probe can pass: a pod of the
// workload that has the same probe is Ready.
func (s *Snapshot) Succeeds(w *Workload, p Probe) bool {
	for _, pod := range s.Pods(w) {
		if _, ready := readySince(pod); !ready {
			continue
		}
		for i := range pod.Spec.Containers {
			c := &pod.Spec.Containers[i]
			same := map[string]*corev1.Probe{"startupProbe": c.StartupProbe, "readinessProbe": c.ReadinessProbe, "livenessProbe": c.LivenessProbe}[p.Field]
			if c.Name == w.Container.Name && same != nil && reflect.DeepEqual(same.ProbeHandler, p.ProbeHandler) {
				return true
			}
		}
	}
	return false
}
