package inventory

import "testing"

func TestScrapePace(t *testing.T) {
	pod := func(name, endpoint string) string {
		return "kind: PodMonitor\nmetadata: {name: " + name + ", namespace: a}\nspec: {selector: {matchLabels: {pod: vllm}}, podMetricsEndpoints: [{" + endpoint + "}]}\n---\napiVersion: monitoring.coreos.com/v1\n"
	}
	prometheus := func(name, spec string) string {
		return "kind: Prometheus\nmetadata: {name: " + name + ", namespace: a}\nspec: {podMonitorSelector: {}" + spec + "}\n---\napiVersion: monitoring.coreos.com/v1\n"
	}
	const end = "kind: PodMonitor\nmetadata: {name: none, namespace: b}\nspec: {podMetricsEndpoints: [{port: x}]}"
	const google = end + "\n---\napiVersion: monitoring.googleapis.com/v1\nkind: PodMonitoring\nmetadata: {name: g, namespace: a}\nspec: {selector: {matchLabels: {pod: vllm}}, endpoints: [{port: http, interval: 5s}]}"
	for text, want := range map[string]string{
		pod("a", "port: http, interval: 45s") + end:                                                      "45s PodMonitor/a spec.podMetricsEndpoints[0].interval",
		pod("a", "port: http, interval: 45s") + pod("b", "port: http, interval: 15s") + end:              "15s PodMonitor/b spec.podMetricsEndpoints[0].interval",
		pod("a", "port: http, interval: 45s") + pod("b", "port: http, interval: 5s, path: /stats") + end: "45s PodMonitor/a spec.podMetricsEndpoints[0].interval",
		pod("a", "port: http") + end:                                                                     "",
		pod("a", "port: http, interval: often") + end:                                                    "",
		pod("a", "port: http") + prometheus("p", "") + end:                                               "30s Prometheus/p spec.scrapeInterval",
		pod("a", "port: http") + prometheus("p", ", scrapeInterval: 1m") + end:                           "1m0s Prometheus/p spec.scrapeInterval",
		pod("a", "port: http") + prometheus("p", ", scrapeInterval: 1m") + prometheus("q", "") + end:     "",
		end:    "",
		google: "5s PodMonitoring/g spec.endpoints[0].interval",
		pod("a", "port: http, interval: 45s") + google: "5s PodMonitoring/g spec.endpoints[0].interval",
	} {
		s := world(t, false, monitored+text)
		got := ""
		if pace, ok := s.ScrapePace(s.Workloads()[0]); ok {
			got = pace.Every.String() + " " + pace.Source
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
