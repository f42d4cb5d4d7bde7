package inventory

// The APIs from which the HPA controller reads metrics.
const (
	ResourceMetricsAPI = "metrics.k8s.io"
	CustomMetricsAPI   = "custom.metrics.k8s.io"
	ExternalMetricsAPI = "external.metrics.k8s.io"
)

// API is the group that serves a metric to the HPA controller; empty for what
// needs none, as KEDA's cron does not.
func (m ScalingMetric) API() string {
	switch m.Source {
	case SourceResource:
		return ResourceMetricsAPI
	case SourcePods, SourceObject:
		return CustomMetricsAPI
	case SourceExternal, SourcePrometheus, SourceTrigger:
		return ExternalMetricsAPI
	}
	return ""
}

// MetricsAPI is the registration of a metrics API.
type MetricsAPI struct {
	Name      string // of the APIService
	Service   string // NAMESPACE/NAME of the Service that answers; empty: the API server itself
	Available bool
	Why       string // why it is not available, in the API server's word
}

// MetricsAPI returns who serves a group, in the version that is available if
// any is. Absent means that no version is registered.
func (s *Snapshot) MetricsAPI(group string) (*MetricsAPI, Presence) {
	var found *MetricsAPI
	presence := Absent
	for _, version := range []string{"v1beta1", "v1beta2"} {
		if group != CustomMetricsAPI && version == "v1beta2" {
			continue // only the custom metrics API has one
		}
		o, there := s.Find(Ref{Group: APIService.Info().Group, Kind: APIService.String(), Name: version + "." + group})
		switch {
		case there == Unseen:
			presence = Unseen
		case there == Present:
			if api := metricsAPI(o); found == nil || api != nil && api.Available {
				found = api
			}
		}
	}
	if found != nil {
		return found, Present
	}
	return nil, presence
}

func metricsAPI(o *Object) *MetricsAPI {
	c := As[APIServiceContent](o)
	if c == nil {
		return nil
	}
	api := &MetricsAPI{Name: o.Name}
	if service := c.Spec.Service; service != nil {
		api.Service = service.Namespace + "/" + service.Name
	}
	for _, condition := range c.Status.Conditions {
		if condition.Type == "Available" {
			api.Available, api.Why = condition.Status == "True", condition.Reason
		}
	}
	return api
}
