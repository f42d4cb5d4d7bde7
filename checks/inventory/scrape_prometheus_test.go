package inventory

import "testing"

func TestUnselected(t *testing.T) {
	const monitor = "apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata: {name: m, namespace: a, labels: {release: stack}}\nspec: {endpoints: [{port: http}]}\n---\n"
	for prometheus, want := range map[string]string{
		"serviceMonitorSelector: {}, serviceMonitorNamespaceSelector: {}":                                 "",
		"serviceMonitorSelector: {matchLabels: {release: stack}}, serviceMonitorNamespaceSelector: {}":    "",
		"serviceMonitorSelector: {matchLabels: {release: other}}, serviceMonitorNamespaceSelector: {}":    "asks for the labels release=other",
		"serviceMonitorSelector: {matchLabels: {release: $RELEASE}}, serviceMonitorNamespaceSelector: {}": "",
		"podMonitorSelector: {}":     "has no serviceMonitorSelector",
		"replicas: 2":                "",
		"serviceMonitorSelector: {}": "looks in its own namespace monitoring alone",
		"serviceMonitorSelector: {}, serviceMonitorNamespaceSelector: {matchLabels: {kubernetes.io/metadata.name: b}}":       "looks in namespaces with the labels kubernetes.io/metadata.name=b",
		"serviceMonitorSelector: {}, serviceMonitorNamespaceSelector: {matchLabels: {kubernetes.io/metadata.name: a}}":       "",
		"serviceMonitorSelector: {}, serviceMonitorNamespaceSelector: {matchLabels: {scrape: 'yes'}}":                        "",
		"serviceMonitorSelector: {}, serviceMonitorNamespaceSelector: {matchExpressions: [{key: scrape, operator: Exists}]}": "",
	} {
		s := world(t, false, monitor+"apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: {name: p, namespace: monitoring}\nspec: {"+prometheus+"}\n")
		got := ""
		if choices, ok := s.Unselected(s.Monitors()[0]); ok {
			got = choices[0].Text
		}
		if got != want {
			t.Errorf("%s: %q, want %q", prometheus, got, want)
		}
	}
}
