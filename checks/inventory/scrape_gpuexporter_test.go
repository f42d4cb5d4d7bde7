package inventory

import "testing"

func TestGPUExporterLabels(t *testing.T) {
	monitor := func(name, labels, selector, endpoint string) string {
		return "---\napiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata: {name: " + name + ", namespace: gpu-operator, labels: {" + labels + "}}\nspec: {selector: {matchLabels: {" + selector + "}}, endpoints: [" + endpoint + "]}\n"
	}
	const override = "---\napiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: {name: k8s}\nspec: {overrideHonorLabels: true}\n"
	for text, want := range map[string]string{
		monitor("nvidia-dcgm-exporter", "", "", "{port: metrics}"):                                                             "theirs",
		monitor("gpu", "app: dcgm-exporter", "", "{port: metrics}"):                                                            "theirs",
		monitor("gpu", "", "app: dcgm-exporter", "{port: metrics, honorLabels: true}"):                                         "kept",
		monitor("gpu", "", "app: node-exporter", "{port: metrics}"):                                                            "",
		monitor("a-dcgm-exporter", "", "", "{port: m}") + monitor("b-dcgm-exporter", "", "", "{port: m, honorLabels: true}"):   "",
		monitor("a-dcgm-exporter", "", "", "{port: m}") + monitor("b-dcgm-exporter", "", "", "{port: m}"):                      "theirs",
		monitor("dcgm-exporter", "", "", "{port: m, metricRelabelings: [{sourceLabels: [exported_pod], targetLabel: pod}]}"):   "",
		monitor("dcgm-exporter", "", "", "{port: m, relabelings: [{action: labelmap, regex: x}]}"):                             "",
		monitor("dcgm-exporter", "", "", "{port: m, relabelings: [{targetLabel: node, replacement: x}]}"):                      "theirs",
		monitor("dcgm-exporter", "", "", "{port: m, metricRelabelings: [{action: drop, sourceLabels: [__name__], regex: x}]}"): "theirs",
		monitor("dcgm-exporter", "", "", "{port: m, honorLabels: true}") + override:                                            "",
		monitor("dcgm-exporter", "", "", "{port: m}") + override:                                                               "theirs",
	} {
		got := ""
		if found, ok := world(t, false, text).GPUExporterLabels(); ok {
			got = map[bool]string{true: "kept", false: "theirs"}[found.Honored]
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
