package inventory

import (
	"fmt"
	"testing"
)

const monitored = `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: vllm, namespace: a, labels: {app: vllm}}
spec:
  selector: {matchLabels: {pod: vllm}}
  template:
    metadata: {labels: {pod: vllm}}
    spec:
      initContainers:
      - {name: exporter, image: e, restartPolicy: Always, ports: [{name: exporter, containerPort: 9100}]}
      - {name: once, image: e, ports: [{name: once, containerPort: 9200}]}
      containers:
      - {name: server, image: "vllm/vllm-openai:v0.18.1", args: [--model=/models/a], ports: [{name: http, containerPort: 8000}]}
---
apiVersion: v1
kind: Service
metadata: {name: vllm, namespace: a, labels: {service: vllm}}
spec: {selector: {pod: vllm}, ports: [{name: web, port: 80, targetPort: http}, {name: plain, port: 8000}, {name: lost, port: 1, targetPort: nowhere}]}
---
apiVersion: monitoring.coreos.com/v1
`

func TestScrapes(t *testing.T) {
	for _, test := range []struct{ endpoint, service, pods string }{
		{"{port: web}", "[8000]", "[]"},
		{"{port: plain|lost}", "[8000 0]", "[]"},
		{"{port: we}", "[]", "[]"},
		{"{port: '('}", "[8000 8000 0]", "[8000 9100]"},
		{"{port: http}", "[]", "[8000]"},
		{"{port: web, targetPort: 9100}", "[8000]", "[]"},
		{"{targetPort: 9100}", "[9100]", "[9100]"},
		{"{targetPort: exporter}", "[9100]", "[9100]"},
		{"{targetPort: 9200}", "[]", "[]"},
		{"{portNumber: 8000}", "[8000 8000 0]", "[8000]"},
		{"{path: /metrics}", "[8000 8000 0]", "[8000 9100]"},
	} {
		for kind, want := range map[string]string{
			"kind: ServiceMonitor\nmetadata: {name: m, namespace: a}\nspec: {selector: {matchLabels: {service: vllm}}, endpoints: [" + test.endpoint + "]}":   test.service,
			"kind: PodMonitor\nmetadata: {name: m, namespace: a}\nspec: {selector: {matchLabels: {pod: vllm}}, podMetricsEndpoints: [" + test.endpoint + "]}": test.pods,
		} {
			s := world(t, false, monitored+kind)
			ports := []int32{}
			for _, scrape := range s.ScrapesOf(s.Workloads()[0]) {
				ports = append(ports, scrape.Port)
			}
			if got := fmt.Sprint(ports); got != want {
				t.Errorf("%s of %.20s: %s, want %s", test.endpoint, kind, got, want)
			}
		}
	}
}

func TestMonitorLooksIn(t *testing.T) {
	for _, test := range []struct{ monitor, namespace, want string }{
		{"metadata: {name: m, namespace: a}\nspec: {endpoints: [{}]}", "a", "true true"},
		{"metadata: {name: m, namespace: a}\nspec: {endpoints: [{}]}", "b", "false true"},
		{"metadata: {name: m, namespace: a}\nspec: {endpoints: [{}]}", "", "false false"},
		{"metadata: {name: m}\nspec: {endpoints: [{}]}", "b", "false false"},
		{"metadata: {name: m}\nspec: {endpoints: [{}]}", "", "true true"},
		{"metadata: {name: m}\nspec: {namespaceSelector: {matchNames: [b]}, endpoints: [{}]}", "b", "true true"},
		{"metadata: {name: m, namespace: a}\nspec: {namespaceSelector: {matchNames: [b]}, endpoints: [{}]}", "a", "false true"},
		{"metadata: {name: m}\nspec: {namespaceSelector: {any: true}, endpoints: [{}]}", "a", "true true"},
	} {
		m := world(t, false, "apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\n"+test.monitor).Monitors()[0]
		if yes, sure := m.LooksIn(test.namespace); fmt.Sprint(yes, sure) != test.want {
			t.Errorf("%s in %q: %v %v, want %s", test.monitor, test.namespace, yes, sure, test.want)
		}
	}
}

func TestMonitorsLeaveOut(t *testing.T) {
	for _, text := range []string{
		"kind: ServiceMonitor\nmetadata: {name: m}\nspec: {selector: {}}",
		"kind: PodMonitor\nmetadata: {name: m}\nspec: {selector: {}}",
		"kind: PodMonitor\nmetadata: {name: m}\nspec: {selector: {matchLabels: {app: $APP}}, podMetricsEndpoints: [{}]}",
		"kind: PodMonitor\nmetadata: {name: m}\nspec: {podMetricsEndpoints: [{port: \"${PORT}\"}]}",
		"kind: PodMonitor\nmetadata: {name: m, namespace: <namespace>}\nspec: {podMetricsEndpoints: [{}]}",
	} {
		if all := world(t, false, "apiVersion: monitoring.coreos.com/v1\n"+text).Monitors(); len(all) > 0 {
			t.Errorf("%s is read as a monitor", text)
		}
	}
}

