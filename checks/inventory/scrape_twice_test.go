package inventory

import "testing"

func TestScrapedTwice(t *testing.T) {
	const pods = "kind: PodMonitor\nmetadata: {name: p, namespace: a}\nspec: {selector: {matchLabels: {pod: vllm}}, podMetricsEndpoints: ["
	const services = "kind: ServiceMonitor\nmetadata: {name: s, namespace: a}\nspec: {selector: {matchLabels: {service: vllm}}, endpoints: [{port: web}]}\n---\napiVersion: monitoring.coreos.com/v1\n"
	for monitors, want := range map[string]string{
		services + pods + "{port: http}]}":                                                 "ServiceMonitor/s through Service/vllm, PodMonitor/p",
		services + pods + "{port: exporter}]}":                                             "",
		services + pods + "{port: http, path: /health}]}":                                  "",
		services + pods + "{port: http, relabelings: [{action: labeldrop, regex: job}]}]}": "",
		services + pods + "{port: http, metricRelabelings: [{action: drop, regex: x}]}]}":  "",
		pods + "{port: http}, {port: http}]}":                                              "",
		services + pods + "{port: http}]}\n---\napiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: {name: k8s, namespace: a}\nspec: {serviceMonitorSelector: {}}": "",
	} {
		s := world(t, false, monitored+monitors)
		got := ""
		if first, second, twice := s.ScrapedTwice(s.Workloads()[0]); twice {
			got = first.String() + ", " + second.String()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", monitors, got, want)
		}
	}
}
