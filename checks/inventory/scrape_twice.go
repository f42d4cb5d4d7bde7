package inventory

import (
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

// String names a scrape: by its monitor, and the Service on the way.
func (c Scrape) String() string {
	if c.Service == nil {
		return c.Monitor.Object.Short()
	}
	return c.Monitor.Object.Short() + " through " + c.Service.Short()
}

// ScrapedTwice returns two scrapes of the same port of the workload's pods whose
// series differ in their labels, so that Prometheus holds each series twice.
// Left out are scrapes whose labels or targets somebody changes, and pairs that
// no Prometheus takes both of.
func (s *Snapshot) ScrapedTwice(w *Workload) (first, second Scrape, twice bool) {
	all := slices.DeleteFunc(s.ScrapesOf(w), func(c Scrape) bool {
		return c.Port == 0 || len(c.endpoint().Relabelings)+len(c.endpoint().MetricRelabelings) > 0 || w.asksElsewhere(c)
	})
	for i, first := range all {
		for _, second := range all[i+1:] {
			if first.Port == second.Port && first.targetLabels() != second.targetLabels() && s.together(first.Monitor, second.Monitor) {
				return first, second, true
			}
		}
	}
	return Scrape{}, Scrape{}, false
}

func (c Scrape) endpoint() MonitorEndpoint { return c.Monitor.Endpoints[c.Endpoint] }

// targetLabels are the labels that tell the targets of two scrapes of one port
// apart: job, service and endpoint, as pkg/prometheus/promcfg.go writes them.
func (c Scrape) targetLabels() [3]string {
	e, labels := c.endpoint(), [3]string{}
	labels[2] = e.Port
	if e.Port == "" && e.TargetPort != nil {
		labels[2] = e.TargetPort.String()
	}
	if c.Service == nil {
		labels[0] = c.Monitor.Object.Namespace + "/" + c.Monitor.Object.Name
		return labels
	}
	labels[0], labels[1] = c.Service.Name, c.Service.Name
	if m := As[ServiceMonitorContent](c.Monitor.Object); m != nil && c.Service.Meta.Labels[m.Spec.JobLabel] != "" {
		labels[0] = c.Service.Meta.Labels[m.Spec.JobLabel]
	}
	return labels
}

// together says whether one Prometheus may take both monitors.
func (s *Snapshot) together(a, b Monitor) bool {
	ours, theirs := s.Choices(a), s.Choices(b)
	for i := range ours {
		if ours[i].Selected != Absent && theirs[i].Selected != Absent {
			return true
		}
	}
	return len(ours) == 0
}

// routerImages are the last parts of the images of production-stack's router.
var routerImages = wordSet("lmstack-router vllm-router production-stack-router")

// ScrapedRouters returns the Deployments of production-stack's router that a
// monitor scrapes.
func (s *Snapshot) ScrapedRouters() []*Object {
	s.read(Deployment, ServiceMonitor, PodMonitor, Service)
	return s.routers.get(func() (all []*Object) {
		for _, o := range s.objects[Deployment] {
			template := &As[appsv1.Deployment](o).Spec.Template
			if !slices.ContainsFunc(template.Spec.Containers, isRouter) {
				continue
			}
			pods := &Workload{Object: o, Owner: o, Template: template} // it serves no model
			if slices.ContainsFunc(s.Monitors(), func(m Monitor) bool { return len(s.Scrapes(m, pods)) > 0 }) {
				all = append(all, o)
			}
		}
		return all
	})
}

func isRouter(c corev1.Container) bool {
	image, ok := parseImage(c.Image)
	return ok && routerImages[image.last()]
}