func TestScrapedOtherwise(t *testing.T) {
	const monitor = "kind: PodMonitor\nmetadata: {name: m}\nspec: {podMetricsEndpoints: [{}]}\n---\n"
	for text, want := range map[string]bool{
		"": false,
		"apiVersion: monitoring.coreos.com/v1alpha1\nkind: ScrapeConfig\nmetadata: {name: s}":                                                                           true,
		"apiVersion: operator.victoriametrics.com/v1beta1\nkind: VMStaticScrape\nmetadata: {name: s}":                                                                   true,
		"apiVersion: monitoring.googleapis.com/v1\nkind: PodMonitoring\nmetadata: {name: s, namespace: a}\nspec: {selector: {matchLabels: {pod: vllm}}}":                true,
		"apiVersion: monitoring.googleapis.com/v1\nkind: PodMonitoring\nmetadata: {name: s}\nspec: {selector: {matchLabels: {pod: vllm}}}":                              true,
		"apiVersion: monitoring.googleapis.com/v1\nkind: PodMonitoring\nmetadata: {name: s, namespace: b}\nspec: {selector: {matchLabels: {pod: vllm}}}":                false,
		"apiVersion: monitoring.googleapis.com/v1\nkind: PodMonitoring\nmetadata: {name: s, namespace: a}\nspec: {selector: {matchLabels: {pod: redis}}}":               false,
		"apiVersion: operator.victoriametrics.com/v1beta1\nkind: VMServiceScrape\nmetadata: {name: s, namespace: a}\nspec: {selector: {matchLabels: {service: vllm}}}":  true,
		"apiVersion: operator.victoriametrics.com/v1beta1\nkind: VMServiceScrape\nmetadata: {name: s, namespace: a}\nspec: {selector: {matchLabels: {service: redis}}}": false,
		"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: s}\ndata: {prometheus.yml: \"scrape_configs: []\"}":                                                          true,
		"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: s}\ndata: {config: \"rules: []\"}":                                                                           false,
		"apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: a, annotations: {prometheus.io/scrape: \"true\"}}\nspec: {selector: {pod: vllm}}":                true,
		"apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: a, annotations: {prometheus.io/scrape: \"false\"}}\nspec: {selector: {pod: vllm}}":               false,
		"apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: a, annotations: {prometheus.io/scrape: \"true\"}}\nspec: {selector: {pod: redis}}":               false,
	} {
		s := world(t, false, monitored+monitor+text)
		if got := s.ScrapedOtherwise(s.Workloads()[0]); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestMonitorFaults(t *testing.T) {
	for monitor, want := range map[string]string{
		"kind: ServiceMonitor\nmetadata: {name: m, namespace: a}\nspec: {selector: {matchLabels: {pod: vllm}}, endpoints: [{port: web}]}":                          "", /* not all Services were seen */
		"kind: ServiceMonitor\nmetadata: {name: m, namespace: a}\nspec: {selector: {matchLabels: {service: vllm}}, endpoints: [{port: http}]}":                     "port http of ServiceMonitor/m: Service/vllm names web, plain, lost, and http is what the container calls it",
		"kind: ServiceMonitor\nmetadata: {name: m, namespace: a}\nspec: {selector: {matchLabels: {service: vllm}}, endpoints: [{targetPort: 9200}]}":               "targetPort 9200 of ServiceMonitor/m: the containers of Deployment/vllm declare http:8000, exporter:9100",
		"kind: PodMonitor\nmetadata: {name: m, namespace: a}\nspec: {selector: {matchLabels: {pod: vllm}}, podMetricsEndpoints: [{port: http, path: /stats}]}":     "the server of Deployment/vllm is asked for /stats, and vLLM serves its metrics at /metrics",
		"kind: PodMonitor\nmetadata: {name: m, namespace: a}\nspec: {selector: {matchLabels: {pod: vllm}}, podMetricsEndpoints: [{port: exporter, path: /stats}]}": "",
		"kind: PodMonitor\nmetadata: {name: m, namespace: b}\nspec: {selector: {matchLabels: {pod: redis}}, podMetricsEndpoints: [{port: http}]}":                  "",
	} {
		s := world(t, false, monitored+monitor)
		got := ""
		for _, m := range s.Monitors() {
			for _, fault := range s.MonitorFaults(m) {
				got += fault.Text
			}
		}
		if got != want {
			t.Errorf("%s:\n got %s\nwant %s", monitor, got, want)
		}
	}
}
