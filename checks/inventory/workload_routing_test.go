package inventory_test

import (
	"strings"
	"testing"
)

func TestRoutedBy(t *testing.T) {
	const service = "\n---\napiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {"
	for _, test := range []struct{ labels, rest, want string }{
		{"", "", ""},
		{"", service + "selector: {a: b}}", "Service/s"},
		{"", service + "selector: {a: b}, clusterIP: None}", ""},
		{"", service + "selector: {a: c}}", ""},
		{", llm-d.ai/model: x", service + "selector: {a: c}}", "a gateway that selects by the label llm-d.ai/model"},
		{", model.aibrix.ai/name: x, a.a/b: c", "", "a gateway that selects by the label model.aibrix.ai/name"},
		{", model.aibrix.ai/port: x", "", ""},
	} {
		text := strings.Replace(deploymentOf("image: vllm/vllm-openai:v0.18.1"), "labels: {a: b}", "labels: {a: b"+test.labels+"}", 1)
		s := world(t, text+test.rest)
		if got, ok := s.RoutedBy(s.Workloads()[0]); got != test.want || ok != (test.want != "") {
			t.Errorf("labels %q, %q: %q %v, want %q", test.labels, test.rest, got, ok, test.want)
		}
	}
}
