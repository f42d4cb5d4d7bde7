package inventory

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// The structs of this file are those of custom.go for what collects metrics.

// ServiceMonitorContent is monitoring.coreos.com/v1 ServiceMonitor.
type ServiceMonitorContent struct {
	Spec struct {
		Selector          metav1.LabelSelector `json:"selector"`
		NamespaceSelector NamespaceSelector    `json:"namespaceSelector"`
		JobLabel          string               `json:"jobLabel,omitempty"`
		Endpoints         []MonitorEndpoint    `json:"endpoints,omitempty"`
	} `json:"spec"`
}

// PodMonitorContent is monitoring.coreos.com/v1 PodMonitor.
type PodMonitorContent struct {
	Spec struct {
		Selector            metav1.LabelSelector `json:"selector"`
		NamespaceSelector   NamespaceSelector    `json:"namespaceSelector"`
		PodMetricsEndpoints []MonitorEndpoint    `json:"podMetricsEndpoints,omitempty"`
	} `json:"spec"`
}

// NamespaceSelector chooses the namespaces of a monitor's targets; empty means
// the monitor's own.
type NamespaceSelector struct {
	Any        bool     `json:"any,omitempty"`
	MatchNames []string `json:"matchNames,omitempty"`
}

// MonitorEndpoint is one scraped port.
type MonitorEndpoint struct {
	Port              string              `json:"port,omitempty"`
	PortNumber        *int32              `json:"portNumber,omitempty"` // PodMonitor alone
	TargetPort        *intstr.IntOrString `json:"targetPort,omitempty"`
	Path              string              `json:"path,omitempty"`
	Interval          string              `json:"interval,omitempty"`
	HonorLabels       bool                `json:"honorLabels,omitempty"`
	Relabelings       []Relabeling        `json:"relabelings,omitempty"`
	MetricRelabelings []Relabeling        `json:"metricRelabelings,omitempty"`
}

// Relabeling is a step that changes the labels of a target or of its series.
type Relabeling struct {
	SourceLabels []string `json:"sourceLabels,omitempty"`
	TargetLabel  string   `json:"targetLabel,omitempty"`
	Regex        string   `json:"regex,omitempty"`
	Action       string   `json:"action,omitempty"`
}

// PrometheusContent is monitoring.coreos.com/v1 Prometheus. A nil selector
// selects nothing, an empty one everything.
type PrometheusContent struct {
	Spec struct {
		ServiceMonitorSelector          *metav1.LabelSelector `json:"serviceMonitorSelector,omitempty"`
		ServiceMonitorNamespaceSelector *metav1.LabelSelector `json:"serviceMonitorNamespaceSelector,omitempty"`
		PodMonitorSelector              *metav1.LabelSelector `json:"podMonitorSelector,omitempty"`
		PodMonitorNamespaceSelector     *metav1.LabelSelector `json:"podMonitorNamespaceSelector,omitempty"`
		ProbeSelector                   *metav1.LabelSelector `json:"probeSelector,omitempty"`
		ScrapeConfigSelector            *metav1.LabelSelector `json:"scrapeConfigSelector,omitempty"`
		ScrapeInterval                  string                `json:"scrapeInterval,omitempty"`
		OverrideHonorLabels             bool                  `json:"overrideHonorLabels,omitempty"`
	} `json:"spec"`
}

// ScrapeContent is what chooses the targets of Google's PodMonitoring and of
// VictoriaMetrics' VMServiceScrape and VMPodScrape.
type ScrapeContent struct {
	Spec struct {
		Selector          metav1.LabelSelector `json:"selector"`
		NamespaceSelector NamespaceSelector    `json:"namespaceSelector"`
		Endpoints         []MonitorEndpoint    `json:"endpoints,omitempty"`
	} `json:"spec"`
}
